//! What planning builds on beside the reads, and what a plan changes in it.
//!
//! Events are found by comparing with the facts that were last *settled*: a joiner stays a joiner until the account
//! is there, however many plans are made in between.

use std::collections::HashSet;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    links::Links,
    name::{Anchor, RuleName, SystemName},
    operation::Operation,
    person::{LifecycleEvent, PersonId},
    record::{RecordSet, RecordView, SetFull},
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

/// What random values are drawn from: made once for a store, so that the same plan comes out twice. Who knows it
/// knows every value that is drawn from it; it is no source of secrets.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Seed(pub [u8; 32]);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// What planning builds on beside the reads.
#[derive(Debug, Default)]
pub struct Memory {
    /// What random values are drawn from.
    pub seed: Seed,
    /// All links.
    pub links: Links,
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
    /// What runs have applied lately, for guard rails with a window; filled only where there is one.
    pub recent: Vec<(Timestamp, Operation)>,
}

/// What changes in the people as they were last settled.
#[derive(Debug, Default)]
pub enum SettledChange {
    /// Nothing: what most plans find.
    #[default]
    Nothing,
    /// Some people's facts.
    Some {
        /// The facts of people settled for the first time, or with others than before.
        rows: RecordSet,
        /// People who are forgotten.
        forgotten: Vec<PersonId>,
    },
    /// Everybody is replaced: nobody was settled before, or other facts are kept of them now.
    All(RecordSet),
}

/// Why facts cannot be put among those settled before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettledError {
    /// They have other attributes.
    #[error("the people were settled with other attributes meanwhile: plan again")]
    OtherAttributes,
    /// There is no room.
    #[error(transparent)]
    Full(#[from] SetFull),
}

impl SettledChange {
    /// Notes that facts of the people are marked: they are stored sealed.
    pub fn mark(&mut self) {
        match self {
            Self::Nothing => {}
            Self::All(rows) | Self::Some { rows, .. } => rows.mark(),
        }
    }

    /// Makes the change in the people settled before.
    pub fn apply(self, settled: &mut Option<RecordSet>) -> Result<(), SettledError> {
        match self {
            Self::Nothing => Ok(()),
            Self::All(rows) => {
                *settled = Some(rows);
                Ok(())
            }
            Self::Some { rows, forgotten } => Self::merge(settled, &rows, &forgotten),
        }
    }

    /// Puts the facts of some people among those settled before, and takes others out.
    pub fn merge(
        settled: &mut Option<RecordSet>,
        rows: &RecordSet,
        forgotten: &[PersonId],
    ) -> Result<(), SettledError> {
        let settled = settled.get_or_insert_with(|| RecordSet::new(rows.schema().clone()));
        if settled.schema() != rows.schema() {
            return Err(SettledError::OtherAttributes);
        }
        let forgotten: Vec<_> = forgotten.iter().map(|id| id.0.simple().to_string()).collect();
        let replaced: HashSet<&str> = rows
            .iter()
            .map(RecordView::anchor)
            .chain(forgotten.iter().map(String::as_str))
            .collect();
        settled.retain(|record| !replaced.contains(record.anchor()));
        if rows.is_marked() {
            settled.mark();
        }
        Ok(settled.append(rows)?)
    }
}

/// What a plan changes in the memory when it is stored.
#[derive(Debug, Default)]
pub struct MemoryChange {
    /// Links made while planning (people first seen, accounts found).
    pub links: Links,
    /// What changes in the settled people.
    pub settled: SettledChange,
    /// Replaces the open events.
    pub events: Vec<OpenEvent>,
    /// Replaces the timers.
    pub timers: Vec<Timer>,
    /// Replaces the reservations.
    pub reservations: Vec<Reservation>,
    /// Memberships that were found as a rule wants them, and are answered for from now on.
    pub adopted: Vec<Grant>,
}
