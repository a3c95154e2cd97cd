//! The header: where one is, on which environment, in which mode, with which plan; what it holds, how close the
//! guard rails are.

use crate::tui::{
    filter::Filter,
    model::Model,
    paint::{Painter, gauge},
    pane::Pane,
    review::arrange::Group,
    text::{self, count},
    theme::Role,
    update,
};

use super::layout;

type Piece = (String, Role);

/// Draws the header.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let width = model.size.0;
    let right = right(model);
    let room = width.saturating_sub(taken(&right) + 3);
    let mut x = 1;
    for (piece, role) in crumbs(model) {
        x += painter.text(x, 0, room.saturating_sub(x), &piece, role);
    }
    put_right(painter, 0, width, &right);
    if layout::header_rows(model) > 1 {
        second(model, painter, width);
    }
}

fn crumbs(model: &Model) -> Vec<Piece> {
    let mut parts = vec![model.pane.word().to_owned()];
    let filter = update::filter::current(model);
    if !filter.is_empty() {
        parts.push(said(filter));
    }
    if model.pane == Pane::Review && model.review.group != Group::Person {
        parts.push(format!("by {}", model.review.group.word()));
    }
    let mut pieces = vec![("usher".to_owned(), Role::Title)];
    for part in parts {
        pieces.push((format!(" {} ", model.settings.symbols.crumb), Role::Muted));
        pieces.push((part, Role::Text));
    }
    if model.settings.read_only {
        pieces.push(("  read-only".to_owned(), Role::Warning));
    }
    pieces
}

/// Says a filter in words where it is a simple one: `event:leaver` is `leavers`.
fn said(filter: &str) -> String {
    match filter.strip_prefix("event:") {
        Some(event) if !event.contains([' ', ',', ':']) && !Filter::parse(filter).is_empty() => {
            if event.ends_with('s') { event.to_owned() } else { format!("{event}s") }
        }
        _ => filter.to_owned(),
    }
}

fn right(model: &Model) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let roomy = model.size.0 >= 70;
    if !model.settings.label.is_empty() {
        pieces.push((format!(" {} ", model.settings.label), Role::Label));
    }
    if !model.settings.mode.is_empty() && roomy {
        pieces.push((model.settings.mode.clone(), Role::Text));
    }
    if let Some(planning) = &model.planning {
        let words = match &planning.reading {
            Some((system, records)) => format!("reading {system} {}", count(*records)),
            None => "planning".to_owned(),
        };
        pieces.push((words, Role::Running));
    } else if let Some(head) = &model.review.head {
        let seal: String = head.seal.short().chars().take(4).collect();
        let made = model.settings.clock.hour(head.made);
        let words = if roomy { format!("plan {seal} {} {made}", model.settings.symbols.dot) } else { made };
        pieces.push((words, Role::Muted));
    }
    pieces
}

fn taken(pieces: &[Piece]) -> u16 {
    pieces.iter().map(|(piece, _)| text::width(piece) as u16 + 3).sum()
}

fn put_right(painter: &mut Painter<'_>, y: u16, width: u16, pieces: &[Piece]) {
    let mut x = (width + 2).saturating_sub(taken(pieces)).max(1);
    for (piece, role) in pieces {
        x += painter.text(x, y, width.saturating_sub(x), piece, *role) + 3;
    }
}

fn second(model: &Model, painter: &mut Painter<'_>, width: u16) {
    let Some(head) = &model.review.head else { return };
    let mut x = 1;
    for (kind, number) in head.summary.kinds.iter().filter(|(_, number)| **number > 0) {
        let words = format!(" {}", kind.word());
        let number = count(*number);
        if usize::from(x) + number.len() + words.len() >= usize::from(width) {
            break;
        }
        x += painter.pieces(x, 1, width - x, &[(&number, Role::Title), (&words, Role::Text)]) + 3;
    }
    if head.summary.kinds.values().sum::<usize>() == 0 {
        x += painter.text(x, 1, width - x, "nothing to do", Role::Muted) + 3;
    }
    if head.summary.findings > 0 && usize::from(x) + 14 < usize::from(width) {
        let number = format!("{} {}", painter.symbols.failed, count(head.summary.findings));
        let words = if head.summary.findings == 1 { " finding" } else { " findings" };
        x += painter.pieces(x, 1, width - x, &[(&number, Role::Warning), (words, Role::Text)]) + 3;
    }
    rails(model, painter, x, width);
}

/// Draws the fullest guard rails, as many as there is room for.
fn rails(model: &Model, painter: &mut Painter<'_>, from: u16, width: u16) {
    let Some(head) = &model.review.head else { return };
    let mut rails: Vec<_> = head.rails.iter().filter(|rail| rail.count > 0).collect();
    rails.sort_by(|a, b| (b.count * a.limit.max(1)).cmp(&(a.count * b.limit.max(1))));
    let mut pieces: Vec<Vec<Piece>> = Vec::new();
    let mut room = usize::from(width.saturating_sub(from + 8));
    for rail in rails {
        let (full, empty) = gauge(painter.symbols, 8, rail.count, rail.limit);
        let look = if rail.is_exceeded() { Role::Failed } else { Role::Gauge };
        let numbers = format!(" {}/{}", count(rail.count), count(rail.limit));
        let numbers_look = if rail.is_exceeded() { Role::Failed } else { Role::Text };
        let group = vec![
            (format!("{} ", rail.rail), Role::Text),
            (full, look),
            (empty, Role::Muted),
            (numbers, numbers_look),
        ];
        let wide: usize = group.iter().map(|(piece, _)| text::width(piece)).sum::<usize>() + 3;
        if wide > room {
            break;
        }
        room -= wide;
        pieces.push(group);
    }
    if pieces.is_empty() {
        return;
    }
    let wide: usize = pieces.iter().flatten().map(|(piece, _)| text::width(piece)).sum::<usize>();
    let gaps = 3 * (pieces.len() - 1);
    let mut x = width.saturating_sub((wide + gaps) as u16 + 1 + 7);
    x += painter.text(x, 1, 7, "rails", Role::Muted) + 2;
    for group in pieces {
        for (piece, role) in group {
            x += painter.text(x, 1, width.saturating_sub(x), &piece, role);
        }
        x += 3;
    }
}
