//! Drawing. Every piece of text goes through here, and so through [`super::text`].

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{
    symbols::Symbols,
    text::{self, Align},
    theme::{Role, Theme},
};

/// A brush: the buffer, the theme and the signs.
pub struct Painter<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    /// The signs in use.
    pub symbols: &'static Symbols,
}

impl<'a> Painter<'a> {
    /// Makes a brush for a buffer.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, symbols: &'static Symbols) -> Self {
        Self {
            buffer,
            theme,
            symbols,
        }
    }

    /// Returns how a meaning looks.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Writes a text, cut to `columns`; returns the columns it took.
    pub fn text(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) -> u16 {
        let style = self.style(role);
        self.styled(x, y, columns, text, style)
    }

    /// Writes a text in a style, cut to `columns`; returns the columns it took.
    pub fn styled(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() || columns == 0 {
            return 0;
        }
        let columns = columns.min(area.right() - x);
        self.halve(x, y);
        let shown = text::cut(text, usize::from(columns), self.symbols.ellipsis);
        let (end, _) = self.buffer.set_stringn(x, y, shown, usize::from(columns), style);
        end - x
    }

    /// Removes a wide character whose second half is about to be written over.
    fn halve(&mut self, x: u16, y: u16) {
        let before = x.checked_sub(1).and_then(|x| self.buffer.cell_mut((x, y)));
        if let Some(cell) = before.filter(|cell| cell.symbol().len() > 1 && text::width(cell.symbol()) > 1) {
            cell.set_symbol(" ");
        }
    }

    /// Writes a text at the right end of `columns`.
    pub fn right(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) {
        let shown = text::fit(text, usize::from(columns), Align::Right, self.symbols.ellipsis);
        let gap = shown.len() - shown.trim_start().len();
        let gap = gap as u16;
        self.text(x + gap, y, columns - gap, shown.trim_start(), role);
    }

    /// Writes pieces of text one after the other; returns the columns they took.
    pub fn pieces(&mut self, x: u16, y: u16, columns: u16, pieces: &[(&str, Role)]) -> u16 {
        let mut taken = 0;
        for (piece, role) in pieces {
            taken += self.text(x + taken, y, columns - taken, piece, *role);
        }
        taken
    }

    /// Draws a thin horizontal rule.
    pub fn rule(&mut self, x: u16, y: u16, columns: u16) {
        let line = self.symbols.rule.repeat(usize::from(columns));
        self.text(x, y, columns, &line, Role::Rule);
    }

    /// Draws a thin vertical rule.
    pub fn bar(&mut self, x: u16, y: u16, rows: u16) {
        for row in 0..rows {
            self.text(x, y + row, 1, self.symbols.bar, Role::Rule);
        }
    }

    /// Gives a row the look of the cursor, whatever stands in it.
    ///
    /// The row's own colours go: a bar in one colour is calmer to look at, and shorter to send.
    pub fn cursor(&mut self, x: u16, y: u16, columns: u16) {
        let style = self.style(Role::Cursor);
        self.each(x, y, columns, |cell| {
            cell.set_style(Style::reset());
            cell.modifier = Modifier::empty();
            cell.set_style(style);
        });
    }

    /// Adds a look to a row.
    pub fn patch(&mut self, x: u16, y: u16, columns: u16, role: Role) {
        let style = self.style(role);
        self.each(x, y, columns, |cell| {
            cell.set_style(style);
        });
    }

    /// Empties an area and draws a frame with a title around it: the only box there is, for what lies on top.
    pub fn frame(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            self.each(area.x, y, area.width, |cell| {
                cell.reset();
            });
        }
        if area.width < 4 || area.height < 3 {
            return area;
        }
        self.rule(area.x, area.y, area.width);
        self.rule(area.x, area.bottom() - 1, area.width);
        let corners = if self.symbols.rule == "─" {
            ["╭", "╮", "╰", "╯"]
        } else {
            ["+"; 4]
        };
        self.text(area.x, area.y, 1, corners[0], Role::Rule);
        self.text(area.right() - 1, area.y, 1, corners[1], Role::Rule);
        self.text(area.x, area.bottom() - 1, 1, corners[2], Role::Rule);
        self.text(area.right() - 1, area.bottom() - 1, 1, corners[3], Role::Rule);
        self.bar(area.x, area.y + 1, area.height - 2);
        self.bar(area.right() - 1, area.y + 1, area.height - 2);
        if !title.is_empty() {
            self.text(
                area.x + 2,
                area.y,
                area.width - 4,
                &format!(" {title} "),
                Role::Title,
            );
        }
        Rect::new(area.x + 2, area.y + 1, area.width - 4, area.height - 2)
    }

    fn each(&mut self, x: u16, y: u16, columns: u16, mut change: impl FnMut(&mut ratatui::buffer::Cell)) {
        let area = Rect::new(x, y, columns, 1).intersection(self.buffer.area);
        for x in area.left()..area.right() {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                change(cell);
            }
        }
    }
}

/// Returns a gauge of `columns` signs, full in the proportion of `part` to `whole`.
///
/// Anything but nothing fills at least one sign, and only the whole fills the last one.
pub fn gauge(symbols: &Symbols, columns: usize, part: usize, whole: usize) -> (String, String) {
    let full = if whole == 0 || columns == 0 {
        0
    } else if part >= whole {
        columns
    } else {
        let exact = (part as f64 / whole as f64 * columns as f64).round() as usize;
        exact.clamp(usize::from(part > 0), columns.saturating_sub(1))
    };
    (
        symbols.full.repeat(full),
        symbols.empty.repeat(columns - full.min(columns)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_never_lies_at_its_ends() {
        let full = |part, whole| gauge(&Symbols::UNICODE, 8, part, whole).0.chars().count();
        assert_eq!(
            (
                full(0, 20),
                full(1, 2000),
                full(1999, 2000),
                full(20, 20),
                full(30, 20)
            ),
            (0, 1, 7, 8, 8)
        );
        assert_eq!(full(0, 0), 0);
    }
}
