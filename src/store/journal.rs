//! The journal of a run: what is about to be written, before it is sent, and what became of it.

use jiff::Timestamp;

use super::{Error, Lease};
use crate::{
    audit,
    model::{Anchor, Decision, Fingerprint, Grant, Link, OperationState},
};

/// The intent to write one operation: on disk before the write is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Which operation.
    pub operation: Fingerprint,
    /// The write with every value resolved, as JSON without secrets: what settling after a crash needs.
    pub write: String,
    /// Whether marked values are in it: it is sealed on the disk then.
    pub is_marked: bool,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Which operation.
    pub operation: Fingerprint,
    /// Applied, verified, failed, conflict, unknown — or approved again, if it certainly was not written.
    pub state: OperationState,
    /// In words.
    pub message: String,
    /// The object that was written, once known.
    pub anchor: Option<Anchor>,
    /// Where it is.
    pub location: Option<String>,
    /// A link to make with it (a created account).
    pub link: Option<Link>,
    /// A link to drop with it (a deleted account): its owner rule and anchor.
    pub unlink: Option<Link>,
    /// A membership to answer for.
    pub grant: Option<Grant>,
    /// A membership no longer to answer for.
    pub revoke: Option<Grant>,
    /// What is decided with it about the operation that this one took back: it is not to be applied again.
    pub undone: Option<Decision>,
}

/// What a run has come to: what is known of some writes, and what is wanted next.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What became of writes.
    pub outcomes: &'a [Outcome],
    /// The writes that are sent next.
    pub intents: &'a [Intent],
}

/// A journal entry, for histories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The run.
    pub run: i64,
    /// Which operation.
    pub operation: Fingerprint,
    /// When.
    pub at: Timestamp,
    /// Where it stood then; [`OperationState::Running`] is the intent.
    pub state: OperationState,
    /// In words.
    pub message: String,
}

/// Where a run writes its journal.
pub trait Journal: Send + Sync {
    /// Writes intents, all or none; when it returns they are on disk. [`Error::Busy`] if a lease was taken over,
    /// [`Error::NotApproved`] if an operation is no longer approved, so that an approval taken back during a run
    /// holds.
    fn intend(&self, run: i64, leases: &[Lease], intents: &[Intent], at: Timestamp) -> Result<(), Error>;

    /// Writes outcomes of intents that are this run's; when it returns they are on disk. [`Error::Busy`] if an intent
    /// was settled by somebody who has taken over. Every outcome but unknown, approved and failed uses the approval
    /// up: the same operation in a later plan waits for a new one. What failed keeps it, to be tried again.
    fn conclude(
        &self,
        run: i64,
        outcomes: &[Outcome],
        at: Timestamp,
        trail: &[audit::Draft],
    ) -> Result<(), Error>;

    /// Writes outcomes and intents in one step, all or none, as [`Journal::conclude`] and [`Journal::intend`] do.
    fn progress(
        &self,
        run: i64,
        leases: &[Lease],
        progress: Progress<'_>,
        at: Timestamp,
        trail: &[audit::Draft],
    ) -> Result<(), Error>;
}
