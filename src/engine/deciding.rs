//! Decisions: by people, and by policy rules in mode automatic.

use std::collections::HashSet;

use super::{
    Engine, Error, Inner,
    approval::Lack,
    event::Event,
    no_plan,
    standing::{Standings, one_name},
};
use crate::{
    audit,
    model::{
        Actor, Decision, Fingerprint, Needs, Operation, OperationState, Plan, PlanId, Right, RuleName,
        Verdict,
    },
    store::StoredPlan,
};

impl Engine {
    /// Decides about operations of the current plan; returns where each stands now.
    ///
    /// An approval counts as what policy demands: of two that are needed the first leaves the operation proposed.
    pub async fn decide(
        &self,
        operations: Vec<Fingerprint>,
        verdict: Verdict,
        reason: Option<String>,
    ) -> Result<Vec<(Fingerprint, OperationState)>, Error> {
        let rejects = matches!(verdict, Verdict::Reject | Verdict::RejectUntil { .. });
        if rejects && reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
            return Err(Error::Refused("a rejection needs a reason".to_owned()));
        }
        let (changed, lacks) = self
            .inner
            .blocking(move |inner| {
                inner.may(match &verdict {
                    Verdict::Approve | Verdict::FirstApproval | Verdict::Withdraw => Right::Approve,
                    Verdict::Reject | Verdict::RejectUntil { .. } | Verdict::Hold { .. } => Right::Refuse,
                })?;
                decide(inner, &operations, &verdict, reason.as_deref())
            })
            .await?;
        self.inner.emit(&Event::Changed {
            operations: changed.clone(),
        });
        self.inner.emit(&Event::Approvals { operations: lacks });
        Ok(changed)
    }
}

/// Where operations stand, and what each lacks.
type Stand = (Vec<(Fingerprint, OperationState)>, Vec<(Fingerprint, Lack)>);

fn decide(
    inner: &Inner,
    operations: &[Fingerprint],
    verdict: &Verdict,
    reason: Option<&str>,
) -> Result<Stand, Error> {
    let store = &inner.setup.store;
    let plan = store.current_plan()?.ok_or_else(no_plan)?;
    let at = inner.setup.clock.now();
    let standings = Standings::of_some(inner, &plan, operations)?;
    let mut decisions = Vec::with_capacity(operations.len());
    let mut trail = Vec::with_capacity(operations.len());
    let mut again = 0;
    for id in operations {
        let stored = store
            .operation(plan.id, *id)?
            .ok_or_else(|| Error::Refused(format!("operation {} is not in the current plan", id.short())))?;
        let verdict = match verdict {
            Verdict::Approve | Verdict::FirstApproval => {
                let by = &inner.setup.actor;
                let Some(verdict) = approval(inner, &standings, &stored.operation, by)? else {
                    again += 1;
                    continue;
                };
                verdict
            }
            other => other.clone(),
        };
        trail.push(entry(inner, &plan, &stored.operation, &verdict, reason));
        decisions.push(Decision {
            operation: *id,
            verdict,
            by: inner.setup.actor.clone(),
            at,
            reason: reason.map(ToOwned::to_owned),
        });
    }
    if decisions.is_empty() && again > 0 {
        return Err(Error::Refused(format!(
            "{} has approved {} already: it takes a second, different person",
            inner.setup.actor.person(),
            if again == 1 { "this" } else { "these" }
        )));
    }
    store.decide(&decisions, &trail)?;
    let standings = Standings::of_some(inner, &plan, operations)?;
    let mut changed = Vec::with_capacity(operations.len());
    let mut lacks = Vec::with_capacity(operations.len());
    for id in operations {
        if let Some(stored) = store.operation(plan.id, *id)? {
            let standing = standings.of(&stored);
            changed.push((*id, standing.state));
            lacks.push((*id, standing.lack));
        }
    }
    Ok((changed, lacks))
}

