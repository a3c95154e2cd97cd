//! What the engine reports.

use crate::model::{Fingerprint, OperationState, PlanId, PlanSummary, SystemName};

use super::{
    approval::Lack,
    undo::UndoReport,
    view::{RunView, View},
};

/// How loud a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Info,
    /// Somebody should look.
    Warning,
    /// Something did not work.
    Error,
}

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A system is being read.
    Reading {
        /// Which.
        system: SystemName,
        /// Records so far.
        records: usize,
        /// For how many seconds it has not answered, if that is worth a word.
        silent: Option<u64>,
        /// Whether the read has ended.
        ended: bool,
    },
    /// A new plan is the current one.
    Planned {
        /// Its number.
        plan: PlanId,
        /// In numbers.
        summary: PlanSummary,
    },
    /// No plan could be made; the current one stays. One message a reason.
    PlanFailed {
        /// What happened and what to do.
        messages: Vec<String>,
    },
    /// Operations stand elsewhere now: decided by somebody, here or on another terminal, or settled by a run.
    Changed {
        /// Which operations, and where each stands.
        operations: Vec<(Fingerprint, OperationState)>,
    },
    /// Operations lack something else now before they may be applied. Comes after [`Event::Changed`].
    Approvals {
        /// Which operations, and what each lacks.
        operations: Vec<(Fingerprint, Lack)>,
    },
    /// A guard rail was released for the current plan, in whole or in part.
    Released,
    /// A read was accepted, or something went into quarantine or left it, because somebody said so.
    Restrained,
    /// What taking back takes, and what stays; if it was stored, an [`Event::Planned`] came before.
    Undone {
        /// What was found, or everything that speaks against it.
        outcome: Result<Box<UndoReport>, Vec<String>>,
    },
    /// How the run stands; at most ten times a second.
    Progress(RunView),
    /// The run is over.
    RunEnded(RunView),
    /// A change of the configuration is saved, or was refused.
    Configured {
        /// What was changed, in words; or everything that speaks against it.
        outcome: Result<String, Vec<String>>,
    },
    /// The answer to a query.
    View(Box<View>),
    /// Something to tell the user.
    Notice {
        /// How loud.
        level: Level,
        /// One sentence.
        text: String,
    },
}
