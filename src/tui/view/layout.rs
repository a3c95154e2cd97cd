//! Where things are, for drawing and for the mouse alike: two columns from 120, list over detail from 80, else one.

use ratatui::layout::Rect;

use crate::tui::{
    model::Model,
    paint::Painter,
    pane::{Pane, run, today},
    scroll::Scroll,
};

/// Fewer columns and rows than these show one sentence.
pub const SMALLEST: (u16, u16) = (40, 8);

const WIDE: u16 = 120;
const MIDDLE: u16 = 80;

/// Returns how many rows the header has.
pub fn header_rows(model: &Model) -> u16 {
    if model.size.1 >= 14 { 2 } else { 1 }
}

/// Returns the area between header and footer.
pub fn body(model: &Model) -> Rect {
    let (columns, rows) = model.size;
    let top = header_rows(model) + 1;
    Rect::new(0, top, columns, rows.saturating_sub(top + 2))
}

/// Reports whether there is room for many columns.
pub fn is_wide(model: &Model) -> bool {
    model.size.0 >= WIDE
}

/// Reports whether the detail has no room beside or below its list.
pub fn is_narrow(model: &Model) -> bool {
    model.size.0 < MIDDLE || (!is_wide(model) && body(model).height < 14)
}

/// Returns the areas of a list and of its detail; one of them is empty where there is no room for both.
fn split(model: &Model) -> (Rect, Option<Rect>) {
    let body = body(model);
    if model.zoom {
        return (Rect { height: 0, ..body }, Some(body));
    }
    if is_narrow(model) {
        return (body, None);
    }
    if is_wide(model) {
        // a rule is read in its detail: few rules, many expressions
        let share = if model.pane == Pane::Mappings { 30 } else { 58 };
        let list = body.width * share / 100;
        return (
            Rect { width: list, ..body },
            Some(Rect {
                x: list + 1,
                width: body.width - list - 1,
                ..body
            }),
        );
    }
    let mut detail = (body.height * 45 / 100).max(6);
    if model.pane == Pane::Mappings {
        let rows = model.mappings.rules.len() as u16 + 1;
        detail = detail.max(body.height.saturating_sub(rows + 1).min(body.height * 75 / 100));
    }
    let list = body.height - detail - 1;
    (
        Rect { height: list, ..body },
        Some(Rect {
            y: body.y + list + 1,
            height: detail,
            ..body
        }),
    )
}

fn has_detail(pane: Pane) -> bool {
    matches!(pane, Pane::Review | Pane::People | Pane::Mappings)
}

/// Returns the area of the list, with its head.
pub fn list(model: &Model) -> Rect {
    if has_detail(model.pane) {
        split(model).0
    } else {
        body(model)
    }
}

/// Returns the area of the detail, if it is seen.
pub fn detail(model: &Model) -> Option<Rect> {
    if has_detail(model.pane) {
        split(model).1
    } else {
        None
    }
}

/// Returns the area of the rows of the list: without what stands above them.
pub fn rows(model: &Model) -> Rect {
    let list = list(model);
    let head = match model.pane {
        Pane::Audit => 2,
        Pane::Run => run::head_rows(model),
        _ => 1,
    };
    let head = head.min(list.height);
    Rect {
        y: list.y + head,
        height: list.height - head,
        ..list
    }
}

/// Returns how many rows of the list are seen.
pub fn list_height(model: &Model) -> usize {
    usize::from(rows(model).height)
}

/// Keeps every cursor in its list and in sight.
pub fn settle(model: &mut Model) {
    let height = list_height(model);
    let settle = |scroll: &mut Scroll, length: usize| scroll.settle(length, height);
    match model.pane {
        Pane::Today => today::settle(model),
        Pane::Review if !model.zoom => settle(&mut model.review.scroll, model.review.arranged.lines.len()),
        Pane::Run => {
            let length = model.run.failures().len();
            settle(&mut model.run.scroll, length);
        }
        Pane::Audit => {
            let total = model.audit.total();
            settle(&mut model.audit.scroll, total);
        }
        Pane::People => settle(&mut model.people.scroll, model.people.shown.len()),
        Pane::Mappings => settle(&mut model.mappings.scroll, model.mappings.rules.len()),
        Pane::Review => {}
    }
}

/// Draws the thin rules between header, list, detail and footer.
pub fn rules(model: &Model, painter: &mut Painter<'_>) {
    let body = body(model);
    painter.rule(0, body.y - 1, body.width);
    painter.rule(0, body.bottom(), body.width);
    if crate::tui::update::is_editing(model) {
        return;
    }
    match detail(model) {
        Some(detail) if detail.x > 0 => painter.bar(detail.x - 1, detail.y, detail.height),
        Some(detail) if detail.y > body.y => painter.rule(0, detail.y - 1, detail.width),
        _ => {}
    }
}
