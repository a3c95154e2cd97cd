//! Of how many: what the percentage of a rail is taken of.

use std::collections::HashMap;

use super::{Scene, count, count::Part};
use crate::{
    model::{Kind, SystemName},
    planning::{members, policy, rules::Rail},
};

struct Accounts {
    all: usize,
    enabled: usize,
}

/// The populations of systems and groups, and of the parts that rails cut them into.
pub(super) struct Populations<'a> {
    scene: &'a Scene<'a>,
    accounts: HashMap<SystemName, Accounts>,
    groups: HashMap<(SystemName, String), usize>,
    /// Accounts of people, by the rail that counts them.
    of_people: HashMap<usize, HashMap<(SystemName, Option<String>), Accounts>>,
}

impl<'a> Populations<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        let accounts = scene.inputs.reads.iter().map(|read| {
            let enabled = read
                .records
                .iter()
                .filter(|record| record.enabled() != Some(false));
            let accounts = Accounts {
                enabled: enabled.count(),
                all: read.records.len(),
            };
            (read.system.clone(), accounts)
        });
        Self {
            scene,
            accounts: accounts.collect(),
            groups: members::sizes(scene.inputs),
            of_people: HashMap::new(),
        }
    }

    /// Returns of how many the percentage of a rail is taken, in one part.
    pub(super) fn of(&mut self, rail: &Rail, at: usize, part: &Part) -> usize {
        let one_group = part.group.as_ref().or(rail.group.as_ref());
        if let Some(group) = one_group {
            let size = self.groups.get(&(part.system.clone(), group.clone()));
            return size.copied().unwrap_or(0);
        }
        let (when, for_each) = &self.scene.compiled.rails[at];
        let accounts = if when.is_some() || for_each.is_some() {
            let of_people = self.of_people.entry(at).or_insert_with(|| people(self.scene, at));
            of_people.get(&(part.system.clone(), part.value.clone()))
        } else {
            self.accounts.get(&part.system)
        };
        accounts.map_or(0, |accounts| {
            if rail.kinds == [Kind::Disable] {
                accounts.enabled
            } else {
                accounts.all
            }
        })
    }
}

/// Counts the accounts of the people that a rail is about.
fn people(scene: &Scene<'_>, at: usize) -> HashMap<(SystemName, Option<String>), Accounts> {
    let mut counts: HashMap<(SystemName, Option<String>), Accounts> = HashMap::new();
    let Some((people, plans)) = scene.people else {
        return counts;
    };
    let (when, for_each) = &scene.compiled.rails[at];
    for person in 0..people.len() {
        let holds = when.as_ref().is_none_or(|when| {
            policy::holds(scene.compiled, scene.inputs, people, person, when).unwrap_or(false)
        });
        if !holds {
            continue;
        }
        let value = for_each.as_ref().map(|each| count::value(scene, each, person));
        for (accounts, plan) in scene.compiled.accounts.iter().zip(plans) {
            if let Some(record) = plan.record(person) {
                let key = (accounts.rule.system.clone(), value.clone());
                let counted = counts.entry(key).or_insert(Accounts { all: 0, enabled: 0 });
                counted.all += 1;
                counted.enabled += usize::from(record.enabled() != Some(false));
            }
        }
    }
    counts
}
