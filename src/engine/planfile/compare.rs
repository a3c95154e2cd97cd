//! Plan against plan: new, gone, changed, still waiting.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::mask::masked;
use crate::{
    engine::describe,
    model::{After, Anchor, Fingerprint, Kind, Operation, PersonId, RuleName, SystemName, Value},
};

/// What only explains or orders a write; it changes without changing the write.
const EXPLAINS: [&str; 8] = [
    "subject",
    "situation",
    "event",
    "precondition",
    "waits_for",
    "risk",
    "why",
    "rule",
];

/// An operation in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Which operation.
    pub id: Fingerprint,
    /// What kind of change.
    pub kind: Kind,
    /// In which system.
    pub system: SystemName,
    /// The name to show.
    pub subject: String,
    /// What changes, in few words.
    pub what: String,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What: an attribute with `before` or `after`, or a part of the operation.
    pub field: String,
    /// What the older one says.
    pub old: String,
    /// What the newer one says.
    pub new: String,
}

/// An operation that is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// As it is now.
    #[serde(flatten)]
    pub operation: Summary,
    /// As it was.
    pub was: Fingerprint,
    /// What differs.
    pub differs: Vec<Difference>,
}

/// An older plan against a newer one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Comparison {
    /// Only in the newer one.
    pub new: Vec<Summary>,
    /// Only in the older one.
    pub gone: Vec<Summary>,
    /// The same change to the same object, with other values.
    pub changed: Vec<Changed>,
    /// In both.
    pub waiting: Vec<Summary>,
}

impl Summary {
    /// Summarizes an operation, marked values masked.
    pub fn of(operation: &Operation) -> Self {
        Self {
            id: operation.fingerprint,
            kind: operation.kind,
            system: operation.system.clone(),
            subject: operation.subject.clone(),
            what: describe::what(&masked(operation)),
        }
    }
}

/// What makes two operations the same change with other values.
type Key = (SystemName, RuleName, Kind, Option<PersonId>, Option<Anchor>);

fn key(operation: &Operation) -> Key {
    (
        operation.system.clone(),
        operation.rule.clone(),
        operation.kind,
        operation.person,
        operation.target.anchor.clone(),
    )
}

/// Compares two lists of operations.
pub fn compare<'a>(
    old: impl IntoIterator<Item = &'a Operation>,
    new: impl IntoIterator<Item = &'a Operation>,
) -> Comparison {
    let (old, new): (Vec<_>, Vec<_>) = (old.into_iter().collect(), new.into_iter().collect());
    let in_old: HashSet<_> = old.iter().map(|operation| operation.fingerprint).collect();
    let in_new: HashSet<_> = new.iter().map(|operation| operation.fingerprint).collect();
    let mut candidates: HashMap<Key, Vec<&Operation>> = HashMap::new();
    for operation in new.iter().rev().filter(|new| !in_old.contains(&new.fingerprint)) {
        candidates.entry(key(operation)).or_default().push(operation);
    }
    let mut comparison = Comparison::default();
    let mut taken = HashSet::new();
    for operation in old {
        if in_new.contains(&operation.fingerprint) {
            comparison.waiting.push(Summary::of(operation));
            continue;
        }
        match candidates.get_mut(&key(operation)).and_then(Vec::pop) {
            Some(now) => {
                taken.insert(now.fingerprint);
                comparison.changed.push(Changed {
                    operation: Summary::of(now),
                    was: operation.fingerprint,
                    differs: differences(operation, now, false),
                });
            }
            None => comparison.gone.push(Summary::of(operation)),
        }
    }
    let only_new = |operation: &&Operation| {
        !in_old.contains(&operation.fingerprint) && !taken.contains(&operation.fingerprint)
    };
    comparison.new = new.into_iter().filter(only_new).map(Summary::of).collect();
    comparison
}

/// Says how two operations differ, marked values masked; `all` counts what only explains, too.
pub fn differences(old: &Operation, new: &Operation, all: bool) -> Vec<Difference> {
    let (old, new) = (masked(old), masked(new));
    let mut differs = Vec::new();
    let mut note = |field: String, old: String, new: String| {
        if old != new {
            differs.push(Difference { field, old, new });
        }
    };
    changes(&old, &new, &mut note);
    let parts = |operation: &Operation| match serde_json::to_value(operation) {
        Ok(Json::Object(parts)) => parts,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (parts(&old), parts(&new));
    let keys: indexmap::IndexSet<&String> = old.keys().chain(new.keys()).collect();
    for name in keys {
        if matches!(name.as_str(), "changes" | "fingerprint") || (!all && EXPLAINS.contains(&name.as_str())) {
            continue;
        }
        match (old.get(name), new.get(name)) {
            (Some(Json::Object(before)), Some(Json::Object(after))) => {
                let inner: indexmap::IndexSet<&String> = before.keys().chain(after.keys()).collect();
                for part in inner {
                    let explains = name == "target" && matches!(part.as_str(), "location" | "name");
                    if all || !explains {
                        note(
                            format!("{name}.{part}"),
                            brief(before.get(part)),
                            brief(after.get(part)),
                        );
                    }
                }
            }
            (before, after) => note(name.clone(), brief(before), brief(after)),
        }
    }
    differs
}

/// The attributes of two operations side by side, by name.
fn changes(old: &Operation, new: &Operation, note: &mut impl FnMut(String, String, String)) {
    let nothing = "–".to_owned();
    for change in &old.changes {
        let name = &change.attribute;
        match new.changes.iter().find(|other| other.attribute == *name) {
            Some(other) => {
                let (before, after) = (value(&change.before), value(&other.before));
                note(format!("{name} before"), before, after);
                note(
                    format!("{name} after"),
                    outcome(&change.after),
                    outcome(&other.after),
                );
                let marked = |marked: bool| if marked { "marked" } else { "not marked" }.to_owned();
                note(
                    format!("{name} mark"),
                    marked(change.marked),
                    marked(other.marked),
                );
            }
            None => note(format!("{name} after"), outcome(&change.after), nothing.clone()),
        }
    }
    for change in &new.changes {
        if !old
            .changes
            .iter()
            .any(|other| other.attribute == change.attribute)
        {
            let name = &change.attribute;
            note(format!("{name} after"), nothing.clone(), outcome(&change.after));
        }
    }
}

/// A value for people; what they could not tell apart is shown as it is stored.
fn value(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) if !text.is_empty() => text.clone().into_owned(),
        Value::Absent => "–".to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn outcome(after: &After) -> String {
    match after {
        After::Known(known) => value(known),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn brief(json: Option<&Json>) -> String {
    match json {
        None | Some(Json::Null) => "–".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
