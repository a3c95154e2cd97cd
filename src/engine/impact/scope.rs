//! Who enters the scope of a rule, and who leaves it, when the scope changes.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{AttributeImpact, Example, Reads};
use crate::{
    engine::{Engine, Error, Inner},
    model::{PersonId, Right, RuleName, Situation, record::SetFull},
    planning::{
        Inputs,
        compile::{Compiled, RuleError, compile},
        rules::{Rules, Source},
        standing,
    },
};

/// Who enters the scope of an account rule and who leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScopeChange {
    /// The rule.
    pub rule: RuleName,
    /// The names of those who enter, in order.
    pub enters: Vec<String>,
    /// The names of those who leave, in order.
    pub leaves: Vec<String>,
}

impl Engine {
    /// Tells who would enter the scope of an account rule and who would leave it if it were this condition, on the
    /// last reads; nothing is read or stored.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if there is no such rule, nothing was read yet, or the condition is not sound.
    pub async fn scope_change(&self, rule: RuleName, scope: String) -> Result<ScopeChange, Error> {
        self.may(Right::View)?;
        self.inner
            .blocking(move |inner| scope_change(inner, rule, scope))
            .await
    }
}

fn scope_change(inner: &Inner, rule: RuleName, scope: String) -> Result<ScopeChange, Error> {
    let rules = inner.rules();
    let mut edited = Rules::clone(&rules);
    let Some(account) = edited.accounts.iter_mut().find(|it| it.name == rule) else {
        let known: Vec<_> = rules.accounts.iter().map(|it| it.name.as_str()).collect();
        let text = format!("there is no account rule `{rule}`: there is {}", known.join(", "));
        return Err(Error::Refused(text));
    };
    let span = 0..scope.len();
    account.scope = Some(Source { text: scope, span });
    let Some(reads) = Reads::last(inner, &edited)? else {
        let text = "nothing was read yet: make a plan first";
        return Err(Error::Refused(text.to_owned()));
    };
    let refuse = |errors: Vec<RuleError>| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Error::Refused(errors.join("; "))
    };
    let without = compile(&rules, &reads.schemas).map_err(refuse)?;
    let with = compile(&edited, &reads.schemas).map_err(refuse)?;
    let memory = inner.memory()?;
    let inputs = Inputs {
        now: inner.setup.clock.now(),
        reads: &reads.accounts,
        groups: &reads.groups,
        memory: &memory,
    };
    let changes = changes(&without, &with, &inputs).map_err(|error| Error::Refused(error.to_string()))?;
    let change = changes.into_iter().find(|change| change.rule == rule);
    Ok(change.unwrap_or(ScopeChange {
        rule,
        enters: Vec::new(),
        leaves: Vec::new(),
    }))
}

/// Lists the rules whose scope somebody enters or leaves.
pub(super) fn changes(
    without: &Compiled,
    with: &Compiled,
    inputs: &Inputs<'_>,
) -> Result<Vec<ScopeChange>, SetFull> {
    let mut before: HashMap<(RuleName, PersonId), bool> = HashMap::new();
    standing::each(without, inputs, &mut |stands| {
        if let Some(person) = stands.person {
            before.insert((stands.rule.clone(), person), is_inside(stands.situation));
        }
    })?;
    let mut changes: BTreeMap<RuleName, ScopeChange> = BTreeMap::new();
    standing::each(with, inputs, &mut |stands| {
        let Some(person) = stands.person else { return };
        let now = is_inside(stands.situation);
        if before
            .get(&(stands.rule.clone(), person))
            .is_none_or(|was| *was == now)
        {
            return;
        }
        let change = changes.entry(stands.rule.clone()).or_insert_with(|| ScopeChange {
            rule: stands.rule.clone(),
            enters: Vec::new(),
            leaves: Vec::new(),
        });
        let names = if now {
            &mut change.enters
        } else {
            &mut change.leaves
        };
        names.push(stands.name.to_owned());
    })?;
    for change in changes.values_mut() {
        change.enters.sort_unstable();
        change.leaves.sort_unstable();
    }
    Ok(changes.into_values().collect())
}

/// Whether somebody who stands so is to have the account.
fn is_inside(situation: Situation) -> bool {
    !matches!(
        situation,
        Situation::OutOfScope
            | Situation::Leaving
            | Situation::Vanished
            | Situation::Retired
            | Situation::Closed
    )
}

/// Shows changes of scopes as what happens to attributes is shown, those who leave first.
pub(super) fn rows(changes: &[ScopeChange], examples: usize) -> Vec<AttributeImpact> {
    let mut rows = Vec::new();
    for change in changes {
        for (verb, names) in [("leaves", &change.leaves), ("enters", &change.enters)] {
            if names.is_empty() {
                continue;
            }
            let (before, after) = match verb {
                "leaves" => ("in scope", ""),
                _ => ("", "in scope"),
            };
            rows.push(AttributeImpact {
                attribute: format!("{verb} {}", change.rule),
                accounts: names.len(),
                examples: names
                    .iter()
                    .take(examples)
                    .map(|name| Example {
                        name: name.clone(),
                        before: before.to_owned(),
                        after: after.to_owned(),
                    })
                    .collect(),
            });
        }
    }
    rows
}
