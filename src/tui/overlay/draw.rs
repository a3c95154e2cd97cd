//! How overlays look.

use ratatui::layout::Rect;

use crate::tui::{model::Model, paint::Painter, scroll::Scroll, text, theme::Role};

use super::{Ask, Confirm, Overlay, commands, rails, systems, undo};

/// Draws what lies on top.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    match model.overlays.last() {
        Some(Overlay::Commands(list)) => draw_commands(model, list, painter),
        Some(Overlay::Ask(ask)) => draw_ask(model, ask, painter),
        Some(Overlay::Rails(at)) => rails::draw::draw(model, *at, painter),
        Some(Overlay::Systems(at)) => systems::draw::draw(model, *at, painter),
        Some(Overlay::Undo(undo)) => undo::draw(model, undo, painter),
        Some(Overlay::Confirm(confirm)) => draw_confirm(model, confirm, painter),
        Some(Overlay::Page { title, lines, offset }) => draw_page(model, title, lines, *offset, painter),
        Some(Overlay::Filter { .. }) | None => {}
    }
}

/// Returns an area in the middle of the screen.
pub fn middle(model: &Model, width: u16, height: u16) -> Rect {
    let (columns, rows) = model.size;
    let (width, height) = (
        width.min(columns.saturating_sub(2)),
        height.min(rows.saturating_sub(2)),
    );
    Rect::new(
        (columns - width) / 2,
        (rows - height) / 3 + u16::from(rows > height + 4),
        width,
        height,
    )
}

/// Draws a text field; returns where it ends.
pub fn field(painter: &mut Painter<'_>, x: u16, y: u16, columns: u16, before: &str, after: &str) -> u16 {
    // a text that is longer than its field shows the part before the cursor
    let room = usize::from(columns.saturating_sub(1));
    let mut seen = before;
    while text::width(seen) > room {
        let mut rest = seen.chars();
        rest.next();
        seen = rest.as_str();
    }
    let mut at = x + painter.text(x, y, columns, seen, Role::Text);
    let mut letters = after.chars();
    let under: String = letters.next().unwrap_or(' ').to_string();
    at += painter.text(at, y, 1, &under, Role::Cursor).max(1);
    at + painter.text(
        at,
        y,
        (x + columns).saturating_sub(at),
        letters.as_str(),
        Role::Text,
    )
}

fn draw_commands(model: &Model, list: &commands::Commands, painter: &mut Painter<'_>) {
    let found = commands::entries(model, list);
    let inner = painter.frame(
        middle(model, 96, model.size.1.saturating_sub(4).min(30)),
        "commands",
    );
    if inner.height < 3 {
        return;
    }
    let (before, after) = list.input.halves();
    let end = field(painter, inner.x, inner.y, inner.width, before, after);
    if list.input.text().is_empty() {
        let hint = "type a word or a key; Enter runs it";
        painter.text(
            end + 1,
            inner.y,
            inner.right().saturating_sub(end + 1),
            hint,
            Role::Muted,
        );
    }
    let height = inner.height - 2;
    let mut scroll = Scroll {
        cursor: list.cursor,
        offset: 0,
    };
    scroll.settle(found.len(), usize::from(height));
    for (line, number) in scroll.window(found.len(), usize::from(height)).enumerate() {
        let entry = &found[number];
        let y = inner.y + 2 + line as u16;
        let role = if entry.reason.is_some() {
            Role::Muted
        } else {
            Role::Text
        };
        painter.text(
            inner.x + 1,
            y,
            13,
            &entry.keys,
            if entry.reason.is_some() { role } else { Role::Key },
        );
        let x = inner.x + 15;
        let used = painter.text(x, y, inner.right().saturating_sub(x), entry.action.help(), role);
        if let Some(reason) = &entry.reason {
            let x = x + used + 2;
            painter.text(x, y, inner.right().saturating_sub(x), reason, Role::Muted);
        }
        if number == list.cursor {
            painter.cursor(inner.x, y, inner.width);
        }
    }
    if found.is_empty() {
        painter.text(
            inner.x + 1,
            inner.y + 2,
            inner.width,
            "no command is called like that",
            Role::Muted,
        );
    }
}

