//! Picks the records of a few people from whole reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    super::{Error, Inner},
    Source,
};
use crate::{
    model::{
        Link, LinkOwner, LinkView, Memory, PersonId, Read, RecordSet, SystemName, dn,
        record::{RecordHead, SetFull},
    },
    planning::{compile::Compiled, rules::PeopleRule, why::referenced},
};

/// The records picked from each system, and the links wanted of them.
pub(super) struct Picked<'a> {
    sources: &'a [Source],
    records: Vec<BTreeSet<usize>>,
    wanted: Vec<BTreeMap<String, Vec<Link>>>,
}

impl<'a> Picked<'a> {
    pub(super) fn new(sources: &'a [Source]) -> Self {
        Self {
            sources,
            records: sources.iter().map(|_| BTreeSet::new()).collect(),
            wanted: sources.iter().map(|_| BTreeMap::new()).collect(),
        }
    }

    fn at(&self, system: &SystemName) -> Option<usize> {
        self.sources.iter().position(|source| source.system == *system)
    }

    pub(super) fn want(&mut self, system: &SystemName, link: Link) {
        if let Some(at) = self.at(system) {
            let links = self.wanted[at]
                .entry(link.anchor.as_str().to_owned())
                .or_default();
            if !links.iter().any(|known| known.owner == link.owner) {
                links.push(link);
            }
        }
    }

    /// Picks what was wanted and is there, with its links: what was made since the reads is no part of them.
    pub(super) fn accounts(&mut self, memory: &mut Memory) {
        for (at, source) in self.sources.iter().enumerate() {
            let wanted = std::mem::take(&mut self.wanted[at]);
            if wanted.is_empty() {
                continue;
            }
            for record in source.records.iter() {
                if let Some(links) = wanted.get(record.anchor()) {
                    self.records[at].insert(record.index());
                    for link in links {
                        memory.links.push(link);
                    }
                }
            }
        }
    }

    /// Picks the records that sources have of people, and of whom those refer to; returns the latter.
    pub(super) fn records(
        &mut self,
        inner: &Inner,
        compiled: &Compiled,
        persons: &[PersonId],
        now: Timestamp,
        memory: &mut Memory,
    ) -> Result<Vec<PersonId>, Error> {
        let rules = inner.rules();
        let rules = &rules.people;
        for person in persons {
            for link in inner.setup.store.sources_of(*person)? {
                let LinkOwner::Source(name) = &link.owner else {
                    continue;
                };
                if let Some(rule) = rules.iter().find(|rule| rule.name == *name) {
                    self.want(&rule.from, link);
                }
            }
        }
        self.accounts(memory);
        let mut others = Vec::new();
        let own: Vec<Link> = memory.links.iter().map(LinkView::to_link).collect();
        for link in own {
            let LinkOwner::Source(name) = &link.owner else {
                continue;
            };
            let Some(rule) = rules.iter().find(|rule| rule.name == *name) else {
                continue;
            };
            let Some(at) = self.at(&rule.from) else { continue };
            let records = &self.sources[at].records;
            let picked = self.records[at].iter().map(|at| records.get(*at));
            let record = picked
                .into_iter()
                .find(|record| record.anchor() == link.anchor.as_str());
            let anchors = record.map_or_else(Vec::new, |record| referenced(compiled, name, record, now));
            for anchor in anchors {
                let named = match inner.setup.store.owner_of(&link.owner, &anchor)? {
                    Some(other) => Some((&rule.from, other)),
                    None => self.at_place(inner, rules, &anchor)?,
                };
                if let Some((from, other)) = named.filter(|(_, other)| !persons.contains(&other.person)) {
                    others.push(other.person);
                    self.want(from, other);
                }
            }
        }
        self.accounts(memory);
        others.sort_unstable();
        others.dedup();
        Ok(others)
    }

    /// Finds whom a directory names by a place: there, or in another one.
    fn at_place<'r>(
        &self,
        inner: &Inner,
        rules: &'r [PeopleRule],
        place: &str,
    ) -> Result<Option<(&'r SystemName, Link)>, Error> {
        if dn::parse(place).is_none_or(|parts| parts.is_empty()) {
            return Ok(None);
        }
        for rule in rules {
            let Some(at) = self.at(&rule.from) else { continue };
            let mut records = self.sources[at].records.iter();
            if let Some(record) = records.find(|record| dn::same(record.location(), place)) {
                let owner = LinkOwner::Source(rule.name.clone());
                if let Some(link) = inner.setup.store.owner_of(&owner, record.anchor())? {
                    return Ok(Some((&rule.from, link)));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn reads(self) -> Result<Vec<Read>, SetFull> {
        let picked = self.sources.iter().zip(self.records);
        picked
            .map(|(source, picked)| Ok(source.read(copy(&source.records, picked)?)))
            .collect()
    }
}

/// Copies some records of a set.
pub(super) fn copy(
    records: &RecordSet,
    picked: impl IntoIterator<Item = usize>,
) -> Result<RecordSet, SetFull> {
    let mut set = RecordSet::new(records.schema().clone());
    for at in picked {
        let record = records.get(at);
        let mut writer = set.begin(RecordHead {
            anchor: record.anchor(),
            location: record.location(),
            enabled: record.enabled(),
        })?;
        for column in 0..records.schema().columns.len() {
            writer.cell(record.cell(column))?;
        }
    }
    Ok(set)
}
