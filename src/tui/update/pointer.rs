//! The mouse: click a row, a key in the footer; turn the wheel.

use jiff::Timestamp;

use crate::tui::{
    action::Action,
    message::{Effect, Mouse},
    model::Model,
    overlay::Overlay,
    pane::{Pane, mappings},
    view::{footer, layout},
};

const WHEEL: isize = 3;

/// Does what the mouse asks for.
pub fn point(model: &mut Model, mouse: Mouse, now: Timestamp) -> Vec<Effect> {
    let is_editing = super::is_editing(model);
    match (mouse, model.overlays.last_mut()) {
        (Mouse::WheelUp(..), Some(Overlay::Page { offset, .. })) => *offset = offset.saturating_sub(3),
        (Mouse::WheelDown(..), Some(Overlay::Page { offset, lines, .. })) => {
            *offset = (*offset + 3).min(lines.len().saturating_sub(1));
        }
        (_, Some(_)) => {}
        _ if is_editing => {}
        (Mouse::WheelUp(x, y), None) => wheel(model, x, y, -WHEEL),
        (Mouse::WheelDown(x, y), None) => wheel(model, x, y, WHEEL),
        (Mouse::Click(x, y), None) => return click(model, x, y, now),
    }
    Vec::new()
}

fn wheel(model: &mut Model, x: u16, y: u16, by: isize) {
    let on_detail = layout::detail(model).is_some_and(|detail| detail.contains((x, y).into()));
    let offset = match model.pane {
        Pane::Review if on_detail => &mut model.review.detail_offset,
        Pane::People if on_detail => &mut model.people.detail_offset,
        Pane::Mappings if on_detail => &mut model.mappings.detail_offset,
        _ => return super::step(model, by),
    };
    *offset = offset.saturating_add_signed(by);
}

fn click(model: &mut Model, x: u16, y: u16, now: Timestamp) -> Vec<Effect> {
    let footer = footer::hints(model)
        .into_iter()
        .find(|hint| hint.area.contains((x, y).into()));
    if let Some(hint) = footer {
        return super::act(model, hint.action, now);
    }
    // the second line of the header shows the guard rails on its right
    if y == 1 && layout::header_rows(model) > 1 && x >= model.size.0 / 2 {
        return super::act(model, Action::Rails, now);
    }
    if model.pane == Pane::Mappings && layout::detail(model).is_some_and(|it| it.contains((x, y).into())) {
        if let Some(at) = mappings::expression_at(model, y) {
            (model.mappings.inside, model.mappings.expression) = (true, at);
        }
        return Vec::new();
    }
    let rows = layout::rows(model);
    if !rows.contains((x, y).into()) {
        return Vec::new();
    }
    let line = usize::from(y - rows.y);
    match model.pane {
        Pane::Review => {
            model.review.detail_offset = 0;
            click_row(&mut model.review.scroll, line, model.review.arranged.lines.len());
        }
        Pane::Audit => {
            let total = model.audit.total();
            click_row(&mut model.audit.scroll, line, total);
        }
        Pane::People => click_row(&mut model.people.scroll, line, model.people.shown.len()),
        Pane::Mappings => {
            mappings::leave(model);
            let by = (model.mappings.scroll.offset + line) as isize;
            model.mappings.step(by - model.mappings.scroll.cursor as isize);
        }
        Pane::Today | Pane::Run => {}
    }
    Vec::new()
}

fn click_row(scroll: &mut crate::tui::scroll::Scroll, line: usize, length: usize) {
    if scroll.offset + line < length {
        scroll.cursor = scroll.offset + line;
    }
}
