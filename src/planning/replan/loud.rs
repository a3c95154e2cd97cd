//! Finds out who has to be planned.

use std::borrow::Cow;

use ahash::AHashSet;
use jiff::Timestamp;
use rayon::prelude::*;

use super::{Carried, Cause};
use crate::{
    expression::{Expression, Moment},
    model::{LinkOwner, Read, RecordView, Value},
    planning::{
        compile::Compiled,
        located::Located,
        names::RecordRow,
        people::{NOBODY, NOTHING},
    },
};

/// Who has to be planned.
pub(super) struct Loud {
    pub(super) is: Vec<bool>,
    pub(super) list: Vec<u32>,
    /// Up to where those are known whom they name.
    done: usize,
    /// The ids of records that are new to their sources: links to them may be anybody's.
    pub(super) anchors: AHashSet<String>,
}

impl Loud {
    /// Begins with those whom changes concern and whoever reports to them.
    pub(super) fn of(carried: &Carried, core: Vec<u32>) -> Self {
        let mut loud = Self {
            is: vec![false; carried.ids.len()],
            list: Vec::new(),
            done: 0,
            anchors: AHashSet::new(),
        };
        loud.extend(core);
        loud
    }

    /// Adds people.
    pub(super) fn extend(&mut self, people: impl IntoIterator<Item = u32>) {
        for person in people {
            if !std::mem::replace(&mut self.is[person as usize], true) {
                self.list.push(person);
            }
        }
    }

    /// Adds those whom what is new to the sources concerns, who reports to anybody, and whom the records name of
    /// those of whom that may have changed.
    pub(super) fn look(
        &mut self,
        compiled: &Compiled,
        reads: &[Read],
        carried: &Carried,
        now: Timestamp,
    ) -> Result<(), Cause> {
        let search = Search {
            compiled,
            reads,
            carried,
            moment: Moment {
                now,
                time_zone: &compiled.time_zone,
            },
        };
        self.newcomers(&search)?;
        let supplanted = search.supplanted();
        self.extend(supplanted);
        // whoever reports to somebody else than before has a record of their own that says so
        let core = self.is.clone();
        for named in &carried.references {
            let reports = named.iter().zip(0..).filter(|(named, _)| match **named {
                NOBODY | NOTHING => false,
                other => core[other as usize],
            });
            self.extend(reports.map(|(_, person)| person));
        }
        for rule in 0..compiled.people.len() {
            let named = search.named(rule, &core);
            self.extend(named);
        }
        Ok(())
    }

    /// Adds whom those name whose references are known.
    pub(super) fn close(&mut self, carried: &Carried) {
        while let Some(person) = self.list.get(self.done).copied() {
            self.done += 1;
            for named in &carried.references {
                let other = named[person as usize];
                if !matches!(other, NOBODY | NOTHING) {
                    self.extend([other]);
                }
            }
        }
    }

    /// Adds whose the records may be that are new to the sources.
    fn newcomers(&mut self, search: &Search<'_>) -> Result<(), Cause> {
        let mut previous: AHashSet<String> = AHashSet::new();
        for (rule, people) in search.compiled.people.iter().enumerate() {
            let mut new: AHashSet<&str> = AHashSet::new();
            let mut before: AHashSet<String> = AHashSet::new();
            for record in search.fresh(rule) {
                new.insert(record.anchor());
                let named = people.previous.as_ref();
                before.extend(named.into_iter().flat_map(|named| search.texts(named, record)));
            }
            if new.is_empty() {
                continue;
            }
            let owner = LinkOwner::Source(people.rule.name.clone());
            let mut known: AHashSet<&str> = AHashSet::new();
            for (_, group, whose) in search
                .carried
                .link_owners()
                .filter(|(other, ..)| **other == owner)
            {
                let links: Vec<(u32, &str)> = (0..group.len())
                    .into_par_iter()
                    .with_min_len(4096)
                    .map(|at| (whose[at], group.anchor(at)))
                    .filter(|(_, anchor)| new.contains(anchor) || before.contains(*anchor))
                    .collect();
                self.extend(links.iter().map(|(person, _)| *person));
                known.extend(links.into_iter().map(|(_, anchor)| anchor));
            }
            // whom a record joins is found among everybody
            if !people.join.is_empty() && !new.is_subset(&known) {
                return Err(Cause::Change);
            }
            let named = before.iter().filter_map(|text| search.person_at(rule, text));
            let named: Vec<u32> = named.collect();
            self.extend(named);
            self.anchors.extend(new.into_iter().map(str::to_owned));
            previous.extend(before);
        }
        self.anchors.extend(previous);
        Ok(())
    }
}

