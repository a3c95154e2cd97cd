//! The part of the sealed inputs that is about a few people: their records, whom they refer to, their accounts.
//!
//! To tell why one value is what it is, a million others need not be planned again.

mod picked;

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use self::picked::{Picked, copy};
use super::{
    Error, Inner, lock,
    reading::{asks_for_groups, mentions_groups},
};
use crate::{
    model::{
        Completeness, Link, LinkOwner, Memory, Operation, PersonId, Read, ReadKind, RecordSet, RecordView,
        SystemName,
    },
    planning::{
        Inputs,
        compile::{Compiled, SystemSchema, compile},
        why::{Scene, look},
    },
    store::LastRead,
};

/// What is known about a few people, ready to be looked at.
pub(super) struct Excerpt {
    compiled: Compiled,
    reads: Vec<Read>,
    /// The groups that say who is assigned, or that expressions ask for, in full.
    groups: Vec<Read>,
    memory: Memory,
}

/// The excerpt looked at last: the operations of one person are asked for together, and an expression that is being
/// typed is tried on the same people again and again.
pub(super) struct Kept {
    version: i64,
    persons: Vec<PersonId>,
    former: Option<Link>,
    has_groups: bool,
    excerpt: Arc<Excerpt>,
}

/// A system's last good read, in full.
struct Source {
    system: SystemName,
    last: LastRead,
    records: Arc<RecordSet>,
}

impl Excerpt {
    /// Looks at the people at an instant.
    pub(super) fn look<T>(&self, now: Timestamp, tell: impl FnOnce(&Scene<'_>) -> T) -> Result<T, Error> {
        let inputs = Inputs {
            now,
            reads: &self.reads,
            groups: &self.groups,
            memory: &self.memory,
        };
        look(&self.compiled, &inputs, tell).map_err(|error| Error::Refused(error.to_string()))
    }

    /// Returns what is known about whom an operation of the current plan concerns; also the account it is about, if
    /// a run has deleted that meanwhile.
    pub(super) fn of_operation(inner: &Inner, operation: &Operation) -> Result<Option<Arc<Self>>, Error> {
        let Some(person) = operation.person else {
            return Ok(None);
        };
        let mut former = account(inner, operation, person);
        if let Some(link) = &former {
            let links = inner.setup.store.accounts_of(person)?;
            if links.iter().any(|known| known.owner == link.owner) {
                former = None;
            }
        }
        Self::kept(inner, &[person], former, looks_into_groups(inner)).map(Some)
    }

    /// Returns what is known about people, as far as an expression and the rules can ask for it.
    pub(super) fn of(inner: &Inner, persons: &[PersonId], text: &str) -> Result<Arc<Self>, Error> {
        let asks = mentions_groups(text) || looks_into_groups(inner);
        Self::kept(inner, persons, None, asks)
    }

    fn kept(
        inner: &Inner,
        persons: &[PersonId],
        former: Option<Link>,
        has_groups: bool,
    ) -> Result<Arc<Self>, Error> {
        let version = inner.setup.store.version()?;
        if let Some(kept) = &*lock(&inner.excerpt)
            && kept.version == version
            && kept.persons == persons
            && kept.former == former
            && kept.has_groups == has_groups
        {
            return Ok(kept.excerpt.clone());
        }
        let excerpt = Arc::new(Self::gather(inner, persons, former.as_ref(), has_groups)?);
        *lock(&inner.excerpt) = Some(Kept {
            version,
            persons: persons.to_vec(),
            former,
            has_groups,
            excerpt: excerpt.clone(),
        });
        Ok(excerpt)
    }

    fn gather(
        inner: &Inner,
        persons: &[PersonId],
        former: Option<&Link>,
        has_groups: bool,
    ) -> Result<Self, Error> {
        let now = inner.setup.clock.now();
        let rules = &inner.rules();
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
        let mut memory = Memory {
            seed: inner.setup.store.seed()?,
            ..Memory::default()
        };
        let others = picked.records(inner, &compiled, persons, now, &mut memory)?;
        for person in persons.iter().chain(&others) {
            let mut links = inner.setup.store.accounts_of(*person)?;
            links.extend(former.filter(|former| former.person == *person).cloned());
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
            groups: if has_groups { groups(inner)? } else { Vec::new() },
            memory,
        })
    }
}

/// The link of the account that an operation is about.
fn account(inner: &Inner, operation: &Operation, person: PersonId) -> Option<Link> {
    let rules = inner.rules();
    let mut rules = rules.accounts.iter();
    rules.find(|rule| rule.name == operation.rule)?;
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
    let rules = &inner.rules();
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

/// Whether any rule looks into groups: to see who is assigned, or in an expression.
pub(super) fn looks_into_groups(inner: &Inner) -> bool {
    let rules = inner.rules();
    asks_for_groups(&rules) || rules.accounts.iter().any(|rule| !rule.assigned.is_empty())
}

/// The last good reads of the groups of every system that was read.
pub(super) fn groups(inner: &Inner) -> Result<Vec<Read>, Error> {
    let mut groups = Vec::new();
    for source in sources(inner)? {
        let records = inner.setup.store.last_records(&source.system, true)?;
        groups.extend(records.map(|records| source.read(records)));
    }
    Ok(groups)
}

impl Source {
    /// The read as planning wants it, with these of its records.
    fn read(&self, records: RecordSet) -> Read {
        Read {
            system: self.system.clone(),
            kind: ReadKind::Full,
            coverage: self.last.coverage.clone(),
            completeness: Completeness::Complete,
            records,
            problems: Vec::new(),
            started: self.last.ended,
            ended: self.last.ended,
        }
    }
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
    copy(&settled, picked.map(RecordView::index))
        .map(Some)
        .map_err(|error| Error::Refused(error.to_string()))
}
