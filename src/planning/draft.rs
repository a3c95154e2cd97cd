//! Operations in the making, and the row expressions of account rules are evaluated on.

use ahash::AHashMap;

use super::{
    compile::Compiled,
    matching::Hit,
    names::{Name, value_of},
    people::{NOBODY, NOTHING, People},
};
use crate::{
    expression::{Row, Slot},
    model::{LifecycleState, Operation, RecordView, Situation, Value},
};

/// Marks a person without an account record.
pub(super) const NO_RECORD: u32 = u32::MAX;

/// An operation that has no fingerprint yet.
pub(super) struct Draft {
    pub operation: Operation,
    pub person: Option<u32>,
    /// The account rule, by its place.
    pub rule: u16,
    /// Accounts that must be as planned before this is written: (person, account rule).
    pub waits: Vec<(u32, u16)>,
    /// What others know this draft by.
    pub number: Option<u32>,
    /// The drafts, by their numbers, that come before this one because of the names they leave.
    pub after: Vec<u32>,
}

/// An account that was found and is linked to nobody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Adoptable {
    pub person: u32,
    pub record: u32,
    pub hit: Hit,
}

/// What one account rule means for everybody.
pub(super) struct RulePlan<'a> {
    pub records: &'a crate::model::RecordSet,
    /// The account of each person, by its place among the records.
    pub record_of: Vec<u32>,
    pub situation: Vec<Situation>,
    /// Attributes that accounts will have and do not have now: person → (column, value).
    pub overlay: AHashMap<u32, Vec<(usize, Value<'static>)>>,
    /// People whose account is made by this plan, now.
    pub created: ahash::AHashSet<u32>,
    /// Accounts that are to be adopted, by person.
    pub adoptable: Vec<Adoptable>,
    /// From what the values of an account were normalised that is found in normal form only, by person.
    pub normalised: AHashMap<u32, String>,
    /// People whose account is neither linked nor to be adopted: nothing of it is changed.
    pub foreign: ahash::AHashSet<u32>,
    /// Records that somebody matches about whom a person has to decide.
    pub doubtful: ahash::AHashSet<u32>,
    /// People of whom it is not told whether they have an account, or which.
    pub unsure: Vec<u32>,
    pub drafts: Vec<Draft>,
}

impl<'a> RulePlan<'a> {
    /// Returns the place of somebody's account among those to be adopted.
    pub(super) fn adoption(&self, person: u32) -> Option<usize> {
        self.adoptable
            .binary_search_by_key(&person, |adoptable| adoptable.person)
            .ok()
    }

    pub(super) fn record(&self, person: usize) -> Option<RecordView<'a>> {
        match self.record_of[person] {
            NO_RECORD => None,
            at => Some(self.records.get(at as usize)),
        }
    }
}

/// A person as the row of an expression.
pub(super) struct PersonRow<'a> {
    pub compiled: &'a Compiled,
    pub people: &'a People<'a>,
    pub person: usize,
    /// The account rules before this one.
    pub before: &'a [RulePlan<'a>],
    pub current: Option<RecordView<'a>>,
    /// What the account of this very rule will hold, as far as it is known.
    pub own: &'a [(usize, Value<'static>)],
    pub in_scope: bool,
}

impl<'a> PersonRow<'a> {
    fn account(&self, rule: usize, column: usize) -> Value<'a> {
        let schema = &self.compiled.accounts[rule].schema;
        let (planned, record) = match self.before.get(rule) {
            Some(plan) => {
                let planned = plan.overlay.get(&(self.person as u32)).map(Vec::as_slice);
                (planned.unwrap_or_default(), plan.record(self.person))
            }
            None => (self.own, self.current),
        };
        if let Some((_, value)) = planned.iter().find(|(at, _)| *at == column) {
            return value.clone();
        }
        record.map_or(Value::Absent, |record| {
            value_of(record.cell(column), &schema.columns[column])
        })
    }

    /// The groups an account under a rule is in.
    fn groups(&self, rule: usize, account: Option<RecordView<'a>>) -> Vec<Value<'a>> {
        let accounts = self.compiled.accounts.get(rule);
        accounts
            .zip(account)
            .map_or_else(Vec::new, |(accounts, account)| {
                self.people.groups.of(&accounts.rule.system, account)
            })
    }
}

/// Several values; none are nothing.
fn list(values: Vec<Value<'_>>) -> Value<'_> {
    if values.is_empty() {
        Value::Absent
    } else {
        Value::List(values)
    }
}

impl<'a> Row<'a> for PersonRow<'a> {
    fn get(&self, slot: Slot) -> Value<'a> {
        let people = self.people;
        let attribute = |person: usize, column: u16| {
            let column = usize::from(column);
            value_of(people.cell(person, column), &people.schema().columns[column])
        };
        match Name::of(slot) {
            Name::Own(column) => attribute(self.person, column),
            Name::Current(column) => {
                let column = usize::from(column);
                self.current.map_or(Value::Absent, |record| {
                    value_of(record.cell(column), &record.schema().columns[column])
                })
            }
            Name::Account { rule, column } => self.account(usize::from(rule), usize::from(column)),
            Name::Along { reference, column } => match people.references[usize::from(reference)][self.person]
            {
                NOBODY | NOTHING => Value::Absent,
                other => attribute(other as usize, column),
            },
            Name::Reference(reference) => match people.references[usize::from(reference)][self.person] {
                NOBODY | NOTHING => Value::Absent,
                other => Value::Text(people.name(other as usize).into()),
            },
            Name::State => Value::text(super::people::state_word(people.standings[self.person].state)),
            Name::IsSoftDeleted => Value::Boolean(
                !self.in_scope
                    || matches!(
                        people.standings[self.person].state,
                        LifecycleState::Ended | LifecycleState::Gone
                    ),
            ),
            Name::CurrentGroups => list(self.groups(self.before.len(), self.current)),
            Name::AccountGroups(rule) => {
                let rule = usize::from(rule);
                list(self.groups(
                    rule,
                    self.before.get(rule).and_then(|plan| plan.record(self.person)),
                ))
            }
            Name::Groups => {
                let own = self.groups(self.before.len(), self.current);
                let others = self.before.iter().enumerate().flat_map(|(rule, plan)| {
                    // several rules may be about one account
                    self.groups(rule, plan.record(self.person))
                });
                let mut groups: Vec<Value<'a>> = Vec::new();
                for group in others.chain(own) {
                    if !groups.contains(&group) {
                        groups.push(group);
                    }
                }
                list(groups)
            }
            Name::Location | Name::Anchor => Value::Absent,
        }
    }
}