/// Where people are looked for.
struct Search<'s> {
    compiled: &'s Compiled,
    reads: &'s [Read],
    carried: &'s Carried,
    moment: Moment<'s>,
}

impl<'s> Search<'s> {
    /// The place of a people rule's system among the reads.
    fn system(&self, rule: usize) -> usize {
        let from = &self.compiled.people[rule].rule.from;
        let found = self.reads.iter().position(|read| read.system == *from);
        found.unwrap_or_default()
    }

    /// The records of a people rule that are new, or other ones, and nobody's as far as is known; and those that were
    /// nobody's before and should be somebody's.
    fn fresh(&self, rule: usize) -> impl Iterator<Item = RecordView<'s>> {
        let system = self.system(rule);
        let fresh = self
            .carried
            .fresh
            .iter()
            .filter(move |(other, _)| *other == system);
        let whose = &self.carried.whose[rule];
        let fresh = fresh.map(|(_, place)| place).chain(&self.carried.loose[rule]);
        let fresh = fresh.filter(|place| whose[**place as usize] == NOBODY);
        fresh.map(move |place| self.reads[system].records.get(*place as usize))
    }

    fn texts(&self, expression: &Expression, record: RecordView<'_>) -> Vec<String> {
        let Ok(value) = expression.evaluate(&RecordRow(record), &self.moment) else {
            return Vec::new();
        };
        let texts = value.each().filter_map(Value::as_text).map(Cow::into_owned);
        texts
            .flat_map(|text| {
                let trimmed = text.trim().to_owned();
                let is_other = trimmed != text;
                [Some(text), is_other.then_some(trimmed)]
            })
            .flatten()
            .collect()
    }

    /// Whose the record with an id is.
    fn person_at(&self, rule: usize, anchor: &str) -> Option<u32> {
        let read = &self.reads[self.system(rule)];
        let place = self
            .carried
            .system(&read.system)
            .places
            .find(&read.records, anchor)?;
        Some(self.carried.whose[rule][place]).filter(|person| *person != NOBODY)
    }

    /// Whom the records name of those who are among `core`, and the new records.
    fn named(&self, rule: usize, core: &[bool]) -> Vec<u32> {
        let people = &self.compiled.people[rule];
        if people.references.is_empty() {
            return Vec::new();
        }
        let records = &self.reads[self.system(rule)].records;
        let whose = self.carried.whose[rule].iter().zip(0..);
        let whose = whose.filter(|(person, _)| **person != NOBODY && core[**person as usize]);
        let of_core = whose.map(|(_, place): (&u32, usize)| records.get(place));
        let mut named = Vec::new();
        for record in of_core.chain(self.fresh(rule)) {
            for text in people
                .references
                .iter()
                .flat_map(|(_, reference)| self.texts(reference, record))
            {
                match self.person_at(rule, &text) {
                    Some(person) => named.push(person),
                    None => named.extend(self.people_at_place(&text)),
                }
            }
        }
        named
    }

    /// Whose the records are that are at a place, in whichever source.
    fn people_at_place(&self, place: &str) -> Vec<u32> {
        if !place.contains('=') {
            return Vec::new();
        }
        let mut people = Vec::new();
        for (rule, whose) in self.carried.whose.iter().enumerate() {
            let read = &self.reads[self.system(rule)];
            let located = &self.carried.system(&read.system).located;
            let located = located.get_or_init(|| Located::of(&read.records));
            let found = located.all(&read.records, place);
            people.extend(found.map(|record| whose[record as usize]));
        }
        people.retain(|person| *person != NOBODY);
        people
    }

    /// Who is where a record is that is new or another one, so that whom its place names may be another one now.
    fn supplanted(&self) -> Vec<u32> {
        let names_by_place = self
            .compiled
            .people
            .iter()
            .any(|people| !people.references.is_empty());
        let mut people = Vec::new();
        for (system, place) in self.carried.fresh.iter().filter(|_| names_by_place) {
            let read = &self.reads[*system];
            let mut rules = self.compiled.people.iter();
            if !rules.any(|people| people.rule.from == read.system) {
                continue;
            }
            let record = read.records.get(*place as usize);
            // an id may read like a place, and comes before it
            people.extend(self.people_at_place(record.anchor()));
            people.extend(self.people_at_place(record.location()));
        }
        people
    }
}
