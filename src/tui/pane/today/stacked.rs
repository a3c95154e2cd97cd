//! Today without room: one list, the events first.

use crate::{
    engine::view::TodayView,
    tui::{
        model::Model,
        paint::Painter,
        text::{self, count},
        theme::Role,
        view::layout,
    },
};

use super::{SHORT, Today, due, emptiness, headline, health, notes};

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Sentence(usize),
    Event(usize),
    Person(usize, usize),
    More(usize),
    Blank,
    Title(&'static str),
    System(usize),
    /// What is to be said of a system: which system, which of its notes.
    Note(usize, usize),
    Rail(usize),
    History,
    Upcoming(usize),
}

/// Returns the lines, and the number of the one the cursor is on.
pub(super) fn lines(today: &Today) -> (Vec<Line>, usize) {
    let Some(view) = &today.view else {
        return (Vec::new(), 0);
    };
    let mut lines = Vec::new();
    let mut cursor = 0;
    if view.events.is_empty() {
        lines.extend([Line::Sentence(0), Line::Sentence(1), Line::Blank]);
    }
    for (number, event) in view.events.iter().enumerate() {
        if number == today.column {
            cursor = lines.len() + today.row;
        }
        lines.push(Line::Event(number));
        lines.extend((0..event.people.len().min(SHORT)).map(|person| Line::Person(number, person)));
        if event.total > SHORT {
            lines.push(Line::More(number));
        }
        lines.push(Line::Blank);
    }
    lines.push(Line::Title("Systems"));
    for (number, system) in view.systems.iter().enumerate() {
        lines.push(Line::System(number));
        lines.extend((0..notes::count(system)).map(|note| Line::Note(number, note)));
    }
    let rails = view.plan.as_ref().map_or(0, |plan| plan.rails.len());
    if rails > 0 {
        lines.extend([Line::Blank, Line::Title("Guard rails")]);
        lines.extend((0..rails).map(Line::Rail));
    }
    lines.extend([Line::Blank, Line::Title("Last 30 days"), Line::History]);
    if !view.upcoming.is_empty() {
        lines.extend([Line::Blank, Line::Title("Next 14 days")]);
        lines.extend((0..view.upcoming.len()).map(Line::Upcoming));
    }
    (lines, cursor)
}

pub(super) fn draw(model: &Model, view: &TodayView, painter: &mut Painter<'_>) {
    let area = layout::body(model);
    let (lines, cursor) = lines(&model.today);
    let window = model.today.scroll.window(lines.len(), usize::from(area.height));
    for (y, number) in (area.y..).zip(window) {
        line(model, view, painter, y, lines[number]);
        if number == cursor && !view.events.is_empty() {
            painter.cursor(0, y, area.width);
        }
    }
}

fn line(model: &Model, view: &TodayView, painter: &mut Painter<'_>, y: u16, line: Line) {
    let width = layout::body(model).width.saturating_sub(2);
    let place = (1, y, width);
    match line {
        Line::Blank => {}
        Line::Sentence(number) => {
            let role = if number == 0 { Role::Title } else { Role::Muted };
            painter.text(1, y, width, &emptiness(model, view)[number], role);
        }
        Line::Title(title) => {
            painter.text(1, y, width, title, Role::Title);
        }
        Line::Event(number) => {
            let event = &view.events[number];
            let total = format!(" {}", count(event.total));
            let used = painter.pieces(
                1,
                y,
                width,
                &[(headline(event.event), Role::Title), (&total, Role::Text)],
            );
            let open = if event.open == 0 {
                "decided".to_owned()
            } else {
                format!("{} open", count(event.open))
            };
            let role = if event.open == 0 {
                Role::Approved
            } else {
                Role::Proposed
            };
            painter.right(1 + used, y, width.saturating_sub(used), &open, role);
        }
        Line::Person(number, person) => {
            let person = &view.events[number].people[person];
            let when = due(model, person);
            let room = width.saturating_sub(when.len() as u16 + 4);
            let name = room.min(24);
            painter.text(3, y, name, &person.name, Role::Text);
            painter.text(
                3 + name + 2,
                y,
                room.saturating_sub(name + 2),
                &person.detail,
                Role::Muted,
            );
            painter.right(1, y, width, &when, Role::Muted);
        }
        Line::More(number) => {
            let hidden = view.events[number].total - SHORT;
            painter.text(
                3,
                y,
                width,
                &format!("{} {} more", painter.symbols.ellipsis, count(hidden)),
                Role::Muted,
            );
        }
        Line::System(number) => health::system(model, view, painter, place, &view.systems[number]),
        Line::Note(number, note) => {
            let notes = notes::of(model, view, &view.systems[number]);
            if let Some((words, role)) = notes.get(note) {
                painter.text(3, y, width.saturating_sub(2), words, *role);
            }
        }
        Line::Rail(number) => {
            let rails = view.plan.as_ref().map_or(&[][..], |plan| &plan.rails);
            if let Some(rail) = rails.get(number) {
                health::rail(painter, place, rail, health::widest(rails));
            }
        }
        Line::History => history(view, painter, width, y),
        Line::Upcoming(number) => health::upcoming(painter, place, &view.upcoming[number]),
    }
}

fn history(view: &TodayView, painter: &mut Painter<'_>, width: u16, y: u16) {
    let most = view.history.iter().map(|day| day.applied).max().unwrap_or(0);
    let failed: usize = view.history.iter().map(|day| day.failed).sum();
    let line = health::sparkline(view, painter.symbols);
    let words = format!("  at most {} a day, {} failed", count(most), count(failed));
    let taken = text::width(&line) as u16;
    painter.text(1, y, width, &line, Role::Gauge);
    painter.text(1 + taken, y, width.saturating_sub(taken), &words, Role::Muted);
}
