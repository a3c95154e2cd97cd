//! Restraint: what keeps usher from going on where something is wrong with a whole system rather than with one record.
//!
//! Pure decisions, and the numbers they are made by: when a system is not written to any more and when it is tried
//! again ([`quarantine`]), when an operation that failed is tried again ([`retry`]), and how much smaller a system may
//! have become without anybody being asked ([`shrink`]).

pub mod quarantine;
pub mod retry;
pub mod shrink;

use std::time::Duration;

use self::quarantine::Limits;
use crate::model::SystemName;

/// How long a run waits for a system that no longer answers, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a configuration says about restraint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Restraint {
    /// When a system or a rule goes into quarantine.
    pub quarantine: Limits,
    /// The same for systems that have their own limits.
    pub quarantine_of: Vec<(SystemName, Limits)>,
    /// How many operations of each kind and system a run tries before a person lets it go on; 0 is no such pause.
    pub canary: usize,
    /// How many seconds a run waits for a system that no longer answers, where it is not the default.
    pub patience: Option<u64>,
    /// By how many percent the records of a system may be fewer than before, where it is not the default.
    pub tolerance: Vec<(SystemName, f64)>,
}

impl Restraint {
    /// Returns the limits of a system.
    pub fn limits(&self, system: &SystemName) -> &Limits {
        let mut own = self.quarantine_of.iter();
        own.find(|(name, _)| name == system)
            .map_or(&self.quarantine, |(_, limits)| limits)
    }

    /// Returns how long a run waits for a system that no longer answers.
    pub fn patience(&self) -> Duration {
        self.patience.map_or(PATIENCE, Duration::from_secs)
    }

    /// Returns by how many percent the records of a system may be fewer than before.
    pub fn tolerance(&self, system: &SystemName) -> f64 {
        let mut own = self.tolerance.iter();
        own.find(|(name, _)| name == system)
            .map_or(shrink::DEFAULT_PERCENT, |(_, percent)| *percent)
    }
}
