//! People, and the ties between them and the records of systems.
//!
//! A person's id belongs to usher, not to HR: a new employee number, a second HR system or a rehire under another
//! number changes a [`Link`], never the person, so accounts, timers and history stay where they are.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::name::{Anchor, RuleName};

/// The id of a person: a `UUIDv7` that usher makes when a source first names somebody it does not know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub Uuid);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "person {}", self.0)
    }
}

/// Where a person stands on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifecycleState {
    /// Hired, not started.
    PreHire,
    /// At work.
    Active,
    /// Employed, away for a while.
    OnLeave,
    /// Employment is over.
    Ended,
    /// No source names the person any more.
    Gone,
}

/// What happened to a person since the facts that were last settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifecycleEvent {
    /// First seen, starts in the future.
    PreHire,
    /// Starts, or has started and has nothing yet.
    Joiner,
    /// Came back after the end, under the same or another number.
    Rehire,
    /// Employment ended.
    Leaver,
    /// Was employed, and a complete read no longer has the row.
    Vanished,
    /// A pre-hire who will not come.
    CancelledHire,
    /// Goes on leave.
    LeaveStart,
    /// Comes back from leave.
    LeaveEnd,
    /// Department, title, location or manager changed.
    Mover,
    /// The name changed.
    NameChange,
}

impl LifecycleEvent {
    /// All events, in the order in which the console lists them.
    pub const ALL: [Self; 10] = [
        Self::Joiner,
        Self::PreHire,
        Self::Rehire,
        Self::Mover,
        Self::NameChange,
        Self::LeaveStart,
        Self::LeaveEnd,
        Self::Leaver,
        Self::Vanished,
        Self::CancelledHire,
    ];

    /// Returns the word used on the screen, in filters and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PreHire => "pre-hire",
            Self::Joiner => "joiner",
            Self::Rehire => "rehire",
            Self::Leaver => "leaver",
            Self::Vanished => "vanished",
            Self::CancelledHire => "cancelled-hire",
            Self::LeaveStart => "leave-start",
            Self::LeaveEnd => "leave-end",
            Self::Mover => "mover",
            Self::NameChange => "name-change",
        }
    }
}

/// Whose link it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkOwner {
    /// The person's record in a source of people.
    Source(RuleName),
    /// The person's account under an account rule.
    Account(RuleName),
}

/// The stored tie between a person and a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whose record it is.
    pub person: PersonId,
    /// As what.
    pub owner: LinkOwner,
    /// Which record, by its immutable id.
    pub anchor: Anchor,
    /// Why: `created by run 7`, `matched by employeeNumber = 000482`, `set by ana: two people of one name`.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}
