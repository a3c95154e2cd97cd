//! What is carried from plan to plan.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;

use super::{Cause, Loud, News, Notes, cause};
use crate::{
    model::{
        Anchor, Fingerprint, LinkOwner, Memory, MemoryChange, PersonId, Read, RecordSet, Schema, Situation,
        SystemName,
        links::LinkGroup,
        record::{Places, SetFull},
    },
    planning::{
        Inputs,
        compile::Compiled,
        located::Located,
        matching::Built,
        people::{NOBODY, NOTHING, PeopleById},
        protected::protected,
        seal::{self, Digests},
    },
};

/// How many settled facts may be left where they are though they are nobody's any more, beside as many as people.
const STALE: usize = 1000;

/// What of somebody is to come from the next plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Something may.
    Busy,
    /// Nothing, as long as nothing of theirs changes.
    Quiet,
    /// The person is in no source and has no account: only links remember who it was.
    Absent,
}

/// What is kept of the accounts, or the groups, of one system.
#[derive(Debug)]
pub(super) struct System {
    pub(super) name: SystemName,
    schema: Arc<Schema>,
    /// Where the records are; lent to whoever takes in what changed.
    pub(super) places: Places,
    is_lent: bool,
    pub(super) located: OnceLock<Located>,
}

/// What is carried from plan to plan. People are told by their places in it, which stay; records by their places in
/// the reads.
pub struct Carried {
    rules: Fingerprint,
    pub(super) now: Timestamp,
    /// What is remembered once the last plan is stored. Settled facts that are no longer those of anybody stay
    /// where they are.
    pub(super) memory: Memory,
    pub(super) ids: Vec<PersonId>,
    pub(super) by_id: PeopleById,
    pub(super) rest: Vec<Rest>,
    /// Who has no account under some rule.
    pub(super) unlinked: Vec<bool>,
    /// For each account rule, how everybody stands.
    pub(super) situations: Vec<Vec<Situation>>,
    /// The same, counted, of those who are quiet.
    pub(super) counts: Vec<BTreeMap<Situation, usize>>,
    /// For each reference, whom everybody's names.
    pub(super) references: Vec<Vec<u32>>,
    /// Where the settled facts of people are.
    pub(super) settled: Vec<u32>,
    /// For each group of links, whose they are.
    pub(super) linked: Vec<Vec<u32>>,
    /// Whose the memberships are that are answered for.
    pub(super) granted: Vec<u32>,
    /// For each people rule, whose each record is.
    pub(super) whose: Vec<Vec<u32>>,
    /// For each account rule, whose each record is.
    pub(super) owners: Vec<Vec<u32>>,
    /// For each account rule, which records are protected.
    pub(super) protected: Vec<Vec<bool>>,
    pub(super) digests: Digests,
    /// For each account rule and each way it matches by, what was looked through.
    pub(super) indexes: Vec<Vec<OnceLock<Built>>>,
    pub(super) systems: Vec<System>,
    pub(super) groups: Vec<System>,
    /// For each people rule, the records that are nobody's and should be somebody's.
    pub(super) loose: Vec<Vec<u32>>,
    /// The records that are new since the last plan, or other ones: the system, and the record.
    pub(super) fresh: Vec<(usize, u32)>,
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Carried(since {}, {} people)", self.now, self.ids.len())
    }
}

