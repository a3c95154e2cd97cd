//! Reads, computes a plan, stores it as the current one.

mod missing;

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Engine, Error, Inner, LastRecords,
    alerts::Alert,
    carrying::{self, Left, Lender},
    completeness::{self, Judged},
    deciding,
    event::Event,
    exclusion, lock, planfile, quarantine, rails, reading, trail, unread,
};
use crate::{
    audit,
    model::{
        Finding, FindingKind, Memory, Operation, Plan, PlanId, PlanSummary, Read, RecordSet, Right,
        SystemName,
    },
    planning::{
        Inputs, Planned,
        compile::{Compiled, RuleError, SystemSchema, compile},
        guard::window_start,
        plan,
    },
};

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Whether the plan is written down as a plan file too.
    pub export: Option<Export>,
    /// Whether everything is read, also where it could be told what changed.
    pub full: bool,
    /// Whether what is found of people is kept for the next plan of this process, which then costs what changed by
    /// then.
    pub carries: bool,
}

/// What a plan file says beside the plan.
#[derive(Debug, Clone, Default)]
pub struct Export {
    /// What the environment is called.
    pub label: Option<String>,
}

/// Why no plan could be made. The current one stays.
#[derive(Debug)]
pub enum PlanError {
    /// Rules do not fit the systems.
    Rules(Vec<RuleError>),
    /// Anything else: what happened, and what to do.
    Failed(Vec<String>),
}

/// A plan that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReport {
    /// Its number.
    pub id: PlanId,
    /// In numbers.
    pub summary: PlanSummary,
    /// Whether records were skipped, are ambiguous, or operations are stopped by a guard rail.
    pub incomplete: bool,
    /// The plan file, if one was asked for.
    pub file: Option<Vec<u8>>,
    /// How many people had to be planned; `None` is everybody.
    pub people: Option<usize>,
}

impl From<Error> for PlanError {
    fn from(error: Error) -> Self {
        Self::Failed(vec![error.to_string()])
    }
}

impl Engine {
    /// Reads every system, computes a plan and stores it as the current one.
    pub async fn plan(&self, options: &PlanOptions) -> Result<PlanReport, PlanError> {
        self.may(Right::Plan)?;
        let _one_at_a_time = self.inner.planning.lock().await;
        if let Some(run) = &*lock(&self.inner.control) {
            let wait = if run.is_paused() {
                "a run is paused: let it go on or stop it, then plan again"
            } else {
                "a run is going on: plan again when it is over"
            };
            return Err(PlanError::Failed(vec![wait.to_owned()]));
        }
        self.settle_unknown().await?;
        let before = self
            .inner
            .blocking(|inner| exclusion::without_runs(inner, || Ok(inner.setup.store.last_run()?)))
            .await?;
        let lender = self.inner.blocking(Inner::take_kept).await?;
        let reads = reading::read_all(&self.inner, options.full, &lender).await;
        let options = options.clone();
        let inner = self.inner.clone();
        let report = tokio::task::spawn_blocking(move || make(&inner, reads, before, lender, &options))
            .await
            .unwrap_or_else(|_| {
                Err(PlanError::Failed(vec![
                    "planning stopped unexpectedly; nothing was changed".into(),
                ]))
            })?;
        self.inner.emit(&Event::Planned {
            plan: report.id,
            summary: report.summary.clone(),
        });
        Ok(report)
    }
}

fn make(
    inner: &Arc<Inner>,
    mut reads: reading::Reads,
    before: exclusion::LastRun,
    lender: Lender,
    options: &PlanOptions,
) -> Result<PlanReport, PlanError> {
    let failed = |error: crate::store::Error| PlanError::Failed(vec![error.to_string()]);
    let store = &inner.setup.store;
    let unread = unread::find(inner, &reads)?;
    let judged = completeness::judge(inner, &reads, &unread)?;
    if !judged.troubles.is_empty() {
        note_failure(inner, &reads, &judged).map_err(failed)?;
        inner.alert(Alert::NoPlan, "plan", &judged.troubles.join("; "));
        return Err(PlanError::Failed(judged.troubles));
    }
    let mut read = trail::reads(inner, &reads);
    read.extend(completeness::taken_over(inner, &judged));
    let bad = unread::stand_in(inner, &mut reads, &unread)?;
    let (mut planned, left) = carrying::compute(inner, &mut reads, lender, options.carries)?;
    missing::explain(inner, &mut planned.plan.findings, &reads.accounts)?;
    let is_read = |read: &&Read| !unread.iter().any(|one| one.system == read.system);
    let mut pairs: Vec<_> = reads
        .accounts
        .iter()
        .filter(is_read)
        .map(|read| {
            (
                read,
                reads.groups.iter().find(|group| group.system == read.system),
            )
        })
        .collect();
    pairs.extend(bad.iter().map(|read| (read, None)));
    // before the plan is there: nobody is to apply what was planned on an old read
    unread::restrain(inner, &unread)?;
    let (id, head) = exclusion::without_runs(inner, || {
        if store.last_run()? != before {
            return Err(exclusion::run_meanwhile());
        }
        store.save_changed_reads(&pairs, &reads.changes(), &read)?;
        let trail = [entry_of(inner, &planned)];
        let id = store.save_plan(&planned.plan, &planned.change, &trail)?;
        Ok((id, inner.head(&planned.plan.seal)?))
    })?;
    quarantine::answered(inner, &reads, &unread)?;
    deciding::by_rule(inner, id, &planned.plan)?;
    let file = match &options.export {
        Some(export) => Some(planfile::export(inner, id, &planned, &reads.accounts, export)?),
        None => None,
    };
    let plan = &planned.plan;
    for rail in plan.rails.iter().filter(|rail| rail.is_exceeded()) {
        inner.alert(Alert::Rail, &rail.rail, &rails::describe(rail));
    }
    let report = PlanReport {
        id,
        summary: plan.summary(),
        incomplete: is_incomplete(plan) || !unread.is_empty(),
        file,
        people: left.as_ref().and_then(Left::people),
    };
    match (left, head) {
        (Some(left), Some(head)) if unread.is_empty() => {
            inner.keep(left, (id, before, head), reads.accounts, reads.groups);
        }
        _ => drop(remember_records(inner, reads.accounts)),
    }
    Ok(report)
}

