//! How the command line prints: tables that line up, JSON, colours only for people.

use std::io::IsTerminal;

use color_eyre::eyre::Result;
use serde::Serialize;

use crate::tui::text;

/// Whether standard error may be coloured.
pub(super) fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints a value as JSON on one line.
pub(super) fn json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

/// Prints rows as columns, each as wide as its widest cell; hostile characters are shown, not obeyed.
pub(super) fn table(rows: &[Vec<String>]) {
    let clean: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| text::clean(cell).into_owned()).collect()).collect();
    let columns = clean.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| clean.iter().filter_map(|row| row.get(column)).map(|cell| text::width(cell)).max().unwrap_or(0))
        .collect();
    for row in &clean {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if at + 1 < row.len() {
                line.extend(std::iter::repeat_n(' ', widths[at] - text::width(cell) + 2));
            }
        }
        println!("{}", line.trim_end());
    }
}
