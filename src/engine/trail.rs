//! What reads, plans and writes leave in the audit.

use serde_json::{Map, Value as Json, json};

use super::{Inner, describe, reading::Reads};
use crate::{
    audit::Entry,
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
}

/// The record of a write: `write`, or `settle` for one whose outcome was found out later. Old and new values are
/// told, masked where marked; secrets never.
pub(super) fn write(inner: &Inner, action: &str, attempt: &Attempt<'_>) -> Entry {
    let Attempt {
        operation,
        run,
        state,
        reason,
        written,
    } = attempt;
    let mut entry = inner.entry(
        action,
        operation.subject.clone(),
        format!("{}: {} ({reason})", describe::operation(operation), state.word()),
    );
    let mut details = Map::with_capacity(16);
    let mut add = |name: &str, value: Json| details.insert(name.to_owned(), value);
    add("operation", operation.fingerprint.to_string().into());
    add("run", (*run).into());
    add("state", state.word().into());
    add("rule", operation.rule.as_str().into());
    add("system", operation.system.as_str().into());
    add("kind", operation.kind.word().into());
    if let Some(person) = operation.person {
        add("person", person.to_string().into());
    }
    if let Some(usable) = operation.usable {
        add("usable", usable.into());
    }
    if let Some(event) = operation.event {
        add("event", event.word().into());
    }
    if written.is_some_and(|written| written.already) {
        add("already", true.into());
    }
    let anchor = written.map(|written| &written.anchor);
    if let Some(anchor) = anchor.or(operation.target.anchor.as_ref()) {
        add("anchor", anchor.as_str().into());
    }
    if matches!(operation.kind, Kind::AddMember | Kind::RemoveMember) {
        add("group", describe::group(operation).into());
    }
    let location = written.map_or(&operation.target.location, |written| &written.location);
    add("location", location.as_str().into());
    if let (Some(container), Kind::Move | Kind::Enable | Kind::Disable) =
        (&operation.target.container, operation.kind)
    {
        add("from", operation.target.location.as_str().into());
        add("container", container.as_str().into());
    }
    add("changes", describe::audited_changes(operation));
    if let Some(undoes) = operation.undoes {
        add("undoes", undoes.to_string().into());
    }
    entry.details = Json::Object(details);
    entry
}
