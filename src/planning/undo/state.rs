//! How things stand now, as far as taking something back needs to know it.

use std::collections::{HashMap, HashSet};

use crate::{
    model::{
        Anchor, Cell, Column, Comparison, Deferred, LinkOwner, PersonId, Read, RecordView, Reference,
        RuleName, SystemName, Value, dn,
    },
    planning::{
        Inputs,
        compare::{holds, key, same},
        compile::Compiled,
        groups::Groups,
        names::value_of,
        protected,
        seal::MarkKey,
    },
};

/// How things stand now.
pub(super) struct State<'a> {
    pub(super) compiled: &'a Compiled,
    pub(super) marks: MarkKey,
    reads: &'a [Read],
    groups: &'a [Read],
    members: Groups<'a>,
    /// The records of each system, by anchor.
    records: HashMap<(&'a SystemName, &'a str), RecordView<'a>>,
    /// The accounts of people.
    links: HashMap<(PersonId, &'a RuleName), &'a str>,
    /// The records that are protected, of each system.
    protected: HashSet<(&'a SystemName, usize)>,
}

impl<'a> State<'a> {
    pub(super) fn new(compiled: &'a Compiled, inputs: &Inputs<'a>) -> Self {
        let records = inputs.reads.iter().flat_map(|read| {
            read.records
                .iter()
                .map(move |record| ((&read.system, record.anchor()), record))
        });
        let links = inputs.memory.links.iter().filter_map(|link| match link.owner {
            LinkOwner::Account(rule) => Some(((link.person, rule), link.anchor)),
            LinkOwner::Source(_) => None,
        });
        let rules = compiled
            .accounts
            .iter()
            .zip(protected::protected(compiled, inputs));
        let protected = rules.flat_map(|(accounts, protected)| {
            let places = protected.into_iter().enumerate();
            places
                .filter(|(_, is)| *is)
                .map(move |(at, _)| (&accounts.rule.system, at))
        });
        Self {
            compiled,
            marks: MarkKey::of(&inputs.memory.seed),
            reads: inputs.reads,
            groups: inputs.groups,
            members: Groups::new(inputs),
            records: records.collect(),
            links: links.collect(),
            protected: protected.collect(),
        }
    }

    /// Returns an account by its anchor.
    pub(super) fn record(&self, system: &'a SystemName, anchor: &'a Anchor) -> Option<RecordView<'a>> {
        self.records.get(&(system, anchor.as_str())).copied()
    }

    /// Reports whether a system was read so that what is not there does not exist.
    pub(super) fn proves_absence(&self, system: &SystemName) -> bool {
        self.reads
            .iter()
            .any(|read| read.system == *system && read.proves_absence())
    }

    pub(super) fn is_protected(&self, system: &'a SystemName, record: RecordView<'_>) -> bool {
        self.protected.contains(&(system, record.index()))
    }

    /// Returns the anchor that is linked to somebody under a rule.
    pub(super) fn linked(&self, person: PersonId, rule: &RuleName) -> Option<&str> {
        self.links.get(&(person, rule)).copied()
    }

    /// Returns the account of somebody under a rule.
    pub(super) fn account(&self, person: PersonId, rule: &RuleName) -> Option<RecordView<'_>> {
        let anchor = *self.links.get(&(person, rule))?;
        let rules = self.compiled.accounts.iter();
        let system = &rules
            .map(|accounts| &accounts.rule)
            .find(|known| known.name == *rule)?
            .system;
        self.records.get(&(system, anchor)).copied()
    }

    /// Returns what a value that an account was to have has become.
    pub(super) fn deferred(&self, deferred: &Deferred) -> Option<Value<'static>> {
        let account = self.account(deferred.person, &deferred.rule)?;
        let column = account.schema().position(&deferred.attribute)?;
        Some(value_of(account.cell(column), &account.schema().columns[column]).into_owned())
    }

    /// Reports whether a cell holds a value; a reference is held as whatever the system refers by.
    pub(super) fn holds(&self, cell: Cell<'_>, value: &Value<'_>, column: &Column) -> bool {
        let Value::Reference(reference) = value else {
            return holds(cell, value, column);
        };
        let wanted = match reference {
            Reference::Object(anchor) => anchor.as_str(),
            Reference::Account { person, rule } => match self.account(*person, rule) {
                Some(account) if column.comparison == Comparison::DistinguishedName => account.location(),
                Some(account) => account.anchor(),
                None => return false,
            },
        };
        let mut each = cell.each();
        each.next()
            .is_some_and(|text| same(text, wanted, column.comparison))
            && each.next().is_none()
    }

    /// Returns the groups an account is in, as they are called.
    pub(super) fn groups_of(&self, system: &SystemName, account: RecordView<'_>) -> Vec<Value<'a>> {
        self.members.of(system, account)
    }

    /// Finds a group by where it is, or by its id.
    pub(super) fn group(&self, system: &SystemName, called: &str) -> Option<RecordView<'a>> {
        let read = self.groups.iter().find(|read| read.system == *system)?;
        let mut groups = read.records.iter();
        groups.find(|group| dn::same(group.location(), called) || group.anchor() == called)
    }

    /// Reports whether an account is in a group; `None` if that cannot be told.
    pub(super) fn is_member(
        &self,
        system: &SystemName,
        group: &Anchor,
        account: RecordView<'_>,
    ) -> Option<bool> {
        let read = self.groups.iter().find(|read| read.system == *system)?;
        let group = read
            .records
            .iter()
            .find(|record| record.anchor() == group.as_str())?;
        let at = group.schema().position("member")?;
        let comparison = group.schema().columns[at].comparison;
        let wanted = if comparison == Comparison::DistinguishedName {
            account.location()
        } else {
            account.anchor()
        };
        let wanted = key(wanted, comparison);
        let mut members = group.cell(at).each();
        Some(members.any(|member| key(member, comparison) == wanted))
    }
}
