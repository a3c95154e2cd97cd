//! What planning builds on beside the reads, and what a plan changes in it.
//!
//! Events are found by comparing with the facts that were last *settled*: a joiner stays a joiner until the account
//! is there, however many plans are made in between.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    name::{Anchor, RuleName, SystemName},
    person::{LifecycleEvent, Link, PersonId},
    record::RecordSet,
};

/// An event that happened to a person and is not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenEvent {
    /// To whom.
    pub person: PersonId,
    /// What.
    pub event: LifecycleEvent,
    /// Since when usher knows.
    pub since: Timestamp,
}

/// Something that becomes due without any change in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// For whom.
    pub person: PersonId,
    /// Under which account rule.
    pub rule: RuleName,
    /// What becomes due: `delete`.
    pub kind: String,
    /// The day the grace period began.
    pub base: Date,
}

/// A value kept for somebody until the account is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// For whom.
    pub person: PersonId,
    /// Under which account rule.
    pub rule: RuleName,
    /// For which attribute.
    pub attribute: String,
    /// Which value.
    pub value: String,
}

/// A membership that usher gave or adopted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// To whom.
    pub person: PersonId,
    /// By which entitlement rule.
    pub rule: RuleName,
    /// In which system.
    pub system: SystemName,
    /// Which group.
    pub group: Anchor,
}

/// What planning builds on beside the reads.
#[derive(Debug, Default)]
pub struct Memory {
    /// All links.
    pub links: Vec<Link>,
    /// The people as they were when they were last settled, anchored by person id; `None` before the first plan.
    pub settled: Option<RecordSet>,
    /// Events that are not settled.
    pub events: Vec<OpenEvent>,
    /// Timers that run.
    pub timers: Vec<Timer>,
    /// Values that are kept for somebody.
    pub reservations: Vec<Reservation>,
    /// Memberships usher answers for.
    pub grants: Vec<Grant>,
}

/// What a plan changes in the memory when it is stored.
#[derive(Debug, Default)]
pub struct MemoryChange {
    /// Links made while planning (people first seen, accounts found).
    pub links: Vec<Link>,
    /// Replaces the settled people, if given.
    pub settled: Option<RecordSet>,
    /// Replaces the open events.
    pub events: Vec<OpenEvent>,
    /// Replaces the timers.
    pub timers: Vec<Timer>,
    /// Replaces the reservations.
    pub reservations: Vec<Reservation>,
    /// Memberships that were found as a rule wants them, and are answered for from now on.
    pub adopted: Vec<Grant>,
}
