//! `usher apply`

use std::path::Path;

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::{
    DONE, Global, IN_PART, decide, open,
    output::{self, say},
    planfile,
    status::Status,
};
use crate::{
    config::Config,
    engine::{Engine, planfile::Signed, view::RunView},
    model::Fingerprint,
};

/// Applies what is approved and due, or exactly what a plan file says.
#[derive(Debug, Args)]
pub(super) struct Apply {
    /// A plan file, applied once and as it is with the signature beside it (`FILE.sig`); or only these operations, by
    /// the first digits of their fingerprints
    #[arg(value_name = "FILE|OPERATION")]
    what: Vec<String>,
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
                What::All => engine.apply(None).await,
                What::Some(only) => engine.apply(Some(only)).await,
                What::File(octets, signed) => engine.apply_file(octets, signed, config.label.clone()).await,
            }
        })?;
        if global.json {
            output::json(&view)?;
        } else {
            print(&view)?;
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
    output::table(&rows)
}
