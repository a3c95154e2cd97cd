//! `usher accept`

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    DONE, Global, IN_PART, open,
    output::{self, say},
};
use crate::model::{HeldRead, SystemName};

/// Accepts a read that is much smaller than the last good one, or lists those that wait: exit code 3 if some do.
#[derive(Debug, Args)]
pub(super) struct Accept {
    /// The system; without it, the reads that wait are listed
    #[arg(requires = "read")]
    system: Option<String>,
    /// The read, by the first digits of its name: it is accepted with exactly the records it has
    #[arg(long, value_name = "ID", requires = "reason")]
    read: Option<String>,
    /// Why; it is in the audit
    #[arg(long)]
    reason: Option<String>,
}

impl Accept {
    pub(super) fn run(self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let runtime = open::runtime()?;
        let (Some(system), Some(read), Some(reason)) = (self.system, self.read, self.reason) else {
            let held = runtime.block_on(engine.held_reads())?;
            return list(global, &held);
        };
        let accepted = runtime.block_on(engine.accept(SystemName::from(system.as_str()), read, reason))?;
        if global.json {
            output::json(&accepted)?;
        } else {
            say!(
                "read {} of {} is accepted: plan again",
                accepted.id,
                accepted.system
            );
        }
        Ok(DONE)
    }
}

fn list(global: &Global, held: &[HeldRead]) -> Result<u8> {
    let waits = held.iter().any(|read| read.accepted.is_none());
    if global.json {
        output::json(&held)?;
    } else if held.is_empty() {
        say!("no read waits for anybody");
    } else {
        let row = |read: &HeldRead| {
            let state = match &read.accepted {
                Some(accepted) => format!("accepted by {}: {}", accepted.by, accepted.reason),
                None => "waits".to_owned(),
            };
            vec![read.system.to_string(), read.id.clone(), read.why.clone(), state]
        };
        output::table(&held.iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(if waits { IN_PART } else { DONE })
}
