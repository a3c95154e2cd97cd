//! Random values, and values that are kept for somebody.
//!
//! A random value is made from the seed of the store, the person, the rule and the attribute, so that the same plan
//! comes out twice; it is kept from the first plan to the write like a unique one, so that a rule which is written
//! in another way meanwhile changes nothing that was promised. It is given where there is nothing: when the account
//! is made, and, unless the mapping is for that alone, to an account without a value. What an account has stays.

use ahash::AHashMap;

use super::{accounts::Stage, draft::PersonRow};
use crate::{
    expression::{Draw, Drawn, Expression, Moment},
    model::{PersonId, Reservation, RuleName, Seed, Value},
};

/// For whom, under which rule and for which attribute a value is kept.
pub(super) type Claim = (PersonId, RuleName, String);

/// The values that are kept since earlier plans.
pub(super) struct Kept(AHashMap<Claim, String>);

impl Kept {
    /// Takes them out of the memory.
    pub(super) fn of(reservations: &[Reservation]) -> Self {
        let claim = |kept: &Reservation| (kept.person, kept.rule.clone(), kept.attribute.clone());
        Self(
            reservations
                .iter()
                .map(|kept| (claim(kept), kept.value.clone()))
                .collect(),
        )
    }

    /// Returns the value that is kept for a claim.
    pub(super) fn get(&self, claim: &Claim) -> Option<&str> {
        self.0.get(claim).map(String::as_str)
    }

    /// Iterates over the values kept for an attribute under a rule.
    pub(super) fn values<'k>(
        &'k self,
        rule: &'k RuleName,
        attribute: &'k str,
    ) -> impl Iterator<Item = &'k str> {
        let all = self.0.iter();
        all.filter(move |((_, known, name), _)| known == rule && name == attribute)
            .map(|(_, value)| value.as_str())
    }
}

/// Keeps a value for a claim.
pub(super) fn keep(claim: Claim, value: String) -> Reservation {
    let (person, rule, attribute) = claim;
    Reservation {
        person,
        rule,
        attribute,
        value,
    }
}

/// Returns what the random values of one attribute of somebody are made from.
pub(super) fn draw(seed: &Seed, person: PersonId, rule: &str, attribute: &str) -> Draw {
    Draw::new(&seed.0, &[&person.to_string(), rule, attribute])
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// The claim of somebody to a value of an attribute of this rule's.
    pub(super) fn claim(&self, person: usize, column: usize) -> Claim {
        let accounts = &self.compiled.accounts[self.rule];
        let attribute = accounts.schema.columns[column].name.clone();
        (self.person_id(person), accounts.rule.name.clone(), attribute)
    }

    /// What the random values of a claim are made from.
    pub(super) fn draw(&self, claim: &Claim) -> Draw {
        let (person, rule, attribute) = claim;
        draw(&self.inputs.memory.seed, *person, rule.as_str(), attribute)
    }

    /// Evaluates an expression with random values, or takes what is kept of it; what is to be kept from now on is
    /// added to the reservations.
    pub(super) fn drawn(
        &self,
        claim: Claim,
        expression: &Expression,
        row: &PersonRow<'_>,
        moment: &Moment<'_>,
        reservations: &mut Vec<Reservation>,
    ) -> Result<Value<'static>, String> {
        if let Some(kept) = self.kept.get(&claim) {
            let value = kept.to_owned();
            reservations.push(keep(claim, value.clone()));
            return Ok(Value::from(value));
        }
        let value = expression
            .evaluate(&Drawn::new(row, self.draw(&claim)), moment)
            .map_err(|fault| format!("{}: {}", claim.2, fault.message))?
            .into_owned();
        // several values are made anew each time, from the same draw
        if let Some(text) = value.as_text().filter(|text| !text.is_empty()) {
            let text = text.into_owned();
            reservations.push(keep(claim, text));
        }
        Ok(value)
    }
}