/// Compiles the rules in force against the schemas that the reads brought.
pub(super) fn compiled(inner: &Inner, reads: &reading::Reads) -> Result<Compiled, PlanError> {
    let schemas: Vec<_> = reads
        .accounts
        .iter()
        .map(|read| SystemSchema {
            system: read.system.clone(),
            schema: (**read.records.schema()).clone(),
        })
        .collect();
    compile(&inner.rules(), &schemas).map_err(PlanError::Rules)
}

/// Computes a plan from what was read and what is remembered, and stores nothing.
pub(super) fn compute(inner: &Inner, reads: &reading::Reads) -> Result<Planned, PlanError> {
    let compiled = compiled(inner, reads)?;
    let memory = inner.memory()?;
    let inputs = Inputs {
        now: inner.setup.clock.now(),
        reads: &reads.accounts,
        groups: &reads.groups,
        memory: &memory,
    };
    let mut planned = plan(&compiled, &inputs).map_err(|error| PlanError::Failed(vec![error.to_string()]))?;
    if reading::has_marks(&inner.rules()) {
        planned.change.settled.mark();
    }
    Ok(planned)
}

impl Inner {
    /// Loads what planning builds on, with what was applied lately as far as guard rails look back.
    pub(super) fn memory(&self) -> Result<Memory, Error> {
        let mut memory = self.setup.store.memory()?;
        memory.recent = self.recent()?;
        Ok(memory)
    }

    /// Loads what was applied lately as far as guard rails look back.
    pub(super) fn recent(&self) -> Result<Vec<(Timestamp, Operation)>, Error> {
        let (rules, now) = (self.rules(), self.setup.clock.now());
        let starts = rules.rails.iter().filter_map(|rail| window_start(rail, now));
        match starts.min() {
            Some(start) => Ok(self.setup.store.applied_since(start)?),
            None => Ok(Vec::new()),
        }
    }
}

pub(super) fn note_failure(
    inner: &Arc<Inner>,
    reads: &reading::Reads,
    judged: &Judged,
) -> Result<(), crate::store::Error> {
    // only reads that did not work are noted: a good read is taken over together with its plan
    let bad: Vec<(&Read, Option<&Read>)> = reads
        .accounts
        .iter()
        .filter(|read| !read.proves_absence())
        .map(|read| (read, None))
        .collect();
    let mut trail = trail::reads(inner, reads);
    trail.push(inner.entry("plan", "", format!("no plan: {}", judged.troubles.join("; "))));
    inner.setup.store.save_reads(&bad, &trail)?;
    if judged.held.is_empty() {
        return Ok(());
    }
    let say = |read| completeness::entry(inner, "hold-read", read, "waits for a person");
    let trail: Vec<_> = judged.held.iter().map(say).collect();
    inner.setup.store.hold_reads(&judged.held, &trail)
}

fn entry_of(inner: &Arc<Inner>, planned: &Planned) -> audit::Entry {
    let plan = &planned.plan;
    let summary = plan.summary();
    let counts: Vec<_> = summary
        .kinds
        .iter()
        .map(|(kind, count)| format!("{count} {}", kind.word()))
        .collect();
    let words = if counts.is_empty() {
        "nothing to do".to_owned()
    } else {
        counts.join(", ")
    };
    let mut entry = inner.entry("plan", plan.seal.short(), words);
    entry.details = serde_json::json!({
        "seal": plan.seal, "now": plan.now, "scheduled": summary.scheduled, "findings": summary.findings,
        "rules": planned.origin.rules,
    });
    entry
}

/// Keeps the records of reads, and returns them.
pub(super) fn remember_records(inner: &Inner, reads: Vec<Read>) -> Vec<(SystemName, Arc<RecordSet>)> {
    let last = |read: Read| LastRecords {
        system: read.system,
        ended: read.ended,
        records: Arc::new(read.records),
    };
    let all: Vec<_> = reads.into_iter().map(last).collect();
    let kept = all.iter().map(|last| (last.system.clone(), last.records.clone()));
    let kept = kept.collect();
    *lock(&inner.records) = all;
    kept
}

/// Whether the plan leaves something out that a person must look at.
fn is_incomplete(plan: &Plan) -> bool {
    let skipped = |finding: &Finding| {
        matches!(
            finding.kind,
            FindingKind::Ambiguous | FindingKind::Refused | FindingKind::Invalid | FindingKind::Missing
        )
    };
    plan.findings.iter().any(skipped) || plan.rails.iter().any(crate::model::RailReading::is_exceeded)
}
