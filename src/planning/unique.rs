//! Values that nobody else may have: login names, generated addresses.
//!
//! A value is taken if the target has it, if this plan gives it to somebody, or if it is kept for somebody since an
//! earlier plan. The value chosen is kept until the account is made, so that rejecting one joiner never renames
//! another.

use std::collections::HashSet;

use ahash::AHashMap;

use super::{accounts::Stage, compare::key, draft::PersonRow, matching::ColumnIndex};
use crate::{
    expression::{Expression, Moment},
    model::{PersonId, Reservation, RuleName, SystemName},
};

/// Chooses unique values.
pub(super) struct Uniques<'a> {
    indexes: AHashMap<(SystemName, usize), ColumnIndex<'a>>,
    /// Values given or kept: (system, column) → normalised values.
    taken: AHashMap<(SystemName, usize), HashSet<String>>,
    kept: AHashMap<(PersonId, RuleName, String), String>,
    /// What is kept from now on.
    pub(super) reservations: Vec<Reservation>,
}

impl Uniques<'_> {
    /// Starts with what is kept since earlier plans.
    pub(super) fn new(reservations: &[Reservation]) -> Self {
        let kept = reservations
            .iter()
            .map(|kept| {
                (
                    (kept.person, kept.rule.clone(), kept.attribute.clone()),
                    kept.value.clone(),
                )
            })
            .collect();
        Self {
            indexes: AHashMap::new(),
            taken: AHashMap::new(),
            kept,
            reservations: Vec::new(),
        }
    }
}

impl<'a> Uniques<'a> {
    /// Chooses a value for somebody, or says why there is none.
    pub(super) fn choose(
        &mut self,
        stage: &Stage<'a, '_>,
        column: usize,
        person: usize,
        expression: &Expression,
        row: &PersonRow<'_>,
        moment: &Moment<'_>,
    ) -> Result<String, String> {
        let accounts = &stage.compiled.accounts[stage.rule];
        let system = accounts.rule.system.clone();
        let attribute = accounts.schema.columns[column].name.clone();
        let comparison = accounts.schema.columns[column].comparison;
        let place = (system, column);
        let records = stage.records();
        let index = self
            .indexes
            .entry(place.clone())
            .or_insert_with(|| ColumnIndex::new(records, column));
        let id = (stage.person_id(person), accounts.rule.name.clone(), attribute);
        if !self.taken.contains_key(&place) {
            // what is kept for others counts as taken before the first value is chosen
            let others = self
                .kept
                .iter()
                .filter(|((_, rule, name), _)| *rule == id.1 && *name == id.2);
            let values = others
                .map(|(_, value)| key(value, comparison).into_owned())
                .collect();
            self.taken.insert(place.clone(), values);
        }
        let taken = self.taken.entry(place).or_default();
        if let Some(kept) = self.kept.get(&id)
            && index.find(kept).is_empty()
        {
            self.reservations.push(Reservation {
                person: id.0,
                rule: id.1,
                attribute: id.2,
                value: kept.clone(),
            });
            return Ok(kept.clone());
        }
        let mut last = String::new();
        for candidate in expression.candidates(row, moment) {
            let candidate = candidate.map_err(|fault| format!("{}: {}", id.2, fault.message))?;
            let Some(text) = candidate.as_text().filter(|text| !text.is_empty()) else {
                continue;
            };
            let normalised = key(&text, comparison).into_owned();
            if index.find(&text).is_empty() && !taken.contains(&normalised) {
                taken.insert(normalised);
                let value = text.into_owned();
                self.reservations.push(Reservation {
                    person: id.0,
                    rule: id.1,
                    attribute: id.2,
                    value: value.clone(),
                });
                return Ok(value);
            }
            last = text.into_owned();
        }
        Err(format!(
            "{}: every value the rule allows is taken (the last was `{last}`)",
            id.2
        ))
    }
}
