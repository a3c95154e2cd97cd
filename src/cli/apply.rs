//! `usher apply`

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    DONE, Global, IN_PART, decide, open,
    output::{self, say},
    status::Status,
};
use crate::engine::view::RunView;

/// Applies what is approved and due.
#[derive(Debug, Args)]
pub(super) struct Apply {
    /// Only these operations, by the first digits of their fingerprints
    operations: Vec<String>,
}

impl Apply {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let only = if self.operations.is_empty() {
            None
        } else {
            let ids: Result<Vec<_>> = self
                .operations
                .iter()
                .map(|prefix| decide::find(&engine, prefix))
                .collect();
            Some(ids?)
        };
        let view = open::runtime()?.block_on(async {
            let _status = Status::show(&engine);
            let stop = engine.clone();
            tokio::spawn(async move {
                while tokio::signal::ctrl_c().await.is_ok() {
                    eprintln!("usher: stops after what is in flight; the rest stays approved");
                    stop.command(crate::engine::command::Command::Stop);
                }
            });
            engine.apply(only).await
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
