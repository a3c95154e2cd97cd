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
        view::{OperationView, Step, Verdict, View, Why},
    },
    tui::{review::why, symbols::Symbols, text},
};

/// Shows one operation in full, or how one of its values came about.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The operation, by the first digits of its fingerprint
    operation: String,
    /// One attribute: how its value came about, step by step
    attribute: Option<String>,
}

impl Explain {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let id = decide::find(&engine, &self.operation)?;
        if let Some(attribute) = &self.attribute {
            let why = open::runtime()?.block_on(engine.explain(id, bare(attribute)))?;
            if global.json {
                output::json(&why)?;
            } else {
                say!("{}", text::clean(&why.attribute));
                chain(&why)?;
            }
            return Ok(DONE);
        }
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

/// The columns of a why; a terminal that is narrower breaks the lines itself.
const COLUMNS: usize = 100;

/// Prints a why in full.
pub(super) fn chain(why: &Why) -> Result<()> {
    print_lines(why::lines(why, &layout()))
}

/// Prints the steps of an expression.
pub(super) fn steps(steps: &[Step]) -> Result<()> {
    print_lines(why::steps(steps, &layout()))
}

fn layout() -> why::Layout<'static> {
    why::Layout {
        width: COLUMNS,
        symbols: &Symbols::UNICODE,
        time: &|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    }
}

fn print_lines(lines: Vec<why::Pieces>) -> Result<()> {
    for line in lines {
        let line: String = line.into_iter().map(|(piece, _)| piece).collect();
        say!("{}", text::clean(line.trim_end()));
    }
    Ok(())
}

/// Prints a why in one or two lines.
fn short(why: &Why) -> Result<()> {
    for line in why::brief(why) {
        say!(
            "      {}",
            text::cut(&line, COLUMNS - 6, Symbols::UNICODE.ellipsis)
        );
    }
    Ok(())
}

/// The name of what is no attribute and stands in parentheses among the changes: `(usable)`.
fn bare(attribute: &str) -> &str {
    let inner = attribute.strip_prefix('(');
    inner
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(attribute)
}

fn change_mark(why: &Why) -> char {
    match why.verdict {
        Verdict::Added => '+',
        Verdict::Removed => '-',
        _ => '~',
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
    line("approval", &view.note)?;
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
        let mut whys = view.whys.iter();
        if let Some(why) = whys.find(|why| why.attribute == bare(&change.attribute)) {
            short(why)?;
        }
    }
    for why in &view.whys {
        if !view
            .lines
            .iter()
            .any(|line| bare(&line.attribute) == why.attribute)
        {
            say!("  {} {}", change_mark(why), text::clean(&why.attribute));
            short(why)?;
        }
    }
    line("why", &operation.why)?;
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
