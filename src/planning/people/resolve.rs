//! Finds whom references name: managers, sponsors.

use ahash::AHashMap;
use rayon::prelude::*;

use super::{NOBODY, NOTHING, People};
use crate::{
    expression::Moment,
    planning::{Inputs, compile::Compiled, names::RecordRow},
};

/// Finds whom everybody's references name.
pub(super) fn resolve(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    by_anchor: &[Option<AHashMap<&str, u32>>],
    people: &mut People<'_>,
) {
    let moment = Moment {
        now: inputs.now,
        time_zone: &compiled.time_zone,
    };
    people.references = (0..compiled.references.len())
        .map(|reference| {
            people
                .places
                .par_iter()
                .map(|place| {
                    let Some(place) = place else { return NOTHING };
                    let source = &compiled.people[usize::from(place.rule)];
                    let Some((_, expression)) = source.references.iter().find(|(at, _)| *at == reference)
                    else {
                        return NOTHING;
                    };
                    let record = inputs.read(&source.rule.from).records.get(place.record as usize);
                    let Ok(value) = expression.evaluate(&RecordRow(record), &moment) else {
                        return NOBODY;
                    };
                    let Some(text) = value.as_text() else {
                        return NOTHING;
                    };
                    if text.is_empty() {
                        return NOTHING;
                    }
                    by_anchor[usize::from(place.rule)]
                        .as_ref()
                        .and_then(|by_anchor| by_anchor.get(&*text))
                        .copied()
                        .unwrap_or(NOBODY)
                })
                .collect()
        })
        .collect();
}
