//! The groups that people's accounts are in, as they were read: `[groups]`, `[current.groups]`,
//! `[accounts.RULE.groups]`, and `IsMemberOf("…")`.
//!
//! Only what was read counts: neither what this plan will give nor what it will take, or a rule that gives a group
//! could be a reason for itself. Groups inside groups are not followed.

use std::sync::OnceLock;

use ahash::AHashMap;

use super::{Inputs, compare::key};
use crate::model::{Comparison, RecordSet, RecordView, SystemName, Value};

/// The groups of every system, by their members; looked through when they are first asked for.
pub(super) struct Groups<'a> {
    systems: Vec<SystemGroups<'a>>,
}

/// The groups of one system.
struct SystemGroups<'a> {
    system: &'a SystemName,
    groups: &'a RecordSet,
    member: usize,
    comparison: Comparison,
    /// The groups that name a member, by its id or its place.
    of: OnceLock<AHashMap<String, Vec<u32>>>,
}

impl<'a> Groups<'a> {
    /// Prepares to look through the groups that were read.
    pub(super) fn new(inputs: &Inputs<'a>) -> Self {
        let systems = inputs.groups.iter().filter_map(|read| {
            let member = read.records.schema().position("member")?;
            Some(SystemGroups {
                system: &read.system,
                groups: &read.records,
                member,
                comparison: read.records.schema().columns[member].comparison,
                of: OnceLock::new(),
            })
        });
        Self {
            systems: systems.collect(),
        }
    }

    /// Returns the groups an account is in: where they are in a directory, else what they are called.
    pub(super) fn of(&self, system: &SystemName, account: RecordView<'_>) -> Vec<Value<'a>> {
        let systems = self.systems.iter().filter(|known| known.system == system);
        systems.flat_map(|known| known.of(account)).collect()
    }
}

impl<'a> SystemGroups<'a> {
    fn of(&self, account: RecordView<'_>) -> Vec<Value<'a>> {
        let by_place = self.comparison == Comparison::DistinguishedName;
        let name = if by_place {
            account.location()
        } else {
            account.anchor()
        };
        let groups = self.by_member().get(&*key(name, self.comparison));
        let groups = groups.into_iter().flatten();
        groups
            .map(|group| {
                let group = self.groups.get(*group as usize);
                let called = group.get("name").first().filter(|name| !name.is_empty());
                Value::text(match called {
                    Some(name) if !by_place => name,
                    _ if by_place => group.location(),
                    _ => group.anchor(),
                })
            })
            .collect()
    }

    fn by_member(&self) -> &AHashMap<String, Vec<u32>> {
        self.of.get_or_init(|| {
            let mut of: AHashMap<String, Vec<u32>> = AHashMap::new();
            for group in self.groups.iter() {
                for member in group.cell(self.member).each() {
                    let member = key(member, self.comparison).into_owned();
                    of.entry(member).or_default().push(group.index() as u32);
                }
            }
            of
        })
    }
}
