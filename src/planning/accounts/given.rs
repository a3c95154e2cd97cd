//! What a mapping gives somebody: its value, its default, or a value that is only known later.

use super::Stage;
use crate::{
    expression::Expression,
    model::{Deferred, Reservation, Value},
    planning::{
        compile::{CompiledMapping, CompiledValue},
        draft::PersonRow,
        holding,
        names::Name,
        rules::Mapping,
    },
};

/// On what occasion a mapping is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::planning) enum Occasion {
    /// The account is made.
    Create,
    /// The account is there.
    Update,
}

/// What a mapping gives.
pub(super) enum Given<'v> {
    /// A value, or a kind of nothing.
    Value(Value<'v>),
    /// What the account of an earlier rule will have once it is made.
    Later(Deferred),
    /// Something random, and the account has a value: that stays.
    Stays,
}

impl CompiledMapping {
    /// Returns the default that counts on an occasion. What is to be left alone where there is no value
    /// (`IgnoreFlowIfNullOrEmpty`) is left alone by the default, too.
    pub(in crate::planning) fn default_on(
        &self,
        mapping: &Mapping,
        occasion: Occasion,
    ) -> Option<&Expression> {
        let is_meant = |on_create_only: bool| !on_create_only || occasion == Occasion::Create;
        let default = mapping.default.as_ref()?;
        self.default
            .as_ref()
            .filter(|_| is_meant(default.on_create_only) && !self.ignores_nothing())
    }

    /// Returns the default that only a new account is given. It is left to whoever has it: what takes values away
    /// where there are none (`null = "clear"`) would otherwise take it away from the account just made.
    pub(in crate::planning) fn default_at_birth(&self, mapping: &Mapping) -> Option<&Expression> {
        let is_at_birth = mapping
            .default
            .as_ref()
            .is_some_and(|default| default.on_create_only);
        self.default_on(mapping, Occasion::Create).filter(|_| is_at_birth)
    }
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// Evaluates a mapping; a reference and a secret give nothing here.
    pub(super) fn given(
        &self,
        person: usize,
        mapping: &Mapping,
        compiled: &'a CompiledMapping,
        row: &PersonRow<'b>,
        occasion: Occasion,
        kept: &mut Vec<Reservation>,
    ) -> Result<Given<'b>, String> {
        let CompiledValue::Expression(expression) = &compiled.value else {
            return Ok(Given::Value(Value::Absent));
        };
        let moment = self.moment(person);
        let has_value = || {
            row.current
                .is_some_and(|account| holding::has_any(account.cell(compiled.column)))
        };
        let mut evaluate = |expression: &'a Expression| -> Result<Given<'b>, String> {
            if expression.draws() {
                if has_value() {
                    return Ok(Given::Stays);
                }
                let claim = self.claim(person, compiled.column);
                return self
                    .drawn(claim, expression, row, &moment, kept)
                    .map(Given::Value);
            }
            let value = expression
                .evaluate(row, &moment)
                .map_err(|fault| format!("{}: {}", mapping.attribute, fault.message))?;
            Ok(match self.deferred(person, expression) {
                Some(deferred) if value.is_nothing() => Given::Later(deferred),
                _ => Given::Value(value),
            })
        };
        let given = evaluate(expression)?;
        if !given.is_nothing() {
            return Ok(given);
        }
        let Some(default) = compiled.default_on(mapping, occasion) else {
            return Ok(given);
        };
        let instead = evaluate(default)?;
        // which kind of nothing it is, the value says
        Ok(if instead.is_nothing() { given } else { instead })
    }

    /// A value that the account of an earlier rule will only have once it is made.
    fn deferred(&self, person: usize, expression: &Expression) -> Option<Deferred> {
        let Name::Account { rule, column } = Name::of(expression.as_slot()?) else {
            return None;
        };
        let (rule, column) = (usize::from(rule), usize::from(column));
        let plan = self.before.get(rule)?;
        plan.created.contains(&(person as u32)).then(|| Deferred {
            person: self.people.ids[person],
            rule: self.compiled.accounts[rule].rule.name.clone(),
            attribute: self.compiled.accounts[rule].schema.columns[column].name.clone(),
            prediction: None,
        })
    }

    /// The accounts of earlier rules that must be as planned before a value of theirs is written elsewhere.
    pub(super) fn waits(&self, person: usize, compiled: &CompiledMapping) -> Vec<(u32, u16)> {
        let person = person as u32;
        let slots = compiled.expressions().flat_map(Expression::slots);
        let mut rules: Vec<u16> = slots
            .filter_map(|slot| match Name::of(*slot) {
                Name::Account { rule, .. } if usize::from(rule) < self.before.len() => Some(rule),
                _ => None,
            })
            .filter(|rule| {
                let plan = &self.before[usize::from(*rule)];
                plan.overlay.contains_key(&person) || plan.adoption(person).is_some()
            })
            .collect();
        rules.dedup();
        rules.into_iter().map(|rule| (person, rule)).collect()
    }
}

impl Given<'_> {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Value(value) if value.is_nothing())
    }
}
