//! References between the accounts of one rule: managers and the like, as people and not as places.

use std::sync::OnceLock;

use ahash::{AHashMap, AHashSet};

use super::{
    accounts::Stage,
    aside::Aside,
    circles,
    compare::{key, same},
    draft::{NO_RECORD, RulePlan},
    located::Located,
    names::value_of,
    people::{NOBODY, NOTHING, People},
    rules::{Mapping, NullPolicy, ValuesPolicy},
};
use crate::model::{Cell, Column, Comparison, RecordSet, RecordView, Reference, RuleName, Value};

/// The reference a new account should hold.
pub(super) struct ForNew {
    /// Whose account it names.
    pub account: Value<'static>,
    /// The account that is made, or adopted, before.
    pub waits: Option<(u32, u16)>,
    /// Whether it closes a circle, and is written when both accounts are there.
    pub comes_after: bool,
}

/// References between the accounts of one rule.
pub(super) struct References<'a> {
    people: &'a People<'a>,
    rule: RuleName,
    at: u16,
    records: &'a RecordSet,
    record_of: Vec<u32>,
    /// People whose account is to be adopted first, in order.
    unadopted: Vec<u32>,
    created: &'a AHashSet<u32>,
    /// The references that close a circle of new accounts.
    closing: AHashSet<(u32, usize)>,
    /// Locations, normalised → records; built when a reference differs for the first time.
    by_location: OnceLock<AHashMap<String, u32>>,
    owner: OnceLock<AHashMap<u32, u32>>,
    aside: Option<&'a Aside<'a>>,
}

impl<'a> References<'a> {
    pub(super) fn new(stage: &Stage<'a, '_>, plan: &RulePlan<'a>, created: &'a AHashSet<u32>) -> Self {
        Self {
            people: stage.people,
            rule: stage.rule_name().clone(),
            at: stage.rule as u16,
            records: plan.records,
            record_of: plan.record_of.clone(),
            unadopted: plan.adoptable.iter().map(|adoptable| adoptable.person).collect(),
            created,
            closing: circles::closing(stage.people, &stage.references(), created),
            by_location: OnceLock::new(),
            owner: OnceLock::new(),
            aside: stage.aside,
        }
    }

    fn account(&self, other: u32) -> Value<'static> {
        Value::Reference(Reference::Account {
            person: self.people.ids[other as usize],
            rule: self.rule.clone(),
        })
    }

    /// Whose account must be adopted before it is referred to.
    fn adoption(&self, other: u32) -> Option<(u32, u16)> {
        let unadopted = self.unadopted.binary_search(&other).is_ok();
        unadopted.then_some((other, self.at))
    }

    /// Returns the reference an account should hold, if it holds another one, and the account it waits for.
    pub(super) fn differs(
        &self,
        person: usize,
        reference: usize,
        cell: Cell<'_>,
        column: &Column,
        mapping: &Mapping,
    ) -> Option<(Value<'static>, Option<(u32, u16)>)> {
        let other = self.people.references[reference][person];
        let has = cell.each().next().is_some();
        let clears = mapping.null == NullPolicy::Clear && has;
        if mapping.values == ValuesPolicy::Keep && has {
            return None;
        }
        match other {
            NOTHING => return clears.then_some((Value::Absent, None)),
            // somebody is named, and nobody knows who: no reason to forget whom the target names
            NOBODY => return None,
            _ => {}
        }
        match self.record_of[other as usize] {
            NO_RECORD if self.created.contains(&other) => Some((self.account(other), Some((other, self.at)))),
            NO_RECORD => clears.then_some((Value::Absent, None)),
            record => {
                let record = self.records.get(record as usize);
                let wanted = if column.comparison == Comparison::DistinguishedName {
                    record.location()
                } else {
                    record.anchor()
                };
                let agrees = match cell {
                    Cell::One(text) => same(text, wanted, column.comparison),
                    _ => false,
                };
                (!agrees).then(|| (self.account(other), self.adoption(other)))
            }
        }
    }

    /// Returns the reference a new account should hold.
    pub(super) fn for_new(&self, person: usize, reference: usize) -> Option<ForNew> {
        let other = self.people.references[reference][person];
        if matches!(other, NOBODY | NOTHING) {
            return None;
        }
        let is_there = self.record_of[other as usize] != NO_RECORD;
        if !is_there && !self.created.contains(&other) {
            // whose account comes later is referred to later: the plan that finds it there links it
            return None;
        }
        Some(ForNew {
            account: self.account(other),
            waits: if is_there {
                self.adoption(other)
            } else {
                Some((other, self.at))
            },
            comes_after: self.closing.contains(&(person as u32, reference)),
        })
    }

    /// What a reference cell holds now, in terms that survive renames.
    pub(super) fn before(&self, cell: Cell<'_>, column: &Column) -> Value<'static> {
        let Some(text) = cell.first() else {
            return value_of(cell, column).into_owned();
        };
        let owner = self.owner.get_or_init(|| {
            let owned = self
                .record_of
                .iter()
                .enumerate()
                .filter(|(_, record)| **record != NO_RECORD);
            owned.map(|(person, record)| (*record, person as u32)).collect()
        });
        let found = match self.aside {
            None => self.record_at(text, column),
            Some(aside) => self.record_known(text, column, aside),
        };
        let person = found.and_then(|record| {
            let person = owner.get(&record);
            if let (None, Some(aside)) = (person, self.aside) {
                aside.ask_for_owner(usize::from(self.at), record);
            }
            person
        });
        person.map_or_else(|| Value::from(text.to_owned()), |person| self.account(*person))
    }

    /// Finds the record that a reference names.
    fn record_at(&self, text: &str, column: &Column) -> Option<u32> {
        let by_location = self.by_location.get_or_init(|| {
            let key = |record: RecordView<'_>| {
                if column.comparison == Comparison::DistinguishedName {
                    key(record.location(), column.comparison).into_owned()
                } else {
                    record.anchor().to_owned()
                }
            };
            self.records
                .iter()
                .map(|record| (key(record), record.index() as u32))
                .collect()
        });
        by_location.get(&*key(text, column.comparison)).copied()
    }

    /// Finds it by what is kept of the records.
    fn record_known(&self, text: &str, column: &Column, aside: &Aside<'_>) -> Option<u32> {
        let looked = &aside.looked[usize::from(self.at)];
        if column.comparison == Comparison::DistinguishedName {
            let located = looked.located.get_or_init(|| Located::of(self.records));
            return located.find(self.records, text);
        }
        let place = looked.places.find(self.records, &key(text, column.comparison));
        place.map(|place| place as u32)
    }
}
