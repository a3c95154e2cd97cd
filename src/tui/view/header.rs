//! The header: where one is, on which environment, in which mode, with which plan; what it holds, how close the
//! guard rails are.

use crate::{
    engine::view::{PlanHead, span},
    model::{Kind, RailReading},
    tui::{
        filter::Filter,
        model::Model,
        paint::{Painter, gauge},
        pane::Pane,
        review::order::Group,
        text::{self, count},
        theme::Role,
        update,
    },
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
    if let Some(editor) = model
        .mappings
        .editor
        .as_ref()
        .filter(|_| model.pane == Pane::Mappings)
    {
        // what is edited is said in full before where that is
        if model.size.0 < 100 {
            parts.clear();
        }
        parts.extend([editor.place.block.name().to_string(), editor.label.clone()]);
    }
    let filter = update::filter::current(model);
    if !filter.is_empty() {
        let roughly = model.pane == Pane::Review && model.review.arranged.roughly;
        parts.push(if roughly {
            format!("roughly {filter}")
        } else {
            said(filter)
        });
    }
    if model.pane == Pane::Review && model.review.group != Group::Person {
        parts.push(format!("by {}", model.review.group.word()));
    }
    let crumb = format!(" {} ", model.settings.symbols.crumb);
    let mut pieces: Vec<Piece> = Vec::new();
    let is_editing = update::is_editing(model);
    if is_roomy(model) && !(is_editing && model.size.0 < 120) {
        pieces.push(("usher".to_owned(), Role::Title));
    }
    for part in parts {
        if !pieces.is_empty() {
            pieces.push((crumb.clone(), Role::Muted));
        }
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
            if event.ends_with('s') {
                event.to_owned()
            } else {
                format!("{event}s")
            }
        }
        _ => filter.to_owned(),
    }
}

fn is_roomy(model: &Model) -> bool {
    model.size.0 >= 70
}

fn right(model: &Model) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let roomy = is_roomy(model);
    if !model.settings.label.is_empty() {
        pieces.push((format!(" {} ", model.settings.label), Role::Label));
    }
    if !model.settings.mode.is_empty() && roomy {
        pieces.push((model.settings.mode.clone(), Role::Text));
    }
    if let Some(planning) = &model.planning {
        let (words, role) = match (&planning.reading, planning.silent) {
            (Some((system, _)), Some(silent)) => {
                (format!("{system}: no answer for {}", span(silent)), Role::Warning)
            }
            (Some((system, records)), None) => {
                (format!("reading {system} {}", count(*records)), Role::Running)
            }
            (None, _) => ("planning".to_owned(), Role::Running),
        };
        pieces.push((words, role));
    } else if let Some(head) = &model.review.head {
        let seal: String = head.seal.short().chars().take(4).collect();
        let made = model.settings.clock.hour(head.made);
        let words = if roomy {
            format!("plan {seal} {} {made}", model.settings.symbols.dot)
        } else {
            made
        };
        pieces.push((words, Role::Muted));
    }
    pieces
}

fn taken(pieces: &[Piece]) -> u16 {
    pieces
        .iter()
        .map(|(piece, _)| text::width(piece) as u16 + 3)
        .sum()
}

fn put_right(painter: &mut Painter<'_>, y: u16, width: u16, pieces: &[Piece]) {
    let mut x = (width + 2).saturating_sub(taken(pieces)).max(1);
    for (piece, role) in pieces {
        x += painter.text(x, y, width.saturating_sub(x), piece, *role) + 3;
    }
}

