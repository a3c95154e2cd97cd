//! What a rail counts, part by part.

use std::collections::BTreeMap;

use super::{Scene, applies, window_start};
use crate::{
    expression::{Expression, Moment},
    model::{Adoptions, Fingerprint, Kind, Operation, SystemName},
    planning::{policy, rules::Rail},
};

/// A part of what a rail counts that has a limit of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub system: SystemName,
    /// The group, if each is counted by itself.
    pub group: Option<String>,
    /// What `for_each` gives, if it is counted by that.
    pub value: Option<String>,
}

impl Part {
    /// Names the reading: `disable · directory`, `wave · directory · Sales`.
    pub(super) fn name(&self, rail: &Rail) -> String {
        let words: Vec<_> = rail.kinds.iter().map(|kind| kind.word()).collect();
        let mut name = rail.name.clone().unwrap_or_else(|| words.join(", "));
        name.push_str(" · ");
        name.push_str(self.group.as_deref().unwrap_or(self.system.as_str()));
        if let Some(value) = &self.value {
            name.push_str(" · ");
            name.push_str(if value.is_empty() { "(none)" } else { value });
        }
        name
    }
}

/// What was counted in one part.
pub(super) struct Counted {
    pub due: Vec<Fingerprint>,
    /// How many earlier runs have applied.
    pub earlier: usize,
    /// How many of those the population is smaller by.
    pub gone: usize,
    /// The kind of the first.
    pub kind: Kind,
}

/// Counts for one rail.
pub(super) struct Counter<'a> {
    pub scene: &'a Scene<'a>,
    pub rail: &'a Rail,
    /// Its place among the rails.
    pub at: usize,
}

impl Counter<'_> {
    /// Counts what is due, and in those parts what earlier runs did.
    pub(super) fn count(&self, operations: &[Operation], adoptions: &Adoptions) -> BTreeMap<Part, Counted> {
        let mut counted: BTreeMap<Part, Counted> = BTreeMap::new();
        for operation in operations {
            if let Some(part) = self.part(operation) {
                let fresh = || Counted {
                    due: Vec::new(),
                    earlier: 0,
                    gone: 0,
                    kind: operation.kind,
                };
                counted
                    .entry(part)
                    .or_insert_with(fresh)
                    .due
                    .push(operation.fingerprint);
            }
        }
        // a general rail counts them by their number: there may be as many as people
        let is_general = self.rail.name.is_none() && self.rail.kinds == [Kind::Adopt];
        for system in adoptions.systems().into_iter().filter(|_| is_general) {
            if !applies(self.rail, &self.scene.compiled.rules.rails, &system) {
                continue;
            }
            let adopted = Counted {
                due: adoptions.in_system(&system).collect(),
                earlier: 0,
                gone: 0,
                kind: Kind::Adopt,
            };
            let part = Part {
                system,
                group: None,
                value: None,
            };
            counted.insert(part, adopted);
        }
        let Some(start) = window_start(self.rail, self.scene.inputs.now) else {
            return counted;
        };
        for (at, operation) in &self.scene.inputs.memory.recent {
            if *at < start || *at > self.scene.inputs.now {
                continue;
            }
            let part = self.part(operation);
            if let Some(counted) = part.and_then(|part| counted.get_mut(&part)) {
                counted.earlier += 1;
                counted.gone += usize::from(matches!(operation.kind, Kind::Disable | Kind::Delete));
            }
        }
        counted
    }

    /// The part an operation is counted in; `None` if the rail does not count it.
    fn part(&self, operation: &Operation) -> Option<Part> {
        let rail = self.rail;
        let rails = &self.scene.compiled.rules.rails;
        let counts = rail.kinds.contains(&operation.kind)
            && applies(rail, rails, &operation.system)
            && (rail.risks.is_empty() || operation.risk.iter().any(|risk| rail.risks.contains(risk)))
            && self.is_of_class(operation)
            && self.is_of_group(operation);
        if !counts {
            return None;
        }
        let (when, for_each) = &self.scene.compiled.rails[self.at];
        let holds = |when: &Expression| self.holds(when, operation).unwrap_or(true);
        when.as_ref().is_none_or(holds).then(|| Part {
            system: operation.system.clone(),
            group: rail.per_group.then(|| operation.target.location.clone()),
            value: for_each.as_ref().map(|each| self.value(each, operation)),
        })
    }

    fn is_of_class(&self, operation: &Operation) -> bool {
        self.rail.class.as_ref().is_none_or(|class| {
            let mut classes = operation.class.iter();
            classes.any(|other| other.eq_ignore_ascii_case(class))
        })
    }

    fn is_of_group(&self, operation: &Operation) -> bool {
        self.rail.group.as_ref().is_none_or(|group| {
            let target = &operation.target;
            target.location.eq_ignore_ascii_case(group)
                || target
                    .name
                    .as_ref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(group))
                || target
                    .anchor
                    .as_ref()
                    .is_some_and(|anchor| anchor.as_str() == group)
        })
    }

    fn holds(&self, when: &Expression, operation: &Operation) -> Option<bool> {
        let (people, _) = self.scene.people?;
        let person = people.find(operation.person?)? as usize;
        policy::holds(self.scene.compiled, self.scene.inputs, people, person, when)
    }

    fn value(&self, each: &Expression, operation: &Operation) -> String {
        let find = || {
            let (people, _) = self.scene.people?;
            Some(value(self.scene, each, people.find(operation.person?)? as usize))
        };
        find().unwrap_or_default()
    }
}

/// What an expression gives for a person, as text; empty if it gives nothing.
pub(super) fn value(scene: &Scene<'_>, each: &Expression, person: usize) -> String {
    let Some((people, _)) = scene.people else {
        return String::new();
    };
    let row = policy::row(scene.compiled, people, person);
    let moment = Moment {
        now: scene.inputs.now,
        time_zone: people.zone_of(person),
    };
    let value = each.evaluate(&row, &moment).ok();
    value
        .and_then(|value| value.as_text().map(std::borrow::Cow::into_owned))
        .unwrap_or_default()
}
