//! Which records are protected.

use jiff::Timestamp;

use super::{Inputs, compile::Compiled, names::RecordRow};
use crate::{
    expression::Moment,
    model::{RecordView, SystemName},
};

/// Which records are protected, for each account rule.
pub(super) fn protected(compiled: &Compiled, inputs: &Inputs<'_>) -> Vec<Vec<bool>> {
    compiled
        .accounts
        .iter()
        .map(|accounts| {
            let system = &accounts.rule.system;
            let records = &inputs.read(system).records;
            match protection(compiled, inputs.now, system) {
                None => vec![false; records.len()],
                Some(protects) => records.iter().map(protects).collect(),
            }
        })
        .collect()
}

/// What tells whether a record of a system is protected; nothing where none is.
pub(super) fn protection<'c>(
    compiled: &'c Compiled,
    now: Timestamp,
    system: &SystemName,
) -> Option<impl Fn(RecordView<'_>) -> bool + use<'c>> {
    let moment = Moment {
        now,
        time_zone: &compiled.time_zone,
    };
    let conditions = compiled.protected.iter().filter(|(known, _)| known == system);
    let conditions: Vec<_> = conditions.map(|(_, when)| when).collect();
    (!conditions.is_empty()).then_some(move |record: RecordView<'_>| {
        // a protection that cannot be evaluated protects: the safe side is not to touch
        let mut conditions = conditions.iter();
        conditions.any(|when| when.holds(&RecordRow(record), &moment).unwrap_or(true))
    })
}
