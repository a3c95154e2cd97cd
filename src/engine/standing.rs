//! Where operations stand under policy: an approval counts only if it is what policy demands, and not too old.
//!
//! The store knows what was decided, and nothing of policy. Whatever shows or applies operations asks here.

use std::sync::Arc;

use hashbrown::{HashMap, hash_map::Entry};
use jiff::{SignedDuration, Timestamp};

use super::{
    Error, Inner,
    approval::{Given, Lack},
    failing::{self, Failing},
};
use crate::{
    model::{
        Decision, Demand, Demands, Fingerprint, Needs, Operation, OperationState, RuleName, SystemName,
        Verdict,
    },
    planning::{policy::Policy, restraint::retry::NextTry, rules::Rules},
    store::{Brief, StoredBrief, StoredOperation, StoredPlan},
};

/// Where an operation stands, and why where that is worth a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: OperationState,
    /// `needs two: ana approved, one more`; empty where there is nothing to say.
    pub(super) note: String,
    /// What it lacks, as far as that is worth a sign.
    pub(super) lack: Lack,
    /// When it is tried again, if it has failed since it was approved and its approval is still enough.
    pub(super) retry: Option<NextTry>,
}

impl Standing {
    /// Whether a run may write it now, as far as decisions go.
    pub(super) fn may_be_applied(&self) -> bool {
        match self.retry {
            Some(next) => next == NextTry::Now,
            None => self.state == OperationState::Approved,
        }
    }
}

/// What is needed to tell where the operations of a plan stand.
pub(super) struct Standings {
    demands: Demands,
    rules: Arc<Rules>,
    automatic: Vec<SystemName>,
    now: Timestamp,
    /// The decisions that count still, oldest first.
    decisions: HashMap<Fingerprint, Vec<Decision>>,
    failing: Failing,
    /// The one name of who acts.
    me: String,
    /// The rules by which who acts may not approve.
    barred: Vec<RuleName>,
}

impl Standings {
    /// Loads what was decided about the operations of a plan.
    pub(super) fn load(inner: &Inner, plan: &StoredPlan) -> Result<Self, Error> {
        let mut found = Self::without_decisions(inner, plan)?;
        inner
            .setup
            .store
            .live_decisions(plan.id, &mut |decision| found.take(decision))?;
        Ok(found)
    }

    /// Loads what was decided about a few operations of a plan.
    pub(super) fn of_some(inner: &Inner, plan: &StoredPlan, ids: &[Fingerprint]) -> Result<Self, Error> {
        let mut found = Self::without_decisions(inner, plan)?;
        inner
            .setup
            .store
            .live_decisions_about(ids, &mut |decision| found.take(decision))?;
        Ok(found)
    }

    fn without_decisions(inner: &Inner, plan: &StoredPlan) -> Result<Self, Error> {
        let rules = inner.rules();
        let by = &inner.setup.actor;
        let restricted = rules.policy.rules.iter();
        let barred = restricted
            .filter(|rule| !inner.is_one_of(&rule.by, by))
            .map(|rule| rule.name.clone())
            .collect();
        Ok(Self {
            demands: plan.demands.clone(),
            me: one_name(&rules.policy, by.person()).to_owned(),
            barred,
            automatic: inner.governance().automatic.clone(),
            now: inner.setup.clock.now(),
            decisions: HashMap::new(),
            failing: Failing::load(inner, plan.id)?,
            rules,
        })
    }

    fn take(&mut self, decision: Decision) {
        match self.decisions.entry(decision.operation) {
            Entry::Occupied(known) => known.into_mut().push(decision),
            // nearly always there is one
            Entry::Vacant(first) => {
                first.insert(vec![decision]);
            }
        }
    }

    /// Returns what policy demands for an operation.
    pub(super) fn demand(&self, id: Fingerprint) -> &Demand {
        self.demands.of(id)
    }

    /// Returns where an operation stands.
    pub(super) fn of(&self, stored: &StoredOperation) -> Standing {
        let Operation {
            fingerprint, system, ..
        } = &stored.operation;
        self.judge(*fingerprint, system, stored.state, stored.held_until)
    }

    /// Returns where an operation stands, of which only what a list shows is known.
    pub(super) fn of_brief(&self, stored: &StoredBrief<'_>) -> Standing {
        let Brief {
            fingerprint, system, ..
        } = &stored.operation;
        self.judge(*fingerprint, system, stored.state, stored.held_until)
    }

