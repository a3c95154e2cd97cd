//! The part of the sealed inputs that is about a few people: their records, whom they refer to, their accounts.
//!
//! To tell why one value is what it is, a million others need not be planned again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{Error, Inner, lock};
use crate::{
    model::{
        Cell, Completeness, Link, LinkOwner, Memory, Operation, PersonId, Read, ReadKind, RecordSet,
        SystemName,
        record::{RecordHead, SetFull},
    },
    planning::{
        Inputs,
        compile::{Compiled, SystemSchema, compile},
        why::{Scene, look, referenced},
    },
    store::LastRead,
};

/// What is known about a few people, ready to be looked at.
pub(super) struct Excerpt {
    compiled: Compiled,
    reads: Vec<Read>,
    memory: Memory,
    now: Timestamp,
}

/// The excerpt looked at last: the operations of one person are asked for together.
pub(super) struct Kept {
    version: i64,
    subject: (PersonId, Timestamp),
    excerpt: Arc<Excerpt>,
}

/// A system's last good read, in full.
struct Source {
    system: SystemName,
    last: LastRead,
    records: Arc<RecordSet>,
}

impl Excerpt {
    /// Looks at the people.
    pub(super) fn look<T>(&self, tell: impl FnOnce(&Scene<'_>) -> T) -> Result<T, Error> {
        let inputs = Inputs {
            now: self.now,
            reads: &self.reads,
            groups: &[],
            memory: &self.memory,
        };
        look(&self.compiled, &inputs, tell).map_err(|error| Error::Refused(error.to_string()))
    }

    /// Returns what is known about whom an operation of the current plan concerns, as it was when that was made.
    pub(super) fn of_operation(inner: &Inner, operation: &Operation) -> Result<Option<Arc<Self>>, Error> {
        let Some(person) = operation.person else {
            return Ok(None);
        };
        let store = &inner.setup.store;
        let now = store
            .current_plan()?
            .map_or_else(|| inner.setup.clock.now(), |plan| plan.now);
        let version = store.version()?;
        if let Some(kept) = &*lock(&inner.excerpt)
            && kept.version == version
            && kept.subject == (person, now)
        {
            return Ok(Some(kept.excerpt.clone()));
        }
        let excerpt = Arc::new(Self::gather(inner, &[person], now, Some(operation))?);
        *lock(&inner.excerpt) = Some(Kept {
            version,
            subject: (person, now),
            excerpt: excerpt.clone(),
        });
        Ok(Some(excerpt))
    }

    /// Returns what is known about people now.
    pub(super) fn of(inner: &Inner, persons: &[PersonId]) -> Result<Self, Error> {
        Self::gather(inner, persons, inner.setup.clock.now(), None)
    }

    fn gather(
        inner: &Inner,
        persons: &[PersonId],
        now: Timestamp,
        operation: Option<&Operation>,
    ) -> Result<Self, Error> {
        let rules = &inner.setup.rules;
        let sources = sources(inner)?;
        let schemas: Vec<_> = sources
            .iter()
            .map(|source| SystemSchema {
                system: source.system.clone(),
                schema: (**source.records.schema()).clone(),
            })
            .collect();
        let compiled = compile(rules, &schemas).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Error::Refused(errors.join("; "))
        })?;
        let mut picked = Picked::new(&sources);
        let mut memory = Memory::default();
        let others = picked.records(inner, &compiled, persons, now, &mut memory)?;
        for person in persons.iter().chain(&others) {
            let mut links = inner.setup.store.accounts_of(*person)?;
            links.extend(operation.and_then(|operation| own_link(operation, *person)));
            for link in links {
                let LinkOwner::Account(name) = &link.owner else {
                    continue;
                };
                if let Some(rule) = rules.accounts.iter().find(|rule| rule.name == *name) {
                    picked.want(&rule.system, link);
                }
            }
        }
        picked.accounts(&mut memory);
        for person in persons {
            let kept = inner.setup.store.reservations_of(*person)?;
            memory.reservations.extend(kept);
        }
        let reads = picked
            .reads()
            .map_err(|error| Error::Refused(error.to_string()))?;
        let is_known = |person: &PersonId| {
            let mut links = memory.links.iter();
            links.any(|link| link.person == *person && matches!(link.owner, LinkOwner::Source(_)))
        };
        if !persons.iter().all(is_known) {
            memory.settled = settled(inner, persons)?;
        }
        Ok(Self {
            compiled,
            reads,
            memory,
            now,
        })
    }
}

/// The account an operation is about, also if a run has deleted it meanwhile.
fn own_link(operation: &Operation, person: PersonId) -> Option<Link> {
    (operation.person == Some(person)).then_some(())?;
    Some(Link {
        person,
        owner: LinkOwner::Account(operation.rule.clone()),
        anchor: operation.target.anchor.clone()?,
        why: String::new(),
        since: Timestamp::UNIX_EPOCH,
    })
}

