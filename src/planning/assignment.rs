//! Assignment by group: who is in the groups that an account rule names.
//!
//! Who is no member leaves the scope, and may lose the account. So that is only said of somebody where it is certain:
//! the group was found, all groups and all accounts of its system were read, and it is told which of them are whose.

use std::borrow::Cow;

use ahash::{AHashMap, AHashSet};

use super::{
    Inputs,
    compare::key,
    compile::{Compiled, CompiledAccounts},
    draft::RulePlan,
    members,
    people::People,
    rules,
};
use crate::model::{Comparison, Completeness, Read, RecordView, Situation};

/// Whether somebody is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assigned {
    /// A member of one of the groups.
    Yes,
    /// Certainly a member of none.
    No,
    /// That cannot be told.
    Untold,
}

/// The groups whose members an account rule is for.
pub(super) struct Assignment<'a> {
    groups: Vec<Group<'a>>,
}

/// One of them.
struct Group<'a> {
    rule: &'a rules::Assignment,
    accounts: &'a Read,
    /// Members are named by where they are, in this comparison; else by their ids.
    comparison: Comparison,
    members: AHashSet<String>,
    /// Why it is not certain that nobody else is a member.
    trouble: Option<String>,
}

/// The account that somebody has under the very rule that is planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnAccount<'a> {
    pub record: Option<RecordView<'a>>,
    /// Whether it is certain that there is no other.
    pub is_certain: bool,
}

impl<'a> Assignment<'a> {
    /// Finds the members of the groups of an account rule; `None` if it names none.
    pub(super) fn of(compiled: &'a Compiled, inputs: &'a Inputs<'a>, rule: usize) -> Option<Self> {
        let assigned = &compiled.accounts[rule].rule.assigned;
        let groups: Vec<_> = assigned.iter().map(|rule| Group::of(inputs, rule)).collect();
        (!groups.is_empty()).then_some(Self { groups })
    }

    /// Tells whether somebody is in any of the groups; `before` are the rules before the one in question.
    pub(super) fn tell(
        &self,
        compiled: &Compiled,
        people: &People<'a>,
        before: &[RulePlan<'a>],
        own: OwnAccount<'a>,
        person: usize,
    ) -> Assigned {
        let mut is_certain = true;
        for group in &self.groups {
            match group.tell(compiled, people, before, own, person) {
                Assigned::Yes => return Assigned::Yes,
                Assigned::No => {}
                Assigned::Untold => is_certain = false,
            }
        }
        if is_certain {
            Assigned::No
        } else {
            Assigned::Untold
        }
    }

    /// Tells the same group by group.
    pub(super) fn each<'t>(
        &'t self,
        compiled: &'t Compiled,
        people: &'t People<'a>,
        before: &'t [RulePlan<'a>],
        own: OwnAccount<'a>,
        person: usize,
    ) -> impl Iterator<Item = (&'a rules::Assignment, Assigned)> + 't {
        self.groups
            .iter()
            .map(move |group| (group.rule, group.tell(compiled, people, before, own, person)))
    }

    /// The groups whose members cannot all be told, and why.
    pub(super) fn troubles(&self) -> impl Iterator<Item = (&'a rules::Assignment, &str)> {
        self.groups
            .iter()
            .filter_map(|group| Some((group.rule, group.trouble.as_deref()?)))
    }
}

impl<'a> Group<'a> {
    fn of(inputs: &'a Inputs<'a>, rule: &'a rules::Assignment) -> Self {
        let mut group = Self {
            rule,
            accounts: inputs.read(&rule.system),
            comparison: Comparison::Exact,
            members: AHashSet::new(),
            trouble: None,
        };
        let read = inputs.groups.iter().find(|read| read.system == rule.system);
        let column = read.and_then(|read| read.records.schema().position("member"));
        let (Some(read), Some(column)) = (read, column) else {
            group.trouble = Some("no groups were read there".to_owned());
            return group;
        };
        group.comparison = read.records.schema().columns[column].comparison;
        match members::find(read, column, &rule.group.text) {
            Some(found) => group.collect(read, column, found),
            None => group.trouble = Some("there is no such group".to_owned()),
        }
        if !read.proves_absence() {
            let reason = match &read.completeness {
                Completeness::Partial(reason)
                | Completeness::Failed(reason)
                | Completeness::Refused(reason) => reason,
                Completeness::Complete => "only what changed",
            };
            group.trouble = Some(format!("the groups were read in part only: {reason}"));
        }
        group
    }

    /// Collects the members of a group, and of the groups that are members of it.
    fn collect(&mut self, read: &'a Read, column: usize, first: RecordView<'a>) {
        let groups: AHashMap<String, RecordView<'a>> = if self.rule.nested {
            let records = read.records.iter();
            records
                .map(|record| (self.name(record).into_owned(), record))
                .collect()
        } else {
            AHashMap::new()
        };
        let mut seen = AHashSet::from([first.index()]);
        let mut open = vec![first];
        while let Some(group) = open.pop() {
            for text in group.cell(column).each() {
                let member = key(text, self.comparison).into_owned();
                if let Some(inner) = groups.get(&member)
                    && seen.insert(inner.index())
                {
                    open.push(*inner);
                }
                self.members.insert(member);
            }
        }
    }

    /// What a group calls an object that is a member of it.
    fn name<'r>(&self, record: RecordView<'r>) -> Cow<'r, str> {
        if self.comparison == Comparison::DistinguishedName {
            key(record.location(), self.comparison)
        } else {
            Cow::Borrowed(record.anchor())
        }
    }

    fn tell(
        &self,
        compiled: &Compiled,
        people: &People<'a>,
        before: &[RulePlan<'a>],
        own: OwnAccount<'a>,
        person: usize,
    ) -> Assigned {
        let system = &self.rule.system;
        let is_member = |record: RecordView<'_>| self.members.contains(&*self.name(record));
        let mut is_certain = self.trouble.is_none();
        let mut is_known = false;
        for at in people.records_in(compiled, person, system) {
            if is_member(self.accounts.records.get(at as usize)) {
                return Assigned::Yes;
            }
            is_known = true;
        }
        for (at, plan) in before.iter().enumerate() {
            if compiled.accounts[at].rule.system != *system {
                continue;
            }
            match plan.record(person) {
                Some(record) if is_member(record) => return Assigned::Yes,
                record => is_known |= record.is_some(),
            }
            is_certain &= !matches!(plan.situation[person], Situation::Ambiguous | Situation::Unknown);
        }
        let is_own = |own: &CompiledAccounts| own.rule.system == *system;
        if compiled.accounts.get(before.len()).is_some_and(is_own) {
            match own.record {
                Some(record) if is_member(record) => return Assigned::Yes,
                record => is_known |= record.is_some(),
            }
            is_certain &= own.is_certain;
        }
        if is_certain && (is_known || self.accounts.proves_absence()) {
            Assigned::No
        } else {
            Assigned::Untold
        }
    }
}
