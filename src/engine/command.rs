//! What the engine can be asked to do or to show.

use super::undo::What;
use crate::{
    config::edit::{Block, Place},
    model::{Fingerprint, PersonId, RuleName, SystemName, Verdict},
};

/// Something to do. The answer comes as events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Reads every system and computes a new plan.
    Plan,
    /// Decides about operations. Stored before it is reported back.
    Decide {
        /// Which operations.
        operations: Vec<Fingerprint>,
        /// What is decided.
        verdict: Verdict,
        /// Why; a rejection must say.
        reason: Option<String>,
    },
    /// Applies approved operations.
    Apply {
        /// Only these; `None` is all that are approved and due.
        only: Option<Vec<Fingerprint>>,
    },
    /// Sends nothing more until resumed; what is in flight ends.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// Ends the run after what is in flight; the rest stays approved.
    Stop,
    /// Puts failed operations and conflicts back to approved, to be applied again.
    Retry {
        /// Which operations.
        operations: Vec<Fingerprint>,
    },
    /// Releases an exceeded guard rail for this plan only.
    Release {
        /// The rail, by its name.
        rail: String,
        /// Only these of the operations it stops, beside those released before; `None` is all.
        operations: Option<Vec<Fingerprint>>,
        /// Why.
        reason: String,
    },
    /// Accepts the read of a system that waits for somebody: the next plan takes it over if it is still the same.
    Accept {
        /// The system.
        system: SystemName,
        /// The read, by the first digits of its name.
        read: String,
        /// Why.
        reason: String,
    },
    /// Writes nothing more to a system, or by a rule of it, until somebody releases it.
    Quarantine {
        /// The system.
        system: SystemName,
        /// Only this rule of it.
        rule: Option<RuleName>,
        /// Why.
        reason: String,
    },
    /// Lets the next run write again to what is in quarantine.
    EndQuarantine {
        /// The system.
        system: SystemName,
        /// The rule of it, if only that is in quarantine.
        rule: Option<RuleName>,
        /// Why.
        reason: String,
    },
    /// Makes a plan that takes back what was applied.
    Undo {
        /// What.
        what: What,
        /// Whether the plan becomes the current one; otherwise it is only told what it would be.
        store: bool,
    },
    /// Lets the next working day of the demo company arrive, then plans. Refused outside the demo.
    NextDay,
    /// Writes another expression into the configuration, follows the changed rules and plans.
    Configure {
        /// Which expression.
        place: Place,
        /// What it is to be.
        expression: String,
    },
    /// Puts back what the last [`Command::Configure`] changed, and plans.
    PutBack,
}

/// An expression to try before it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Comes back with the answer, to tell it from the answers to older questions.
    pub ticket: u64,
    /// The rule it is to stand in.
    pub block: Block,
    /// The attribute it is to give its value to, if it is for one.
    pub attribute: Option<String>,
    /// The expression.
    pub expression: String,
    /// Who is looked at first.
    pub person: Option<PersonId>,
    /// Which five others: the same number gives the same people.
    pub sample: u64,
}

/// Something to show. The answer is an [`super::event::Event::View`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The day at a glance.
    Today,
    /// All rows of the current plan.
    Review,
    /// One operation in full.
    Operation(Fingerprint),
    /// What operations wait for that nobody has decided about, before they are approved.
    Awaited(Vec<Fingerprint>),
    /// The current or last run.
    Run,
    /// The guard rails of the current plan, and who let what pass.
    Rails,
    /// What who acts may not do here.
    Rights,
    /// A window of the audit trail, newest first.
    Audit {
        /// How many records to skip.
        offset: usize,
        /// How many to bring at most.
        limit: usize,
        /// Only records that contain all of these words, without case.
        filter: String,
    },
    /// Whether the chain of the audit holds.
    Chain,
    /// One audit record in full.
    AuditRecord(u64),
    /// Everybody.
    People,
    /// One person in full.
    Person(PersonId),
    /// The rules with their expressions.
    Rules,
    /// The names that the expressions of a rule may use.
    Names(Block),
    /// What an expression gives for a few people.
    Try(Trial),
    /// What saving an expression would change in the plan.
    Impact {
        /// Comes back with the answer. A newer question makes an older one void.
        ticket: u64,
        /// Which expression.
        place: Place,
        /// What it would be.
        expression: String,
    },
}
