//! A read that is complete and yet so different from the last good one that a person must accept it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::name::SystemName;

/// A read that waits for a person, or was accepted by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRead {
    /// The system that was read.
    pub system: SystemName,
    /// Names this read and no other: made from what was asked and from which records came, however many.
    pub id: String,
    /// How many records it has.
    pub records: usize,
    /// How many the last good read had; `None` if there is none.
    pub before: Option<usize>,
    /// Why it waits, in words.
    pub why: String,
    /// When it was read.
    pub at: Timestamp,
    /// Who accepted it, if somebody has.
    pub accepted: Option<Acceptance>,
}

/// Somebody's word that a read is right as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}
