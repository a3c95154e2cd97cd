//! The store: what usher remembers between two commands.
//!
//! One trait, so that the embedded database (`SQLite`, the default) and a shared one can be exchanged. Its methods
//! block; the engine calls them from threads that may. Every method that changes something writes the audit records
//! given to it in the same transaction: there is no decision, plan or write without its trail, and no trail without
//! what it tells of.

pub mod archive;
mod brief;
mod codec;
mod journal;
pub mod postgres;
mod sql;
pub mod sqlite;
mod uptime;

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

pub use self::{
    brief::{Brief, StoredBrief},
    journal::{Intent, Journal, JournalEntry, Outcome, Progress},
    uptime::uptime,
};
use crate::{
    audit,
    model::{
        Acceptance, Anchor, Coverage, Decision, Demands, Finding, Fingerprint, HeldRead, Link, LinkOwner,
        Memory, MemoryChange, Operation, OperationState, PersonId, Plan, PlanId, Quarantine, RailReading,
        Read, RecordSet, Reservation, RuleName, Seed, SystemName,
    },
};

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store cannot be opened.
    #[error("the store {path} cannot be opened: {reason}")]
    Open {
        /// The file.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A newer usher wrote it.
    #[error(
        "the store has schema {found}, this usher knows up to {known}: use the newer usher, or another store"
    )]
    Newer {
        /// What it has.
        found: u32,
        /// What this program knows.
        known: u32,
    },
    /// What is stored does not fit together.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Another usher holds what is needed.
    #[error("{0}")]
    Busy(String),
    /// An operation is no longer approved: the approval was taken back or used up.
    #[error("{0}")]
    NotApproved(String),
    /// The database refused (disk full, read-only file system, …).
    #[error("the store could not {what}: {reason}")]
    Database {
        /// What was tried.
        what: &'static str,
        /// What the database says.
        reason: String,
    },
}

/// The last good read of a system, without its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRead {
    /// What was asked.
    pub coverage: Coverage,
    /// How many records it brought.
    pub records: usize,
    /// When it ended.
    pub ended: Timestamp,
}

/// What changed in a system since its stored read, beside the read that takes it in.
#[derive(Debug, Clone, Copy)]
pub struct Changes<'a> {
    /// What changed: a [`ReadKind::Delta`](crate::model::ReadKind::Delta).
    pub read: &'a Read,
    /// The read that it adds to.
    pub since: &'a LastRead,
    /// Whether these are the groups of the system, not its accounts.
    pub of_groups: bool,
}

/// The last attempt to read a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAttempt {
    /// The system.
    pub system: SystemName,
    /// When it ended.
    pub ended: Timestamp,
    /// Why it was not complete, if it was not.
    pub trouble: Option<String>,
}

/// A stored plan, without its operations.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPlan {
    /// Its number.
    pub id: PlanId,
    /// Its seal.
    pub seal: Fingerprint,
    /// The instant it was computed for.
    pub now: Timestamp,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// Its guard rails.
    pub rails: Vec<RailReading>,
    /// What policy demanded when it was made.
    pub demands: Demands,
    /// Situations by rule, as the plan has them.
    pub situations:
        std::collections::BTreeMap<RuleName, std::collections::BTreeMap<crate::model::Situation, usize>>,
}

/// An exceeded guard rail that somebody lets pass, for one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The rail's name.
    pub rail: String,
    /// Only these of the operations it stops; `None` is all.
    pub operations: Option<Vec<Fingerprint>>,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// An operation of a stored plan and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredOperation {
    /// The operation.
    pub operation: Operation,
    /// Whether it was due later than the plan's instant.
    pub scheduled: bool,
    /// Where it stands: from the journal if it was tried, else from the latest decision, else proposed.
    pub state: OperationState,
    /// Until when it is held or rejected; what is over counts as proposed, which the caller decides by its own clock.
    pub held_until: Option<Timestamp>,
}

/// An object that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// By which operation.
    pub operation: Fingerprint,
    /// The object.
    pub anchor: Anchor,
    /// Where it was afterwards.
    pub location: String,
}

/// A link changed by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relink {
    /// The link that goes.
    pub before: Option<Link>,
    /// The link that comes.
    pub after: Option<Link>,
    /// Operations that were planned with the link that goes: they become conflicts, their approvals are used up.
    pub outdated: Vec<Fingerprint>,
}