    fn judge(
        &self,
        id: Fingerprint,
        system: &SystemName,
        state: OperationState,
        until: Option<Timestamp>,
    ) -> Standing {
        let judge = Judge {
            policy: &self.rules.policy,
            demand: self.demands.of(id),
            decisions: self.decisions.get(&id).map_or(&[], Vec::as_slice),
            is_automatic: self.automatic.contains(system),
            now: self.now,
            me: &self.me,
            is_barred: self.is_barred(id),
        };
        if state != OperationState::Failed {
            let standing = judge.standing(state, until);
            let next = self.next_try(id);
            return match next {
                Some(next) if standing.state == OperationState::Approved => self.failed(id, next),
                _ => standing,
            };
        }
        // what failed stands as its approval does
        let standing = judge.standing(OperationState::Approved, None);
        if standing.state == OperationState::Approved {
            return self.failed(id, self.next_try(id).unwrap_or(NextTry::Now));
        }
        Standing {
            state: OperationState::Failed,
            ..standing
        }
    }

    fn failed(&self, id: Fingerprint, next: NextTry) -> Standing {
        Standing {
            state: OperationState::Failed,
            note: failing::describe(self.failing.of(id), next, self.now),
            lack: Lack::Nothing,
            retry: Some(next),
        }
    }

    /// When an operation is tried again that has failed since it was approved.
    fn next_try(&self, id: Fingerprint) -> Option<NextTry> {
        let decisions = self.decisions.get(&id).map_or(&[][..], Vec::as_slice);
        let approved = approvals(decisions).next().map(|decision| decision.at);
        self.failing.next_try(id, approved, self.now)
    }

    fn is_barred(&self, id: Fingerprint) -> bool {
        let rule = self.demands.of(id).rule.as_ref();
        rule.is_some_and(|rule| self.barred.contains(rule))
    }

    /// Returns the approvals of an operation since anything else was decided, the first first, and who else may
    /// approve it: nobody named is everybody.
    pub(super) fn approvals(&self, id: Fingerprint) -> (Vec<Given>, Vec<String>) {
        let policy = &self.rules.policy;
        let decisions = self.decisions.get(&id).map_or(&[][..], Vec::as_slice);
        let mut given: Vec<_> = approvals(decisions)
            .map(|decision| {
                let until = expires(policy, decision);
                Given {
                    by: decision.by.user.clone(),
                    at: decision.at,
                    until,
                    is_over: until.is_some_and(|until| until <= self.now),
                }
            })
            .collect();
        given.reverse();
        let rule = self.demands.of(id).rule.as_ref();
        let by = rule
            .and_then(|name| policy.rule(name))
            .map(|rule| rule.by.clone());
        (given, by.unwrap_or_default())
    }

    /// Returns the people whose approvals of an operation count, each by one name.
    pub(super) fn approvers(&self, id: Fingerprint) -> Vec<&str> {
        let decisions = self.decisions.get(&id).map_or(&[][..], Vec::as_slice);
        approvers(&self.rules.policy, decisions, self.now)
    }

    /// Returns when an approval or a delay runs out next.
    pub(super) fn until(&self) -> Option<Timestamp> {
        let expiry = |decision: &Decision| match &decision.verdict {
            Verdict::Approve | Verdict::FirstApproval => expires(&self.rules.policy, decision),
            Verdict::Hold { until } | Verdict::RejectUntil { until } => Some(*until),
            Verdict::Reject | Verdict::Withdraw => None,
        };
        let tries = self.failing.ids().filter_map(|id| match self.next_try(id)? {
            NextTry::At(at) => Some(at),
            NextTry::Now | NextTry::GivenUp => None,
        });
        let all = self.decisions.values().flatten().filter_map(expiry);
        all.chain(tries).filter(|at| *at > self.now).min()
    }
}

/// Makes sure that a plan was made by the policy in force.
pub(super) fn same_policy(inner: &Inner, plan: &StoredPlan) -> Result<(), Error> {
    let policy = &inner.rules().policy;
    let is_same = match plan.demands.policy {
        Some(digest) => digest == policy.digest(),
        None => *policy == Policy::default(),
    };
    if is_same {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "the policy has changed since plan {} was made: plan again; what was decided is kept",
        plan.id
    )))
}

/// The one name of a person who has several.
pub(super) fn one_name<'a>(policy: &'a Policy, name: &'a str) -> &'a str {
    let mut lists = policy.same_person.iter();
    let is = |other: &String| other == name || other.split('@').next() == Some(name);
    lists
        .find(|names| names.iter().any(is))
        .and_then(|names| names.first())
        .map_or(name, |first| first.split('@').next().unwrap_or(first))
}

/// When an approval counts no more.
fn expires(policy: &Policy, decision: &Decision) -> Option<Timestamp> {
    let days = i64::from(policy.expire_days?);
    decision
        .at
        .checked_add(SignedDuration::from_hours(24 * days))
        .ok()
}

/// The approvals since anything else was decided.
fn approvals(decisions: &[Decision]) -> impl Iterator<Item = &Decision> {
    let is_approval =
        |decision: &&Decision| matches!(decision.verdict, Verdict::Approve | Verdict::FirstApproval);
    decisions.iter().rev().take_while(is_approval)
}

