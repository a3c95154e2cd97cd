//! Takes back what was applied: a plan of inverses, made from the journal and from how things stand now.
//!
//! Such a plan becomes the current one and is decided about and applied like any other. The sources still want what
//! is taken back, so the next ordinary plan would propose it again. Therefore each operation is *rejected*, in the
//! same step of the store as the outcome of its inverse, with the reason `undone by run 7`: the next plan shows it as
//! rejected until somebody approves it or withdraws the rejection. Undoing the undoing withdraws it too.

mod remains;

use std::sync::Arc;

use super::{
    Engine, Error, Inner, PlanError,
    carrying::Lender,
    completeness,
    event::Event,
    exclusion, lock,
    planning::{note_failure, remember_records},
    reading, trail,
};
use crate::{
    model::{
        Decision, Fingerprint, Kind, Memory, Operation, OperationState, PlanId, PlanSummary, RailReading,
        Right, SystemName, Verdict,
    },
    planning::{
        Inputs,
        undo::{Applied, Undoing, undo},
    },
};

pub use crate::planning::undo::Left;

/// How the reason of a rejection begins that goes with taking something back.
const UNDONE: &str = "undone by run";

/// What is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The newest run that took nothing back itself.
    Last,
    /// A run, by its number.
    Run(i64),
    /// An applied operation, by the first digits of its fingerprint.
    Operation(String),
}

/// One operation of the plan, and what it takes back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TakesBack {
    /// The operation of the plan.
    pub operation: Fingerprint,
    /// The applied one.
    pub undoes: Option<Fingerprint>,
    /// What it does.
    pub kind: Kind,
    /// Where.
    pub system: SystemName,
    /// For whom.
    pub subject: String,
}

/// What taking back takes, and what stays.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoReport {
    /// The run.
    pub run: i64,
    /// The plan; nothing if none was stored, because it was not to be or there is nothing to take back.
    pub plan: Option<PlanId>,
    /// In numbers.
    pub summary: PlanSummary,
    /// Its operations.
    pub operations: Vec<TakesBack>,
    /// What stays, with the reasons.
    pub left: Vec<Left>,
    /// The guard rails that stop it.
    pub exceeded: Vec<RailReading>,
    /// Whether something stays that should not, or is stopped by a guard rail.
    pub incomplete: bool,
}

impl Engine {
    /// Reads every system and makes a plan that takes back what was applied, which becomes the current plan; with
    /// `store` unset it is only told of.
    ///
    /// # Errors
    ///
    /// Refused if nothing such was applied, while a run goes on, and where an ordinary plan would be.
    pub async fn undo(&self, what: What, store: bool) -> Result<UndoReport, PlanError> {
        self.may(if store { Right::Undo } else { Right::View })?;
        let _one_at_a_time = self.inner.planning.lock().await;
        if lock(&self.inner.control).is_some() {
            return Err(Error::Refused("a run is going on: undo when it is over".to_owned()).into());
        }
        self.settle_unknown().await?;
        let (before, (run, mut applied)) = self
            .inner
            .blocking(move |inner| {
                let before = exclusion::without_runs(inner, || Ok(inner.setup.store.last_run()?))?;
                Ok((before, applied(inner, &what)?))
            })
            .await?;
        let reads = reading::read_all(&self.inner, false, &Lender::default()).await;
        remains::ask(&self.inner, &mut applied).await;
        let inner = self.inner.clone();
        let report = tokio::task::spawn_blocking(move || make(&inner, reads, before, run, &applied, store))
            .await
            .unwrap_or_else(|_| {
                let text = "planning stopped unexpectedly; nothing was changed";
                Err(PlanError::Failed(vec![text.to_owned()]))
            })?;
        if let Some(plan) = report.plan {
            self.inner.emit(&Event::Planned {
                plan,
                summary: report.summary.clone(),
            });
        }
        Ok(report)
    }
}