/// The right to write to one system, held by one process at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The system.
    pub system: SystemName,
    /// Grows with each new holder; a write of an older holder is refused.
    pub token: i64,
}

/// What usher remembers.
pub trait Store: Journal {
    /// Loads what planning builds on. The reasons of links are left out.
    fn memory(&self) -> Result<Memory, Error>;

    /// Returns the people as they were when they were last settled, anchored by person id.
    fn settled(&self) -> Result<Option<RecordSet>, Error>;

    /// Returns the link of a record, by what it is a record of: a source's, or an account's under a rule.
    fn owner_of(&self, owner: &LinkOwner, anchor: &str) -> Result<Option<Link>, Error>;

    /// Returns what random values are drawn from: the same for as long as the store is there.
    fn seed(&self) -> Result<Seed, Error>;

    /// Returns the values that are kept for somebody until the account is made.
    fn reservations_of(&self, person: PersonId) -> Result<Vec<Reservation>, Error>;

    /// Returns the accounts that are linked to somebody.
    fn accounts_of(&self, person: PersonId) -> Result<Vec<Link>, Error>;

    /// Returns the records that sources have of somebody, the oldest link first.
    fn sources_of(&self, person: PersonId) -> Result<Vec<Link>, Error>;

    /// Hands out every link, with its reason, in no order.
    fn links(&self, each: &mut dyn FnMut(Link)) -> Result<(), Error>;

    /// Changes a link; [`Error::Busy`] if it is not any more as it is said to have been.
    fn relink(&self, change: &Relink, trail: &[audit::Entry]) -> Result<(), Error>;

    /// Returns the last good (full, complete, accepted) read of a system.
    fn last_read(&self, system: &SystemName) -> Result<Option<LastRead>, Error>;

    /// Returns the last good read of the groups of a system, if groups were read.
    fn last_groups(&self, system: &SystemName) -> Result<Option<LastRead>, Error>;

    /// Returns the records of the last good read of a system; `groups` asks for its groups instead of its accounts.
    fn last_records(&self, system: &SystemName, groups: bool) -> Result<Option<RecordSet>, Error>;

    /// Returns the last attempt to read each system.
    fn read_attempts(&self) -> Result<Vec<ReadAttempt>, Error>;

    /// Notes attempts to read, and stores the good ones (accounts and, beside them, groups).
    fn save_reads(&self, reads: &[(&Read, Option<&Read>)], trail: &[audit::Entry]) -> Result<(), Error> {
        self.save_changed_reads(reads, &[], trail)
    }

