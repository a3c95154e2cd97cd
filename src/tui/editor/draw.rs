//! How the editor looks: the text above, what is wrong or how a function is called below it, then what it gives and
//! what it would change; side by side where there is room.

mod answers;
mod popup;

use ratatui::layout::Rect;

use crate::{
    engine::mappings::Gives,
    tui::{model::Model, paint::Painter, text, theme::Role, view::layout},
};

use super::{
    Editor, colour, complete,
    lay::{self, Row},
};

/// How many people are shown, and so how many rows they take.
const PEOPLE: u16 = 6;

/// Where the parts are.
struct Parts {
    text: Rect,
    message: Rect,
    people: Rect,
    impact: Rect,
}

impl Parts {
    fn of(model: &Model, editor: &Editor) -> Self {
        let body = layout::body(model);
        let wide = layout::is_wide(model);
        let width = body.width.saturating_sub(2);
        let column = if wide { width * 58 / 100 } else { width };
        let mut y = body.y + 1;
        let mut take = |wanted: u16| {
            let height = wanted.min(body.bottom().saturating_sub(y));
            let part = Rect::new(body.x + 1, y, column, height);
            y += height;
            part
        };
        // the row of carets below a mistake always has its place: nothing jumps when one comes and goes
        let needed = lay::rows(editor.area.lines(), usize::from(column)).len() as u16 + 1;
        if wide {
            let text = take(needed.clamp(4, (body.height / 2).max(4)));
            let message = take(3);
            let impact = take(body.height);
            let x = body.x + 1 + column + 3;
            let people = Rect::new(x, body.y, (body.x + 1 + width).saturating_sub(x), body.height);
            return Self {
                text,
                message,
                people,
                impact,
            };
        }
        let message_rows = if body.height >= 12 { 2 } else { 1 };
        let rest = body.height.saturating_sub(1 + message_rows);
        let people_rows = if rest >= PEOPLE + 8 { PEOPLE + 1 } else { rest / 3 };
        let left = rest.saturating_sub(people_rows);
        let text = take(needed.clamp(3, left.saturating_sub(4).max(3)));
        let message = take(message_rows);
        let people = take(people_rows);
        let impact = take(body.height);
        Self {
            text,
            message,
            people,
            impact,
        }
    }
}

/// Returns how many columns the text has.
pub fn text_columns(model: &Model) -> usize {
    let editor = model.mappings.editor.as_ref();
    editor.map_or(0, |editor| usize::from(Parts::of(model, editor).text.width))
}

/// Draws the editor in the place of its pane.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let Some(editor) = &model.mappings.editor else {
        return;
    };
    let body = layout::body(model);
    head(model, editor, painter);
    let parts = Parts::of(model, editor);
    let cursor = draw_text(editor, parts.text, painter);
    draw_message(editor, parts.message, painter);
    for (part, title) in [(parts.people, "gives"), (parts.impact, "changes")] {
        if part.height == 0 {
            continue;
        }
        if !layout::is_wide(model) {
            painter.rule(0, part.y, body.width);
        } else if title == "changes" {
            painter.rule(0, part.y, parts.people.x.saturating_sub(2));
        }
        let beside = layout::is_wide(model) && title == "gives";
        let (x, words) = if beside {
            (part.x, title.to_owned())
        } else {
            (part.x + 1, format!(" {title} "))
        };
        painter.text(x, part.y, part.width, &words, Role::Muted);
    }
    if layout::is_wide(model) {
        painter.bar(parts.people.x - 2, body.y, body.height);
    }
    answers::people(editor, lower(parts.people), painter);
    answers::impact(model, editor, lower(parts.impact), painter);
    if let Some((x, y)) = cursor {
        popup::draw(editor, body, (x, y), painter);
    }
}

