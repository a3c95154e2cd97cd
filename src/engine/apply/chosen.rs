//! Which operations a run takes up: approved or to be tried again, due, and stopped by nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    thread,
};

use hashbrown::{HashMap, HashSet};

use super::watchdog::Scope;
use crate::{
    engine::{
        Error, Inner,
        event::Level,
        failing, no_plan, quarantine, rails,
        resolve::Found,
        standing::{Standing, Standings, same_policy},
    },
    model::{Fingerprint, Kind, OperationState, PersonId, PlanId, Quarantine, RuleName, SystemName},
    planning::restraint::retry::NextTry,
    store::{StoredOperation, StoredPlan},
};

/// What a run takes up.
pub(super) struct Chosen {
    /// The operations, in the order of the run.
    pub(super) operations: Vec<Arc<StoredOperation>>,
    /// The plan they are of.
    pub(super) plan: PlanId,
    /// Quarantines of which the run may try whether their causes are gone.
    pub(super) on_trial: Vec<Quarantine>,
    /// The accounts that the plan has found, whether they are adopted now or not.
    pub(super) found: Vec<Found>,
    /// How many operations have failed before and are not tried now.
    pub(super) kept: HashMap<Scope, usize>,
}

/// What is left out of a run, in numbers.
#[derive(Default)]
struct LeftOut {
    by_rail: usize,
    rails: BTreeSet<String>,
    in_quarantine: usize,
    quarantines: BTreeSet<String>,
    kept: usize,
    next_try: Option<jiff::Timestamp>,
    not_enough: BTreeMap<String, usize>,
}

/// Returns the operations of the current plan that may be written now. Those that failed wait for their next try,
/// unless they are asked for by name. `meets` is told of each system as soon as it is known that it will be written to,
/// unless something of it is in quarantine.
pub(super) fn choose(
    inner: &Inner,
    only: Option<&[Fingerprint]>,
    mut meets: impl FnMut(&SystemName),
) -> Result<Chosen, Error> {
    let store = &inner.setup.store;
    let plan = store.current_plan()?.ok_or_else(no_plan)?;
    same_policy(inner, &plan)?;
    let releases = store.releases(plan.id)?;
    let stopped = rails::stopped(&plan, &releases);
    let quarantines = store.quarantines()?;
    let only: Option<HashSet<Fingerprint>> = only.map(|only| only.iter().copied().collect());
    let now = inner.setup.clock.now();
    let mut approved = Vec::new();
    let mut found = Vec::new();
    let mut applied = HashSet::new();
    let mut awaited = Awaited::new();
    let mut met: Vec<SystemName> = Vec::new();
    let mut left = LeftOut::default();
    let mut kept: HashMap<Scope, usize> = HashMap::new();
    let mut take = |standings: &Standings, stored: StoredOperation| {
        let operation = &stored.operation;
        found.extend(Found::of(operation));
        if matches!(stored.state, OperationState::Applied | OperationState::Verified) {
            applied.insert(operation.fingerprint);
        } else if matches!(operation.kind, Kind::Create | Kind::Adopt | Kind::Restore) {
            awaited.insert(
                operation.fingerprint,
                (operation.kind, operation.person, operation.rule.clone()),
            );
        }
        let standing = standings.of(&stored);
        let wanted = only
            .as_ref()
            .is_none_or(|only| only.contains(&operation.fingerprint));
        let named = only.is_some() && standing.retry.is_some();
        let may_be_applied = standing.may_be_applied() || named;
        if standing.state == OperationState::Failed && !(wanted && may_be_applied) {
            let scope = (operation.system.clone(), Some(operation.rule.clone()));
            *kept.entry(scope).or_default() += 1;
        }
        let observed = inner
            .system(&operation.system)
            .is_none_or(|system| system.observe);
        if !wanted || observed || operation.due.is_some_and(|due| due > now) {
            return;
        }
        if !may_be_applied {
            left.note(standing);
            return;
        }
        if let Some(rail) = stopped.get(&operation.fingerprint) {
            left.by_rail += 1;
            left.rails.insert(rails::describe(rail));
            return;
        }
        let mut concerned = quarantines.iter();
        let closed =
            concerned.find(|one| one.concerns(&operation.system, &operation.rule) && !one.may_be_tried(now));
        if let Some(closed) = closed {
            left.in_quarantine += 1;
            left.quarantines.insert(quarantine::describe(closed, now));
            return;
        }
        if !met.contains(&operation.system) {
            met.push(operation.system.clone());
            // what refuses the credentials is asked once, by what is tried in it
            if !quarantines.iter().any(|one| one.system == operation.system) {
                meets(&operation.system);
            }
        }
        approved.push(Arc::new(stored));
    };
    each_with_standings(inner, &plan, &mut take)?;
    if approved.is_empty() {
        left.refuse()?;
    }
    let count = approved.len();
    let operations = without_orphaned_waits(approved, &applied, &awaited);
    let waiting = count - operations.len();
    if operations.is_empty() && waiting > 0 {
        left.refuse()?;
        return Err(Error::Refused(format!(
            "{waiting} approved operations wait for others that are not approved: approve those too"
        )));
    }
    left.tell(inner, waiting);
    let mut on_trial = quarantines;
    on_trial.retain(|one| one.may_be_tried(now));
    Ok(Chosen {
        operations,
        plan: plan.id,
        on_trial,
        found,
        kept,
    })
}

