//! Columns: how wide each one is, and a row drawn into them.

use crate::tui::{paint::Painter, text::Align, theme::Role};

/// A column of a list.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// Its width, or its share of what is left.
    pub width: Width,
    /// On which side its text stands.
    pub align: Align,
    /// Lists narrower than this do without it.
    pub from: u16,
}

/// How wide a column is.
#[derive(Debug, Clone, Copy)]
pub enum Width {
    /// So many columns.
    Fixed(u16),
    /// So many parts of what is left.
    Share(u16),
}

/// Makes a column that is always there.
pub const fn column(title: &'static str, width: Width) -> Column {
    Column {
        title,
        width,
        align: Align::Left,
        from: 0,
    }
}

impl Column {
    /// Makes the column one of numbers.
    #[must_use]
    pub const fn right(self) -> Self {
        Self {
            align: Align::Right,
            ..self
        }
    }

    /// Lets narrower lists do without it.
    #[must_use]
    pub const fn from(self, from: u16) -> Self {
        Self { from, ..self }
    }
}

/// A place for every column; a width of nothing is a column that is left out.
pub type Places = Vec<(u16, u16)>;

/// Returns where each column begins and how wide it is; two columns are left free between them.
pub fn places(columns: &[Column], x: u16, width: u16) -> Places {
    let seen = |column: &&Column| width >= column.from;
    let gaps = 2 * (columns.iter().filter(seen).count().saturating_sub(1) as u16);
    let fixed: u16 = columns
        .iter()
        .filter(seen)
        .map(|c| if let Width::Fixed(n) = c.width { n } else { 0 })
        .sum();
    let shares: u16 = columns
        .iter()
        .filter(seen)
        .map(|c| if let Width::Share(n) = c.width { n } else { 0 })
        .sum();
    let left = width.saturating_sub(gaps + fixed);
    let mut at = x;
    let end = x + width;
    columns
        .iter()
        .map(|column| {
            if width < column.from {
                return (at, 0);
            }
            let wide = match column.width {
                Width::Fixed(wide) => wide,
                Width::Share(part) => left * part / shares.max(1),
            };
            let wide = wide.min(end.saturating_sub(at));
            let place = (at, wide);
            at = (at + wide + 2).min(end);
            place
        })
        .collect()
}

/// Draws the titles of the columns.
pub fn titles(painter: &mut Painter<'_>, columns: &[Column], places: &Places, y: u16) {
    for (column, (x, width)) in columns.iter().zip(places) {
        put(painter, column, *x, y, *width, column.title, Role::Muted);
    }
}

/// Draws a row.
pub fn row(painter: &mut Painter<'_>, columns: &[Column], places: &Places, y: u16, cells: &[(&str, Role)]) {
    for ((column, (x, width)), (text, role)) in columns.iter().zip(places).zip(cells) {
        put(painter, column, *x, y, *width, text, *role);
    }
}

fn put(painter: &mut Painter<'_>, column: &Column, x: u16, y: u16, width: u16, text: &str, role: Role) {
    match column.align {
        Align::Left => {
            painter.text(x, y, width, text, role);
        }
        Align::Right => painter.right(x, y, width, text, role),
    }
}
