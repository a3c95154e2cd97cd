//! What happens when something happens. No waiting, no reading, no writing: what is to be done outside is returned.

pub mod decide;
pub mod filter;
pub mod pointer;
pub mod report;

use jiff::Timestamp;

use crate::engine::{
    command::{Command, Query},
    event::Level,
};

use super::{
    action::Action,
    availability, editor,
    key::Key,
    message::{Effect, Message},
    model::Model,
    overlay::{self, Overlay, commands::Commands},
    pane::{Pane, mappings, people, today},
    view::layout,
};

/// Takes a message into the model and returns what is to be done outside.
pub fn update(model: &mut Model, message: Message, now: Timestamp) -> Vec<Effect> {
    let place = (model.pane, model.review.scroll.cursor, model.people.scroll.cursor);
    model.now = now;
    let mut effects = match message {
        Message::Tick => tick(model, now),
        other => {
            model.dirty = true;
            match other {
                Message::Key(key) => press(model, key, now),
                Message::Mouse(mouse) => pointer::point(model, mouse, now),
                Message::Paste(text) => paste(model, &text, now),
                Message::Engine(event) => report::report(model, event, now),
                Message::Resize(columns, rows) => {
                    model.size = (columns, rows);
                    Vec::new()
                }
                Message::Tick => Vec::new(),
            }
        }
    };
    layout::settle(model);
    let moved = place != (model.pane, model.review.scroll.cursor, model.people.scroll.cursor);
    let was_travelling = model.review.details.due.is_some();
    effects.extend(wants(model, now, moved));
    // at rest again: the detail comes back, even if the engine need not be asked for it
    model.dirty |= was_travelling && model.review.details.due.is_none();
    effects
}

/// Returns what the engine is asked first.
pub fn opening(model: &mut Model) -> Vec<Effect> {
    let mut effects = vec![
        Effect::Ask(Query::Today),
        Effect::Ask(Query::Review),
        Effect::Ask(Query::Run),
        Effect::Ask(Query::Rights),
    ];
    effects.extend(enter(model, model.pane));
    effects
}

fn tick(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    model.dirty |= model.toasts.expire(now) || model.run.is_active();
    if model.filter_due.is_some_and(|due| due <= now) {
        model.dirty = true;
        let typed = model.overlays.iter().find_map(|overlay| match overlay {
            Overlay::Filter { input, .. } => Some(input.text().to_owned()),
            _ => None,
        });
        model.filter_due = None;
        return typed.map_or(Vec::new(), |typed| filter::apply(model, &typed));
    }
    Vec::new()
}

fn press(model: &mut Model, key: Key, now: Timestamp) -> Vec<Effect> {
    model.toasts.acknowledge();
    if !model.overlays.is_empty() {
        return overlay::answer::key(model, key, now);
    }
    if is_editing(model) {
        return editor::keys::press(model, key, now);
    }
    match model.settings.keymap.resolve(model.pane.context(), key) {
        Some(action) => act(model, action, now),
        None => Vec::new(),
    }
}

/// Reports whether keys go into the editor.
pub fn is_editing(model: &Model) -> bool {
    model.pane == Pane::Mappings && model.mappings.editor.is_some()
}

/// Pasted text goes into a text field or nowhere: it is never taken for keys.
fn paste(model: &mut Model, text: &str, now: Timestamp) -> Vec<Effect> {
    if model.overlays.is_empty()
        && is_editing(model)
        && let Some(editor) = &mut model.mappings.editor
    {
        editor.completion = None;
        editor.insert(text, now);
        return Vec::new();
    }
    let Some(field) = model.overlays.last_mut().and_then(Overlay::field) else {
        model
            .toasts
            .show(Level::Info, "pasted text is ignored outside of a text field", now);
        return Vec::new();
    };
    field.insert(text);
    let typed = field.text().to_owned();
    match model.overlays.last() {
        Some(Overlay::Filter { .. }) => filter::typed(model, &typed, now),
        _ => Vec::new(),
    }
}

/// Does an action, or says why it cannot be done.
pub fn act(model: &mut Model, action: Action, now: Timestamp) -> Vec<Effect> {
    if let Err(reason) = availability::available(model, action) {
        model.toasts.show(Level::Warning, reason, now);
        return Vec::new();
    }
    match action {
        Action::Up => step(model, -1),
        Action::Down => step(model, 1),
        Action::HalfUp => step(model, -page(model) / 2),
        Action::HalfDown => step(model, page(model) / 2),
        Action::PageUp => step(model, -page(model)),
        Action::PageDown => step(model, page(model)),
        Action::Top => step(model, isize::MIN),
        Action::Bottom => step(model, isize::MAX),
        Action::DetailUp => scroll_detail(model, -3),
        Action::DetailDown => scroll_detail(model, 3),
        Action::Left | Action::Right | Action::Open | Action::Back => return navigate(model, action, now),
        Action::Today => return enter(model, Pane::Today),
        Action::Review => return enter(model, Pane::Review),
        Action::Run => return enter(model, Pane::Run),
        Action::Audit => return enter(model, Pane::Audit),
        Action::People => return enter(model, Pane::People),
        Action::Mappings => return enter(model, Pane::Mappings),
        Action::NextPane => return enter(model, model.pane.neighbour(1)),
        Action::PreviousPane => return enter(model, model.pane.neighbour(Pane::ALL.len() - 1)),
        Action::Filter => filter::open(model),
        Action::Help | Action::Palette => model.overlays.push(Overlay::Commands(Commands::default())),
        Action::Zoom => model.zoom = !model.zoom,
        Action::Copy => return copy(model, now),
        Action::Mouse => {
            model.mouse = !model.mouse;
            let words = if model.mouse {
                "the mouse works here"
            } else {
                "the mouse is the terminal's again"
            };
            model.toasts.show(Level::Info, words, now);
            return vec![Effect::Mouse(model.mouse)];
        }
        Action::Suspend => return vec![Effect::SaveSession, Effect::Suspend],
        Action::PutBack => mappings::put_back(model),
        Action::Plan => return plan(model, Command::Plan),
        Action::NextDay => return plan(model, Command::NextDay),
        _ => return decide::act(model, action, now),
    }
    Vec::new()
}

