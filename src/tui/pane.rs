//! The panes other than Review, which has a folder of its own.

pub mod audit;
pub mod mappings;
pub mod people;
pub mod run;
pub mod today;

use serde::{Deserialize, Serialize};

use super::keymap::Context;

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pane {
    /// The day at a glance.
    #[default]
    Today,
    /// Deciding about operations.
    Review,
    /// How far the run is.
    Run,
    /// What was done.
    Audit,
    /// Anyone.
    People,
    /// The account rules.
    Mappings,
}

impl Pane {
    /// All panes, in the order of their keys.
    pub const ALL: [Self; 6] = [
        Self::Today,
        Self::Review,
        Self::Run,
        Self::Audit,
        Self::People,
        Self::Mappings,
    ];

    /// Returns its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Review => "review",
            Self::Run => "run",
            Self::Audit => "audit",
            Self::People => "people",
            Self::Mappings => "mappings",
        }
    }

    /// Returns what keys mean in it.
    pub const fn context(self) -> Context {
        match self {
            Self::Review => Context::Review,
            Self::Run => Context::Run,
            Self::Mappings => Context::Mappings,
            _ => Context::Everywhere,
        }
    }

    /// Returns the pane some places further.
    #[must_use]
    pub fn neighbour(self, by: usize) -> Self {
        let place = Self::ALL.iter().position(|pane| *pane == self).unwrap_or(0);
        Self::ALL[(place + by) % Self::ALL.len()]
    }
}
