//! What the engine shows: plain data, ready to be drawn or printed as JSON.

#[cfg(test)]
mod sample;

use std::sync::Arc;

use compact_str::CompactString;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    approval::{Approvals, Lack},
    impact::Impact,
    mappings::RulesView,
};

use crate::{
    config::edit::Block,
    model::{
        Decision, Demand, Finding, Fingerprint, HeldRead, Kind, LifecycleEvent, LifecycleState, Operation,
        OperationState, PersonId, PlanId, PlanSummary, Quarantine, RailReading, Right, Risk, RuleName,
        Situation, SystemName,
    },
};

pub use super::chain::ChainView;
pub use super::condition::{Condition, LineState, span};
pub use super::rails::shown::{RailView, RailsView, Released};
pub use super::trying::Tried;
pub use crate::planning::why::{Shown, SourceField, Step, Verdict, Why};

/// The answer to a query.
#[expect(clippy::large_enum_variant, reason = "one view at a time, boxed in its event")]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The day at a glance.
    Today(TodayView),
    /// All rows of the current plan.
    Review(ReviewView),
    /// One operation in full; `None` if there is no such operation.
    Operation(Option<OperationView>),
    /// The current or last run; `None` if there was none.
    Run(Option<RunView>),
    /// The guard rails of the current plan; `None` if there is no plan.
    Rails(Option<RailsView>),
    /// What who acts may not do here, each with the reason.
    Rights(Vec<(Right, String)>),
    /// A window of the audit trail.
    Audit(AuditView),
    /// Whether the chain of the audit holds.
    Chain(ChainView),
    /// One audit record in full, as pretty JSON.
    AuditRecord {
        /// Its number.
        sequence: u64,
        /// The record.
        json: String,
    },
    /// Everybody.
    People(Vec<PersonRow>),
    /// One person in full.
    Person(Option<PersonView>),
    /// The rules.
    Rules(RulesView),
    /// What operations wait for that nobody has decided about.
    Awaited {
        /// The operations that were asked about.
        operations: Vec<Fingerprint>,
        /// What they wait for, in the order of the run.
        awaited: Vec<Fingerprint>,
    },
    /// The names that the expressions of a rule may use.
    Names {
        /// The rule.
        block: Block,
        /// The names; those it will probably use first.
        names: Vec<String>,
    },
    /// What an expression gives for a few people.
    Tried {
        /// The question's ticket.
        ticket: u64,
        /// What it gives, or why it cannot be tried.
        outcome: Result<Vec<Tried>, String>,
    },
    /// What saving an expression would change in the plan.
    Impact {
        /// The question's ticket.
        ticket: u64,
        /// What it would change, or why that cannot be told; `None` if a newer question came.
        outcome: Option<Result<Impact, Vec<String>>>,
    },
}

/// The plan that is being reviewed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanHead {
    /// Its number.
    pub id: PlanId,
    /// Its seal.
    pub seal: Fingerprint,
    /// When it was made.
    pub made: Timestamp,
    /// In numbers.
    pub summary: PlanSummary,
    /// The guard rails that counted something.
    pub rails: Vec<RailReading>,
}

/// The day at a glance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TodayView {
    /// The engine's time; in the demo not the wall clock's.
    pub now: Timestamp,
    /// The zone dates are shown in.
    pub time_zone: String,
    /// The current plan, if there is one.
    pub plan: Option<PlanHead>,
    /// Due and scheduled events, by kind of event.
    pub events: Vec<EventColumn>,
    /// Health of every system.
    pub systems: Vec<SystemView>,
    /// Operations applied and failed a day, oldest first, 30 days.
    pub history: Vec<DayCount>,
    /// What is due in the next 14 days, by day.
    pub upcoming: Vec<UpcomingDay>,
    /// Situations that want a person.
    pub findings: Vec<Finding>,
}

/// The people one kind of event happened to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventColumn {
    /// Which event.
    pub event: LifecycleEvent,
    /// How many people.
    pub total: usize,
    /// How many of their operations still wait for a decision.
    pub open: usize,
    /// The first of them (at most 100), soonest due first.
    pub people: Vec<EventPerson>,
}

