//! Puts people together from the records of one or more sources.
//!
//! | step | module | what it does |
//! |---|---|---|
//! | enrol | `roster`, `known`, `join` | finds out whose record each record of a source is |
//! | describe | `describe`, `facts` | computes everybody's attributes, and where everybody stands |
//! | resolve | `resolve` | finds whom references name |
//! | settle | `settle` | tells what changes in the facts that are remembered |

mod describe;
mod facts;
mod ids;
mod join;
mod known;
mod resolve;
mod roster;
mod settle;
mod stand;

use std::collections::HashMap;

use jiff::{civil::Date, tz::TimeZone};
use rayon::prelude::*;
use uuid::Uuid;

use self::{facts::Facts, roster::Roster};
pub(super) use self::{
    ids::PeopleById,
    settle::{REFERENCE_PREFIX, STATE_COLUMN, names_another, settle},
    stand::{state_of, state_word},
};
use super::{Inputs, compile::Compiled, groups::Groups, lifecycle::Standing};
use crate::model::{
    Cell, Finding, LifecycleState, LinkOwner, Links, PersonId, RecordSet, RecordView, Schema, SystemName,
    record::SetFull,
};

/// Marks a reference that names nobody.
pub(super) const NOBODY: u32 = u32::MAX;
/// Marks a reference that is not there at all.
pub(super) const NOTHING: u32 = u32::MAX - 1;

/// Where a person's record is: which people rule, which record of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub rule: u16,
    pub record: u32,
}

/// Everybody.
pub(super) struct People<'a> {
    facts: Facts<'a>,
    pub(super) ids: Vec<PersonId>,
    pub(super) standings: Vec<Standing>,
    /// `None` for people no source names any more.
    pub(super) places: Vec<Option<Place>>,
    /// Further records that sources have of people.
    further: HashMap<u32, Vec<Place>>,
    /// A person's zone, as a place in [`Self::zones`].
    zone: Vec<u16>,
    zones: Vec<TimeZone>,
    /// What day it is in each zone.
    today: Vec<Date>,
    /// One vector a reference: whom each person's reference names ([`NOBODY`], [`NOTHING`]).
    pub(super) references: Vec<Vec<u32>>,
    /// People some reference of whom names somebody by the way, or nobody: it could name another one though no record
    /// of theirs changes.
    pub(super) vague: Vec<u32>,
    /// People whose facts could not be computed; nothing is planned for them.
    pub(super) faulty: Vec<bool>,
    by_id: PeopleById,
    /// Who each record of the settled facts is ([`NOBODY`] if that is not known).
    pub(super) settled: Vec<u32>,
    pub(super) findings: Vec<Finding>,
    pub(super) new_links: Links,
    name_columns: Vec<usize>,
    /// The groups their accounts are in.
    pub(super) groups: Groups<'a>,
}

impl<'a> People<'a> {
    /// Returns how many people there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns what a person has in an attribute.
    pub(super) fn cell(&self, person: usize, column: usize) -> Cell<'_> {
        self.facts.cell(self.places[person], person, column)
    }

    /// Returns the attributes people have.
    pub(super) fn schema(&self) -> &'a Schema {
        self.facts.schema()
    }

    /// Finds a person by id.
    pub(super) fn find(&self, id: PersonId) -> Option<u32> {
        self.by_id.find(&self.ids, id)
    }

    /// Returns the record that counts of those that sources have of a person.
    pub(super) fn record(&self, person: usize) -> Option<RecordView<'a>> {
        self.places[person].map(|place| self.facts.record(place))
    }

    /// Iterates over everybody's records.
    pub(super) fn records(&self) -> impl Iterator<Item = (u32, Place)> {
        let one = self.places.iter().zip(0..);
        let one = one.filter_map(|(place, person)| Some((person, (*place)?)));
        let one = one.filter(|(person, _)| !self.further.contains_key(person));
        let several = self.further.iter();
        one.chain(several.flat_map(|(person, places)| places.iter().map(|place| (*person, *place))))
    }

    /// Iterates over the people of whom a source has several records: which counts depends on the day.
    pub(super) fn doubled(&self) -> impl Iterator<Item = u32> {
        let doubled = self.further.iter().filter(|(_, places)| {
            let mut rules: Vec<u16> = places.iter().map(|place| place.rule).collect();
            rules.sort_unstable();
            rules.windows(2).any(|pair| pair[0] == pair[1])
        });
        doubled.map(|(person, _)| *person)
    }

    /// Returns the records that a system has of a person as a source, by their places in its read.
    pub(super) fn records_in<'p>(
        &'p self,
        compiled: &'p Compiled,
        person: usize,
        system: &'p SystemName,
    ) -> impl Iterator<Item = u32> + 'p {
        let further = self.further.get(&(person as u32)).into_iter().flatten();
        self.places[person]
            .iter()
            .chain(further)
            .filter(move |place| compiled.people[usize::from(place.rule)].rule.from == *system)
            .map(|place| place.record)
    }

    /// Adds somebody whom no source names any more; returns the place.
    fn add_gone(&mut self, id: PersonId) -> u32 {
        self.standings.push(Standing {
            state: LifecycleState::Gone,
            start: None,
            end: None,
        });
        self.places.push(None);
        self.zone.push(0);
        self.faulty.push(false);
        self.by_id.add(&mut self.ids, id)
    }

    /// Returns the name to show: the display name, or given and family name, or the first attribute.
    pub(super) fn name(&self, person: usize) -> String {
        let words: Vec<_> = self
            .name_columns
            .iter()
            .filter_map(|column| self.cell(person, *column).first())
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            "(no name)".to_owned()
        } else {
            words.join(" ")
        }
    }

    /// Returns what day it is for a person.
    pub(super) fn today_of(&self, person: usize) -> Date {
        self.today[usize::from(self.zone[person])]
    }

    /// Returns the zone of a person.
    pub(super) fn zone_of(&self, person: usize) -> &TimeZone {
        &self.zones[usize::from(self.zone[person])]
    }
}

