//! `usher explain`

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::{
    DONE, Global, decide, open,
    output::{self, say},
};
use crate::{
    engine::{
        command::Query,
        view::{OperationView, View},
    },
    tui::text,
};

/// Shows one operation in full.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The operation, by the first digits of its fingerprint
    operation: String,
}

impl Explain {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let id = decide::find(&engine, &self.operation)?;
        let View::Operation(Some(view)) = open::runtime()?.block_on(engine.show(Query::Operation(id)))?
        else {
            bail!("operation {} is not in the current plan", self.operation);
        };
        if global.json {
            output::json(&view)?;
        } else {
            print(&view)?;
        }
        Ok(DONE)
    }
}

fn print(view: &OperationView) -> Result<()> {
    let operation = &view.operation;
    let line = |name: &str, value: &str| {
        if !value.is_empty() {
            say!("{name:11} {}", text::clean(value));
        }
        Ok::<(), color_eyre::Report>(())
    };
    let what = format!(
        "{} {} in {}",
        operation.kind.word(),
        operation.subject,
        operation.system
    );
    line("operation", &format!("{} {what}", operation.fingerprint.short()))?;
    line("state", view.state.word())?;
    line("situation", operation.situation.word())?;
    line(
        "event",
        operation.event.map_or("", crate::model::LifecycleEvent::word),
    )?;
    let place = &operation.target.location;
    let named = operation
        .target
        .name
        .as_ref()
        .map(|name| format!("{name} ({place})"));
    line("target", named.as_ref().unwrap_or(place))?;
    line(
        "due",
        &operation
            .due
            .map_or_else(|| "now".to_owned(), |due| due.to_string()),
    )?;
    let risk: Vec<_> = operation.risk.iter().map(|risk| risk.word()).collect();
    line("risk", &risk.join(", "))?;
    for change in &view.lines {
        let values = match change.mark {
            '+' => change.after.clone(),
            '-' => change.before.clone(),
            _ => format!("{} → {}", change.before, change.after),
        };
        say!(
            "  {} {}: {}",
            change.mark,
            text::clean(&change.attribute),
            text::clean(&values)
        );
    }
    line("why", &operation.why)?;
    for step in view.trace.iter().skip(1) {
        say!("            {}", text::clean(step));
    }
    for other in &view.waits_for {
        let state = other.state.map_or("unknown", crate::model::OperationState::word);
        line(
            "waits for",
            &format!("{} {} ({state})", other.id.short(), other.what),
        )?;
    }
    line("undo", &view.undo)?;
    for decision in &view.decisions {
        let reason = decision
            .reason
            .as_deref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        line(
            "decided",
            &format!(
                "{} by {} at {}{reason}",
                decision.verdict.word(),
                decision.by.user,
                decision.at
            ),
        )?;
    }
    for attempt in &view.attempts {
        line(
            "tried",
            &format!("{} {}: {}", attempt.at, attempt.state.word(), attempt.message),
        )?;
    }
    say!("command");
    for step in view.command.lines() {
        say!("            {}", text::clean(step));
    }
    Ok(())
}
