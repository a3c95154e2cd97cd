//! Policy: what may be applied with whose approval. Pure: it says what is demanded, and approves nothing.

use ahash::AHashMap;
use serde::{Deserialize, Serialize};

use super::{Inputs, compile::Compiled, draft::PersonRow, people::People, rules::Source, seal};
use crate::{
    expression::{Expression, Moment},
    model::{
        Adoptions, Demand, Demands, Fingerprint, Kind, LifecycleEvent, Needs, Operation, Risk, RuleName,
        SystemName,
    },
};

/// What may be applied with whose approval.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// The rules; where several are about an operation, the strictest counts.
    pub rules: Vec<PolicyRule>,
    /// What is demanded where no rule is about an operation.
    pub otherwise: Needs,
    /// After how many days an approval counts no more.
    pub expire_days: Option<u16>,
    /// Names of one and the same person: an OS user and the principal of a signature.
    pub same_person: Vec<Vec<String>>,
}

/// What is demanded for some operations. A condition that is left out holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRule {
    /// The rule's name.
    pub name: RuleName,
    /// Who has to approve.
    pub needs: Needs,
    /// Operations of these kinds.
    pub kinds: Vec<Kind>,
    /// In these systems.
    pub systems: Vec<SystemName>,
    /// Because one of these happened.
    pub events: Vec<LifecycleEvent>,
    /// With one of these risks.
    pub risks: Vec<Risk>,
    /// Of these attributes; where the rule approves by itself of no others, else of at least one.
    pub attributes: Vec<String>,
    /// Of people for whom this holds.
    pub when: Option<Source>,
    /// Who may approve: OS users, and groups as `@group`. Empty is everybody who may approve at all.
    pub by: Vec<String>,
}

impl Policy {
    /// Returns a rule.
    pub fn rule(&self, name: &RuleName) -> Option<&PolicyRule> {
        self.rules.iter().find(|rule| rule.name == *name)
    }

    /// Returns the digest that tells whether it is still the one a plan was made by.
    pub fn digest(&self) -> Fingerprint {
        let form = serde_json::to_vec(self).unwrap_or_default();
        Fingerprint(seal::digest(&[b"usher policy 1", &form]))
    }
}

/// What policy demands for operations. `people` is not at hand where a plan is not made from people; a condition
/// that cannot be evaluated counts as fulfilled, except for a rule that would approve by itself.
pub(super) fn demands<'a>(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    people: Option<&People<'_>>,
    operations: impl Iterator<Item = &'a Operation>,
    adoptions: &Adoptions,
) -> Demands {
    let policy = &compiled.rules.policy;
    let otherwise = Demand {
        needs: policy.otherwise,
        rule: None,
    };
    let mut found: AHashMap<usize, Vec<Fingerprint>> = AHashMap::new();
    let judge = Judge {
        compiled,
        inputs,
        people,
    };
    if !policy.rules.is_empty() {
        for operation in operations {
            if let Some(rule) = judge.strictest(operation) {
                found.entry(rule).or_default().push(operation.fingerprint);
            }
        }
    }
    // there may be as many as people: looked at only where a rule can be about them
    let may_be = |rule: &PolicyRule| rule.kinds.is_empty() || rule.kinds.contains(&Kind::Adopt);
    if policy.rules.iter().any(may_be) {
        for operation in adoptions.iter() {
            if let Some(rule) = judge.strictest(&operation) {
                found.entry(rule).or_default().push(operation.fingerprint);
            }
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|(rule, _)| *rule);
    let by_rule = found
        .into_iter()
        .map(|(rule, mut operations)| {
            operations.sort_unstable();
            let rule = &policy.rules[rule];
            let demand = Demand {
                needs: rule.needs,
                rule: Some(rule.name.clone()),
            };
            (demand, operations)
        })
        .collect();
    Demands {
        policy: Some(policy.digest()),
        otherwise,
        by_rule,
    }
}

struct Judge<'a> {
    compiled: &'a Compiled,
    inputs: &'a Inputs<'a>,
    people: Option<&'a People<'a>>,
}

impl Judge<'_> {
    /// The strictest rule that is about an operation; of equally strict ones the first.
    fn strictest(&self, operation: &Operation) -> Option<usize> {
        let rules = self.compiled.rules.policy.rules.iter();
        let about = rules
            .zip(&self.compiled.policy)
            .enumerate()
            .filter(|(_, (rule, when))| self.is_about(rule, when.as_ref(), operation));
        about
            .max_by(|(a, (x, _)), (b, (y, _))| x.needs.cmp(&y.needs).then(b.cmp(a)))
            .map(|(at, _)| at)
    }

    fn is_about(&self, rule: &PolicyRule, when: Option<&Expression>, operation: &Operation) -> bool {
        let event = operation.event;
        (rule.kinds.is_empty() || rule.kinds.contains(&operation.kind))
            && (rule.systems.is_empty() || rule.systems.contains(&operation.system))
            && (rule.events.is_empty() || event.is_some_and(|event| rule.events.contains(&event)))
            && (rule.risks.is_empty() || operation.risk.iter().any(|risk| rule.risks.contains(risk)))
            && changes(rule, operation)
            && when.is_none_or(|when| self.holds(when, operation).unwrap_or(rule.needs != Needs::Rule))
    }

    /// Whether a condition holds for the person of an operation; `None` if that cannot be told.
    fn holds(&self, when: &Expression, operation: &Operation) -> Option<bool> {
        let people = self.people?;
        let person = people.find(operation.person?)? as usize;
        holds(self.compiled, self.inputs, people, person, when)
    }
}

/// Whether a condition holds for a person; `None` if it cannot be evaluated.
pub(super) fn holds(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    people: &People<'_>,
    person: usize,
    when: &Expression,
) -> Option<bool> {
    let row = row(compiled, people, person);
    let moment = Moment {
        now: inputs.now,
        time_zone: people.zone_of(person),
    };
    when.holds(&row, &moment).ok()
}

/// A person as the row of an expression that is about nothing but people.
pub(super) fn row<'a>(compiled: &'a Compiled, people: &'a People<'a>, person: usize) -> PersonRow<'a> {
    PersonRow {
        compiled,
        people,
        person,
        before: &[],
        current: None,
        own: &[],
        in_scope: true,
    }
}

/// Whether a rule is about the attributes of an operation.
fn changes(rule: &PolicyRule, operation: &Operation) -> bool {
    if rule.attributes.is_empty() {
        return true;
    }
    let named = |attribute: &str| {
        rule.attributes
            .iter()
            .any(|name| name.eq_ignore_ascii_case(attribute))
    };
    let mut changes = operation.changes.iter();
    if rule.needs == Needs::Rule {
        !operation.changes.is_empty() && changes.all(|change| named(&change.attribute))
    } else {
        changes.any(|change| named(&change.attribute))
    }
}