impl Carried {
    #[expect(
        clippy::too_many_arguments,
        reason = "all that a plan of everybody leaves behind"
    )]
    pub(super) fn of(
        compiled: &Compiled,
        now: Timestamp,
        reads: &[Read],
        groups: &[Read],
        memory: Memory,
        digests: Digests,
        notes: &Notes,
        change: &MemoryChange,
    ) -> Result<Self, SetFull> {
        let systems = |reads: &[Read]| -> Vec<System> { reads.iter().map(System::of).collect() };
        let length = |system: &SystemName| {
            let read = reads.iter().find(|read| read.system == *system);
            read.map_or(0, |read| read.records.len())
        };
        let mut carried = Self {
            rules: seal::rules(&compiled.rules),
            now,
            protected: {
                let inputs = Inputs {
                    now,
                    reads,
                    groups,
                    memory: &memory,
                };
                protected(compiled, &inputs)
            },
            memory,
            ids: Vec::new(),
            by_id: PeopleById::default(),
            rest: Vec::new(),
            unlinked: Vec::new(),
            situations: compiled.accounts.iter().map(|_| Vec::new()).collect(),
            counts: compiled.accounts.iter().map(|_| BTreeMap::new()).collect(),
            references: compiled.references.iter().map(|_| Vec::new()).collect(),
            settled: Vec::new(),
            linked: Vec::new(),
            granted: Vec::new(),
            whose: compiled
                .people
                .iter()
                .map(|people| vec![NOBODY; length(&people.rule.from)])
                .collect(),
            owners: compiled
                .accounts
                .iter()
                .map(|accounts| vec![NOBODY; length(&accounts.rule.system)])
                .collect(),
            digests,
            indexes: compiled
                .accounts
                .iter()
                .map(|accounts| accounts.matches.iter().map(|_| OnceLock::new()).collect())
                .collect(),
            systems: systems(reads),
            groups: systems(groups),
            loose: Vec::new(),
            fresh: Vec::new(),
        };
        carried.by_id.reserve(&carried.ids, notes.ids.len());
        let people: Vec<u32> = notes.ids.iter().map(|id| carried.person(*id)).collect();
        carried.take_in(&people, notes, |_, record| record);
        carried.note_loose(compiled, reads, notes);
        carried.remember(change, true)?;
        Ok(carried)
    }

    /// Returns somebody's place; whoever is not known yet gets one.
    pub(super) fn person(&mut self, id: PersonId) -> u32 {
        if let Some(person) = self.by_id.find(&self.ids, id) {
            return person;
        }
        self.rest.push(Rest::Absent);
        self.unlinked.push(false);
        self.settled.push(NOBODY);
        self.situations
            .iter_mut()
            .for_each(|all| all.push(Situation::Unknown));
        self.references.iter_mut().for_each(|all| all.push(NOTHING));
        self.by_id.add(&mut self.ids, id)
    }

    /// Takes in what a plan has told of people; `whole` gives the place of a record of a people rule's system in the
    /// whole read.
    pub(super) fn take_in(&mut self, people: &[u32], notes: &Notes, whole: impl Fn(usize, u32) -> u32) {
        for (at, person) in people.iter().enumerate() {
            let slot = *person as usize;
            self.rest[slot] = if notes.quiet[at] { Rest::Quiet } else { Rest::Busy };
            self.unlinked[slot] = notes.unlinked[at];
            for (rule, situations) in notes.situations.iter().enumerate() {
                self.situations[rule][slot] = situations[at];
                if notes.quiet[at] {
                    *self.counts[rule].entry(situations[at]).or_default() += 1;
                }
            }
            for (references, named) in self.references.iter_mut().zip(&notes.references) {
                references[slot] = match named[at] {
                    NOBODY | NOTHING => named[at],
                    other => people[other as usize],
                };
            }
        }
        for (at, place) in &notes.records {
            let rule = usize::from(place.rule);
            self.whose[rule][whole(rule, place.record) as usize] = people[*at as usize];
        }
        for (owners, records) in self.owners.iter_mut().zip(&notes.record_of) {
            for (person, record) in people.iter().zip(records) {
                let Some(owner) = owners.get_mut(*record as usize) else {
                    continue;
                };
                let other = std::mem::replace(owner, *person);
                // two who have one account stay in sight
                for both in [other, *person].into_iter().filter(|_| other != NOBODY) {
                    if self.rest[both as usize] == Rest::Quiet {
                        self.rest[both as usize] = Rest::Busy;
                        for (rule, situations) in self.situations.iter().enumerate() {
                            forget(&mut self.counts[rule], situations[both as usize]);
                        }
                    }
                }
            }
        }
    }

    /// Notes the records that are nobody's and should be somebody's.
    pub(super) fn note_loose(&mut self, compiled: &Compiled, reads: &[Read], notes: &Notes) {
        let loose = compiled.people.iter().zip(&notes.loose).map(|(people, loose)| {
            let read = reads.iter().find(|read| read.system == people.rule.from);
            let places = &self.system(&people.rule.from).places;
            let find = |anchor: &Anchor| places.find(&read?.records, anchor.as_str());
            loose.iter().filter_map(find).map(|place| place as u32).collect()
        });
        self.loose = loose.collect();
    }

    /// Returns why it cannot be built on, if so.
    pub(super) fn outdated(&self, compiled: &Compiled, news: &News<'_>) -> Option<Cause> {
        let inputs = Inputs {
            now: news.now,
            reads: news.reads,
            groups: news.groups,
            memory: &self.memory,
        };
        let fits = |systems: &[System], reads: &[Read]| {
            systems.len() == reads.len()
                && systems.iter().zip(reads).all(|(system, read)| {
                    system.name == read.system && *system.schema == **read.records.schema()
                })
        };
        if seal::rules(&compiled.rules) != self.rules
            || !fits(&self.systems, news.reads)
            || !fits(&self.groups, news.groups)
        {
            return Some(Cause::OtherRules);
        }
        if news.now < self.now {
            return Some(Cause::Clock);
        }
        let rows = self.memory.settled.as_ref().map_or(0, RecordSet::len);
        // facts that are nobody's any more are left where they are
        if rows > 2 * self.ids.len() + STALE {
            return Some(Cause::Many);
        }
        cause::of_reads(compiled, &inputs)
    }

    /// Returns who is not quiet.
    pub(super) fn busy(&self) -> Vec<u32> {
        let busy = self.rest.iter().zip(0..).filter(|(rest, _)| **rest == Rest::Busy);
        busy.map(|(_, person)| person).collect()
    }

    /// Returns what is kept of the accounts of a system. There is something of each that a rule names.
    pub(super) fn system(&self, name: &SystemName) -> &System {
        let found = self.systems.iter().find(|system| system.name == *name);
        found.unwrap_or(&self.systems[0])
    }

    /// Hands out where the records of a system are, or its groups, to take in what changed there: once, they come
    /// back in [`Changed`](super::Changed).
    pub fn lend(&mut self, system: &SystemName, of_groups: bool) -> Option<Places> {
        let systems = if of_groups {
            &mut self.groups
        } else {
            &mut self.systems
        };
        let system = systems
            .iter_mut()
            .find(|known| known.name == *system && !known.is_lent)?;
        system.is_lent = true;
        Some(std::mem::take(&mut system.places))
    }

    /// Counts how those who are quiet stand, without those who are planned.
    pub(super) fn situations_without(&self, loud: &Loud) -> Vec<BTreeMap<Situation, usize>> {
        let mut counts = self.counts.clone();
        for person in &loud.list {
            let person = *person as usize;
            if self.rest[person] == Rest::Quiet {
                for (counts, situations) in counts.iter_mut().zip(&self.situations) {
                    forget(counts, situations[person]);
                }
            }
        }
        counts
    }

    /// Returns the owners of the groups of links.
    pub(super) fn link_owners(&self) -> impl Iterator<Item = (&LinkOwner, &LinkGroup, &Vec<u32>)> {
        let groups = self.memory.links.groups().iter().zip(&self.linked);
        groups.map(|(group, people)| (group.owner(), group, people))
    }
}

/// Counts one less; what is not there is not counted as nothing.
pub(super) fn forget(counts: &mut BTreeMap<Situation, usize>, situation: Situation) {
    if let Some(count) = counts.get_mut(&situation) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&situation);
        }
    }
}

impl System {
    fn of(read: &Read) -> Self {
        Self {
            name: read.system.clone(),
            schema: read.records.schema().clone(),
            places: Places::of(&read.records),
            is_lent: false,
            located: OnceLock::new(),
        }
    }

    /// Takes back what was lent.
    pub(super) fn take_back(&mut self, places: Places) {
        self.places = places;
        self.is_lent = false;
    }
}
