//! How the text is broken into rows of the screen.

use unicode_segmentation::UnicodeSegmentation;

use crate::tui::text;

/// A row of the screen: a part of a line of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Which line.
    pub line: usize,
    /// Its first character, counted in the line.
    pub from: usize,
    /// The octet of the whole text it begins with.
    pub octets: usize,
    /// What is seen.
    pub cells: Vec<Cell>,
    /// Whether the line goes on in the next row.
    pub goes_on: bool,
}

/// One sign of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The sign, hostile characters made visible.
    pub shown: String,
    /// How many columns it takes.
    pub width: usize,
    /// How many characters of the text it stands for.
    pub characters: usize,
    /// How many octets.
    pub octets: usize,
}

impl Row {
    /// Returns the column of a character of the line.
    pub(super) fn column(&self, character: usize) -> usize {
        let mut at = self.from;
        let mut column = 0;
        for cell in &self.cells {
            if at + cell.characters > character {
                break;
            }
            at += cell.characters;
            column += cell.width;
        }
        column
    }

    /// Returns the character at a column, or the last one.
    pub(super) fn character(&self, column: usize) -> usize {
        let (mut at, mut taken) = (self.from, 0);
        // where the line goes on, what is behind the last sign belongs to the next row
        let cells = self.cells.len() - usize::from(self.goes_on && !self.cells.is_empty());
        for cell in &self.cells[..cells] {
            if taken + cell.width > column {
                break;
            }
            taken += cell.width;
            at += cell.characters;
        }
        at
    }

    fn characters(&self) -> usize {
        self.cells.iter().map(|cell| cell.characters).sum()
    }

    /// Reports whether the cursor is in it.
    pub(super) fn holds(&self, (line, character): (usize, usize)) -> bool {
        let end = self.from + self.characters();
        self.line == line && character >= self.from && (character < end || !self.goes_on)
    }
}

/// Breaks lines into rows of at most `columns`, behind a space or a comma where there is one.
pub(super) fn rows(lines: &[String], columns: usize) -> Vec<Row> {
    // the last column is the cursor's, behind the end of a line
    let columns = columns.saturating_sub(1).max(8);
    let mut rows = Vec::new();
    let mut octets = 0;
    for (line, words) in lines.iter().enumerate() {
        let mut row = Row {
            line,
            from: 0,
            octets,
            cells: Vec::new(),
            goes_on: false,
        };
        let mut taken = 0;
        for grapheme in words.graphemes(true) {
            let shown = match grapheme {
                // a tab is no trick: it is shown as the blank it stands for
                "\t" => "  ".to_owned(),
                other => text::clean(other).into_owned(),
            };
            let width = text::width(&shown);
            if taken + width > columns && !row.cells.is_empty() {
                let rest = split(&mut row);
                let next = Row {
                    line,
                    from: row.from + row.characters(),
                    octets: row.octets + row.cells.iter().map(|cell| cell.octets).sum::<usize>(),
                    cells: rest,
                    goes_on: false,
                };
                taken = next.cells.iter().map(|cell| cell.width).sum();
                row.goes_on = true;
                rows.push(std::mem::replace(&mut row, next));
            }
            taken += width;
            row.cells.push(Cell {
                shown,
                width,
                characters: grapheme.chars().count(),
                octets: grapheme.len(),
            });
        }
        rows.push(row);
        octets += words.len() + 1;
    }
    rows
}

/// Takes what stands behind the last good place to break away from a row.
fn split(row: &mut Row) -> Vec<Cell> {
    let good = row
        .cells
        .iter()
        .rposition(|cell| cell.shown == " " || cell.shown == ",")
        .map(|at| at + 1)
        .filter(|at| *at > row.cells.len() / 2)
        .unwrap_or(row.cells.len());
    row.cells.split_off(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(text: &str, columns: usize) -> Vec<String> {
        let lines: Vec<String> = text.split('\n').map(ToOwned::to_owned).collect();
        rows(&lines, columns)
            .iter()
            .map(|row| row.cells.iter().map(|cell| cell.shown.as_str()).collect())
            .collect()
    }

    #[test]
    fn lines_are_broken_behind_commas_and_nothing_is_lost() {
        assert_eq!(laid("Left([a], 12)\n\nx", 11), ["Left([a], ", "12)", "", "x"]);
        assert_eq!(laid("李小龍李小龍", 9), ["李小龍李", "小龍"]);
        assert_eq!(laid("a\u{202E}b", 40), ["a<U+202E>b"]);
    }

    #[test]
    fn every_place_has_one_row_and_comes_back_from_its_column() {
        let lines = vec!["Append([given], 李小龍, [family])".to_owned(), String::new()];
        for columns in [9, 12, 20, 80] {
            let rows = rows(&lines, columns);
            for character in 0..=lines[0].chars().count() {
                let holding: Vec<_> = rows.iter().filter(|row| row.holds((0, character))).collect();
                assert_eq!(holding.len(), 1, "{character} in {columns}");
                let column = holding[0].column(character);
                assert_eq!(holding[0].character(column), character, "{columns}");
            }
        }
    }
}
