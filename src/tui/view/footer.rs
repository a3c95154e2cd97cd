//! The footer: the keys that matter here, clickable; or the filter while it is typed.

use ratatui::layout::Rect;

use crate::tui::{
    action::Action,
    availability, editor,
    model::Model,
    overlay::{Overlay, systems},
    paint::Painter,
    pane::Pane,
    text,
    theme::Role,
    update,
};

/// A key in the footer.
#[derive(Debug, Clone)]
pub struct Hint {
    /// Where it stands.
    pub area: Rect,
    /// What it does.
    pub action: Action,
    key: String,
    word: &'static str,
}

/// Returns the keys that are shown, with their places.
pub fn hints(model: &Model) -> Vec<Hint> {
    let (width, rows) = model.size;
    let mut x = 1;
    let mut hints = Vec::new();
    if update::is_editing(model) {
        return hints;
    }
    let width = width.saturating_sub(selection(model).map_or(0, |words| text::width(&words) as u16 + 1));
    for action in wanted(model) {
        let key = model.settings.keymap.shown(action);
        if key.is_empty() {
            continue;
        }
        let word = word(model, action);
        let wide = (text::width(&key) + 1 + word.len()) as u16;
        if x + wide > width {
            break;
        }
        hints.push(Hint {
            area: Rect::new(x, rows.saturating_sub(1), wide, 1),
            action,
            key,
            word,
        });
        x += wide + 2;
    }
    hints
}

fn word(model: &Model, action: Action) -> &'static str {
    match action {
        Action::Pause if model.run.is_paused() => "resume",
        Action::Open if model.pane == Pane::Today => "review",
        Action::TakeBack => "undo",
        Action::Open if model.pane == Pane::Audit => "record",
        Action::Open if model.pane == Pane::Run => "reason",
        Action::Open if model.pane == Pane::Mappings && model.mappings.inside => "edit",
        _ => action.short(),
    }
}

fn wanted(model: &Model) -> Vec<Action> {
    let mut wanted = match model.pane {
        Pane::Today => vec![Action::Open, Action::Review, Action::Plan],
        Pane::Review if model.zoom => {
            vec![
                Action::Back,
                Action::Approve,
                Action::Reject,
                Action::Hold,
                Action::Why,
                Action::Copy,
            ]
        }
        Pane::Review => vec![
            Action::Approve,
            Action::Reject,
            Action::Hold,
            Action::Select,
            Action::Filter,
        ],
        Pane::Run if model.run.is_active() => vec![Action::Pause, Action::Stop, Action::Audit],
        Pane::Run => vec![Action::Retry, Action::Open, Action::TakeBack, Action::Review],
        Pane::Audit => vec![Action::Open, Action::Filter, Action::TakeBack, Action::Copy],
        Pane::People => vec![Action::Filter, Action::Copy],
        Pane::Mappings if model.mappings.inside => vec![Action::Open, Action::Back, Action::PutBack],
        Pane::Mappings => vec![Action::Open, Action::PutBack],
    };
    if model.pane == Pane::Today || (model.pane == Pane::Review && availability::exceeded(model).is_some()) {
        wanted.push(Action::Rails);
    }
    if model.pane == Pane::Today && systems::waits(model) {
        wanted.push(Action::Systems);
    }
    if model.settings.demo && model.pane == Pane::Today {
        wanted.push(Action::NextDay);
    }
    if model.size.0 >= 80 && model.pane == Pane::Review && !model.zoom {
        wanted.extend([Action::Group, Action::Why, Action::Apply]);
    }
    wanted.extend([Action::Help, Action::Palette]);
    wanted
}

/// Draws the footer.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let (width, rows) = model.size;
    let y = rows.saturating_sub(1);
    if let Some(Overlay::Filter { input, .. }) = model.overlays.last() {
        let (before, after) = input.halves();
        let x = 1 + painter.text(1, y, width, "/ ", Role::Key);
        let end =
            super::super::overlay::draw::field(painter, x, y, width.saturating_sub(x + 1), before, after);
        if before.is_empty() && after.is_empty() {
            let hint = "kind: event: system: state: department: risk: situation: or any words";
            painter.text(end + 1, y, width.saturating_sub(end + 2), hint, Role::Muted);
        }
        return;
    }
    if update::is_editing(model) {
        let mut x = 1;
        for (key, word) in editor::keys::HINTS {
            let wide = (text::width(key) + 1 + word.len()) as u16;
            if x + wide > width {
                break;
            }
            let word = format!(" {word}");
            x += painter.pieces(x, y, wide, &[(key, Role::Key), (&word, Role::Text)]) + 2;
        }
        return;
    }
    for hint in hints(model) {
        let able = availability::available(model, hint.action).is_ok();
        let (key, word) = if able {
            (Role::Key, Role::Text)
        } else {
            (Role::Muted, Role::Muted)
        };
        let words = format!(" {}", hint.word);
        painter.pieces(
            hint.area.x,
            y,
            hint.area.width,
            &[(&hint.key, key), (&words, word)],
        );
    }
    if let Some(words) = selection(model) {
        painter.right(width.saturating_sub(32), y, 32, &words, Role::Title);
    }
}

/// Says how much is selected.
fn selection(model: &Model) -> Option<String> {
    let selected = model.review.selected.len();
    let range = crate::tui::review::decide::range_lines(&model.review).len();
    if model.pane != Pane::Review || selected + range == 0 {
        return None;
    }
    Some(match (selected, range) {
        (selected, 0) => format!("{} selected ", text::count(selected)),
        (0, lines) => format!("{} lines ", text::count(lines)),
        (selected, lines) => format!(
            "{} selected + {} lines ",
            text::count(selected),
            text::count(lines)
        ),
    })
}
