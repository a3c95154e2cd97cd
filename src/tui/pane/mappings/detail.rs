//! A rule in full: what it says, and its expressions in a table.

use ratatui::layout::Rect;

use crate::{
    engine::{
        Block,
        mappings::{ExpressionView, RuleView},
    },
    tui::{editor::colour, model::Model, paint::Painter, text, theme::Role, view::layout},
};

/// From so many columns on, what is special about an expression has a column of its own.
const FLAGS_FROM: u16 = 60;

/// A line of the detail.
enum Line<'r> {
    /// What the rule says besides its expressions.
    Fact(&'r str, &'r str),
    /// An expression, by its place in the rule.
    Expression(usize, &'r ExpressionView),
    /// The titles of the table.
    Titles,
    Gap,
}

fn lines(rule: &RuleView) -> Vec<Line<'_>> {
    let numbered = || rule.expressions.iter().enumerate();
    let of = |attribute: bool| {
        numbered()
            .filter(move |(_, it)| it.is_attribute() == attribute)
            .map(|(at, it)| Line::Expression(at, it))
    };
    let mut lines: Vec<_> = of(false).collect();
    lines.extend(rule.facts.iter().map(|(what, words)| Line::Fact(what, words)));
    lines.extend([Line::Gap, Line::Titles]);
    lines.extend(of(true));
    lines
}

/// Returns the first line that is seen: the one under the cursor is.
fn offset(model: &Model, lines: &[Line<'_>], height: usize) -> usize {
    let most = lines.len().saturating_sub(height);
    let pane = &model.mappings;
    let offset = pane.detail_offset.min(most);
    if !pane.inside {
        return offset;
    }
    let is_it = |line: &Line<'_>| matches!(line, Line::Expression(at, _) if *at == pane.expression);
    let at = lines.iter().position(is_it).unwrap_or(0);
    if at < height {
        0
    } else {
        // half a page at a time, as lists do
        let half = (height / 2).max(1);
        ((at + 1 - height).div_ceil(half) * half).min(most)
    }
}

/// Returns the expression that is seen at a row of the screen.
pub fn at(model: &Model, y: u16) -> Option<usize> {
    let (area, rule) = (layout::detail(model)?, model.mappings.rule()?);
    let lines = lines(rule);
    let row = usize::from(y.checked_sub(area.y + 1)?);
    match lines.get(offset(model, &lines, usize::from(area.height.saturating_sub(1))) + row) {
        Some(Line::Expression(at, _)) => Some(*at),
        _ => None,
    }
}

/// Draws the rule.
pub(super) fn draw(model: &Model, painter: &mut Painter<'_>, area: Rect, rule: &RuleView) {
    let width = area.width.saturating_sub(2);
    let (name, way) = match &rule.block {
        Block::Accounts(name) => (name.to_string(), "accounts in"),
        Block::People(name) => (format!("people {name}"), "people from"),
    };
    let used = painter.text(area.x + 1, area.y, width, &name, Role::Title);
    painter.right(
        area.x + used + 3,
        area.y,
        width.saturating_sub(used + 2),
        &format!("{way} {}", rule.system),
        Role::Muted,
    );
    let lines = lines(rule);
    let height = area.height.saturating_sub(1);
    let places = Places::of(rule, area, painter);
    let offset = offset(model, &lines, usize::from(height));
    for (y, line) in (area.y + 1..area.bottom()).zip(&lines[offset..]) {
        match line {
            Line::Gap => {}
            Line::Titles => {
                painter.text(places.label.0, y, places.label.1, "Attribute", Role::Muted);
                painter.text(places.body.0, y, places.body.1, "Expression", Role::Muted);
            }
            Line::Fact(what, words) => {
                painter.text(places.label.0, y, places.label.1, what, Role::Muted);
                let room = area.right().saturating_sub(places.body.0 + 1);
                painter.text(places.body.0, y, room, words, Role::Muted);
            }
            Line::Expression(at, it) => {
                expression(painter, &places, y, it);
                if model.mappings.inside && model.mappings.expression == *at {
                    painter.cursor(area.x, y, area.width);
                }
            }
        }
    }
}

/// Where the columns are: (column, width).
struct Places {
    label: (u16, u16),
    body: (u16, u16),
    flags: (u16, u16),
}

impl Places {
    fn of(rule: &RuleView, area: Rect, painter: &Painter<'_>) -> Self {
        let width = area.width.saturating_sub(2);
        let labels = rule.expressions.iter().map(|it| text::width(&it.label));
        let facts = rule.facts.iter().map(|(what, _)| text::width(what));
        let longest = labels.chain(facts).max().unwrap_or(0).max(9);
        let label = (longest as u16).min(width / 3);
        let flags = if width >= FLAGS_FROM {
            let longest = rule.expressions.iter().map(|it| text::width(&flags(it, painter)));
            (longest.max().unwrap_or(0) as u16).min(width / 3)
        } else {
            0
        };
        let body = width.saturating_sub(label + 2 + if flags > 0 { flags + 2 } else { 0 });
        let x = area.x + 1;
        Self {
            label: (x, label),
            body: (x + label + 2, body),
            flags: (x + label + 2 + body + 2, flags),
        }
    }
}

fn flags(it: &ExpressionView, painter: &Painter<'_>) -> String {
    it.flags.join(&format!(" {} ", painter.symbols.dot))
}

fn expression(painter: &mut Painter<'_>, places: &Places, y: u16, it: &ExpressionView) {
    painter.text(places.label.0, y, places.label.1, &it.label, Role::Text);
    let (x, width) = places.body;
    let said = flags(it, painter);
    if it.text.is_empty() {
        painter.text(x, y, width, &said, Role::Muted);
        return;
    }
    let line = colour::on_one_line(&it.text);
    let shown = text::cut(&line, usize::from(width), painter.symbols.ellipsis).into_owned();
    let pieces = if shown == line {
        colour::pieces(&line)
    } else {
        colour::cut(&line, &shown)
    };
    let used = painter.pieces(x, y, width, &pieces);
    let (flags_at, columns) = places.flags;
    if columns > 0 {
        painter.text(flags_at, y, columns, &said, Role::Muted);
    } else if !said.is_empty() && used + 3 < width {
        painter.text(x + used + 2, y, width - used - 2, &said, Role::Muted);
    }
}
