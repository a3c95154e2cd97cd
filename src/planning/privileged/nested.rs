//! Who is in a privileged group, also through other groups: whoever is put into a group that is a member of
//! `Domain Admins` is a domain administrator.

use std::borrow::Cow;

use ahash::{AHashMap, AHashSet};

use super::super::compare::key;
use crate::model::{Comparison, Read, RecordView};

/// The privileged groups of one system with all groups in them, and their members.
pub(super) struct Nested<'a> {
    /// The anchors of the groups.
    groups: AHashSet<&'a str>,
    /// Whoever is in one of them, as groups name members.
    members: AHashSet<Cow<'a, str>>,
    comparison: Comparison,
}

impl<'a> Nested<'a> {
    /// Looks through the groups that were read, beginning with those that are privileged by themselves.
    pub(super) fn of(read: &'a Read, is_privileged: impl Fn(RecordView<'a>) -> bool) -> Self {
        let column = read.records.schema().position("member");
        let comparison = column.map_or(Comparison::Exact, |column| {
            read.records.schema().columns[column].comparison
        });
        let mut nested = Self {
            groups: AHashSet::new(),
            members: AHashSet::new(),
            comparison,
        };
        let mut open: Vec<_> = read
            .records
            .iter()
            .filter(|group| is_privileged(*group))
            .collect();
        let Some(column) = column.filter(|_| !open.is_empty()) else {
            return nested;
        };
        let all: AHashMap<_, _> = read
            .records
            .iter()
            .map(|group| (nested.name_of(group), group))
            .collect();
        while let Some(group) = open.pop() {
            if !nested.groups.insert(group.anchor()) {
                // known already; groups may even be in themselves
                continue;
            }
            for member in group.cell(column).each() {
                let member = key(member, comparison);
                open.extend(all.get(&member));
                nested.members.insert(member);
            }
        }
        nested
    }

    /// How groups name a member.
    fn name_of<'r>(&self, member: RecordView<'r>) -> Cow<'r, str> {
        match self.comparison {
            Comparison::DistinguishedName => key(member.location(), self.comparison),
            _ => key(member.anchor(), self.comparison),
        }
    }

    /// Reports whether members of a group are members of a privileged one.
    pub(super) fn is_group(&self, anchor: &str) -> bool {
        self.groups.contains(anchor)
    }

    /// Reports whether an account is in a privileged group.
    pub(super) fn has(&self, account: RecordView<'_>) -> bool {
        !self.members.is_empty() && self.members.contains(&self.name_of(account))
    }
}
