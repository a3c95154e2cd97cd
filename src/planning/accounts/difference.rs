//! The attributes of an account that are not as they should be.

use super::{
    Account, Columns, Stage,
    adding::beside,
    demands,
    given::{Given, Occasion},
};
use crate::{
    expression::Expression,
    model::{After, Change, Reservation, Value},
    planning::{
        compare::{cells_agree, holds},
        compile::{CompiledMapping, CompiledValue},
        draft::PersonRow,
        holding,
        names::{Name, value_of},
        references::References,
        rules::{Mapping, ValuesPolicy},
    },
};

/// The attributes of an account that are not as they should be.
#[derive(Default)]
pub(super) struct Differences {
    pub changes: Vec<Change>,
    pub overlay: Columns,
    pub waits: Vec<(u32, u16)>,
    /// Random values that are kept until they are written.
    pub reservations: Vec<Reservation>,
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// The attributes of an account that are not as they should be.
    pub(super) fn differences(
        &self,
        account: Account<'a>,
        references: &References<'_>,
    ) -> Result<Differences, String> {
        let accounts = self.accounts();
        let mut row = None;
        let mut differences = Differences::default();
        for (mapping, compiled) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
            if mapping.on_create_only {
                continue;
            }
            let column = &compiled.target;
            let cell = account.record.cell(compiled.column);
            let (before, after) = match &compiled.value {
                CompiledValue::Secret { .. } => continue,
                CompiledValue::Reference(reference) => {
                    match references.differs(account.person, *reference, cell, column, mapping) {
                        None => continue,
                        Some((after, wait)) => {
                            differences.waits.extend(wait);
                            (references.before(cell, column), After::Known(after))
                        }
                    }
                }
                CompiledValue::Expression(expression) => {
                    if expression.is_unique_choice() || self.is_plainly_right(account, expression, compiled) {
                        continue;
                    }
                    let row = row.get_or_insert_with(|| self.row_of(account));
                    let kept = &mut differences.reservations;
                    match self.correction(account, mapping, compiled, row, kept)? {
                        None => continue,
                        Some(after) => (value_of(cell, column).into_owned(), after),
                    }
                }
            };
            if let Some(refusal) = demands::refusal(accounts, column, &after) {
                return Err(refusal);
            }
            if after != After::Known(Value::Absent) {
                differences.waits.extend(self.waits(account.person, compiled));
            }
            if let After::Known(value) = &after {
                differences.overlay.push((compiled.column, value.clone()));
            }
            differences.changes.push(Change {
                attribute: column.name.clone(),
                before,
                after,
                marked: mapping.marked,
            });
        }
        if let Some(at) = accounts.class_column {
            let has: Vec<&str> = account.record.cell(at).each().collect();
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

    /// Whether a mapping of nothing but a person's attribute finds the very value in the account: by far the
    /// commonest case, compared as it lies, nothing copied.
    fn is_plainly_right(
        &self,
        account: Account<'a>,
        expression: &Expression,
        compiled: &CompiledMapping,
    ) -> bool {
        let Some(Name::Own(own)) = expression.as_slot().map(Name::of) else {
            return false;
        };
        let own = self.people.cell(account.person, usize::from(own));
        own.first().is_some_and(|text| !text.is_empty())
            && cells_agree(own, account.record.cell(compiled.column), &compiled.target)
    }

    /// What the account is to hold instead of what it has, if that is not right.
    fn correction(
        &self,
        account: Account<'a>,
        mapping: &'a Mapping,
        compiled: &'a CompiledMapping,
        row: &PersonRow<'b>,
        kept: &mut Vec<Reservation>,
    ) -> Result<Option<After>, String> {
        let cell = account.record.cell(compiled.column);
        match self.given(account.person, mapping, compiled, row, Occasion::Update, kept)? {
            Given::Stays => Ok(None),
            // nobody knows yet what it adds to the values that are there: the next plan will
            Given::Later(_) if mapping.values != ValuesPolicy::Replace && holding::has_any(cell) => Ok(None),
            Given::Later(deferred) => Ok(Some(After::Deferred(Box::new(deferred)))),
            Given::Value(value) if value.is_nothing() && compiled.ignores_nothing() => Ok(None),
            Given::Value(value)
                if value.is_nothing() && self.has_birth_default(account, mapping, compiled, row) =>
            {
                Ok(None)
            }
            Given::Value(value) => {
                let value = if compiled.only_adds() {
                    beside(cell, value, &compiled.target)
                } else {
                    value
                };
                let instead = holding::correction(cell, value, mapping, &compiled.target)?;
                Ok(instead.map(After::Known))
            }
        }
    }

    /// Whether the account has the very default it was made with.
    fn has_birth_default(
        &self,
        account: Account<'a>,
        mapping: &Mapping,
        compiled: &CompiledMapping,
        row: &PersonRow<'b>,
    ) -> bool {
        let cell = account.record.cell(compiled.column);
        compiled
            .default_at_birth(mapping)
            .and_then(|default| {
                Some(
                    default
                        .evaluate(row, &self.moment(account.person))
                        .ok()?
                        .into_owned(),
                )
            })
            .is_some_and(|default| !default.is_nothing() && holds(cell, &default, &compiled.target))
    }
}
