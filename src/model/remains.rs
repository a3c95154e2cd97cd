//! What a system still has of an object that was deleted.

use serde::{Deserialize, Serialize};

/// What is left of a deleted object: whether it can be brought back, and what comes back with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remains {
    /// All of it: its attributes, its groups and its password come back with it.
    Whole,
    /// The object itself, with its id: what else it had is set again, and its password is lost.
    Bare,
    /// Nothing that can be brought back; why.
    Nothing(String),
    /// It is no deleted object: somebody has brought it back.
    Back,
}
