//! Deciding: which operations a key is about, and whether they can be decided about.

use crate::{
    engine::view::ReviewRow,
    model::{Fingerprint, Kind, LifecycleEvent, OperationState, Risk},
    tui::action::Action,
};

use super::{Review, arrange::Line};

/// More operations than this are approved only after their number was typed.
const FEW: usize = 10;

/// A run of more operations than this, or with a leaver or a deletion in it, wants its number typed.
const SMALL: usize = 20;

/// Returns the operations an action is about: the selected ones, else those under the cursor.
pub fn targets(review: &Review) -> Vec<Fingerprint> {
    let range = range(review);
    if review.selected.is_empty() && range.is_empty() {
        return review.under_cursor().map(|(row, _)| row.id).collect();
    }
    // in the order of the plan, not of the set, so that what is sent is the same every time
    let chosen = |row: &&ReviewRow| review.selected.contains(&row.id) || range.contains(&row.id);
    review.rows.iter().filter(chosen).map(|row| row.id).collect()
}

/// Returns the lines of the range that is being drawn.
pub fn range_lines(review: &Review) -> std::ops::Range<usize> {
    match review.range {
        Some(start) => start.min(review.scroll.cursor)..start.max(review.scroll.cursor) + 1,
        None => 0..0,
    }
}

/// Returns the operations of the range that is being drawn.
pub fn range(review: &Review) -> ahash::AHashSet<Fingerprint> {
    let lines = review.arranged.lines.get(range_lines(review)).unwrap_or_default();
    let inside = lines.iter().filter(|line| !matches!(line, Line::Section(_)));
    let rows = inside.flat_map(|line| review.arranged.rows_of(*line));
    rows.map(|row| review.rows[*row as usize].id).collect()
}

/// Returns the operations of the range, or of the line under the cursor, one after the other.
fn targets_of_lines(review: &Review) -> impl Iterator<Item = Fingerprint> {
    let here = review.scroll.cursor..review.scroll.cursor + usize::from(review.selected.is_empty());
    let lines = if review.range.is_some() {
        range_lines(review)
    } else {
        here
    };
    let lines = review.arranged.lines.get(lines).unwrap_or_default();
    let inside = lines.iter().filter(|line| !matches!(line, Line::Section(_)));
    inside
        .flat_map(|line| review.arranged.rows_of(*line))
        .map(|row| review.rows[*row as usize].id)
}

/// Returns those of the operations that the action changes anything about.
pub fn eligible(review: &Review, action: Action, operations: &[Fingerprint]) -> Vec<Fingerprint> {
    let admitted = |id: &&Fingerprint| is_admitted(review, action, **id);
    operations.iter().filter(admitted).copied().collect()
}

/// Reports whether an action would change anything about an operation, and whether who acts can do it.
fn is_admitted(review: &Review, action: Action, id: Fingerprint) -> bool {
    let admitted = review.row(id).is_some_and(|(_, state)| admits(action, state));
    admitted && (action != Action::Approve || review.lack(id).refusal().is_none())
}

fn admits(action: Action, state: OperationState) -> bool {
    match action {
        Action::Approve => {
            matches!(
                state,
                OperationState::Proposed | OperationState::Rejected | OperationState::Held
            )
        }
        Action::Reject => state.is_open() && state != OperationState::Rejected,
        _ => state.is_open(),
    }
}

/// Reports whether an action can be done with what it is about; the error is the reason.
pub fn can(review: &Review, action: Action) -> Result<(), String> {
    if review.rows.is_empty() {
        return Err("there is nothing to decide about".into());
    }
    let bulk = !review.selected.is_empty() || review.range.is_some();
    match review.line() {
        Some(Line::Finding(_)) if !bulk => {
            return Err("a finding cannot be decided about: it says what to put right first".into());
        }
        Some(Line::Section(_)) if !bulk => {
            return Err("select the operations of a section first: * takes all in the filter".into());
        }
        _ => {}
    }
    // asked for every frame, so it looks no further than the first operation it would do something about
    let admitted = |id: &Fingerprint| is_admitted(review, action, *id);
    if review.selected.iter().any(admitted) || targets_of_lines(review).any(|id| admitted(&id)) {
        return Ok(());
    }
    let first = review
        .selected
        .iter()
        .next()
        .copied()
        .or_else(|| targets_of_lines(review).next());
    let state = first.and_then(|id| review.row(id)).map(|(_, state)| state);
    let refusal = first.and_then(|id| review.lack(id).refusal());
    if let Some(refusal) =
        refusal.filter(|_| action == Action::Approve && state.is_some_and(OperationState::is_open))
    {
        return Err(refusal.into());
    }
    Err(match state {
        Some(OperationState::Approved) => "this is approved already".into(),
        Some(OperationState::Rejected) => "this is rejected already; u or a takes that back".into(),
        Some(OperationState::Blocked) => {
            "this is blocked: what it waits for was rejected, held or stopped".into()
        }
        Some(OperationState::Conflict) => "the target moved since the plan: plan again with P".into(),
        Some(OperationState::Failed) => "this failed: see why in the run pane, then retry".into(),
        Some(state) => format!("this is {} and cannot be decided about any more", state.word()),
        None => "there is nothing here to decide about".into(),
    })
}

/// Returns what a run would apply: what is approved and due; if something is selected, only of that.
pub fn applicable(review: &Review) -> Vec<Fingerprint> {
    let chosen = |row: &ReviewRow| review.selected.is_empty() || review.selected.contains(&row.id);
    let rows = review.rows.iter().zip(&review.states);
    rows.filter(|(row, state)| **state == OperationState::Approved && !row.scheduled && chosen(row))
        .map(|(row, _)| row.id)
        .collect()
}

/// Reports whether operations are approved only after their number was typed: many of them, and any that touches a
/// privileged account or deletes one.
pub fn wants_number(review: &Review, operations: &[Fingerprint]) -> bool {
    let is_grave = |row: &ReviewRow| row.kind == Kind::Delete || row.risk.contains(&Risk::Privileged);
    operations.len() > FEW
        || operations
            .iter()
            .any(|id| review.row(*id).is_some_and(|(row, _)| is_grave(row)))
}

/// Reports whether a run wants its number typed.
pub fn is_grave(review: &Review, operations: &[Fingerprint]) -> bool {
    let leaves = |row: &ReviewRow| {
        row.kind == Kind::Delete
            || matches!(row.event, Some(LifecycleEvent::Leaver | LifecycleEvent::Vanished))
    };
    operations.len() > SMALL
        || operations
            .iter()
            .any(|id| review.row(*id).is_some_and(|(row, _)| leaves(row)))
}
