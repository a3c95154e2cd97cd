//! What is marked, and what gives away something marked.

use super::super::{
    compile::{Compiled, CompiledPeople, CompiledValue},
    names::Name,
};
use crate::expression::Expression;

/// Which attributes of people, fields of sources and attributes of accounts are masked.
pub struct Marks {
    /// Beside the columns of people.
    people: Vec<bool>,
    /// For each people rule, beside the columns of its source.
    fields: Vec<Vec<bool>>,
    /// For each account rule, beside the columns of its target.
    accounts: Vec<Vec<bool>>,
}

impl Marks {
    /// Finds out what is masked under these rules.
    pub(in super::super) fn of(compiled: &Compiled) -> Self {
        let mut marks = Self {
            people: vec![false; compiled.people_schema.columns.len()],
            fields: Vec::new(),
            accounts: Vec::new(),
        };
        for people in &compiled.people {
            for name in &people.rule.marked {
                if let Some(column) = compiled.people_schema.position(name) {
                    marks.people[column] = true;
                }
            }
        }
        for people in &compiled.people {
            for (column, expression) in people.attributes.iter().enumerate() {
                marks.people[column] |= expression.as_ref().is_some_and(Expression::redacts);
            }
        }
        // what is marked in an account and taken over as it is, is marked where it comes from
        for accounts in &compiled.accounts {
            for (mapping, value) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
                if mapping.marked {
                    let plain = value.expressions().filter_map(plain);
                    plain.for_each(|column| marks.people[column] = true);
                }
            }
        }
        for people in &compiled.people {
            marks.fields.push(fields(people, &marks.people));
        }
        marks.spread_to_people(compiled);
        marks.spread_to_accounts(compiled);
        marks
    }

    /// An attribute made from a masked field is masked, or it would give the field away.
    fn spread_to_people(&mut self, compiled: &Compiled) {
        for (rule, people) in compiled.people.iter().enumerate() {
            for (column, expression) in people.attributes.iter().enumerate() {
                let Some(expression) = expression else { continue };
                let masked = expression
                    .slots()
                    .iter()
                    .any(|slot| matches!(Name::of(*slot), Name::Own(field) if self.field(rule, field)));
                self.people[column] |= masked;
            }
        }
    }

    /// The rules in order: one may use the accounts of those before it.
    fn spread_to_accounts(&mut self, compiled: &Compiled) {
        for (rule, accounts) in compiled.accounts.iter().enumerate() {
            self.accounts.push(vec![false; accounts.schema.columns.len()]);
            for (mapping, value) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
                let depends = matches!(value.value, CompiledValue::Secret { .. })
                    || value
                        .expressions()
                        .any(|expression| self.give_away(expression, Some(rule)));
                self.accounts[rule][value.column] |= mapping.marked || depends;
            }
        }
    }

    /// Whether a field of a source is masked.
    pub(super) fn field(&self, rule: usize, column: u16) -> bool {
        self.fields[rule]
            .get(usize::from(column))
            .copied()
            .unwrap_or(false)
    }

    /// Whether an attribute of an account is masked.
    pub(super) fn account(&self, rule: usize, column: usize) -> bool {
        let columns = self.accounts.get(rule);
        columns
            .and_then(|columns| columns.get(column))
            .copied()
            .unwrap_or(false)
    }

    /// Whether a name of an account rule (or of all of them) is masked.
    pub(super) fn name(&self, name: Name, rule: Option<usize>) -> bool {
        match name {
            Name::Own(column) | Name::Along { column, .. } => self.people[usize::from(column)],
            Name::Current(column) => rule.is_some_and(|rule| self.account(rule, usize::from(column))),
            Name::Account { rule, column } => self.account(usize::from(rule), usize::from(column)),
            Name::Reference(_)
            | Name::Location
            | Name::Anchor
            | Name::State
            | Name::IsSoftDeleted
            | Name::CurrentGroups
            | Name::AccountGroups(_)
            | Name::Groups => false,
        }
    }

    /// Whether the value of an expression of an account rule gives away something masked, or hides itself.
    pub(super) fn give_away(&self, expression: &Expression, rule: Option<usize>) -> bool {
        let mut slots = expression.slots().iter();
        expression.redacts() || slots.any(|slot| self.name(Name::of(*slot), rule))
    }

    /// Whether the value of an expression of a people rule gives away a masked field, or hides itself.
    pub(super) fn give_away_field(&self, expression: &Expression, rule: usize) -> bool {
        let mut slots = expression.slots().iter();
        expression.redacts()
            || slots.any(|slot| matches!(Name::of(*slot), Name::Own(field) if self.field(rule, field)))
    }
}

/// Marks the mappings whose values give away something marked, so that no plan, no audit record and no screen shows
/// them.
pub(in super::super) fn spread(compiled: &mut Compiled) {
    let marks = Marks::of(compiled);
    for (rule, accounts) in compiled.accounts.iter_mut().enumerate() {
        for (mapping, value) in accounts.rule.attributes.iter_mut().zip(&accounts.mappings) {
            if matches!(value.value, CompiledValue::Expression(_)) {
                mapping.marked |= marks.account(rule, value.column);
            }
        }
    }
}

/// The fields of a source that marked attributes are made of. One that an attribute which is not marked takes over
/// as it is, is no secret.
fn fields(people: &CompiledPeople, marked: &[bool]) -> Vec<bool> {
    let mut masked: Vec<bool> = Vec::new();
    let named = people.attributes.iter().zip(marked);
    for (expression, _) in named.clone().filter(|(_, marked)| **marked) {
        for slot in expression.iter().flat_map(Expression::slots) {
            if let Name::Own(column) = Name::of(*slot) {
                let column = usize::from(column);
                masked.resize(masked.len().max(column + 1), false);
                masked[column] = true;
            }
        }
    }
    for (expression, _) in named.filter(|(_, marked)| !**marked) {
        let column = expression.as_ref().and_then(plain);
        if let Some(masked) = column.and_then(|column| masked.get_mut(column)) {
            *masked = false;
        }
    }
    masked
}

fn plain(expression: &Expression) -> Option<usize> {
    match Name::of(expression.as_slot()?) {
        Name::Own(column) => Some(usize::from(column)),
        _ => None,
    }
}