/// A person an event happened to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventPerson {
    /// Who.
    pub person: PersonId,
    /// The name to show.
    pub name: String,
    /// `Engineering · Senior Engineer`, or for a mover what changed.
    pub detail: String,
    /// When the first operation is due; `None` is now.
    pub due: Option<Timestamp>,
    /// How many operations.
    pub operations: usize,
}

/// How a system fares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SystemView {
    /// Its name.
    pub system: SystemName,
    /// Its connector: `ldap`.
    pub connector: String,
    /// When it was last read in full; `None` is never.
    pub last_good_read: Option<Timestamp>,
    /// Records of that read.
    pub records: usize,
    /// What is wrong, if anything: the reason the last read was partial or failed.
    pub trouble: Option<String>,
    /// Why nothing is written to it, or by a rule of it, if so.
    pub quarantines: Vec<Quarantine>,
    /// A read of it that waits for somebody to accept it.
    pub held: Option<HeldRead>,
}

/// A day of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DayCount {
    /// The day.
    pub date: Date,
    /// Operations applied.
    pub applied: usize,
    /// Operations that failed.
    pub failed: usize,
}

/// A day to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UpcomingDay {
    /// The day.
    pub date: Date,
    /// What is due: (kind, how many).
    pub kinds: Vec<(Kind, usize)>,
    /// Names of the first people concerned.
    pub names: Vec<String>,
}

/// All rows of the current plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ReviewView {
    /// The plan; `None` if there is none yet.
    pub plan: Option<PlanHead>,
    /// Its operations, due and scheduled, in the order of the run.
    pub rows: Arc<Vec<ReviewRow>>,
    /// Its findings.
    pub findings: Arc<Vec<Finding>>,
}

/// One operation in a list. Small: there may be a hundred thousand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReviewRow {
    /// Which operation.
    pub id: Fingerprint,
    /// Whose.
    pub person: Option<PersonId>,
    /// The name to show.
    pub subject: CompactString,
    /// Where it is written.
    pub system: SystemName,
    /// Which rule wants it.
    pub rule: RuleName,
    /// What kind of change.
    pub kind: Kind,
    /// What happened to the person.
    pub event: Option<LifecycleEvent>,
    /// How the (person, account rule) stands.
    pub situation: Situation,
    /// Where the operation stands.
    pub state: OperationState,
    /// Why it stands there, where that is worth a word: `needs two: ana approved, one more`.
    pub note: CompactString,
    /// What it lacks before it may be applied.
    pub lack: Lack,
    /// When it is due; `None` is now.
    pub due: Option<Timestamp>,
    /// Whether it is due later than now: no change yet.
    pub scheduled: bool,
    /// What makes it worth a second look.
    pub risk: Vec<Risk>,
    /// What changes, in few words: `title, department`, `cn=eng`.
    pub what: CompactString,
    /// The person's department, for grouping and filters.
    pub department: CompactString,
}

/// One operation in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationView {
    /// The operation.
    pub operation: Operation,
    /// Each change as text, hostile characters not yet escaped, masked values masked, references by name.
    pub lines: Vec<ChangeLine>,
    /// Where it stands.
    pub state: OperationState,
    /// Why it stands there, where that is worth a word.
    pub note: String,
    /// What policy demands for it.
    pub demand: Demand,
    /// The approvals it has, and what it lacks.
    pub approvals: Approvals,
    /// Whether it is due later than now.
    pub scheduled: bool,
    /// Every decision about it, newest first.
    pub decisions: Vec<Decision>,
    /// The operations it waits for.
    pub waits_for: Vec<WaitsFor>,
    /// The write in the system's own words.
    pub command: String,
    /// What undoing would take: `yes: enable and move back`, `no: …`.
    pub undo: String,
    /// What happened when it was tried, newest first.
    pub attempts: Vec<Attempt>,
    /// How each of its values came about.
    pub whys: Vec<Why>,
}

/// One attribute before and after, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    /// `+` new, `-` gone, `~` other value.
    pub mark: char,
    /// The attribute.
    pub attribute: String,
    /// What the target has; empty for `+`.
    pub before: String,
    /// What it will have; empty for `-`.
    pub after: String,
}

/// An operation another one waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitsFor {
    /// Which.
    pub id: Fingerprint,
    /// In words: `create Ana Kovač in directory`.
    pub what: String,
    /// Where it stands; `None` if it is in no stored plan.
    pub state: Option<OperationState>,
}

