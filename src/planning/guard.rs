//! Guard rails: limits that are evaluated on the plan, before the first write.
//!
//! A rail with a window counts what earlier runs have applied within it too, so that a wave cannot be brought past
//! it in small parts. What a rail counts is cut into parts: by system, and as the rail says by group or by a value
//! that an expression gives (each department by itself). Each part has a reading of its own.

mod count;
mod population;

use jiff::Timestamp;

use self::{count::Counter, population::Populations};
use super::{Inputs, compile::Compiled, draft::RulePlan, people::People, rules::Rail};
use crate::model::{Adoptions, Operation, RailReading, SystemName};

/// Where rails look, beside the operations.
pub(super) struct Scene<'a> {
    pub compiled: &'a Compiled,
    pub inputs: &'a Inputs<'a>,
    /// Everybody and their accounts, where a plan is made of people. A condition on people that cannot be evaluated
    /// counts as fulfilled.
    pub people: Option<(&'a People<'a>, &'a [RulePlan<'a>])>,
}

/// Reads every rail against the due operations.
pub(super) fn read(scene: &Scene<'_>, operations: &[Operation], adoptions: &Adoptions) -> Vec<RailReading> {
    let rails = &scene.compiled.rules.rails;
    let mut populations = Populations::new(scene);
    let mut readings = Vec::new();
    for (at, rail) in rails.iter().enumerate() {
        let counter = Counter { scene, rail, at };
        for (part, counted) in counter.count(operations, adoptions) {
            let population = populations.of(rail, at, &part) + counted.gone;
            let Some(limit) = limit(rail, population) else {
                continue;
            };
            let count = counted.due.len() + counted.earlier;
            readings.push(RailReading {
                rail: part.name(rail),
                kind: counted.kind,
                system: part.system,
                count,
                earlier: counted.earlier,
                window_hours: rail.window_hours,
                limit,
                population,
                stopped: if count > limit { counted.due } else { Vec::new() },
            });
        }
    }
    readings
}

/// Returns the moment from which on earlier runs count for a rail.
pub fn window_start(rail: &Rail, now: Timestamp) -> Option<Timestamp> {
    let hours = i64::from(rail.window_hours?);
    now.checked_sub(jiff::SignedDuration::from_hours(hours)).ok()
}

/// A rail for one system takes the place of the general one there; named rails stand beside all others.
fn applies(rail: &Rail, rails: &[Rail], system: &SystemName) -> bool {
    let own = |other: &Rail| {
        other.name.is_none()
            && other.kinds == rail.kinds
            && other.per_group == rail.per_group
            && other.system.as_ref() == Some(system)
    };
    match &rail.system {
        Some(only) => only == system,
        None => rail.name.is_some() || !rails.iter().any(own),
    }
}

/// How many operations a rail lets pass; `None` if nothing limits it.
fn limit(rail: &Rail, population: usize) -> Option<usize> {
    let percent = rail
        .percent
        .filter(|_| population >= rail.minimum_population)
        .map(|percent| (population as f64 * percent / 100.0).floor() as usize);
    match (rail.absolute, percent) {
        (Some(absolute), Some(percent)) => Some(absolute.min(percent)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn the_lower_limit_counts_and_percent_needs_a_population() {
        let rail = Rail {
            absolute: Some(50),
            percent: Some(5.0),
            minimum_population: 200,
            ..Rail::of(vec![Kind::Disable])
        };
        for (population, expected) in [
            (0, 50),
            (199, 50),
            (200, 10),
            (999, 49),
            (1000, 50),
            (100_000, 50),
        ] {
            assert_eq!(limit(&rail, population), Some(expected), "{population}");
        }
        let without = |change: fn(&mut Rail)| {
            let mut rail = rail.clone();
            change(&mut rail);
            rail
        };
        assert_eq!(limit(&without(|rail| rail.absolute = None), 100), None);
        assert_eq!(limit(&without(|rail| rail.percent = None), 1_000_000), Some(50));
    }

    #[test]
    fn a_rail_of_a_system_replaces_the_general_one_and_named_rails_replace_none() {
        let general = Rail::of(vec![Kind::Disable]);
        let of_chat = Rail {
            system: Some("chat".into()),
            ..general.clone()
        };
        let named = Rail {
            name: Some("wave".to_owned()),
            ..general.clone()
        };
        let rails = [general, of_chat, named];
        let applying = |system: &str| {
            let system = SystemName::from(system);
            let applying = (0..3).filter(|at| applies(&rails[*at], &rails, &system));
            applying.collect::<Vec<_>>()
        };
        assert_eq!(applying("chat"), [1, 2]);
        assert_eq!(applying("directory"), [0, 2]);
    }
}
