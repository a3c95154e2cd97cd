//! What is to be said of a system below its line: trouble, quarantine, a read that waits.

use crate::{
    engine::view::{SystemView, TodayView},
    model::{Cause, HeldRead, Quarantine},
    tui::{model::Model, theme::Role, when},
};

/// Returns a line for each thing, the worst first.
pub(super) fn of(model: &Model, view: &TodayView, system: &SystemView) -> Vec<(String, Role)> {
    let trouble = system
        .trouble
        .iter()
        .map(|trouble| (trouble.clone(), Role::Failed));
    let quarantines = system.quarantines.iter();
    let quarantines = quarantines.map(|one| (quarantine(model, view, one), Role::Failed));
    let held = system.held.iter().map(|read| (waits(read), Role::Proposed));
    trouble.chain(quarantines).chain(held).collect()
}

/// Returns how many lines [`of`] has.
pub(super) fn count(system: &SystemView) -> usize {
    usize::from(system.trouble.is_some()) + system.quarantines.len() + usize::from(system.held.is_some())
}

/// Says how it stands.
pub(in crate::tui) fn quarantine(model: &Model, view: &TodayView, one: &Quarantine) -> String {
    let place = one
        .rule
        .as_ref()
        .map_or_else(String::new, |rule| format!("rule {rule} "));
    let next = match one.next {
        Some(next) if next <= view.now && one.cause == Cause::RefusedRead => {
            "the next plan reads it".to_owned()
        }
        Some(next) if next <= view.now => "the next run tries it".to_owned(),
        Some(next) => format!("tried again {}", model.settings.clock.list(next).trim()),
        None if one.cause == Cause::Unread => "until it is read again".to_owned(),
        None => "until it is released".to_owned(),
    };
    format!(
        "{place}in quarantine for {}, {next}: {}",
        when::age(view.now, one.since),
        one.reason
    )
}

/// Says how it stands.
pub(in crate::tui) fn waits(read: &HeldRead) -> String {
    match &read.accepted {
        Some(accepted) => format!("a smaller read was accepted by {}: plan again", accepted.by),
        None => format!("its read waits to be accepted as {}: it {}", read.id, read.why),
    }
}
