//! Systems that do not answer: since when, and what the run does about it.

use crate::{
    engine::view::{Condition, LineState, RunView},
    tui::{text, theme::Role},
};

/// What is to be said of the lines, in so many rows and columns.
pub(super) fn words(run: &RunView, rows: u16, columns: u16) -> Vec<(String, Role)> {
    let systems = run.systems.iter();
    let troubled: Vec<_> = systems.filter(|system| system.line.is_some()).collect();
    let rows_each = usize::from(rows) / troubled.len().max(1);
    let mut words = Vec::new();
    for system in troubled {
        let Some(line) = &system.line else { continue };
        let sentence = format!("{}: {}", system.system, line.long());
        let lines = text::wrap(&sentence, usize::from(columns)).into_iter();
        words.extend(lines.take(rows_each.max(1)).map(|words| (words, role(line))));
    }
    words
}

/// Says what the run waits for, if systems do not answer.
pub(super) fn waits(run: &RunView) -> Option<String> {
    let is_waited_for = |line: &Condition| {
        matches!(
            line.state,
            LineState::Silent | LineState::Connecting | LineState::Waiting { .. }
        )
    };
    let systems = run.systems.iter();
    let mut waited = systems.filter(|system| system.line.as_ref().is_some_and(is_waited_for));
    let first = waited.next()?;
    Some(match waited.count() {
        0 => format!("waits for {}", first.system),
        more => format!("waits for {} systems", more + 1),
    })
}

/// How loud that is.
pub(super) const fn role(line: &Condition) -> Role {
    match line.state {
        LineState::Over => Role::Done,
        LineState::GivenUp => Role::Failed,
        LineState::Silent | LineState::Connecting | LineState::Waiting { .. } | LineState::Settling => {
            Role::Warning
        }
    }
}