/// Draws the second line: what the plan holds on the left, the guard rails on the right.
///
/// One guard rail is always seen where there is room for any: it is what stops a plan.
fn second(model: &Model, painter: &mut Painter<'_>, width: u16) {
    let Some(head) = &model.review.head else { return };
    let (gap, columns) = if width >= 140 { (3, 8) } else { (2, 6) };
    let label = if width >= 140 { "rails" } else { "" };
    let mut rails = rails(head, painter, gap, columns);
    let kept = rails
        .first()
        .filter(|_| width >= 100)
        .map_or(0, |rail| wide(rail) + label.len() as u16);
    let room = width.saturating_sub(kept + 1);
    let mut x = 1;
    for piece in kinds(head, painter) {
        let taken: u16 = piece.iter().map(|(text, _)| text::width(text) as u16).sum();
        if x + taken > room {
            painter.text(x, 1, 2, painter.symbols.ellipsis, Role::Muted);
            x += 3;
            break;
        }
        for (text, role) in piece {
            x += painter.text(x, 1, width.saturating_sub(x), &text, role);
        }
        x += gap;
    }
    let mut left = width.saturating_sub(x + label.len() as u16);
    rails.retain(|rail| {
        let fits = wide(rail) <= left;
        left = if fits { left - wide(rail) } else { 0 };
        fits
    });
    let taken: u16 = rails.iter().map(|rail| wide(rail)).sum();
    if taken == 0 {
        return;
    }
    let mut x = width.saturating_sub(taken + label.len() as u16 + 1);
    x += painter.text(x, 1, 7, label, Role::Muted);
    for (text, role) in rails.into_iter().flatten() {
        x += painter.text(x, 1, width.saturating_sub(x), &text, role);
    }
}

fn wide(pieces: &[Piece]) -> u16 {
    pieces.iter().map(|(piece, _)| text::width(piece) as u16).sum()
}

/// Returns what the plan holds: `12 create`, `+4 −2 members`, `! 3 findings`.
fn kinds(head: &PlanHead, painter: &Painter<'_>) -> Vec<Vec<Piece>> {
    let of = |kind: Kind| head.summary.kinds.get(&kind).copied().unwrap_or(0);
    let mut pieces = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| of(*kind) > 0) {
        match kind {
            Kind::AddMember | Kind::RemoveMember => {}
            _ => pieces.push(vec![
                (count(of(kind)), Role::Title),
                (format!(" {}", kind.word()), Role::Text),
            ]),
        }
    }
    let (added, removed) = (of(Kind::AddMember), of(Kind::RemoveMember));
    let mut members = Vec::new();
    if added > 0 {
        members.push((format!("+{} ", count(added)), Role::Title));
    }
    if removed > 0 {
        members.push((
            format!("{}{} ", painter.symbols.minus, count(removed)),
            Role::Title,
        ));
    }
    if !members.is_empty() {
        members.push(("members".to_owned(), Role::Text));
        pieces.push(members);
    }
    if head.summary.kinds.values().sum::<usize>() == 0 {
        pieces.push(vec![("nothing to do".to_owned(), Role::Muted)]);
    }
    if head.summary.findings > 0 {
        let words = if head.summary.findings == 1 {
            " finding"
        } else {
            " findings"
        };
        let number = format!("{} {}", painter.symbols.failed, count(head.summary.findings));
        pieces.push(vec![(number, Role::Warning), (words.to_owned(), Role::Text)]);
    }
    pieces
}

/// Returns the guard rails, the fullest first. The system is named where two rails count the same kind.
fn rails(head: &PlanHead, painter: &Painter<'_>, gap: u16, columns: usize) -> Vec<Vec<Piece>> {
    let mut rails: Vec<_> = head.rails.iter().filter(|rail| rail.count > 0).collect();
    rails.sort_by(|a, b| (b.count * a.limit.max(1)).cmp(&(a.count * b.limit.max(1))));
    let alone = |rail: &RailReading| head.rails.iter().filter(|other| other.kind == rail.kind).count() == 1;
    rails
        .into_iter()
        .map(|rail| {
            let (full, empty) = gauge(painter.symbols, columns, rail.count, rail.limit);
            let (look, words) = if rail.is_exceeded() {
                (Role::Failed, Role::Failed)
            } else {
                (Role::Gauge, Role::Text)
            };
            // the rail of privileged accounts counts every kind: the kind of its first operation says nothing
            let is_of_kind = !rail.rail.starts_with("privileged ");
            let name = if is_of_kind && alone(rail) {
                rail.kind.word()
            } else {
                &rail.rail
            };
            vec![
                (format!("{:gap$}{name} ", "", gap = usize::from(gap)), words),
                (full, look),
                (empty, Role::Muted),
                (format!(" {}/{}", count(rail.count), count(rail.limit)), words),
            ]
        })
        .collect()
}