/// Hands out the operations of a plan with what tells where they stand, which is read while the first operations are.
fn each_with_standings(
    inner: &Inner,
    plan: &StoredPlan,
    take: &mut dyn FnMut(&Standings, StoredOperation),
) -> Result<(), Error> {
    thread::scope(|scope| {
        let mut reading = Some(scope.spawn(|| Standings::load(inner, plan)));
        let mut finish = |standings: &mut Option<Result<Standings, Error>>| {
            if let Some(reading) = reading.take() {
                let read = reading.join().unwrap_or_else(|_| {
                    let text = "a part of usher stopped unexpectedly; nothing was written";
                    Err(Error::Refused(text.to_owned()))
                });
                *standings = Some(read);
            }
        };
        let mut standings = None;
        inner.setup.store.operations(plan.id, &mut |stored| {
            finish(&mut standings);
            if let Some(Ok(standings)) = &standings {
                take(standings, stored);
            }
        })?;
        finish(&mut standings);
        standings.transpose().map(drop)
    })
}

impl LeftOut {
    /// Notes an operation that may not be applied as it stands.
    fn note(&mut self, standing: Standing) {
        match (standing.state, standing.retry) {
            (OperationState::Failed, Some(next)) => {
                self.kept += 1;
                if let NextTry::At(at) = next {
                    self.next_try = self.next_try.into_iter().chain([at]).min();
                }
            }
            (OperationState::Rejected | OperationState::Held, _) => {}
            _ if standing.note.is_empty() => {}
            _ => *self.not_enough.entry(standing.note).or_default() += 1,
        }
    }

    /// Says why there is nothing to do, if something is left out.
    fn refuse(&self) -> Result<(), Error> {
        let names = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join("; ");
        if self.by_rail > 0 {
            return Err(Error::Refused(format!(
                "{} approved operations are stopped by a guard rail: {}; release it with a reason, in full or for some of them",
                self.by_rail,
                self.rails.iter().cloned().collect::<Vec<_>>().join(", ")
            )));
        }
        if self.in_quarantine > 0 {
            return Err(Error::Refused(format!(
                "{} approved operations wait for a quarantine to end: {}",
                self.in_quarantine,
                names(&self.quarantines)
            )));
        }
        if self.kept > 0 {
            let when = match self.next_try {
                Some(at) => format!("the next try is after {}", failing::minute(at)),
                None => "they are no longer tried by themselves".to_owned(),
            };
            return Err(Error::Refused(format!(
                "nothing else that is due is approved; {} operations have failed: {when}; `usher apply OPERATION` tries one at once",
                self.kept
            )));
        }
        if !self.not_enough.is_empty() {
            let count: usize = self.not_enough.values().sum();
            let notes: Vec<_> = self
                .not_enough
                .iter()
                .map(|(note, count)| format!("{count}: {note}"))
                .collect();
            return Err(Error::Refused(format!(
                "nothing that is due is approved; {count} operations lack an approval that policy demands ({})",
                notes.join("; ")
            )));
        }
        Ok(())
    }

    /// Tells what a run leaves out.
    fn tell(&self, inner: &Inner, waiting: usize) {
        if self.by_rail + waiting > 0 {
            let text = format!(
                "left out: {} approved operations stopped by a guard rail, {waiting} that wait for others not approved",
                self.by_rail
            );
            inner.notice(Level::Warning, text);
        }
        if self.in_quarantine > 0 {
            let names: Vec<_> = self.quarantines.iter().cloned().collect();
            let text = format!(
                "left out: {} approved operations ({})",
                self.in_quarantine,
                names.join("; ")
            );
            inner.notice(Level::Warning, text);
        }
    }
}

/// What gives somebody an account: how, whose, under which rule.
type Awaited = HashMap<Fingerprint, (Kind, Option<PersonId>, RuleName)>;

/// Leaves out what needs an operation of the plan that is neither applied with it nor was by an earlier run;
/// `awaited` are those of them that give an account.
fn without_orphaned_waits(
    mut operations: Vec<Arc<StoredOperation>>,
    applied: &HashSet<Fingerprint>,
    awaited: &Awaited,
) -> Vec<Arc<StoredOperation>> {
    loop {
        let here: HashSet<_> = operations
            .iter()
            .map(|stored| stored.operation.fingerprint)
            .collect();
        let before = operations.len();
        operations.retain(|stored| {
            let operation = &stored.operation;
            let mut waits_for = operation.waits_for.iter();
            waits_for.all(|other| {
                let is_needed = || match awaited.get(other) {
                    Some((kind, person, rule)) => operation.needs(*kind, *person, rule),
                    None => operation.needs(Kind::Task, None, &operation.rule),
                };
                here.contains(other) || applied.contains(other) || !is_needed()
            })
        });
        if operations.len() == before {
            return operations;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::queue::tests::{family, leaver},
        *,
    };

    /// What is left of some operations, none of which was applied before.
    fn left(operations: &[StoredOperation], awaited: &Awaited) -> Vec<Arc<StoredOperation>> {
        let operations = operations.iter().cloned().map(Arc::new).collect();
        without_orphaned_waits(operations, &HashSet::new(), awaited)
    }

    #[test]
    fn a_report_needs_no_approval_of_the_manager() {
        let mut operations = family();
        let manager = operations.remove(0).operation;
        let account = (Kind::Create, manager.person, manager.rule);
        let awaited = Awaited::from([(manager.fingerprint, account)]);
        assert_eq!(left(&operations, &awaited).len(), 2);
        // what is no reference is needed
        operations[0].operation.changes.clear();
        assert!(left(&operations, &awaited).is_empty());
    }

    #[test]
    fn cutting_off_needs_no_approval_of_what_comes_before() {
        let mut operations = leaver();
        operations.remove(0);
        let left = left(&operations, &Awaited::new());
        let kinds: Vec<_> = left.iter().map(|stored| stored.operation.kind).collect();
        // nor of the deletion, which needs the removal
        assert_eq!(kinds, [Kind::Disable, Kind::Disable]);
    }
}