/// What somebody's approval of an operation is: enough, or the first of two. `None` if the same person has approved
/// it already and another one is missing.
pub(super) fn approval(
    inner: &Inner,
    standings: &Standings,
    operation: &Operation,
    by: &Actor,
) -> Result<Option<Verdict>, Error> {
    let rules = inner.rules();
    let demand = standings.demand(operation.fingerprint);
    let what = || {
        let Operation { kind, subject, .. } = operation;
        format!("{} {subject} in {}", kind.word(), operation.system)
    };
    let rule = demand.rule.as_ref().and_then(|name| rules.policy.rule(name));
    let by_rule =
        |rule: Option<&RuleName>| rule.map_or("policy".to_owned(), |rule| format!("policy rule `{rule}`"));
    if demand.needs == Needs::Never {
        return Err(Error::Refused(format!(
            "{} never happens, says {}: reject it, or change the policy and plan again",
            what(),
            by_rule(demand.rule.as_ref())
        )));
    }
    if let Some(rule) = rule.filter(|rule| !inner.is_one_of(&rule.by, by)) {
        return Err(Error::Refused(format!(
            "{} may not approve {}: by policy rule `{}` that takes one of {}",
            by.person(),
            what(),
            rule.name,
            rule.by.join(", ")
        )));
    }
    let mut people = standings.approvers(operation.fingerprint);
    let me = one_name(&rules.policy, by.person());
    if !people.contains(&me) {
        people.push(me);
    } else if people.len() < demand.needs.people() {
        return Ok(None);
    }
    Ok(Some(if people.len() < demand.needs.people() {
        Verdict::FirstApproval
    } else {
        Verdict::Approve
    }))
}

/// The audit record of a decision.
fn entry(
    inner: &Inner,
    plan: &StoredPlan,
    operation: &Operation,
    verdict: &Verdict,
    reason: Option<&str>,
) -> audit::Entry {
    let (verb, kind, system) = (verdict.word(), operation.kind.word(), &operation.system);
    let summary = format!("{verb} {kind} in {system}");
    let mut entry = inner.entry(verb, operation.subject.clone(), summary);
    entry.details = serde_json::json!({
        "operation": operation.fingerprint, "plan": plan.id, "seal": plan.seal, "reason": reason,
        "verdict": verdict,
    });
    entry
}

/// Approves what a policy rule approves in systems of mode automatic: what is due, open and not stopped by a rail.
/// The rule names itself in the audit. Returns how many.
pub(super) fn by_rule(inner: &Inner, id: PlanId, plan: &Plan) -> Result<usize, Error> {
    let automatic = inner.governance().automatic.clone();
    if automatic.is_empty() {
        return Ok(0);
    }
    let stopped: HashSet<Fingerprint> = plan
        .rails
        .iter()
        .flat_map(|rail| rail.stopped.iter().copied())
        .collect();
    let store = &inner.setup.store;
    let at = inner.setup.clock.now();
    let (mut decisions, mut trail) = (Vec::new(), Vec::new());
    let adoptions: Vec<_> = plan.adoptions.iter().collect();
    for operation in plan.operations.iter().chain(&adoptions) {
        let demand = plan.demands.of(operation.fingerprint);
        if demand.needs != Needs::Rule
            || !automatic.contains(&operation.system)
            || stopped.contains(&operation.fingerprint)
        {
            continue;
        }
        let stored = store.operation(id, operation.fingerprint)?;
        if stored.is_none_or(|stored| stored.state != OperationState::Proposed) {
            continue;
        }
        let otherwise = RuleName::from("otherwise");
        let rule = demand.rule.as_ref().unwrap_or(&otherwise);
        let by = Actor::of_policy(rule);
        let summary = format!("approve {} in {}", operation.kind.word(), operation.system);
        let mut entry = inner.entry("approve", operation.subject.clone(), summary);
        entry.details = serde_json::json!({
            "operation": operation.fingerprint, "plan": id, "seal": plan.seal, "rule": rule,
            "policy": plan.demands.policy, "planned_by": entry.actor, "verdict": Verdict::Approve,
        });
        entry.actor = by.clone();
        trail.push(entry);
        decisions.push(Decision {
            operation: operation.fingerprint,
            verdict: Verdict::Approve,
            by,
            at,
            reason: None,
        });
    }
    if !decisions.is_empty() {
        store.decide(&decisions, &trail)?;
    }
    Ok(decisions.len())
}
