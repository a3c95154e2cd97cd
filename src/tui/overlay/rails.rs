//! The guard rails: how full each is, what it counts and stops, who let what pass; and letting pass.

pub mod draw;

use jiff::Timestamp;

use crate::{
    engine::{
        command::Query,
        event::Level,
        view::{RailView, RailsView},
    },
    model::{Fingerprint, Right},
    tui::{
        action::Action,
        availability,
        key::{Code, Key},
        message::Effect,
        model::Model,
        pane::Pane,
        review::{bundle::plural, decide, summary},
        text::count,
        update,
    },
};

use super::{Overlay, ask::Ask, ask::Field, ask::Purpose};

/// Which guard rail the cursor is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rails {
    /// Its place.
    pub cursor: usize,
}

/// Shows the guard rails.
pub fn open(model: &mut Model) -> Vec<Effect> {
    model.overlays.push(Overlay::Rails(Rails::default()));
    vec![Effect::Ask(Query::Rails)]
}

/// Returns the rails as far as they are known.
pub fn known(model: &Model) -> &[RailView] {
    model.rails.as_ref().map_or(&[], |view: &RailsView| &view.rails)
}

/// Handles a key.
pub fn key(model: &mut Model, mut rails: Rails, key: Key, now: Timestamp) -> Vec<Effect> {
    let last = known(model).len().saturating_sub(1);
    let action = model.settings.keymap.resolve(model.pane.context(), key);
    let by = match (key.code, action) {
        (Code::Char('q'), _) | (_, Some(Action::Rails)) => return Vec::new(),
        (Code::Enter, _) => return choose(model, rails),
        (_, Some(Action::Release)) => return release(model, rails, false, now),
        (Code::Char('p'), _) if !key.ctrl => return release(model, rails, true, now),
        (_, action) => action.map_or(0, Action::rows),
    };
    rails.cursor = rails.cursor.saturating_add_signed(by).min(last);
    model.overlays.push(Overlay::Rails(rails));
    Vec::new()
}

/// Goes to Review with what the rail stops selected, so that a part of it can be chosen.
fn choose(model: &mut Model, rails: Rails) -> Vec<Effect> {
    let Some(rail) = known(model)
        .get(rails.cursor)
        .filter(|rail| !rail.stops.is_empty())
    else {
        model.overlays.push(Overlay::Rails(rails));
        return Vec::new();
    };
    let (name, stops) = (rail.reading.rail.clone(), rail.stops.clone());
    let effects = update::enter(model, Pane::Review);
    update::filter::apply(model, &format!("rail:\"{}\"", name.replace('"', "")));
    let review = &mut model.review;
    let known = stops.into_iter().filter(|id| review.places.contains_key(id));
    review.selected = known.collect();
    review.range = None;
    effects
}

/// Returns those of the selected operations that a rail stops.
pub fn chosen(model: &Model, rail: &RailView) -> Vec<Fingerprint> {
    if model.review.selected.is_empty() {
        return Vec::new();
    }
    let targets = decide::targets(&model.review);
    targets.into_iter().filter(|id| rail.stops.contains(id)).collect()
}

/// Reports whether a rail can be released, in whole or for what is selected; the error is the reason.
pub fn can_release(model: &Model, rail: Option<&RailView>, in_part: bool) -> Result<(), String> {
    let Some(rail) = rail else {
        return Err("no guard rail counted anything".into());
    };
    if !rail.reading.is_exceeded() {
        return Err("it is not exceeded and stops nothing".into());
    }
    if rail.stops.is_empty() {
        return Err("it is released already".into());
    }
    if model.settings.read_only {
        return Err(availability::READ_ONLY.into());
    }
    if let Some(refusal) = model.refusal(Right::Release) {
        return Err(refusal.to_owned());
    }
    if in_part && chosen(model, rail).is_empty() {
        return Err("select in Review which of its operations may pass: Enter takes you there".into());
    }
    Ok(())
}

fn release(model: &mut Model, rails: Rails, in_part: bool, now: Timestamp) -> Vec<Effect> {
    let rail = known(model).get(rails.cursor);
    let can = can_release(model, rail, in_part);
    let ask = rail.map(|rail| ask(model, rail, in_part));
    model.overlays.push(Overlay::Rails(rails));
    match (can, ask) {
        (Ok(()), Some(ask)) => model.overlays.push(Overlay::Ask(ask)),
        (Err(reason), _) => model.toasts.show(Level::Warning, reason, now),
        (Ok(()), None) => {}
    }
    Vec::new()
}

/// Asks why a rail is to be released.
pub fn ask(model: &Model, rail: &RailView, in_part: bool) -> Ask {
    let operations = in_part.then(|| chosen(model, rail));
    let passing = operations.as_ref().unwrap_or(&rail.stops);
    let number = passing.len();
    let reading = &rail.reading;
    let mut lines = vec![format!(
        "{} of {} that it stops may pass, in this plan only:",
        count(number),
        count(rail.stops.len())
    )];
    lines.extend(summary::lines(&model.review, passing));
    Ask::new(
        Purpose::Release {
            rail: reading.rail.clone(),
            operations,
        },
        format!(
            "release {} for {} {}",
            reading.rail,
            count(number),
            plural(number, "operation")
        ),
        lines,
        vec![Field::new("why", "it goes into the audit, with your name")],
    )
}