/// The different people whose approvals count, the first first.
fn approvers<'a>(policy: &'a Policy, decisions: &'a [Decision], now: Timestamp) -> Vec<&'a str> {
    let mut people: Vec<&str> = Vec::new();
    for decision in approvals(decisions) {
        let is_over = expires(policy, decision).is_some_and(|at| at <= now);
        let name = one_name(policy, decision.by.person());
        if !is_over && !decision.by.is_policy() && !people.contains(&name) {
            people.push(name);
        }
    }
    people.reverse();
    people
}

/// What is known of one operation.
struct Judge<'a> {
    policy: &'a Policy,
    demand: &'a Demand,
    decisions: &'a [Decision],
    is_automatic: bool,
    now: Timestamp,
    /// The one name of who acts.
    me: &'a str,
    /// Whether who acts may not approve it by its rule.
    is_barred: bool,
}

impl Judge<'_> {
    fn standing(&self, state: OperationState, until: Option<Timestamp>) -> Standing {
        let is_open = state.is_open();
        let people = if is_open {
            approvers(self.policy, self.decisions, self.now)
        } else {
            Vec::new()
        };
        let lack = if is_open {
            self.lack(&people)
        } else {
            Lack::Nothing
        };
        let is_delayed = matches!(state, OperationState::Held | OperationState::Rejected);
        let is_over = is_delayed && until.is_some_and(|until| until <= self.now);
        let said = |state, note| Standing {
            state,
            note,
            lack,
            retry: None,
        };
        if is_delayed && !is_over {
            return said(state, self.delay(state, until));
        }
        let state = if is_over { OperationState::Proposed } else { state };
        if !matches!(state, OperationState::Proposed | OperationState::Approved) {
            return said(state, String::new());
        }
        if self.demand.needs == Needs::Never {
            return said(OperationState::Blocked, format!("never{}", self.by_rule()));
        }
        if is_over {
            let note = self.delay(OperationState::Held, None);
            return said(state, format!("again in review after: {note}"));
        }
        let by_policy = self.is_automatic
            && self.demand.needs == Needs::Rule
            && approvals(self.decisions).any(|decision| decision.by.is_policy());
        let is_enough = by_policy || people.len() >= self.demand.needs.people();
        if state == OperationState::Approved && is_enough {
            return said(state, String::new());
        }
        said(OperationState::Proposed, self.missing(&people))
    }

    /// What is missing of approvals, for who acts.
    fn lack(&self, people: &[&str]) -> Lack {
        if self.demand.needs == Needs::Never {
            return Lack::Never;
        }
        let had_one = || approvals(self.decisions).any(|decision| !decision.by.is_policy());
        match people {
            [only] if self.demand.needs == Needs::Two && *only == self.me => Lack::OtherPerson,
            some if some.len() >= self.demand.needs.people() => Lack::Nothing,
            _ if self.is_barred => Lack::Entitled,
            [_] => Lack::OnePerson,
            _ if had_one() => Lack::Renewal,
            _ if self.demand.needs == Needs::Two => Lack::TwoPeople,
            _ => Lack::Nothing,
        }
    }

    /// Who has approved and who is missing.
    fn missing(&self, people: &[&str]) -> String {
        if self.demand.needs == Needs::Two {
            let by_rule = self.by_rule();
            return match people {
                [] => format!("needs two{by_rule}"),
                [one] => format!("needs two: {one} approved, one more"),
                several => format!("needs two: {} approved; approve again", several.join(" and ")),
            };
        }
        match approvals(self.decisions).next() {
            Some(decision) if people.is_empty() && decision.by.is_policy() => {
                format!("{} approved it; now a person must", decision.by.user)
            }
            Some(decision) if people.is_empty() => {
                format!("the approval of {} has expired", decision.by.person())
            }
            _ => String::new(),
        }
    }

    fn by_rule(&self) -> String {
        match &self.demand.rule {
            Some(rule) => format!(", by policy rule `{rule}`"),
            None => ", by policy".to_owned(),
        }
    }

    /// Who rejected or held it, until when, and why.
    fn delay(&self, state: OperationState, until: Option<Timestamp>) -> String {
        let Some(decision) = self.decisions.last() else {
            return String::new();
        };
        let mut note = match decision.verdict {
            Verdict::Reject | Verdict::RejectUntil { .. } => "rejected",
            _ => state.word(),
        }
        .to_owned();
        note.push_str(" by ");
        note.push_str(decision.by.person());
        if let Some(until) = until {
            let day = until.strftime("%Y-%m-%d").to_string();
            note.push_str(" until ");
            note.push_str(&day);
        }
        if let Some(reason) = &decision.reason {
            note.push_str(": ");
            note.push_str(reason);
        }
        note
    }
}

#[cfg(test)]
mod tests;
