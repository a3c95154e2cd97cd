//! The attributes of an account that are not as they should be.

use super::{Case, Columns, Stage, demands};
use crate::{
    expression::Expression,
    model::{After, Change, Deferred, RecordView, Value},
    planning::{
        compare::{cells_agree, holds},
        compile::CompiledValue,
        names::{Name, value_of},
        references::References,
        rules::{MappedValue, NullPolicy},
    },
};

/// The attributes of an account that are not as they should be.
#[derive(Default)]
pub(super) struct Differences {
    pub changes: Vec<Change>,
    pub overlay: Columns,
    pub waits: Vec<(u32, u16)>,
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// The attributes of an account that are not as they should be.
    pub(super) fn differences(
        &self,
        person: usize,
        record: RecordView<'a>,
        case: Case,
        references: &References<'_>,
    ) -> Result<Differences, String> {
        let accounts = self.accounts();
        let mut row = None;
        let moment = self.moment(person);
        let mut differences = Differences::default();
        for (mapping, compiled) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
            if mapping.on_create_only || matches!(mapping.value, MappedValue::Secret { .. }) {
                continue;
            }
            let column = &accounts.schema.columns[compiled.column];
            let cell = record.cell(compiled.column);
            let after = match &compiled.value {
                CompiledValue::Secret { .. } => continue,
                CompiledValue::Reference(reference) => {
                    match references.differs(person, *reference, cell, column, mapping.null) {
                        None => continue,
                        Some((after, wait)) => {
                            differences.waits.extend(wait);
                            After::Known(after)
                        }
                    }
                }
                CompiledValue::Expression(expression) => {
                    if expression.is_unique_choice() {
                        continue;
                    }
                    if let Some(slot) = expression.as_slot()
                        && let Name::Own(own) = Name::of(slot)
                    {
                        // by far the commonest mapping: compared as it lies, nothing copied
                        let own = self.people.cell(person, usize::from(own));
                        if own.first().is_some_and(|text| !text.is_empty()) && cells_agree(own, cell, column)
                        {
                            continue;
                        }
                    }
                    let row = row.get_or_insert_with(|| self.row(person, Some(record), case.in_scope));
                    let value = expression
                        .evaluate(row, &moment)
                        .map_err(|fault| format!("{}: {}", mapping.attribute, fault.message))?;
                    if value.is_nothing() {
                        if let Some(deferred) = self.deferred(person, expression) {
                            differences.waits.extend(self.waits(person, expression));
                            After::Deferred(deferred)
                        } else if mapping.null == NullPolicy::Skip
                            || expression.ignores_nothing()
                            || cell.each().next().is_none()
                        {
                            continue;
                        } else {
                            After::Known(Value::Absent)
                        }
                    } else if holds(cell, &value, column) {
                        continue;
                    } else {
                        differences.waits.extend(self.waits(person, expression));
                        After::Known(value.into_owned())
                    }
                }
            };
            if let Some(refusal) = demands::refusal(accounts, column, &after) {
                return Err(refusal);
            }
            if let After::Known(value) = &after {
                differences.overlay.push((compiled.column, value.clone()));
            }
            let before = match &compiled.value {
                CompiledValue::Reference(_) => references.before(cell, column),
                _ => value_of(cell, column).into_owned(),
            };
            differences.changes.push(Change {
                attribute: column.name.clone(),
                before,
                after,
                marked: mapping.marked,
            });
        }
        if let Some(at) = accounts.class_column {
            let has: Vec<&str> = record.cell(at).each().collect();
            if let Some((before, after)) = demands::classes(&has, &accounts.rule.class) {
                differences.changes.push(Change {
                    attribute: demands::CLASSES.to_owned(),
                    before,
                    after: After::Known(after),
                    marked: false,
                });
            }
        }
        // there are many of them, and they stay until the plan is stored
        differences.changes.shrink_to_fit();
        differences.overlay.shrink_to_fit();
        Ok(differences)
    }

    /// A value that the account of an earlier rule will only have once it is made.
    pub(super) fn deferred(&self, person: usize, expression: &Expression) -> Option<Deferred> {
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
    pub(super) fn waits(&self, person: usize, expression: &Expression) -> Vec<(u32, u16)> {
        let person = person as u32;
        let rules = expression
            .slots()
            .iter()
            .filter_map(|slot| match Name::of(*slot) {
                Name::Account { rule, .. } if usize::from(rule) < self.before.len() => Some(rule),
                _ => None,
            });
        rules
            .filter(|rule| {
                let plan = &self.before[usize::from(*rule)];
                plan.overlay.contains_key(&person) || plan.adoption(person).is_some()
            })
            .map(|rule| (person, rule))
            .collect()
    }
}