impl Engine {
    /// Undoes, or tells what that would take; the answer is an event.
    pub(super) async fn obey_undo(&self, what: What, store: bool) {
        let outcome = match self.undo(what, store).await {
            Ok(report) => Ok(Box::new(report)),
            Err(PlanError::Failed(messages)) => Err(messages),
            Err(PlanError::Rules(errors)) => Err(errors.iter().map(ToString::to_string).collect()),
        };
        self.inner.emit(&Event::Undone { outcome });
    }
}

/// Finds what was applied, in the order of the run.
fn applied(inner: &Inner, what: &What) -> Result<(i64, Vec<Applied>), Error> {
    match what {
        What::Run(run) => {
            let applied = written_by(inner, *run)?;
            if applied.is_empty() {
                return Err(Error::Refused(format!(
                    "run {run} has applied nothing, or is no run: `usher audit log run` lists the runs"
                )));
            }
            Ok((*run, applied))
        }
        What::Last => {
            let newest = inner.setup.store.last_run()?.map_or(0, |(run, ..)| run);
            for run in (1..=newest).rev() {
                let applied = written_by(inner, run)?;
                if applied.iter().any(|written| written.operation.undoes.is_none()) {
                    return Ok((run, applied));
                }
            }
            Err(Error::Refused(
                "nothing was applied yet: there is nothing to undo".to_owned(),
            ))
        }
        What::Operation(prefix) => match inner.setup.store.find_applied(prefix)?.as_slice() {
            [(run, id)] => {
                let mut applied = written_by(inner, *run)?;
                applied.retain(|written| written.operation.fingerprint == *id);
                Ok((*run, applied))
            }
            [] => Err(Error::Refused(format!(
                "no operation that was applied starts with {prefix}"
            ))),
            several => Err(Error::Refused(format!(
                "{} operations start with {prefix}: give more digits",
                several.len()
            ))),
        },
    }
}

fn written_by(inner: &Inner, run: i64) -> Result<Vec<Applied>, Error> {
    let store = &inner.setup.store;
    let mut applied = Vec::new();
    for placed in store.placed_by(run)? {
        let lost = || {
            Error::Refused(format!(
                "operation {} is not kept any more",
                placed.operation.short()
            ))
        };
        let operation = store.operation_of_run(run, placed.operation)?.ok_or_else(lost)?;
        applied.push(Applied {
            operation,
            anchor: placed.anchor,
            location: placed.location,
            remains: None,
        });
    }
    Ok(applied)
}

fn make(
    inner: &Arc<Inner>,
    reads: reading::Reads,
    before: exclusion::LastRun,
    run: i64,
    applied: &[Applied],
    is_stored: bool,
) -> Result<UndoReport, PlanError> {
    let judged = completeness::judge(inner, &reads, &[])?;
    if !judged.troubles.is_empty() {
        note_failure(inner, &reads, &judged).map_err(Error::from)?;
        return Err(PlanError::Failed(judged.troubles));
    }
    let memory = inner.memory()?;
    let undoing = compute(inner, &reads, &memory, applied, run)?;
    let plan = &undoing.planned.plan;
    let stored = if is_stored && !plan.operations.is_empty() {
        Some(save(inner, &reads, before, run, &undoing)?)
    } else {
        None
    };
    let exceeded = plan.rails.iter().filter(|rail| rail.is_exceeded());
    let exceeded: Vec<_> = exceeded.cloned().collect();
    let stays = undoing.left.iter().any(|left| !left.is_back);
    let report = UndoReport {
        run,
        plan: stored,
        summary: plan.summary(),
        operations: plan.operations.iter().map(takes_back).collect(),
        incomplete: stays || !exceeded.is_empty(),
        exceeded,
        left: undoing.left,
    };
    if stored.is_some() {
        drop(remember_records(inner, reads.accounts));
    }
    Ok(report)
}

