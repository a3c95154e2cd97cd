//! What is carried from one plan of this process to the next, so that a plan after a few changes costs no more than
//! they do.
//!
//! It is built on only if the store is as that plan has left it: the plan is the current one still, no run has begun
//! or ended since, and the audit tells of nothing since but what changes nothing that planning builds on. Every
//! change in the store has its record there, whoever made it. In all other cases, and once a day, everybody is
//! planned.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    Error, Inner, PlanError,
    exclusion::LastRun,
    lock,
    planning::{self, remember_records},
    reading::{self, Reads},
};
use crate::{
    audit::Record,
    model::{
        Fingerprint, PlanId, Read, RecordSet, SystemName,
        record::{Places, SetFull},
    },
    planning::{
        Planned,
        compile::Compiled,
        replan::{Again, Carried, Changed, News, plan_all, replan},
    },
};

/// After how long everybody is planned again.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the audit may tell of without anything being other than it was: decisions, and what is said about them.
const HARMLESS: [&str; 7] = [
    "approve",
    "first-approval",
    "reject",
    "hold",
    "withdraw",
    "release",
    "alert",
];

/// What the next plan may build on, and how the store was left.
pub(super) struct Kept {
    carried: Box<Carried>,
    /// When everybody was planned last.
    everybody: Timestamp,
    plan: PlanId,
    run: LastRun,
    /// The number of the last audit record.
    head: u64,
    sets: Vec<Set>,
}

/// The records of a read that is built on.
struct Set {
    system: SystemName,
    of_groups: bool,
    records: Arc<RecordSet>,
}

/// What is carried while systems are read: each of them takes out where its records are.
#[derive(Default)]
pub(super) struct Lender(Mutex<Option<Kept>>);

/// What a plan leaves behind before it is stored.
pub(super) struct Left {
    carried: Box<Carried>,
    /// When everybody was planned last.
    everybody: Timestamp,
    people: Option<usize>,
}

impl Left {
    /// Returns how many people were planned; `None` is everybody.
    pub(super) fn people(&self) -> Option<usize> {
        self.people
    }
}

impl Lender {
    /// Hands out where the records of the last read are, if it is that which is carried.
    pub(super) fn lend(&self, system: &SystemName, of_groups: bool, last: &Arc<RecordSet>) -> Option<Places> {
        let mut kept = lock(&self.0);
        let kept = kept.as_mut()?;
        let is_it = |set: &Set| {
            set.system == *system && set.of_groups == of_groups && Arc::ptr_eq(&set.records, last)
        };
        let at = kept.sets.iter().position(is_it)?;
        kept.sets.swap_remove(at);
        kept.carried.lend(system, of_groups)
    }

    /// Returns the groups of the last read.
    pub(super) fn groups(&self, system: &SystemName) -> Option<Arc<RecordSet>> {
        let kept = lock(&self.0);
        let mut sets = kept.as_ref()?.sets.iter();
        let found = sets.find(|set| set.of_groups && set.system == *system)?;
        Some(found.records.clone())
    }
}

impl Inner {
    /// Takes out what the next plan may build on, if the store is as it was left.
    pub(super) fn take_kept(&self) -> Result<Lender, Error> {
        let Some(kept) = lock(&self.carried).take() else {
            return Ok(Lender::default());
        };
        let store = &self.setup.store;
        let age = self.setup.clock.now().duration_since(kept.everybody);
        let is_old = age.is_negative() || age.unsigned_abs() >= DAY;
        let is_current = || Ok::<_, Error>(store.current_plan()?.is_some_and(|plan| plan.id == kept.plan));
        if is_old || store.last_run()? != kept.run || !is_current()? {
            return Ok(Lender::default());
        }
        let mut is_untouched = true;
        store.audit_from(kept.head + 1, &mut |record| {
            is_untouched &= HARMLESS.contains(&record.entry.action.as_str());
            is_untouched
        })?;
        let kept = is_untouched.then_some(kept);
        Ok(Lender(Mutex::new(kept)))
    }

    /// Keeps what a plan leaves behind once it is stored; `head` is its record in the audit.
    pub(super) fn keep(
        &self,
        left: Left,
        stored: (PlanId, LastRun, u64),
        reads: Vec<Read>,
        groups: Vec<Read>,
    ) {
        let (plan, run, head) = stored;
        let mut sets = Vec::with_capacity(reads.len() + groups.len());
        for read in groups {
            sets.push(Set {
                system: read.system,
                of_groups: true,
                records: Arc::new(read.records),
            });
        }
        for known in remember_records(self, reads) {
            let (system, records) = known;
            sets.push(Set {
                system,
                of_groups: false,
                records,
            });
        }
        *lock(&self.carried) = Some(Kept {
            carried: left.carried,
            everybody: left.everybody,
            plan,
            run,
            head,
            sets,
        });
    }

    /// Returns the number of the audit record of a plan, if it is the last one: nobody has written to the store since.
    pub(super) fn head(&self, seal: &Fingerprint) -> Result<Option<u64>, Error> {
        let (_, newest) = self.setup.store.audit(0, 1, "")?;
        let newest = newest.first();
        let is_own = |record: &&Record| record.entry.action == "plan" && record.entry.subject == seal.short();
        Ok(newest.filter(is_own).map(|record| record.sequence))
    }
}

/// Computes a plan of those whom changes concern, or of everybody where that cannot be told; without `carries`
/// nothing is left behind for the next plan.
pub(super) fn compute(
    inner: &Inner,
    reads: &mut Reads,
    lender: Lender,
    carries: bool,
) -> Result<(Planned, Option<Left>), PlanError> {
    if !carries {
        return Ok((planning::compute(inner, reads)?, None));
    }
    let compiled = planning::compiled(inner, reads)?;
    let now = inner.setup.clock.now();
    let kept = lender.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let changes = reads.changed();
    let few = few(inner, &compiled, now, reads, kept.zip(changes))?;
    let (mut planned, left) = if let Some((planned, left)) = few {
        (planned, Some(left))
    } else {
        let all = plan_all(&compiled, now, &reads.accounts, &reads.groups, inner.memory()?);
        let (planned, carried) = all.map_err(full)?;
        let left = carried.map(|carried| Left {
            carried,
            everybody: now,
            people: None,
        });
        (planned, left)
    };
    if reading::has_marks(&inner.rules()) {
        planned.change.settled.mark();
    }
    Ok((planned, left))
}

/// Plans those whom changes concern, if there is something to build on and that can be told.
fn few(
    inner: &Inner,
    compiled: &Compiled,
    now: Timestamp,
    reads: &Reads,
    kept: Option<(Kept, Vec<Changed>)>,
) -> Result<Option<(Planned, Left)>, PlanError> {
    let Some((kept, changes)) = kept else {
        return Ok(None);
    };
    let news = News {
        now,
        reads: &reads.accounts,
        groups: &reads.groups,
        changes,
        recent: inner.recent()?,
    };
    let again = replan(compiled, news, kept.carried).map_err(full)?;
    let Again::Planned {
        planned,
        carried,
        people,
    } = again
    else {
        return Ok(None);
    };
    let left = Left {
        carried,
        everybody: kept.everybody,
        people: Some(people),
    };
    Ok(Some((*planned, left)))
}

fn full(full: SetFull) -> PlanError {
    PlanError::Failed(vec![full.to_string()])
}
