//! Values that nobody else may have: login names, generated addresses.
//!
//! A value is taken if the target has it, if this plan gives it to somebody, or if it is kept for somebody since an
//! earlier plan. The value chosen is kept until the account is made, so that rejecting one joiner never renames
//! another.

use std::collections::HashSet;

use ahash::AHashMap;

use super::{accounts::Stage, compare::key, draft::PersonRow, matching::ColumnIndex, random::keep};
use crate::{
    expression::{Drawn, Expression, Moment},
    model::{Reservation, SystemName},
};

/// Chooses unique values.
#[derive(Default)]
pub(super) struct Uniques<'a> {
    indexes: AHashMap<(SystemName, usize), ColumnIndex<'a>>,
    /// Values given or kept: (system, column) → normalised values.
    taken: AHashMap<(SystemName, usize), HashSet<String>>,
    /// What is kept from now on.
    pub(super) reservations: Vec<Reservation>,
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
        let comparison = accounts.schema.columns[column].comparison;
        let place = (accounts.rule.system.clone(), column);
        let records = stage.records();
        let index = self
            .indexes
            .entry(place.clone())
            .or_insert_with(|| ColumnIndex::new(records, column));
        let claim = stage.claim(person, column);
        let taken = self.taken.entry(place).or_insert_with(|| {
            // what is kept for others counts as taken before the first value is chosen
            let others = stage.kept.values(&claim.1, &claim.2);
            others.map(|value| key(value, comparison).into_owned()).collect()
        });
        if let Some(kept) = stage.kept.get(&claim)
            && index.find(kept).is_empty()
        {
            let value = kept.to_owned();
            self.reservations.push(keep(claim, value.clone()));
            return Ok(value);
        }
        let row = Drawn::new(row, stage.draw(&claim));
        let mut last = String::new();
        for candidate in expression.candidates(&row, moment) {
            let candidate = candidate.map_err(|fault| format!("{}: {}", claim.2, fault.message))?;
            let Some(text) = candidate.as_text().filter(|text| !text.is_empty()) else {
                continue;
            };
            let normalised = key(&text, comparison).into_owned();
            if index.find(&text).is_empty() && !taken.contains(&normalised) {
                taken.insert(normalised);
                let value = text.into_owned();
                self.reservations.push(keep(claim, value.clone()));
                return Ok(value);
            }
            last = text.into_owned();
        }
        Err(format!(
            "{}: every value the rule allows is taken (the last was `{last}`)",
            claim.2
        ))
    }
}
