//! `usher quarantine`

use clap::{Args, Subcommand};
use color_eyre::eyre::Result;

use super::{
    DONE, Global, open,
    output::{self, say},
};
use crate::{
    engine::Engine,
    model::{Quarantine, RuleName, SystemName},
};

/// Shows which systems and rules are not written to, and lets them go.
#[derive(Debug, Args)]
pub(super) struct QuarantineCommand {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists what is not written to, why, since when, and when it is tried again
    List,
    /// Lets the next run write again
    Release(Place),
    /// Writes nothing more to a system, or by a rule, until it is released
    Enter(Place),
}

/// What is or goes into quarantine.
#[derive(Debug, Args)]
struct Place {
    /// The system
    system: String,
    /// Only this account rule or entitlement of it
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Why; it is in the audit
    #[arg(long)]
    reason: String,
}

impl QuarantineCommand {
    pub(super) fn run(self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let runtime = open::runtime()?;
        match self.command {
            What::List => list(global, &engine, &runtime.block_on(engine.quarantines())?)?,
            What::Release(place) => {
                let (system, rule) = place.parts();
                let released = runtime.block_on(engine.release_quarantine(system, rule, place.reason))?;
                if global.json {
                    output::json(&released)?;
                } else {
                    say!("{} is no longer in quarantine", released.place());
                }
            }
            What::Enter(place) => {
                let (system, rule) = place.parts();
                runtime.block_on(engine.quarantine(system, rule, place.reason))?;
                list(global, &engine, &runtime.block_on(engine.quarantines())?)?;
            }
        }
        Ok(DONE)
    }
}

impl Place {
    fn parts(&self) -> (SystemName, Option<RuleName>) {
        let rule = self.rule.as_deref().map(RuleName::from);
        (SystemName::from(self.system.as_str()), rule)
    }
}

fn list(global: &Global, engine: &Engine, quarantines: &[Quarantine]) -> Result<()> {
    if global.json {
        return output::json(&quarantines);
    }
    if quarantines.is_empty() {
        say!("nothing is in quarantine");
    }
    print(engine, quarantines)
}

/// Prints a line for each quarantine.
pub(super) fn print(engine: &Engine, quarantines: &[Quarantine]) -> Result<()> {
    for one in quarantines {
        say!("! {}", engine.describe_quarantine(one));
    }
    Ok(())
}
