//! The why of an operation: where its values come from, step by step.

use std::{collections::HashMap, sync::Arc};

use super::{
    Error, Inner, lock,
    resolve::{self, Directory},
};
use crate::{
    connectors::Write,
    model::{Cell, LinkOwner, Operation, RecordSet, Reference, SystemName},
    planning::rules::{MappedValue, Source},
};

/// Tells where the values of an operation come from, one line a step: the expression of the account rule, then the
/// person attributes it uses with their own expressions and the source record's fields.
pub(super) fn trace(inner: &Inner, operation: &Operation) -> Result<Vec<String>, Error> {
    let rules = &inner.setup.rules;
    let mut lines = vec![operation.why.clone()];
    let Some(rule) = rules.accounts.iter().find(|rule| rule.name == operation.rule) else {
        return Ok(lines);
    };
    let record = source_record(inner, operation)?;
    for change in &operation.changes {
        let mapping = rule
            .attributes
            .iter()
            .find(|m| m.attribute.eq_ignore_ascii_case(&change.attribute));
        let Some(MappedValue::Expression(source) | MappedValue::Reference(source)) =
            mapping.map(|mapping| &mapping.value)
        else {
            continue;
        };
        lines.push(format!("{} = {}", change.attribute, source.text));
        if change.marked {
            continue;
        }
        for name in names(source) {
            lines.extend(attribute_lines(inner, name, record.as_ref()));
        }
    }
    Ok(lines)
}

/// A source record: its system, its set, its place in it.
struct SourceRecord {
    records: Arc<RecordSet>,
    at: usize,
}

fn source_record(inner: &Inner, operation: &Operation) -> Result<Option<SourceRecord>, Error> {
    let Some(person) = operation.person else {
        return Ok(None);
    };
    let links = inner.setup.store.sources_of(person)?;
    for rule in &inner.setup.rules.people {
        let owner = LinkOwner::Source(rule.name.clone());
        let Some(records) = inner.last_records(&rule.from)? else {
            continue;
        };
        // of several numbers the newest counts
        for link in links.iter().rev().filter(|link| link.owner == owner) {
            let found = records
                .iter()
                .find(|record| record.anchor() == link.anchor.as_str());
            if let Some(at) = found.map(crate::model::RecordView::index) {
                return Ok(Some(SourceRecord { records, at }));
            }
        }
    }
    Ok(None)
}

impl Inner {
    /// Returns the records of the last read of a system, from memory or from the store.
    pub(super) fn last_records(&self, system: &SystemName) -> Result<Option<Arc<RecordSet>>, Error> {
        let known = lock(&self.records)
            .iter()
            .find(|(known, _)| known == system)
            .map(|(_, records)| records.clone());
        if known.is_some() {
            return Ok(known);
        }
        let Some(stored) = self.setup.store.last_records(system, false)? else {
            return Ok(None);
        };
        let stored = Arc::new(stored);
        lock(&self.records).push((system.clone(), stored.clone()));
        Ok(Some(stored))
    }
}

fn attribute_lines(inner: &Inner, name: &str, record: Option<&SourceRecord>) -> Vec<String> {
    let name = name.strip_prefix("person.").unwrap_or(name);
    let mut lines = Vec::new();
    for rule in &inner.setup.rules.people {
        let named = rule
            .attributes
            .iter()
            .chain(&rule.references)
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((known, source)) = named else { continue };
        lines.push(format!("  {known} = {}   (people `{}`)", source.text, rule.name));
        let Some(record) = record else { continue };
        let record = record.records.get(record.at);
        for field in names(source) {
            let value = match record.get(field) {
                Cell::Absent => "(nothing)".to_owned(),
                cell => format!("{:?}", cell.each().collect::<Vec<_>>().join(" · ")),
            };
            lines.push(format!("    {field} = {value}   ({})", record.location()));
        }
    }
    lines
}

fn names(source: &Source) -> Vec<&str> {
    let mut names: Vec<&str> = source
        .text
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']').map(|(name, _)| name))
        .collect();
    names.dedup();
    names
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