/// One attempt to apply an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// What became of it.
    pub state: OperationState,
    /// In words.
    pub message: String,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Operations are being applied.
    Running,
    /// Nothing new is sent.
    Paused,
    /// Ends after what is in flight.
    Stopping,
    /// Over.
    Ended,
}

/// A run: how far it is, what is in flight, what failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunView {
    /// Its number.
    pub id: i64,
    /// What it is doing.
    pub state: RunState,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How far each system is.
    pub systems: Vec<SystemProgress>,
    /// What is in flight: `create Ana Kovač`.
    pub in_flight: Vec<String>,
    /// What failed or conflicts, newest first (at most 500).
    pub failures: Vec<Failure>,
    /// What was tried first, if the run waits for somebody to let it go on, or was left off there.
    pub canary: Option<CanaryView>,
}

/// The first operations of each kind and system, which have been written and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CanaryView {
    /// How they went.
    pub lanes: Vec<CanaryLane>,
    /// How many operations wait for somebody's word.
    pub waiting: usize,
}

/// How the first operations of one kind in one system went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CanaryLane {
    /// The system.
    pub system: SystemName,
    /// The kind.
    pub kind: Kind,
    /// How many were sent.
    pub tried: usize,
    /// How many were written and read back.
    pub worked: usize,
    /// What follows.
    pub verdict: CanaryVerdict,
}

/// What follows from the first operations of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryVerdict {
    /// The others wait for somebody's word.
    Waits,
    /// The others are applied.
    GoesOn,
    /// The others are not applied in this run.
    Stopped,
}

impl CanaryVerdict {
    /// Returns the words used on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits for your word",
            Self::GoesOn => "goes on",
            Self::Stopped => "stopped: the rest stays approved",
        }
    }
}

/// How far one system is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SystemProgress {
    /// Which.
    pub system: SystemName,
    /// Operations of the run.
    pub total: usize,
    /// Applied and verified.
    pub done: usize,
    /// Failed, in conflict or of unknown outcome.
    pub failed: usize,
    /// Operations a second, over the last seconds.
    pub rate: f64,
    /// Seconds left, once it can be told.
    pub remaining: Option<u64>,
    /// Why nothing more is written to it, if it went into quarantine.
    pub quarantine: Option<String>,
    /// How the line to it is, if that is worth a word.
    pub line: Option<Condition>,
}

/// An operation that did not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Which.
    pub id: Fingerprint,
    /// The name to show.
    pub subject: String,
    /// In which system.
    pub system: SystemName,
    /// What kind of change.
    pub kind: Kind,
    /// Where it stands.
    pub state: OperationState,
    /// What happened and what to do.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How often it has failed in earlier runs.
    pub earlier: usize,
    /// When it failed first.
    pub first: Option<Timestamp>,
}

/// A window of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditView {
    /// How many records match the filter.
    pub total: usize,
    /// How many records were skipped.
    pub offset: usize,
    /// The records, newest first.
    pub rows: Vec<AuditRow>,
    /// The head of the chain, hexadecimal; empty for an empty trail.
    pub head: String,
}

/// One audit record in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Its number, from 1.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done: `approve`, `write`, `plan`.
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// In words.
    pub summary: String,
    /// The run it tells of, if it tells of one.
    pub run: Option<i64>,
    /// The operation it tells of, if it tells of one.
    pub operation: Option<Fingerprint>,
    /// Its hash, hexadecimal.
    pub hash: String,
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonRow {
    /// Who.
    pub person: PersonId,
    /// The name to show.
    pub name: String,
    /// Where the person stands.
    pub state: LifecycleState,
    /// Department, if the rules map one.
    pub department: String,
    /// Title, if the rules map one.
    pub title: String,
    /// Number of accounts.
    pub accounts: usize,
}

/// A person in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonView {
    /// The list row.
    pub row: PersonRow,
    /// All attributes: (name, value as text).
    pub attributes: Vec<(String, String)>,
    /// The accounts: (rule, location, situation in words).
    pub accounts: Vec<(RuleName, String, String)>,
    /// The person's operations in the current plan.
    pub operations: Vec<ReviewRow>,
}