    /// Does the same; of accounts and groups that `changes` tells of only those are written, as far as the stored read is the
    /// one that they add to.
    fn save_changed_reads(
        &self,
        reads: &[(&Read, Option<&Read>)],
        changes: &[Changes<'_>],
        trail: &[audit::Entry],
    ) -> Result<(), Error>;

    /// Stores a plan as the current one, with what it changes in the memory. Operations that were applied or in
    /// conflict are proposed if it has them again; what is approved, rejected or held stays so, and so does what has
    /// failed and is approved still.
    fn save_plan(&self, plan: &Plan, change: &MemoryChange, trail: &[audit::Entry]) -> Result<PlanId, Error>;

    /// Returns the current plan.
    fn current_plan(&self) -> Result<Option<StoredPlan>, Error>;

    /// Returns what tells this store from every other one: 16 hexadecimal digits, drawn when it was made.
    fn identity(&self) -> Result<String, Error>;

    /// Returns a plan by its number, as long as its operations are kept.
    fn plan(&self, plan: PlanId) -> Result<Option<StoredPlan>, Error>;

    /// Returns when a plan was first applied, in whole or in part, if it was.
    fn plan_used(&self, plan: PlanId) -> Result<Option<Timestamp>, Error>;

    /// Uses a plan up before its file is applied; [`Error::Busy`] if it was applied before, so that of two who try
    /// at once one succeeds.
    fn use_up_plan(&self, plan: PlanId, at: Timestamp, trail: &[audit::Entry]) -> Result<(), Error>;

    /// Returns the operations of a plan in the order of the run, in pieces, so that a hundred thousand of them
    /// need not be in memory at once.
    fn operations(&self, plan: PlanId, each: &mut dyn FnMut(StoredOperation)) -> Result<(), Error>;

    /// Returns what a list shows of the operations of a plan, in the order of the run; first how many at most.
    fn briefs(
        &self,
        plan: PlanId,
        count: &mut dyn FnMut(usize),
        each: &mut dyn FnMut(StoredBrief<'_>),
    ) -> Result<(), Error>;

    /// Returns one operation of a plan.
    fn operation(&self, plan: PlanId, id: Fingerprint) -> Result<Option<StoredOperation>, Error>;

    /// Finds the operations of a plan whose fingerprint starts with these hexadecimal digits.
    fn find_operations(&self, plan: PlanId, prefix: &str) -> Result<Vec<Fingerprint>, Error>;

    /// Stores decisions, all or none; [`Error::Busy`] names an operation that is being written or was applied.
    /// Withdrawing returns to the decision before, which may be none.
    fn decide(&self, decisions: &[Decision], trail: &[audit::Entry]) -> Result<(), Error>;

    /// Returns all decisions about an operation, newest first.
    fn decisions(&self, id: Fingerprint) -> Result<Vec<Decision>, Error>;

    /// Hands out the decisions about operations of a plan that count still (neither withdrawn nor used up), oldest
    /// first.
    fn live_decisions(&self, plan: PlanId, each: &mut dyn FnMut(Decision)) -> Result<(), Error>;

    /// Hands out the decisions about these operations that count still, the oldest of each first.
    fn live_decisions_about(&self, ids: &[Fingerprint], each: &mut dyn FnMut(Decision)) -> Result<(), Error>;

    /// Returns the operations that runs have applied since a moment, each with when, in no order.
    fn applied_since(&self, since: Timestamp) -> Result<Vec<(Timestamp, Operation)>, Error>;

    /// Returns the guard rails released for a plan, each once.
    fn releases(&self, plan: PlanId) -> Result<Vec<Release>, Error>;

    /// Releases a guard rail for a plan; a second release of the same rail takes the place of the first.
    fn release(&self, plan: PlanId, release: &Release, trail: &[audit::Entry]) -> Result<(), Error>;

    /// Takes the right to write to a system; [`Error::Busy`] names who holds it. A holder whose process has ended, or
    /// that was silent for 30 seconds, loses it to the next. Silence is measured with a clock that does not jump: of
    /// the machine ([`uptime`]), or of the server; `now` counts only where there is none.
    fn lease(&self, system: &SystemName, holder: &str, now: Timestamp) -> Result<Lease, Error>;

    /// Shows that the holder is alive.
    fn renew(&self, lease: &Lease, now: Timestamp) -> Result<(), Error>;

    /// Gives the right back.
    fn give_back(&self, lease: &Lease) -> Result<(), Error>;

    /// Starts a run of a plan; returns its number.
    fn start_run(&self, plan: PlanId, operations: usize, trail: &[audit::Entry]) -> Result<i64, Error>;

    /// Ends a run.
    fn end_run(&self, run: i64, trail: &[audit::Entry]) -> Result<(), Error>;

    /// Returns intents whose outcome is not known: a run was cut off there, or the answer got lost.
    fn unsettled(&self) -> Result<Vec<(i64, Intent)>, Error>;

    /// Returns an operation of the plan that a run applies, also when another plan is the current one by now.
    fn operation_of_run(&self, run: i64, id: Fingerprint) -> Result<Option<Operation>, Error>;

    /// Returns the journal of an operation, newest first.
    fn journal(&self, id: Fingerprint) -> Result<Vec<JournalEntry>, Error>;

    /// Returns what the runs of a plan have written so far, oldest first: where objects are that the last read did
    /// not have, or had elsewhere.
    fn placed(&self, plan: PlanId) -> Result<Vec<Placed>, Error>;

    /// Returns what one run has written, oldest first.
    fn placed_by(&self, run: i64) -> Result<Vec<Placed>, Error>;

    /// Finds what was applied by fingerprints that start with these hexadecimal digits: each operation with the
    /// newest run that applied it.
    fn find_applied(&self, prefix: &str) -> Result<Vec<(i64, Fingerprint)>, Error>;

    /// Returns the journal of a run, oldest first.
    fn run_journal(&self, run: i64) -> Result<Vec<JournalEntry>, Error>;

    /// Returns the newest run: its number, its start and its end.
    fn last_run(&self) -> Result<Option<(i64, Timestamp, Option<Timestamp>)>, Error>;

    /// Counts the operations applied and failed since a moment, by civil day in UTC.
    fn history(&self, since: Timestamp) -> Result<Vec<(Date, usize, usize)>, Error>;

    /// Returns what is in quarantine, by system.
    fn quarantines(&self) -> Result<Vec<Quarantine>, Error>;

    /// Puts a system or a rule in quarantine, or changes what is known of the quarantine it is in.
    fn quarantine(&self, quarantine: &Quarantine, trail: &[audit::Entry]) -> Result<(), Error>;

    /// Ends a quarantine; [`Error::Busy`] if there is none.
    fn end_quarantine(
        &self,
        system: &SystemName,
        rule: Option<&RuleName>,
        trail: &[audit::Entry],
    ) -> Result<(), Error>;

    /// Returns the reads that wait for a person or were accepted by one and not taken over yet: one a system at most.
    fn held_reads(&self) -> Result<Vec<HeldRead>, Error>;

    /// Notes reads that wait for a person. One takes the place of an earlier one of its system; if it is the same, what
    /// was said about that stays.
    fn hold_reads(&self, reads: &[HeldRead], trail: &[audit::Entry]) -> Result<(), Error>;

    /// Accepts the read of a system that waits; [`Error::Busy`] if another one waits by now.
    fn accept_read(
        &self,
        system: &SystemName,
        id: &str,
        acceptance: &Acceptance,
        trail: &[audit::Entry],
    ) -> Result<(), Error>;

    /// Returns when operations of a plan have failed since they were applied last, of each the oldest failure first.
    fn failures(&self, plan: PlanId) -> Result<Vec<(Fingerprint, Timestamp)>, Error>;

    /// Takes up failed operations again: each stands where the decisions that count still want it.
    fn take_up(&self, operations: &[Fingerprint]) -> Result<(), Error>;

    /// Notes what a run has tried first, as JSON, before somebody lets it go on; `None` if it has gone on.
    fn note_canary(&self, run: i64, canary: Option<&str>, trail: &[audit::Entry]) -> Result<(), Error>;

    /// Returns what the newest run of a plan has tried first; `None` if it was not left off there.
    fn canary(&self, plan: PlanId) -> Result<Option<String>, Error>;

    /// Writes audit records that belong to nothing else (console opened, export made).
    fn append(&self, trail: &[audit::Entry]) -> Result<(), Error>;

    /// Returns audit records, newest first: skips `offset`, at most `limit`, only those containing all words of
    /// `filter`. Also the number that match.
    fn audit(&self, offset: usize, limit: usize, filter: &str) -> Result<(usize, Vec<audit::Record>), Error>;

    /// Hands out every audit record, oldest first, until `each` says `false`.
    fn audit_all(&self, each: &mut dyn FnMut(audit::Record) -> bool) -> Result<(), Error> {
        self.audit_from(0, each)
    }

    /// Hands out the audit records from a number on, oldest first, until `each` says `false`.
    fn audit_from(&self, first: u64, each: &mut dyn FnMut(audit::Record) -> bool) -> Result<(), Error>;

    /// Removes the records that an archive has, and tells so in the trail; [`Error::Busy`] if the last of them is
    /// not the one the archive ends with. A store that cannot do this keeps its whole trail.
    fn forget_audit(&self, archived: &audit::Archived, trail: &[audit::Entry]) -> Result<(), Error> {
        let _ = (archived, trail);
        let text = "this kind of store keeps its whole audit: nothing was removed";
        Err(Error::Busy(text.to_owned()))
    }

    /// Erases what the audit tells in particular of somebody, in one step with the record of it, whose details are
    /// filled in; returns how many records that were. Nothing is recorded if there are none.
    fn erase_audit(&self, person: PersonId, reason: &str, entry: audit::Entry) -> Result<usize, Error>;

    /// Returns a number that grows with every change this or another process made, leases apart: to notice
    /// decisions made elsewhere.
    fn version(&self) -> Result<i64, Error>;

    /// Has something called, on a thread of the store, whenever another process has changed something, leases apart;
    /// never if nobody tells this store.
    fn follow(&self, notice: Arc<dyn Fn() + Send + Sync>) -> Result<(), Error>;
}
