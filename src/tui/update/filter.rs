//! The filter of a pane: typed in the footer's line, applied as it is typed.

use jiff::{SignedDuration, Timestamp};

use crate::tui::{input::Input, message::Effect, model::Model, overlay::Overlay, pane::Pane};

/// Lists longer than this are filtered when the typing pauses, so that keys never wait for a search.
const AT_ONCE: usize = 20_000;
const PAUSE: SignedDuration = SignedDuration::from_millis(60);

/// Opens the filter's line.
pub fn open(model: &mut Model) {
    let before = current(model).to_owned();
    model.overlays.push(Overlay::Filter {
        input: Input::new(&before),
        before,
    });
}

/// Takes over what is being typed.
pub fn typed(model: &mut Model, text: &str, now: Timestamp) -> Vec<Effect> {
    let rows = match model.pane {
        Pane::Review => model.review.rows.len(),
        Pane::People => model.people.rows.len(),
        // every change of the audit's filter is a question to the engine
        _ => usize::MAX,
    };
    if rows > AT_ONCE {
        model.filter_due = Some(now + PAUSE);
        return Vec::new();
    }
    apply(model, text)
}

/// Filters the pane.
pub fn apply(model: &mut Model, text: &str) -> Vec<Effect> {
    model.filter_due = None;
    let text = text.trim();
    if text == current(model) {
        return Vec::new();
    }
    match model.pane {
        Pane::Review => {
            text.clone_into(&mut model.review.filter);
            model.review.rearrange();
        }
        Pane::People => model.people.filter(text),
        Pane::Audit => return vec![model.audit.filter(text)],
        _ => {}
    }
    Vec::new()
}

/// Takes the filter of the pane away.
pub fn clear(model: &mut Model) {
    if matches!(model.pane, Pane::Review | Pane::People) {
        apply(model, "");
    } else if model.pane == Pane::Audit && !model.audit.filter.is_empty() {
        model.audit.clear_filter();
    }
}

/// Returns the filter of the pane.
pub fn current(model: &Model) -> &str {
    match model.pane {
        Pane::Review => &model.review.filter,
        Pane::People => &model.people.filter,
        Pane::Audit => &model.audit.filter,
        _ => "",
    }
}
