//! Today with room: events side by side, under them systems, guard rails and the days.

use ratatui::layout::Rect;

use crate::{
    engine::view::{EventColumn, TodayView},
    tui::{model::Model, paint::Painter, scroll::Scroll, text::count, theme::Role, view::layout},
};

use super::{due, emptiness, headline, health};

/// Fewer columns than this cannot hold a name and a time.
const NARROWEST: u16 = 30;

pub(super) fn draw(model: &Model, view: &TodayView, painter: &mut Painter<'_>) {
    let body = layout::body(model);
    let wanted = (health::rows(view) + 2).clamp(8, 16) as u16;
    let lower = wanted.min(body.height / 2);
    let upper = Rect {
        height: body.height - lower - 1,
        ..body
    };
    events(model, view, painter, upper);
    painter.rule(0, upper.bottom(), body.width);
    let area = Rect {
        y: upper.bottom() + 1,
        height: lower,
        ..body
    };
    let third = area.width / 3;
    let part = |number: u16| {
        let width = if number == 2 {
            area.width - 2 * third
        } else {
            third
        };
        Rect {
            x: number * third + 1,
            width: width.saturating_sub(3),
            ..area
        }
    };
    health::systems(model, view, painter, part(0));
    health::rails(view, painter, part(1));
    health::days(view, painter, part(2));
}

fn events(model: &Model, view: &TodayView, painter: &mut Painter<'_>, area: Rect) {
    if view.events.is_empty() {
        for (y, sentence) in (area.y + 1..).zip(emptiness(model, view)) {
            let role = if y == area.y + 1 { Role::Title } else { Role::Muted };
            painter.text(area.x + 2, y, area.width.saturating_sub(3), &sentence, role);
        }
        return;
    }
    let seen = usize::from((area.width / NARROWEST).max(1)).min(view.events.len());
    let mut window = Scroll {
        cursor: model.today.column,
        offset: 0,
    };
    window.settle(view.events.len(), seen);
    let wide = (area.width / seen as u16).min(48);
    for (place, number) in window.window(view.events.len(), seen).enumerate() {
        let x = area.x + place as u16 * wide;
        let column = Rect {
            x,
            width: wide.saturating_sub(1),
            ..area
        };
        let cursor = (number == model.today.column).then_some(model.today.row);
        event(model, &view.events[number], painter, column, cursor);
    }
}

fn event(model: &Model, event: &EventColumn, painter: &mut Painter<'_>, area: Rect, cursor: Option<usize>) {
    let x = area.x + 1;
    let width = area.width.saturating_sub(2);
    let total = format!(" {}", count(event.total));
    let used = painter.pieces(
        x,
        area.y,
        width,
        &[(headline(event.event), Role::Title), (&total, Role::Text)],
    );
    let (open, role) = if event.open == 0 {
        (format!("{} decided", painter.symbols.approved), Role::Approved)
    } else {
        (
            format!("{} {} open", painter.symbols.proposed, count(event.open)),
            Role::Proposed,
        )
    };
    painter.right(x + used, area.y, width.saturating_sub(used), &open, role);
    if cursor == Some(0) {
        painter.cursor(area.x, area.y, area.width);
    }
    // two lines a person where there is room for all of them, else one
    let room = usize::from(area.height.saturating_sub(2));
    let tall = if event.people.len() * 2 <= room { 2 } else { 1 };
    let seen = room / tall;
    let mut scroll = Scroll {
        cursor: cursor.map_or(0, |row| row.saturating_sub(1)),
        offset: 0,
    };
    scroll.settle(event.people.len(), seen);
    for (place, number) in scroll.window(event.people.len(), seen).enumerate() {
        let (person, y) = (&event.people[number], area.y + 2 + (place * tall) as u16);
        let when = due(model, person);
        let name = width.saturating_sub(when.len() as u16 + 2);
        painter.text(x, y, name, &person.name, Role::Text);
        painter.right(x, y, width, &when, Role::Muted);
        if tall == 2 {
            painter.text(x, y + 1, width, &person.detail, Role::Muted);
        }
        if cursor == Some(number + 1) {
            painter.cursor(area.x, y, area.width);
        }
    }
    let hidden = event.total - event.people.len().min(seen).min(event.total);
    if hidden > 0 && room > 0 {
        let more = format!("{} {} more", painter.symbols.ellipsis, count(hidden));
        painter.right(x, area.bottom().saturating_sub(1), width, &more, Role::Muted);
    }
}
