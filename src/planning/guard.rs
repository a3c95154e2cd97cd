//! Guard rails: limits that are evaluated on the plan, before the first write.

use std::collections::{BTreeMap, HashMap};

use super::{Inputs, members, rules::Rail};
use crate::model::{Adoptions, Fingerprint, Kind, Operation, RailReading, SystemName};

/// Reads every rail against the due operations.
pub(super) fn read(
    rails: &[Rail],
    inputs: &Inputs<'_>,
    operations: &[Operation],
    adoptions: &Adoptions,
) -> Vec<RailReading> {
    let populations = populations(inputs);
    let sizes = members::sizes(inputs);
    let mut readings = Vec::new();
    for rail in rails {
        let mut counted: BTreeMap<(SystemName, Option<String>), Vec<Fingerprint>> = BTreeMap::new();
        for operation in operations {
            let counts = operation.kind == rail.kind && applies(rail, rails, &operation.system);
            if counts {
                let group = rail.per_group.then(|| operation.target.location.clone());
                counted
                    .entry((operation.system.clone(), group))
                    .or_default()
                    .push(operation.fingerprint);
            }
        }
        if rail.kind == Kind::Adopt {
            for system in adoptions
                .systems()
                .into_iter()
                .filter(|system| applies(rail, rails, system))
            {
                let ids = adoptions.in_system(&system).collect();
                counted.insert((system, None), ids);
            }
        }
        for ((system, group), stopped) in counted {
            let population = match &group {
                Some(group) => sizes.get(&(system.clone(), group.clone())).copied().unwrap_or(0),
                None => population(&populations, &system, rail.kind),
            };
            let Some(limit) = limit(rail, population) else {
                continue;
            };
            let name = match &group {
                Some(group) => format!("{} · {group}", rail.kind.word()),
                None => format!("{} · {system}", rail.kind.word()),
            };
            let count = stopped.len();
            readings.push(RailReading {
                rail: name,
                kind: rail.kind,
                system,
                count,
                limit,
                population,
                stopped: if count > limit { stopped } else { Vec::new() },
            });
        }
    }
    readings
}

/// A rail for one system takes the place of the general one there.
fn applies(rail: &Rail, rails: &[Rail], system: &SystemName) -> bool {
    let own = |other: &Rail| {
        other.kind == rail.kind && other.per_group == rail.per_group && other.system.as_ref() == Some(system)
    };
    match &rail.system {
        Some(only) => only == system,
        None => !rails.iter().any(own),
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

struct Population {
    all: usize,
    enabled: usize,
}

fn populations(inputs: &Inputs<'_>) -> HashMap<SystemName, Population> {
    inputs
        .reads
        .iter()
        .map(|read| {
            let enabled = read
                .records
                .iter()
                .filter(|record| record.enabled() != Some(false))
                .count();
            (
                read.system.clone(),
                Population {
                    all: read.records.len(),
                    enabled,
                },
            )
        })
        .collect()
}

fn population(populations: &HashMap<SystemName, Population>, system: &SystemName, kind: Kind) -> usize {
    populations.get(system).map_or(0, |population| match kind {
        Kind::Disable => population.enabled,
        _ => population.all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_limit_counts_and_percent_needs_a_population() {
        let rail = Rail {
            kind: Kind::Disable,
            system: None,
            absolute: Some(50),
            percent: Some(5.0),
            minimum_population: 200,
            per_group: false,
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
        assert_eq!(
            limit(
                &Rail {
                    absolute: None,
                    ..rail.clone()
                },
                100
            ),
            None
        );
        assert_eq!(
            limit(
                &Rail {
                    percent: None,
                    ..rail
                },
                1_000_000
            ),
            Some(50)
        );
    }
}