/// Returns what is left of an area below its title.
fn lower(area: Rect) -> Rect {
    Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

/// Says what kind of expression this is, what saving does, and whether there is anything to save.
fn head(model: &Model, editor: &Editor, painter: &mut Painter<'_>) {
    let body = layout::body(model);
    let (state, role) = if editor.saving {
        ("saving", Role::Running)
    } else if editor.wants_save {
        ("counting before saving", Role::Running)
    } else if editor.is_changed() {
        ("changed, not saved", Role::Warning)
    } else {
        ("as it is saved", Role::Muted)
    };
    let width = text_columns(model) as u16;
    painter.right(body.x + 1, body.y, width, state, role);
    let room = width.saturating_sub(text::width(state) as u16 + 2);
    let wants = match editor.gives {
        Gives::Truth => "true or false; ",
        Gives::Reference => "a reference; ",
        Gives::Value | Gives::Secret => "",
    };
    let then = if model.settings.read_only {
        "this console writes to no system: saving changes the file and plans"
    } else {
        "saving changes the file and plans; no system is written to"
    };
    // what does not fit is left out whole: half a promise is none
    let words = [format!("{wants}{then}"), then.to_owned()];
    if let Some(words) = words.iter().find(|words| text::width(words) <= usize::from(room)) {
        painter.text(body.x + 1, body.y, room, words, Role::Muted);
    }
}

/// Draws the text; returns where the cursor is.
fn draw_text(editor: &Editor, area: Rect, painter: &mut Painter<'_>) -> Option<(u16, u16)> {
    let text = editor.text();
    let lines: Vec<String> = text.split('\n').map(ToOwned::to_owned).collect();
    let rows = lay::rows(&lines, usize::from(area.width));
    let cursor = editor.cursor();
    let at = rows.iter().position(|row| row.holds(cursor)).unwrap_or(0);
    let looks = looks(&text);
    let mistake = editor.mistake().map(|it| (it.span.start, it.span.end));
    let marked = mistake.and_then(|(start, _)| rows.iter().rposition(|row| row.octets <= start));
    // the row below a mistake carries its mark
    let height = usize::from(area.height);
    let extra = usize::from(marked.is_some_and(|marked| marked <= at));
    let first = (at + 1 + extra).saturating_sub(height);
    let mut y = area.y;
    let mut place = None;
    for (number, row) in rows.iter().enumerate().skip(first) {
        if y >= area.bottom() {
            break;
        }
        draw_row(row, &looks, (area.x, y), painter);
        if number == at {
            let x = area.x + row.column(cursor.1) as u16;
            painter.cursor(x, y, 1);
            place = Some((x, y));
        }
        y += 1;
        if let Some((start, end)) = mistake
            && marked == Some(number)
            && y < area.bottom()
        {
            mark(row, start, end, (area.x, y), painter);
            y += 1;
        }
    }
    place
}

/// Returns the look of every octet.
fn looks(text: &str) -> Vec<Role> {
    let mut looks = Vec::with_capacity(text.len());
    for (piece, role) in colour::pieces(text) {
        looks.extend(std::iter::repeat_n(role, piece.len()));
    }
    looks
}

fn draw_row(row: &Row, looks: &[Role], (x, y): (u16, u16), painter: &mut Painter<'_>) {
    let (mut x, mut octets) = (x, row.octets);
    for cell in &row.cells {
        let role = looks.get(octets).copied().unwrap_or(Role::Text);
        painter.text(x, y, cell.width as u16, &cell.shown, role);
        x += cell.width as u16;
        octets += cell.octets;
    }
}

/// Draws the carets under a mistake.
fn mark(row: &Row, start: usize, end: usize, (x, y): (u16, u16), painter: &mut Painter<'_>) {
    let (mut octets, mut before, mut under) = (row.octets, 0, 0);
    for cell in &row.cells {
        if octets + cell.octets <= start {
            before += cell.width;
        } else if octets < end {
            under += cell.width;
        }
        octets += cell.octets;
    }
    painter.text(
        x + before as u16,
        y,
        under.max(1) as u16,
        &"^".repeat(under.max(1)),
        Role::Failed,
    );
}

/// Says what is wrong and what to do about it; or else how the function at the cursor is called.
fn draw_message(editor: &Editor, area: Rect, painter: &mut Painter<'_>) {
    if area.height == 0 {
        return;
    }
    if let Some(mistake) = editor.mistake() {
        let sign = format!("{} ", painter.symbols.failed);
        let more = match editor.mistakes.len() {
            1 => String::new(),
            many => format!("  (and {} more)", many - 1),
        };
        let words = format!("{}{more}", mistake.message);
        painter.text(area.x, area.y, 2, &sign, Role::Failed);
        let room = area.width.saturating_sub(2);
        let mut lines: Vec<_> = text::wrap(&words, usize::from(room))
            .into_iter()
            .map(|line| (line, Role::Failed))
            .collect();
        let hint = mistake
            .hint
            .iter()
            .flat_map(|hint| text::wrap(hint, usize::from(room)));
        lines.extend(hint.map(|line| (line, Role::Text)));
        for (y, (line, role)) in (area.y..area.bottom()).zip(lines) {
            painter.text(area.x + 2, y, room, &line, role);
        }
        return;
    }
    let x = area.x
        + painter.text(
            area.x,
            area.y,
            area.width,
            painter.symbols.approved,
            Role::Approved,
        );
    painter.text(x + 1, area.y, area.width.saturating_sub(2), "sound", Role::Muted);
    let y = (area.y + 1).min(area.bottom() - 1);
    let x = if area.height > 1 { area.x + 2 } else { x + 8 };
    if let Some((signature, parameter)) = complete::call(&editor.text(), editor.cursor_octets()) {
        draw_call(
            signature,
            parameter,
            (x, y),
            area.right().saturating_sub(x),
            painter,
        );
    }
}

/// Draws how a function is called, with the parameter the cursor is at standing out.
fn draw_call(signature: &str, parameter: usize, (x, y): (u16, u16), columns: u16, painter: &mut Painter<'_>) {
    let Some((name, parameters)) = signature.split_once('(') else {
        return;
    };
    let parameters: Vec<&str> = parameters.trim_end_matches(')').split(',').collect();
    // the last of a function that takes any number of them stands for the rest
    let current = parameter.min(parameters.len().saturating_sub(1));
    let opening = format!("{name}(");
    let mut pieces = vec![(opening.as_str(), Role::Muted)];
    for (number, word) in parameters.iter().enumerate() {
        if number > 0 {
            pieces.push((",", Role::Muted));
        }
        let role = if number == current {
            Role::Title
        } else {
            Role::Muted
        };
        pieces.push((word, role));
    }
    pieces.push((")", Role::Muted));
    painter.pieces(x, y, columns, &pieces);
}