fn plan(model: &mut Model, command: Command) -> Vec<Effect> {
    model.planning = Some(super::model::Planning::default());
    vec![Effect::Engine(command)]
}

/// Goes to a pane and asks for what it shows.
pub fn enter(model: &mut Model, pane: Pane) -> Vec<Effect> {
    model.pane = pane;
    model.zoom = false;
    match pane {
        Pane::Today => vec![Effect::Ask(Query::Today)],
        Pane::Review if model.review.loaded => Vec::new(),
        Pane::Review => vec![Effect::Ask(Query::Review)],
        Pane::Run if model.run.view.is_some() => Vec::new(),
        Pane::Run => vec![Effect::Ask(Query::Run)],
        Pane::Audit => vec![model.audit.enter()],
        Pane::People => vec![Effect::Ask(Query::People)],
        Pane::Mappings => vec![Effect::Ask(Query::Rules)],
    }
}

fn step(model: &mut Model, by: isize) {
    match model.pane {
        Pane::Today => model.today.step(by),
        Pane::Review => model.review.step(by),
        Pane::Run => model.run.step(by),
        Pane::Audit => model.audit.step(by),
        Pane::People => model.people.step(by),
        Pane::Mappings => model.mappings.step(by),
    }
}

fn page(model: &Model) -> isize {
    isize::try_from(layout::list_height(model)).unwrap_or(1).max(2)
}

fn scroll_detail(model: &mut Model, by: isize) {
    let offset = match model.pane {
        Pane::Review => &mut model.review.detail_offset,
        Pane::People => &mut model.people.detail_offset,
        Pane::Mappings => &mut model.mappings.detail_offset,
        _ => return,
    };
    *offset = offset.saturating_add_signed(by);
}

fn navigate(model: &mut Model, action: Action, now: Timestamp) -> Vec<Effect> {
    match (model.pane, action) {
        (_, Action::Back) => back(model),
        (Pane::Today, Action::Left) => model.today.sideways(-1),
        (Pane::Today, Action::Right) => model.today.sideways(1),
        (Pane::Today, _) => return today::open(model),
        (Pane::Review, Action::Left) if model.zoom => model.zoom = false,
        (Pane::Review, Action::Left) => model.review.close(),
        (Pane::Review, Action::Right) => model.review.go_in(),
        (Pane::Review, _) if layout::is_narrow(model) && !model.review.open() => model.zoom = true,
        (Pane::Review, _) if !layout::is_narrow(model) => model.review.toggle(),
        (Pane::Run, Action::Open) => super::pane::run::open(model),
        (Pane::Audit, Action::Open) => return model.audit.open().into_iter().collect(),
        (Pane::People, Action::Left) => model.zoom = false,
        (Pane::People, _) => model.zoom = layout::is_narrow(model),
        (Pane::Mappings, Action::Left) => mappings::leave(model),
        (Pane::Mappings, Action::Right) if model.mappings.inside => {}
        (Pane::Mappings, _) => return mappings::open(model, now),
        _ => {}
    }
    Vec::new()
}

/// Goes back one step: out of the detail, the range, the selection, the filter.
fn back(model: &mut Model) {
    let review = &mut model.review;
    if model.pane == Pane::Mappings && model.mappings.inside {
        mappings::leave(model);
    } else if model.zoom {
        model.zoom = false;
    } else if model.pane == Pane::Review && review.range.is_some() {
        review.range = None;
    } else if model.pane == Pane::Review && !review.selected.is_empty() {
        review.selected.clear();
    } else {
        filter::clear(model);
    }
}

/// Returns the text that `copy` would copy: where the object under the cursor is.
pub fn copied(model: &Model) -> Option<String> {
    match model.pane {
        Pane::Review => {
            let (row, _) = model.review.under_cursor().next()?;
            model
                .review
                .details
                .get(row.id)
                .map(|view| view.operation.target.location.clone())
        }
        Pane::Audit => model.audit.row().map(|row| row.hash.clone()),
        Pane::Run => model.run.failure().map(|failure| failure.reason.clone()),
        Pane::People => people::copied(model),
        _ => None,
    }
}

fn copy(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    let Some(text) = copied(model) else {
        return Vec::new();
    };
    model.toasts.show(Level::Info, format!("copied {text}"), now);
    vec![Effect::Copy(text)]
}

/// Asks for the detail of what the cursor rests on, and for the part of the audit that is seen.
fn wants(model: &mut Model, now: Timestamp, moved: bool) -> Vec<Effect> {
    match model.pane {
        Pane::Review => {
            let wanted: Vec<_> = model
                .review
                .under_cursor()
                .take(8)
                .map(|(row, _)| row.id)
                .collect();
            let ask = model.review.details.visit(&wanted, now, moved);
            ask.into_iter()
                .map(|id| Effect::Ask(Query::Operation(id)))
                .collect()
        }
        Pane::People => model.people.wants(now, moved).into_iter().collect(),
        Pane::Audit => model.audit.wants(),
        Pane::Mappings => {
            let asked = model.mappings.editor.as_mut().map(|editor| editor.wants(now));
            let asked = asked.unwrap_or_default();
            model.dirty |= !asked.is_empty();
            asked
        }
        _ => Vec::new(),
    }
}