fn compute(
    inner: &Inner,
    reads: &reading::Reads,
    memory: &Memory,
    applied: &[Applied],
    run: i64,
) -> Result<Undoing, PlanError> {
    let compiled = super::planning::compiled(inner, reads)?;
    let inputs = Inputs {
        now: inner.setup.clock.now(),
        reads: &reads.accounts,
        groups: &reads.groups,
        memory,
    };
    Ok(undo(&compiled, &inputs, applied, run))
}

/// Stores the plan with the reads it was made from, and lets what undoing has rejected be decided about anew.
fn save(
    inner: &Inner,
    reads: &reading::Reads,
    before: exclusion::LastRun,
    run: i64,
    undoing: &Undoing,
) -> Result<PlanId, Error> {
    let store = &inner.setup.store;
    let planned = &undoing.planned;
    let pairs: Vec<_> = reads
        .accounts
        .iter()
        .map(|read| {
            let groups = reads.groups.iter().find(|group| group.system == read.system);
            (read, groups)
        })
        .collect();
    exclusion::without_runs(inner, || {
        if store.last_run()? != before {
            return Err(exclusion::run_meanwhile());
        }
        store.save_changed_reads(&pairs, &reads.changes(), &trail::reads(inner, reads))?;
        let plan = store.save_plan(&planned.plan, &planned.change, &[entry(inner, run, undoing)])?;
        withdraw(inner, plan, &planned.plan.operations)?;
        Ok(plan)
    })
}

fn entry(inner: &Inner, run: i64, undoing: &Undoing) -> crate::audit::Entry {
    let plan = &undoing.planned.plan;
    let stays = undoing.left.iter().filter(|left| !left.is_back).count();
    let summary = format!("a plan of {} operations; {stays} stay", plan.operations.len());
    let mut entry = inner.entry("undo", format!("run {run}"), summary);
    let operations: Vec<_> = plan.operations.iter().map(takes_back).collect();
    entry.details = serde_json::json!({
        "run": run, "seal": plan.seal, "operations": operations, "left": undoing.left,
    });
    entry
}

fn takes_back(operation: &Operation) -> TakesBack {
    TakesBack {
        operation: operation.fingerprint,
        undoes: operation.undoes,
        kind: operation.kind,
        system: operation.system.clone(),
        subject: operation.subject.clone(),
    }
}

/// Withdraws rejections that went with undoing what is now to be done again.
fn withdraw(inner: &Inner, plan: PlanId, operations: &[Operation]) -> Result<(), Error> {
    let store = &inner.setup.store;
    let (mut decisions, mut trail) = (Vec::new(), Vec::new());
    for operation in operations {
        let id = operation.fingerprint;
        let stored = store.operation(plan, id)?;
        if stored.is_none_or(|stored| stored.state != OperationState::Rejected) {
            continue;
        }
        let newest = store.decisions(id)?.into_iter().next();
        let is_undone = newest
            .and_then(|decision| decision.reason)
            .is_some_and(|reason| reason.starts_with(UNDONE));
        if !is_undone {
            continue;
        }
        let reason = "the undoing is undone".to_owned();
        let mut entry = inner.entry("withdraw", operation.subject.clone(), reason.clone());
        entry.details = serde_json::json!({ "operation": id, "plan": plan });
        trail.push(entry);
        decisions.push(Decision {
            operation: id,
            verdict: Verdict::Withdraw,
            by: inner.setup.actor.clone(),
            at: inner.setup.clock.now(),
            reason: Some(reason),
        });
    }
    if decisions.is_empty() {
        return Ok(());
    }
    Ok(store.decide(&decisions, &trail)?)
}

impl Inner {
    /// The decision that goes with an outcome: what was taken back is not to be applied again.
    pub(super) fn undone(&self, operation: &Operation, state: OperationState, run: i64) -> Option<Decision> {
        if !matches!(state, OperationState::Applied | OperationState::Verified) {
            return None;
        }
        Some(Decision {
            operation: operation.undoes?,
            verdict: Verdict::Reject,
            by: self.setup.actor.clone(),
            at: self.setup.clock.now(),
            reason: Some(format!("{UNDONE} {run}")),
        })
    }
}
