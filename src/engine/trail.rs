//! What reads, plans and writes leave in the audit.

use serde_json::{Value as Json, json};

use super::{Inner, describe, reading::Reads};
use crate::{
    audit::{Draft, Entry, Outline},
    connectors::Written,
    model::{Completeness, Kind, Operation, OperationState, Read, ReadKind},
};

/// The records of all reads of one planning: how many objects, and whether that is all there are.
pub(super) fn reads(inner: &Inner, reads: &Reads) -> Vec<Entry> {
    let accounts = reads.accounts.iter().map(|one| {
        let mut deltas = reads.deltas.iter();
        let delta = deltas.find(|delta| delta.read.system == one.system);
        read(inner, one, delta.map(|delta| &delta.read), "records")
    });
    let groups = reads.groups.iter().map(|one| read(inner, one, None, "groups"));
    accounts.chain(groups).collect()
}

fn read(inner: &Inner, read: &Read, delta: Option<&Read>, what: &str) -> Entry {
    let count = read.records.len();
    let (state, reason) = match &read.completeness {
        Completeness::Complete => ("complete", None),
        Completeness::Partial(reason) => ("partial", Some(reason)),
        Completeness::Failed(reason) => ("failed", Some(reason)),
        Completeness::Refused(reason) => ("refused", Some(reason)),
    };
    let mut summary = format!("{count} {what}, {state}");
    let mut changes = Json::Null;
    if let Some(delta) = delta
        && let ReadKind::Delta { tombstones, .. } = &delta.kind
    {
        let (changed, gone) = (delta.records.len(), tombstones.len());
        summary = format!("{summary}: {changed} changed and {gone} gone since the read before");
        changes = json!({"changed": changed, "gone": gone});
    }
    if !read.problems.is_empty() {
        summary = format!("{summary}, {} refused", read.problems.len());
    }
    if let Some(reason) = reason {
        summary.push_str(": ");
        summary.push_str(reason);
    }
    let mut entry = inner.entry("read", read.system.as_str(), summary);
    entry.details = json!({
        "system": read.system, "what": what, "count": count, "completeness": state, "reason": reason,
        "kind": if delta.is_some() { "delta" } else { "full" }, "changes": changes, "refused": read.problems.len(),
        "coverage": read.coverage.question, "started": read.started, "ended": read.ended,
    });
    entry
}

/// What was tried to be written, and what came of it.
pub(super) struct Attempt<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// The run.
    pub run: i64,
    /// Where the operation stands now.
    pub state: OperationState,
    /// Why, in words.
    pub reason: &'a str,
    /// What the target has now, if it was written.
    pub written: Option<&'a Written>,
    /// How often it was tried, if it was in this run.
    pub attempts: Option<u32>,
}

/// The record of a write: `write`, or `settle` for one whose outcome was found out later. Old and new values are
/// told, masked where marked; secrets never.
pub(super) fn write(inner: &Inner, action: &str, attempt: &Attempt<'_>) -> Draft {
    let Attempt {
        operation,
        state,
        reason,
        written,
        ..
    } = attempt;
    let summary = format!("{}: {} ({reason})", describe::operation(operation), state.word());
    let outline = Outline {
        at: inner.setup.clock.now(),
        actor: &inner.setup.actor,
        action,
        subject: &operation.subject,
        summary: &summary,
    };
    let location = written.map_or(&operation.target.location, |written| &written.location);
    let anchor = written.map(|written| &written.anchor);
    Draft::write(&outline, |details| {
        if written.is_some_and(|written| written.already) {
            details.add("already").truth(true);
        }
        if let Some(anchor) = anchor.or(operation.target.anchor.as_ref()) {
            details.add("anchor").text(anchor.as_str());
        }
        if let Some(attempts) = attempt.attempts {
            details.add("attempts").number(attempts.into());
        }
        describe::audited_changes(operation, details.add("changes"));
        let moves = matches!(operation.kind, Kind::Move | Kind::Enable | Kind::Disable);
        if let (Some(container), true) = (&operation.target.container, moves) {
            details.add("container").text(container);
        }
        if let Some(event) = operation.event {
            details.add("event").text(event.word());
        }
        if operation.target.container.is_some() && moves {
            details.add("from").text(&operation.target.location);
        }
        if matches!(operation.kind, Kind::AddMember | Kind::RemoveMember) {
            details.add("group").text(describe::group(operation));
        }
        details.add("kind").text(operation.kind.word());
        details.add("location").text(location);
        details.add("operation").shown(operation.fingerprint);
        if let Some(person) = operation.person {
            details.add("person").shown(person);
        }
        details.add("rule").text(operation.rule.as_str());
        details.add("run").number(attempt.run);
        details.add("state").text(state.word());
        details.add("system").text(operation.system.as_str());
        if let Some(undoes) = operation.undoes {
            details.add("undoes").shown(undoes);
        }
        if let Some(usable) = operation.usable {
            details.add("usable").truth(usable);
        }
    })
}
