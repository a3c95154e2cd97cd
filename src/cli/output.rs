//! How the command line prints: tables that line up, JSON, colours only for people.

use std::io::{IsTerminal, Write};

use color_eyre::eyre::Result;
use serde::Serialize;

use crate::tui::text as cells;

/// Whether standard error may be coloured.
pub(super) fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints one line. A reader that has gone away (`usher show | head`) is an error like any other, not a panic.
pub(super) fn line(line: std::fmt::Arguments<'_>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_fmt(line)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Prints one line, formatted, and returns from the function if nobody reads any more.
macro_rules! say {
    ($($format:tt)*) => {
        $crate::cli::output::line(format_args!($($format)*))?
    };
}
pub(super) use say;

/// Makes a text of several lines fit to be shown: what a file or a system said may hold control characters.
pub(super) fn clean(text: &str) -> String {
    text.lines().map(cells::clean).collect::<Vec<_>>().join("\n")
}

/// Prints a value as JSON on one line.
pub(super) fn json(value: &impl Serialize) -> Result<()> {
    line(format_args!("{}", serde_json::to_string(value)?))
}

/// Prints rows as columns, each as wide as its widest cell; hostile characters are shown, not obeyed.
pub(super) fn table(rows: &[Vec<String>]) -> Result<()> {
    let clean: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| cells::clean(cell).into_owned()).collect())
        .collect();
    let columns = clean.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            clean
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cells::width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in &clean {
        let mut text = String::new();
        for (at, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if at + 1 < row.len() {
                text.extend(std::iter::repeat_n(' ', widths[at] - cells::width(cell) + 2));
            }
        }
        line(format_args!("{}", text.trim_end()))?;
    }
    Ok(())
}