fn draw_ask(model: &Model, ask: &Ask, painter: &mut Painter<'_>) {
    let longest = ask.lines.iter().map(|line| text::width(line)).max().unwrap_or(0) as u16;
    let about = ask.lines.len() as u16 + u16::from(!ask.lines.is_empty());
    let fields = ask.fields.len() as u16;
    let inner = painter.frame(
        middle(model, (longest + 4).max(84), about + fields + 4),
        &ask.title,
    );
    // what is written is seen, whatever has no room
    let first = inner.bottom().saturating_sub(fields + 2).max(inner.y);
    for (y, line) in (inner.y..first).zip(&ask.lines) {
        painter.text(inner.x, y, inner.width, line, Role::Text);
    }
    let label = ask
        .fields
        .iter()
        .map(|field| field.label.len())
        .max()
        .unwrap_or(0) as u16
        + 2;
    for ((at, y), asked) in (first..).enumerate().zip(&ask.fields) {
        let (x, width) = (inner.x + label, inner.width.saturating_sub(label));
        let is_here = at == ask.at;
        let role = if is_here { Role::Title } else { Role::Muted };
        painter.text(inner.x, y, label, asked.label, role);
        let (before, after) = asked.input.halves();
        let mut end = x;
        if is_here {
            end = field(painter, x, y, width, before, after) + 1;
        } else {
            painter.text(x, y, width, asked.input.text(), Role::Text);
        }
        if before.is_empty() && after.is_empty() {
            painter.text(
                end,
                y,
                inner.right().saturating_sub(end),
                &asked.hint,
                Role::Muted,
            );
        }
    }
    let last = inner.bottom().saturating_sub(1);
    if let Some(error) = &ask.error {
        painter.text(inner.x, last, inner.width, error, Role::Failed);
        return;
    }
    let next = if ask.fields.len() > 1 {
        "Tab goes to the other line   "
    } else {
        ""
    };
    let keys = format!("Enter confirms   {next}Esc goes back");
    painter.text(inner.x, last, inner.width, &keys, Role::Muted);
}

fn draw_confirm(model: &Model, confirm: &Confirm, painter: &mut Painter<'_>) {
    let longest = confirm
        .lines
        .iter()
        .map(|line| text::width(line))
        .max()
        .unwrap_or(0) as u16;
    let width = longest.max(50) + 6;
    let inner = painter.frame(
        middle(model, width, confirm.lines.len() as u16 + 6),
        &confirm.title,
    );
    let last = inner.bottom().saturating_sub(2);
    for (y, line) in (inner.y + 1..last).zip(&confirm.lines) {
        painter.text(inner.x, y, inner.width, line, Role::Text);
    }
    if let Some(number) = confirm.number {
        let ask = format!("type {number} and Enter to go on: ");
        let x = inner.x + painter.text(inner.x, last, inner.width, &ask, Role::Title);
        let (before, after) = confirm.input.halves();
        field(painter, x, last, inner.right().saturating_sub(x), before, after);
    } else if !matches!(confirm.then, super::Then::Approve { .. }) {
        painter.pieces(
            inner.x,
            last,
            inner.width,
            &[
                ("y", Role::Key),
                (" yes   ", Role::Text),
                ("Esc", Role::Key),
                (" go back", Role::Text),
            ],
        );
    }
    if let Some(error) = &confirm.error {
        painter.text(inner.x, last + 1, inner.width, error, Role::Failed);
    }
}

fn draw_page(model: &Model, title: &str, lines: &[String], offset: usize, painter: &mut Painter<'_>) {
    let (columns, rows) = model.size;
    let inner = painter.frame(
        middle(model, columns.saturating_sub(4).min(110), rows.saturating_sub(4)),
        title,
    );
    let mut y = inner.y;
    for line in lines.iter().skip(offset) {
        let indent = line.len() - line.trim_start().len();
        for part in text::wrap(line.trim_start(), usize::from(inner.width).saturating_sub(indent)) {
            if y >= inner.bottom() {
                return;
            }
            painter.text(
                inner.x + indent as u16,
                y,
                inner.width.saturating_sub(indent as u16),
                &part,
                Role::Text,
            );
            y += 1;
        }
    }
}