/// Puts people together.
pub(super) fn gather<'a>(compiled: &'a Compiled, inputs: &Inputs<'a>) -> Result<People<'a>, SetFull> {
    let mut roster = Roster::of(compiled, inputs);
    let mut people = describe::describe(compiled, inputs, &roster)?;
    people.ids = std::mem::take(&mut roster.ids);
    people.by_id = std::mem::take(&mut roster.index);
    people.findings.append(&mut roster.findings);
    people.new_links = std::mem::take(&mut roster.new_links);
    people.further = std::mem::take(&mut roster.further);
    for (person, places) in &mut people.further {
        // of several records it need not be the first that counts
        places.push(roster.first[*person as usize]);
    }
    if let Some(settled) = &inputs.memory.settled {
        people.settled = who_is_who(settled, &people);
    }
    let absence_is_proven = compiled.people.iter().all(|source| {
        let read = inputs.read(&source.rule.from);
        read.proves_absence() && read.problems.is_empty()
    });
    if absence_is_proven {
        if let Some(settled) = &inputs.memory.settled {
            remember_the_gone(compiled, settled, &mut people)?;
        }
        remember_the_unsettled(compiled, inputs, &mut people)?;
    }
    resolve::resolve(compiled, inputs, &roster, &mut people);
    Ok(people)
}

/// Finds the person of each record of the settled facts.
fn who_is_who(settled: &RecordSet, people: &People<'_>) -> Vec<u32> {
    (0..settled.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|at| {
            let id = person_of(settled.get(at).anchor());
            id.and_then(|id| people.find(id)).unwrap_or(NOBODY)
        })
        .collect()
}

/// Reads the id of a person as it is written among the settled facts.
pub(super) fn person_of(anchor: &str) -> Option<PersonId> {
    Uuid::try_parse(anchor).ok().map(PersonId)
}

/// Adds the people whom no source names any more, with the facts that were last settled.
fn remember_the_gone<'a>(
    compiled: &Compiled,
    settled: &'a RecordSet,
    people: &mut People<'a>,
) -> Result<(), SetFull> {
    let names = compiled.people_schema.columns.iter().map(|column| &column.name);
    let columns: Vec<_> = names.map(|name| settled.schema().position(name)).collect();
    for at in 0..settled.len() {
        if people.settled[at] != NOBODY {
            continue;
        }
        let record = settled.get(at);
        let Some(id) = person_of(record.anchor()) else {
            continue;
        };
        for (column, before) in columns.iter().enumerate() {
            let cell = before.map_or(Cell::Absent, |before| record.cell(before));
            people.facts.push_own(column, cell)?;
        }
        people.settled[at] = people.add_gone(id);
    }
    Ok(())
}

/// Adds the people whom no source names any more and of whom no facts were settled, as they vanished on the day after
/// they joined: their accounts are all that is left of them.
fn remember_the_unsettled(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    people: &mut People<'_>,
) -> Result<(), SetFull> {
    let mut unknown: Vec<PersonId> = Vec::new();
    for accounts in &compiled.accounts {
        let owner = LinkOwner::Account(accounts.rule.name.clone());
        for group in inputs.memory.links.of(&owner) {
            let linked = group.people().par_iter().with_min_len(1024);
            unknown.par_extend(linked.filter(|id| people.find(**id).is_none()).copied());
        }
    }
    unknown.sort_unstable();
    unknown.dedup();
    for id in unknown {
        for column in 0..compiled.people_schema.columns.len() {
            people.facts.push_own(column, Cell::Absent)?;
        }
        people.add_gone(id);
    }
    Ok(())
}
