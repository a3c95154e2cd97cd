//! How the systems look, with what waits there.

use ratatui::layout::Rect;

use super::{Item, Systems, can, can_begin, items};
use crate::tui::{
    action::Action,
    model::Model,
    overlay::draw::middle,
    paint::Painter,
    pane::today::{health, notes},
    scroll::Scroll,
    text,
    theme::Role,
};

/// Lines for the keys and for why they cannot be used.
const KEYS: u16 = 2;
/// Lines for all that is to be said of the line under the cursor.
const ABOUT: u16 = 4;

/// Draws the systems on top of the pane.
pub fn draw(model: &Model, systems: Systems, painter: &mut Painter<'_>) {
    let all = items(model);
    let width = model.size.0.saturating_sub(2).min(110);
    let wanted = all.len() as u16 + ABOUT + KEYS + 4;
    let inner = painter.frame(middle(model, width, wanted.max(6)), "systems");
    let cursor = systems.cursor.min(all.len().saturating_sub(1));
    let Some(here) = all.get(cursor).copied() else {
        let words = "asking for the systems";
        painter.text(inner.x, inner.y, inner.width, words, Role::Muted);
        return;
    };
    let below = ABOUT + KEYS + 1;
    let roomy = inner.height > below + 2;
    let height = if roomy { inner.height - below } else { inner.height };
    let height = height.min(all.len() as u16);
    let mut scroll = Scroll { cursor, offset: 0 };
    scroll.settle(all.len(), usize::from(height));
    for (y, number) in (inner.y..).zip(scroll.window(all.len(), usize::from(height))) {
        line(model, painter, (inner.x, y, inner.width), all[number]);
        if number == cursor {
            painter.cursor(inner.x, y, inner.width);
        }
    }
    if !roomy {
        return;
    }
    let y = inner.y + height + 1;
    let bottom = inner.bottom().saturating_sub(KEYS);
    for (y, part) in (y..bottom).zip(text::wrap(&words(model, here).0, usize::from(inner.width))) {
        painter.text(inner.x, y, inner.width, &part, Role::Text);
    }
    let area = Rect {
        y: bottom,
        height: KEYS,
        ..inner
    };
    keys(model, painter, area, here);
}

/// Says what a line tells, in full.
fn words(model: &Model, item: Item<'_>) -> (String, Role) {
    let Some(view) = &model.today.view else {
        return (String::new(), Role::Muted);
    };
    match item {
        Item::System(system) => {
            let trouble = system.trouble.clone();
            (trouble.unwrap_or_default(), Role::Failed)
        }
        Item::Quarantine(one) => (notes::quarantine(model, view, one), Role::Failed),
        Item::Held(read) => (notes::waits(read), Role::Proposed),
    }
}

fn line(model: &Model, painter: &mut Painter<'_>, place: (u16, u16, u16), item: Item<'_>) {
    let (x, y, width) = place;
    if let (Item::System(system), Some(view)) = (item, &model.today.view) {
        return health::system(model, view, painter, place, system);
    }
    let (words, role) = words(model, item);
    painter.text(x + 2, y, width.saturating_sub(2), &words, role);
}

/// Draws what can be done with a line; what cannot, with the reason.
fn keys(model: &Model, painter: &mut Painter<'_>, area: Rect, item: Item<'_>) {
    let (key, able, word) = match item {
        Item::System(_) => {
            let able = can_begin(model, item);
            ("Q".to_owned(), able, " put in quarantine   ")
        }
        Item::Quarantine(_) => (shown(model), can(model, item), " release   "),
        Item::Held(_) => (shown(model), can(model, item), " accept this read   "),
    };
    let (key_role, word_role) = match &able {
        Ok(()) => (Role::Key, Role::Text),
        Err(reason) => {
            painter.text(area.x, area.y, area.width, reason, Role::Muted);
            (Role::Muted, Role::Muted)
        }
    };
    let pieces = [
        (&*key, key_role),
        (word, word_role),
        ("Esc", Role::Key),
        (" back", Role::Text),
    ];
    painter.pieces(area.x, area.bottom().saturating_sub(1), area.width, &pieces);
}

fn shown(model: &Model) -> String {
    model.settings.keymap.shown(Action::Release)
}