/// The last good read of every system that a rule names.
fn sources(inner: &Inner) -> Result<Vec<Source>, Error> {
    let rules = &inner.setup.rules;
    let people = rules.people.iter().map(|rule| &rule.from);
    let names: BTreeSet<&SystemName> = people
        .chain(rules.accounts.iter().map(|rule| &rule.system))
        .collect();
    let mut sources = Vec::new();
    for system in names {
        let last = inner.setup.store.last_read(system)?;
        let records = inner.last_records(system)?;
        let (Some(last), Some(records)) = (last, records) else {
            return Err(Error::Refused(format!(
                "{system} was never read in full: make a plan first"
            )));
        };
        sources.push(Source {
            system: system.clone(),
            last,
            records,
        });
    }
    Ok(sources)
}

/// The records picked from each system, and the links wanted of them.
struct Picked<'a> {
    sources: &'a [Source],
    records: Vec<BTreeSet<usize>>,
    wanted: Vec<BTreeMap<String, Vec<Link>>>,
}

impl<'a> Picked<'a> {
    fn new(sources: &'a [Source]) -> Self {
        Self {
            sources,
            records: sources.iter().map(|_| BTreeSet::new()).collect(),
            wanted: sources.iter().map(|_| BTreeMap::new()).collect(),
        }
    }

    fn at(&self, system: &SystemName) -> Option<usize> {
        self.sources.iter().position(|source| source.system == *system)
    }

    fn want(&mut self, system: &SystemName, link: Link) {
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
    fn accounts(&mut self, memory: &mut Memory) {
        for (at, source) in self.sources.iter().enumerate() {
            let wanted = std::mem::take(&mut self.wanted[at]);
            if wanted.is_empty() {
                continue;
            }
            for record in source.records.iter() {
                if let Some(links) = wanted.get(record.anchor()) {
                    self.records[at].insert(record.index());
                    memory.links.extend(links.iter().cloned());
                }
            }
        }
    }

    /// Picks the records that sources have of people, and of whom those refer to; returns the latter.
    fn records(
        &mut self,
        inner: &Inner,
        compiled: &Compiled,
        persons: &[PersonId],
        now: Timestamp,
        memory: &mut Memory,
    ) -> Result<Vec<PersonId>, Error> {
        let rules = &inner.setup.rules.people;
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
        let first = memory.links.len();
        self.accounts(memory);
        let mut others = Vec::new();
        let own = memory.links[first..].to_vec();
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
                let owner = inner.setup.store.owner_of(&link.owner, &anchor)?;
                if let Some(other) = owner.filter(|other| !persons.contains(&other.person)) {
                    others.push(other.person);
                    self.want(&rule.from, other);
                }
            }
        }
        self.accounts(memory);
        others.sort_unstable();
        others.dedup();
        Ok(others)
    }

    fn reads(self) -> Result<Vec<Read>, SetFull> {
        let picked = self.sources.iter().zip(self.records);
        picked
            .map(|(source, picked)| {
                Ok(Read {
                    system: source.system.clone(),
                    kind: ReadKind::Full,
                    coverage: source.last.coverage.clone(),
                    completeness: Completeness::Complete,
                    records: copy(&source.records, picked)?,
                    problems: Vec::new(),
                    started: source.last.ended,
                    ended: source.last.ended,
                })
            })
            .collect()
    }
}

/// Copies some records of a set.
fn copy(records: &RecordSet, picked: impl IntoIterator<Item = usize>) -> Result<RecordSet, SetFull> {
    let mut set = RecordSet::new(records.schema().clone());
    for at in picked {
        let record = records.get(at);
        let mut writer = set.begin(RecordHead {
            anchor: record.anchor(),
            location: record.location(),
            enabled: record.enabled(),
        })?;
        for column in 0..records.schema().columns.len() {
            match record.cell(column) {
                Cell::Absent => writer.absent()?,
                Cell::Null => writer.null()?,
                Cell::One(text) => writer.one(text)?,
                Cell::Many(many) => writer.many(many.iter())?,
            }
        }
    }
    Ok(set)
}

/// The facts last settled of people whom no source names any more.
fn settled(inner: &Inner, persons: &[PersonId]) -> Result<Option<RecordSet>, Error> {
    let Some(settled) = inner.setup.store.settled()? else {
        return Ok(None);
    };
    let picked = settled.iter().filter(|record| {
        let id = uuid::Uuid::try_parse(record.anchor());
        id.is_ok_and(|id| persons.contains(&PersonId(id)))
    });
    copy(&settled, picked.map(|record| record.index()))
        .map(Some)
        .map_err(|error| Error::Refused(error.to_string()))
}
