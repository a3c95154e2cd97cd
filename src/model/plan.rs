//! Plans: all operations and findings computed from one set of reads, sealed by a hash.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    links::Adoptions,
    name::{RuleName, SystemName},
    operation::{Fingerprint, Kind, Operation},
    person::LifecycleEvent,
    policy::Demands,
    situation::{Finding, Situation},
};

/// The number of a plan in its store, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub i64);

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How close one guard rail is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RailReading {
    /// The rail's name: `disable · directory`, `members of cn=vpn`.
    pub rail: String,
    /// The kind of operation it counts.
    pub kind: Kind,
    /// The system it counts in.
    pub system: SystemName,
    /// How many operations it counted, earlier runs included.
    pub count: usize,
    /// How many of them earlier runs have applied, within the rail's window.
    #[serde(default)]
    pub earlier: usize,
    /// Within how many hours what earlier runs have applied counts too; `None` is not at all.
    #[serde(default)]
    pub window_hours: Option<u32>,
    /// How many it lets pass: the lower of the absolute limit and the percentage, where that counts.
    pub limit: usize,
    /// Of how many.
    pub population: usize,
    /// The operations it stops, if it is exceeded; otherwise none.
    pub stopped: Vec<Fingerprint>,
}

impl RailReading {
    /// Reports whether the limit is exceeded.
    pub fn is_exceeded(&self) -> bool {
        self.count > self.limit
    }
}

/// All operations and findings computed from one set of reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The instant the plan was computed for.
    pub now: Timestamp,
    /// Merkle root over the operations, the parsed rules and the reads.
    pub seal: Fingerprint,
    /// Operations that are due, in the order of the run.
    pub operations: Vec<Operation>,
    /// Operations that are due later; no changes yet.
    pub scheduled: Vec<Operation>,
    /// Accounts that match somebody and are linked to nobody: linking each is an operation that is due.
    pub adoptions: Adoptions,
    /// Situations that want a person.
    pub findings: Vec<Finding>,
    /// How many (person, account rule) and unowned records stand how, by rule.
    pub situations: BTreeMap<RuleName, BTreeMap<Situation, usize>>,
    /// The guard rails that counted something.
    pub rails: Vec<RailReading>,
    /// What policy demands for each operation.
    pub demands: Demands,
}

/// A plan in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanSummary {
    /// Due operations by kind.
    pub kinds: BTreeMap<Kind, usize>,
    /// Due operations by the event that caused them; `None` is an update that is no event.
    pub events: BTreeMap<String, usize>,
    /// Operations due later.
    pub scheduled: usize,
    /// Findings.
    pub findings: usize,
}

impl Plan {
    /// Iterates over all operations in the order in which they are listed: what is adopted because something waits
    /// for it, what is due, what is due later, and what is adopted by itself; and whether each is due later.
    pub fn all(&self) -> impl Iterator<Item = (Cow<'_, Operation>, bool)> {
        let due = self
            .operations
            .iter()
            .map(|operation| (Cow::Borrowed(operation), false));
        let later = self
            .scheduled
            .iter()
            .map(|operation| (Cow::Borrowed(operation), true));
        let owned = |operation| (Cow::Owned(operation), false);
        let needed = self.adoptions.needed().map(owned);
        needed
            .chain(due)
            .chain(later)
            .chain(self.adoptions.by_themselves().map(owned))
    }

    /// Counts the plan.
    pub fn summary(&self) -> PlanSummary {
        let mut summary = PlanSummary {
            scheduled: self.scheduled.len(),
            findings: self.findings.len(),
            ..PlanSummary::default()
        };
        for operation in &self.operations {
            *summary.kinds.entry(operation.kind).or_default() += 1;
            let event = operation.event.map_or("none", LifecycleEvent::word);
            *summary.events.entry(event.to_owned()).or_default() += 1;
        }
        let adoptions = self.adoptions.len();
        if adoptions > 0 {
            summary.kinds.insert(Kind::Adopt, adoptions);
            *summary.events.entry("none".to_owned()).or_default() += adoptions;
        }
        summary
    }
}
