//! `usher apply`

use std::path::Path;

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::{
    DONE, Global, IN_PART, WAITS, decide, open,
    output::{self, say},
    planfile,
    status::Status,
};
use crate::{
    config::Config,
    engine::{
        ApplyOptions, Engine,
        planfile::Signed,
        view::{CanaryLane, RunView},
    },
    model::Fingerprint,
};

/// Applies what is approved and due, or exactly what a plan file says.
#[derive(Debug, Args)]
pub(super) struct Apply {
    /// A plan file, applied once and as it is with the signature beside it (`FILE.sig`); or only these operations, by
    /// the first digits of their fingerprints
    #[arg(value_name = "FILE|OPERATION")]
    what: Vec<String>,
    /// Applies the first N operations of each kind and system only, then ends with exit code 4 and waits; 0 is all at
    /// once [default: as configured]
    #[arg(long, value_name = "N")]
    canary: Option<usize>,
    /// Goes on after the canary of the last run: the kinds that worked; with a plan file, the rest of that file
    #[arg(long = "continue")]
    go_on: bool,
}

/// What is applied.
enum What {
    All,
    Some(Vec<Fingerprint>),
    File(Vec<u8>, Option<Signed>),
}

impl Apply {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let options = |only| ApplyOptions {
            only,
            canary: self.canary,
            go_on: self.go_on,
            is_watched: false,
        };
        let what = self.what(&engine, &config)?;
        let view = open::runtime()?.block_on(async {
            let _status = Status::show(&engine);
            let stop = engine.clone();
            tokio::spawn(async move {
                while tokio::signal::ctrl_c().await.is_ok() {
                    eprintln!("usher: stops after what is in flight; the rest stays approved");
                    stop.command(crate::engine::command::Command::Stop);
                }
            });
            match what {
                What::All => engine.apply_with(options(None)).await,
                What::Some(only) => engine.apply_with(options(Some(only))).await,
                What::File(octets, signed) => {
                    let label = config.label.clone();
                    engine.apply_file(octets, signed, label, options(None)).await
                }
            }
        })?;
        if global.json {
            output::json(&view)?;
        } else {
            print(&view)?;
        }
        if view.canary.is_some() {
            return Ok(WAITS);
        }
        // what was stopped before it was sent counts as not done, too
        let is_done = view.systems.iter().all(|system| system.done == system.total);
        Ok(if is_done { DONE } else { IN_PART })
    }

    /// Tells operations from a plan file: what is no hexadecimal number is a file.
    fn what(&self, engine: &Engine, config: &Config) -> Result<What> {
        let is_operation = |text: &String| text.bytes().all(|octet| octet.is_ascii_hexdigit());
        match self.what.as_slice() {
            [] => Ok(What::All),
            [path] if !is_operation(path) => {
                let path = Path::new(path);
                Ok(What::File(planfile::read(path)?, planfile::signed(path, config)?))
            }
            operations => {
                if let Some(file) = operations.iter().find(|text| !is_operation(text)) {
                    bail!("{file} is no operation: apply one plan file by itself, or operations");
                }
                let ids = operations.iter().map(|prefix| decide::find(engine, prefix));
                Ok(What::Some(ids.collect::<Result<_>>()?))
            }
        }
    }
}

fn print(view: &RunView) -> Result<()> {
    if view.systems.is_empty() {
        say!("what an interrupted run had left open is settled; nothing else that is due is approved");
    }
    for system in &view.systems {
        say!(
            "{}: {} of {} applied, {} not",
            system.system,
            system.done,
            system.total,
            system.failed
        );
    }
    let rows: Vec<_> = view
        .failures
        .iter()
        .map(|failure| {
            vec![
                format!("! {}", failure.state.word()),
                failure.id.short(),
                failure.system.to_string(),
                failure.subject.clone(),
                failure.reason.clone(),
            ]
        })
        .collect();
    output::table(&rows)?;
    let Some(canary) = &view.canary else {
        return Ok(());
    };
    let row = |lane: &CanaryLane| {
        vec![
            lane.system.to_string(),
            lane.kind.word().to_owned(),
            format!("{} of {} written and read back", lane.worked, lane.tried),
            lane.verdict.word().to_owned(),
        ]
    };
    output::table(&canary.lanes.iter().map(row).collect::<Vec<_>>())?;
    say!(
        "{} operations wait: look at the first ones in their systems, then `usher apply --continue`",
        canary.waiting
    );
    Ok(())
}
