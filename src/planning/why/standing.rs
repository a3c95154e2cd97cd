//! The why of what is no attribute: whether an account can be used, where it is, who is a member.

use super::{
    super::{
        assignment::{Assigned, Assignment, OwnAccount},
        compare::key,
        people::state_word,
    },
    Shown, Verdict, Why,
    chain::{Chain, Context},
    change::empty,
    compared::words,
    scene::Scene,
};
use crate::model::{Comparison, Kind, LifecycleState, Operation, Situation, dn};

impl Scene<'_> {
    /// Why an account can be used from now on, or cannot any more.
    pub(super) fn standing(&self, operation: &Operation, rule: Option<usize>, person: usize) -> Why {
        let mut chain = Chain::new(self);
        let state = state_word(self.people.standings[person].state);
        chain.push(0, "[state]", Shown::Text(state.to_owned()), "");
        chain.lifecycle(1, person);
        // whoever has left has left every scope
        let is_over = matches!(
            self.people.standings[person].state,
            LifecycleState::Ended | LifecycleState::Gone
        );
        let rule_in_scope = rule.filter(|_| !is_over);
        let scope = rule_in_scope.and_then(|rule| self.compiled.accounts[rule].scope.as_ref());
        if let Some(scope) = scope {
            let context = Context::Person {
                rule,
                person,
                column: None,
            };
            chain.expression(0, scope, context, false, "scope", None);
        }
        if let Some(rule) = rule_in_scope {
            self.assigned(&mut chain, rule, person);
        }
        let word = |usable: bool| Shown::Text(if usable { "yes" } else { "no" }.to_owned());
        let value = operation.usable.map_or(Shown::Nothing, word);
        let enabled = rule
            .and_then(|rule| self.plans[rule].record(person))
            .map(|record| record.enabled().map_or(Shown::Nothing, word));
        let (attribute, verdict) = match operation.kind {
            Kind::Delete => ("object", Verdict::Removed),
            _ if enabled.as_ref() == Some(&value) => ("usable", Verdict::Same),
            Kind::Create => ("usable", Verdict::Added),
            _ => ("usable", Verdict::Replaced),
        };
        Why {
            source: chain.source,
            steps: chain.steps,
            normalised: value.clone(),
            value,
            target: enabled,
            comparison: "exactly".to_owned(),
            verdict,
            remark: operation.why.clone(),
            ..empty(attribute)
        }
    }

    /// Tells in which of the groups somebody is that the rule is for.
    fn assigned(&self, chain: &mut Chain<'_, '_>, rule: usize, person: usize) {
        let Some(assignment) = Assignment::of(self.compiled, self.inputs, rule) else {
            return;
        };
        let own = OwnAccount {
            record: self.plans[rule].record(person),
            is_certain: self.plans[rule].situation[person] != Situation::Ambiguous,
        };
        let before = &self.plans[..rule];
        for (group, assigned) in assignment.each(self.compiled, self.people, before, own, person) {
            let word = match assigned {
                Assigned::Yes => Shown::Text("yes".to_owned()),
                Assigned::No => Shown::Text("no".to_owned()),
                Assigned::Untold => Shown::Fault("cannot be told".to_owned()),
            };
            let from = format!("assigned in {}", group.system);
            chain.push(0, format!("member of {}", group.group.text), word, from);
        }
    }

    /// Why an account is put where it is put.
    pub(super) fn container(&self, operation: &Operation, rule: usize, person: usize) -> Option<Why> {
        let wanted = operation.target.container.as_deref()?;
        let accounts = &self.compiled.accounts[rule];
        let expression = match operation.kind {
            Kind::Disable => accounts.leaver_container.as_ref(),
            _ => accounts.container.as_ref(),
        }?;
        let context = Context::Person {
            rule: Some(rule),
            person,
            column: None,
        };
        let mut chain = Chain::new(self);
        let masked = chain.is_masked(expression, context);
        chain.expression(0, expression, context, false, "", None);
        let record = self.plans[rule]
            .record(person)
            .filter(|_| operation.kind != Kind::Create);
        let place = record.and_then(|record| dn::parent(record.location()));
        let normal = key(wanted, Comparison::DistinguishedName).into_owned();
        Some(Why {
            masked,
            source: chain.source,
            steps: chain.steps,
            value: Shown::Text(wanted.to_owned()).masked_if(masked),
            normalised: Shown::Text(normal).masked_if(masked),
            target: place.map(|place| Shown::Text(place.to_owned()).masked_if(masked)),
            comparison: words(Comparison::DistinguishedName).to_owned(),
            verdict: if record.is_some() {
                Verdict::Replaced
            } else {
                Verdict::Added
            },
            ..empty("container")
        })
    }

    /// Why somebody becomes a member, or is one no longer.
    pub(super) fn membership(&self, operation: &Operation, person: usize) -> Option<Why> {
        let mut rules = self.compiled.rules.entitlements.iter();
        let adds = operation.kind == Kind::AddMember;
        let group = operation
            .target
            .name
            .as_ref()
            .unwrap_or(&operation.target.location);
        let mut chain = Chain::new(self);
        let mut masked = false;
        if let Some(at) = rules.position(|entitlement| entitlement.name == operation.rule) {
            let entitlement = self.compiled.entitlements.iter().find(|known| known.at == at)?;
            let context = Context::Person {
                rule: None,
                person,
                column: None,
            };
            masked = chain.is_masked(&entitlement.when, context);
            let from = format!("entitlement `{}`", operation.rule);
            chain.expression(0, &entitlement.when, context, false, &from, None);
        } else {
            let state = state_word(self.people.standings[person].state);
            chain.push(0, "[state]", Shown::Text(state.to_owned()), "");
            chain.lifecycle(1, person);
        }
        let value = Shown::Text(if adds { "yes" } else { "no" }.to_owned());
        Some(Why {
            masked,
            source: chain.source,
            steps: chain.steps,
            normalised: value.clone(),
            value,
            target: Some(Shown::Text(if adds { "no" } else { "yes" }.to_owned())),
            comparison: format!("whether {group} has this member"),
            verdict: if adds { Verdict::Added } else { Verdict::Removed },
            remark: operation.why.clone(),
            ..empty("member")
        })
    }
}
