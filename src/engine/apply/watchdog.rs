//! Counts what fails in a run, and says when a system or a rule must not be written to any more.

use hashbrown::{HashMap, HashSet};

use crate::{
    model::{After, Cause, Kind, Operation, OperationState, RuleName, SystemName, Value},
    planning::restraint::{
        Restraint,
        quarantine::{Tally, judge},
    },
};

/// A system, or one rule of it.
pub(super) type Scope = (SystemName, Option<RuleName>);

/// What must not be written to any more, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alarm {
    /// What.
    pub(super) scope: Scope,
    /// Why.
    pub(super) cause: Cause,
    /// The same in words.
    pub(super) reason: String,
}

/// Watches the outcomes of a run.
pub(super) struct Watchdog {
    restraint: Restraint,
    tallies: HashMap<Scope, Tally>,
    /// The rules that the run has operations of, by system.
    rules: HashMap<SystemName, HashSet<RuleName>>,
}

impl Watchdog {
    /// Watches a run of these operations; `kept` are those that failed before and wait for their next try.
    pub(super) fn new<'o>(
        restraint: Restraint,
        operations: impl Iterator<Item = &'o Operation>,
        kept: &HashMap<Scope, usize>,
    ) -> Self {
        let mut rules: HashMap<SystemName, HashSet<RuleName>> = HashMap::new();
        for operation in operations {
            let rules = rules.entry(operation.system.clone()).or_default();
            if !rules.contains(&operation.rule) {
                rules.insert(operation.rule.clone());
            }
        }
        let mut tallies: HashMap<Scope, Tally> = HashMap::new();
        for ((system, rule), count) in kept {
            tallies.entry((system.clone(), None)).or_default().kept += count;
            tallies.entry((system.clone(), rule.clone())).or_default().kept += count;
        }
        Self {
            restraint,
            tallies,
            rules,
        }
    }

    /// Takes the outcome of an operation; the error is what must not be written to any more.
    pub(super) fn note(&mut self, operation: &Operation, state: OperationState) -> Result<(), Alarm> {
        let count: fn(&mut Tally) = match state {
            OperationState::Applied | OperationState::Verified => |tally| tally.applied += 1,
            OperationState::Failed if sets_reference(operation) => |tally| tally.failed_references += 1,
            OperationState::Failed => |tally| tally.failed += 1,
            _ => return Ok(()),
        };
        let whole = (operation.system.clone(), None);
        let part = (operation.system.clone(), Some(operation.rule.clone()));
        count(self.tallies.entry(whole.clone()).or_default());
        count(self.tallies.entry(part.clone()).or_default());
        if state != OperationState::Failed {
            return Ok(());
        }
        let limits = self.restraint.limits(&operation.system);
        let judged = |scope: &Scope| self.tallies.get(scope).and_then(|tally| judge(limits, tally));
        let alarm = |scope: Scope, (cause, reason)| Err(Alarm { scope, cause, reason });
        match (judged(&whole), judged(&part)) {
            // what goes well elsewhere, or was not tried yet, goes on
            (_, Some(why)) if self.has_other_rules(operation) => alarm(part, why),
            (Some(why), _) => alarm(whole, why),
            (None, Some(why)) => alarm(part, why),
            (None, None) => Ok(()),
        }
    }

    /// Whether the run has operations of another rule in the same system, none of which has failed.
    fn has_other_rules(&self, operation: &Operation) -> bool {
        let rules = self.rules.get(&operation.system);
        let mut others = rules
            .into_iter()
            .flatten()
            .filter(|rule| **rule != operation.rule);
        others.any(|rule| {
            let tally = self.tallies.get(&(operation.system.clone(), Some(rule.clone())));
            tally.is_none_or(|tally| tally.failed + tally.failed_references + tally.kept == 0)
        })
    }
}

/// Whether an operation sets nothing but a reference, or a membership: it fails where somebody else's account does.
fn sets_reference(operation: &Operation) -> bool {
    let is_reference = |value: &Value<'static>| matches!(value, Value::Reference(_));
    let becomes_reference = |after: &After| matches!(after, After::Known(value) if is_reference(value));
    match operation.kind {
        Kind::AddMember | Kind::RemoveMember => true,
        Kind::Update => {
            !operation.changes.is_empty()
                && operation
                    .changes
                    .iter()
                    .all(|change| becomes_reference(&change.after) || is_reference(&change.before))
        }
        _ => false,
    }
}
