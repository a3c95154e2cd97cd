//! The why of an operation: how its values came about, and what it would write.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{
    Engine, Error, Inner, LastRecords,
    excerpt::Excerpt,
    lock,
    resolve::{self, Directory},
};
use crate::{
    connectors::Write,
    model::{After, Fingerprint, Operation, Precondition, RecordSet, Reference, SystemName, Value},
    planning::why::{MASK, Why},
};

/// Tells how each value of an operation came about.
pub(super) fn whys(inner: &Inner, operation: &Operation) -> Result<Vec<Why>, Error> {
    match Excerpt::of_operation(inner, operation)? {
        Some(excerpt) => excerpt.look(planned(inner)?, |scene| scene.whys(operation)),
        None => Ok(Vec::new()),
    }
}

/// The instant the current plan was made for.
fn planned(inner: &Inner) -> Result<Timestamp, Error> {
    let plan = inner.setup.store.current_plan()?;
    Ok(plan.map_or_else(|| inner.setup.clock.now(), |plan| plan.now))
}

/// Tells how one value that the rule of an operation maps came about; also of a value that it does not change.
///
/// # Errors
///
/// [`Error::Refused`] names the attributes that there are.
fn why(inner: &Inner, operation: &Operation, attribute: &str) -> Result<Why, Error> {
    let unknown = |mut known: Vec<String>| {
        known.sort_unstable();
        known.dedup();
        Error::Refused(format!(
            "`{attribute}` is no attribute of this operation: it has {}",
            known.join(", ")
        ))
    };
    let Some(excerpt) = Excerpt::of_operation(inner, operation)? else {
        return Err(unknown(Vec::new()));
    };
    excerpt.look(planned(inner)?, |scene| {
        let whys = scene.whys(operation);
        let mut known: Vec<_> = whys.iter().map(|why| why.attribute.clone()).collect();
        let changed = whys
            .into_iter()
            .find(|why| why.attribute.eq_ignore_ascii_case(attribute));
        changed
            .or_else(|| scene.why(operation, attribute))
            .ok_or_else(|| {
                known.extend(scene.mapped_attributes(&operation.rule));
                unknown(known)
            })
    })?
}

/// Masks the values of an operation that are marked, or made from something marked: what leaves the engine to be
/// looked at has no others.
pub(super) fn masked(mut operation: Operation, whys: &[Why]) -> Operation {
    for change in &mut operation.changes {
        let mut whys = whys.iter().filter(|why| why.attribute == change.attribute);
        change.marked |= whys.any(|why| why.masked);
        if change.marked {
            mask(&mut change.before);
            if let After::Known(value) = &mut change.after {
                mask(value);
            }
        }
    }
    if let Precondition::Absent(keys) = &mut operation.precondition {
        for (name, value) in keys {
            let mut changes = operation.changes.iter();
            if changes.any(|change| change.marked && change.attribute == *name) {
                mask(value);
            }
        }
    }
    operation
}

fn mask(value: &mut Value<'static>) {
    if !value.is_nothing() {
        *value = Value::text(MASK);
    }
}

/// Masks the marked attributes of a person: (name, value as text).
pub(super) fn mask_marked(inner: &Inner, attributes: &mut [(String, String)]) {
    for (name, value) in attributes.iter_mut().filter(|(_, value)| !value.is_empty()) {
        let rules = inner.rules();
        let rules = &rules.people;
        let mut marked = rules.iter().flat_map(|rule| &rule.marked);
        if marked.any(|marked| marked.eq_ignore_ascii_case(name)) {
            MASK.clone_into(value);
        }
    }
}

impl Engine {
    /// Tells how one value that the rule of an operation of the current plan maps came about; also of a value that
    /// the operation does not change.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the operation is not in the current plan, or has no such attribute.
    pub async fn explain(&self, id: Fingerprint, attribute: &str) -> Result<Why, Error> {
        self.may(crate::model::Right::View)?;
        let attribute = attribute.to_owned();
        self.inner
            .blocking(move |inner| {
                let store = &inner.setup.store;
                let plan = store.current_plan()?.ok_or_else(super::no_plan)?;
                let stored = store.operation(plan.id, id)?.ok_or_else(|| {
                    Error::Refused(format!("operation {} is not in the current plan", id.short()))
                })?;
                why(inner, &stored.operation, &attribute)
            })
            .await
    }
}

impl Inner {
    /// Returns the records of the last good read of a system, from memory if no other process has read since.
    pub(super) fn last_records(&self, system: &SystemName) -> Result<Option<Arc<RecordSet>>, Error> {
        let Some(last) = self.setup.store.last_read(system)? else {
            return Ok(None);
        };
        let known = lock(&self.records)
            .iter()
            .find(|known| known.system == *system && known.ended == last.ended)
            .map(|known| known.records.clone());
        if known.is_some() {
            return Ok(known);
        }
        let Some(stored) = self.setup.store.last_records(system, false)? else {
            return Ok(None);
        };
        let stored = Arc::new(stored);
        let mut known = lock(&self.records);
        known.retain(|known| known.system != *system);
        known.push(LastRecords {
            system: system.clone(),
            ended: last.ended,
            records: stored.clone(),
        });
        Ok(Some(stored))
    }
}

/// Makes the write of an operation from what is known now; the error says what is missing.
pub(super) fn write(inner: &Inner, operation: &Operation) -> Result<Write, String> {
    Directory::of(inner, &resolve::named(operation))
        .map_err(|error| error.to_string())?
        .write(operation, super::resolve::Referring::Current)
}

/// Where accounts are.
pub(super) fn locations(inner: &Inner, wanted: &[Reference]) -> Result<HashMap<Reference, String>, Error> {
    let named: Vec<_> = wanted
        .iter()
        .filter_map(|reference| match reference {
            Reference::Account { person, rule } => Some((*person, rule.clone())),
            Reference::Object(_) => None,
        })
        .collect();
    let directory = Directory::of(inner, &named)?;
    Ok(named
        .into_iter()
        .filter_map(|(person, rule)| {
            let location = directory.location(person, &rule)?;
            Some((Reference::Account { person, rule }, location))
        })
        .collect())
}
