//! A configuration file in the making: sections of lines, with comments.

use std::fmt;

use super::toml_text::{key, one_line};

/// A header with what is under it.
#[derive(Debug)]
pub(super) struct Section {
    comments: Vec<String>,
    header: String,
    /// What is under the header.
    pub(super) lines: Vec<Line>,
}

/// One line under a header.
#[derive(Debug, Clone)]
pub(super) enum Line {
    /// A key, its value as TOML, and what is to be known about it.
    Key {
        /// The key, without quotes.
        key: String,
        /// The value, as TOML.
        value: String,
        /// What stands behind it.
        note: Option<String>,
    },
    /// A comment.
    Comment(String),
}

impl Line {
    /// Makes a line of a key and a value that is TOML already.
    pub(super) fn key(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Key {
            key: key.into(),
            value: value.into(),
            note: None,
        }
    }

    /// Makes a comment.
    pub(super) fn comment(text: impl Into<String>) -> Self {
        Self::Comment(text.into())
    }

    /// Puts a comment behind the value.
    #[must_use]
    pub(super) fn says(mut self, text: impl Into<String>) -> Self {
        if let Self::Key { note, .. } = &mut self {
            *note = Some(text.into());
        }
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(text) => f.write_str(&comment(text)),
            Self::Key {
                key: name,
                value,
                note,
            } => {
                write!(f, "{} = {value}", key(name))?;
                match note {
                    Some(note) => write!(f, "   # {}", one_line(note)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Section {
    /// Makes a section without lines.
    pub(super) fn new(header: impl Into<String>) -> Self {
        Self {
            comments: Vec::new(),
            header: header.into(),
            lines: Vec::new(),
        }
    }

    /// Adds a comment above the header.
    pub(super) fn comment(&mut self, text: impl Into<String>) {
        self.comments.push(text.into());
    }

    /// Reports whether a value holds a text.
    pub(super) fn holds(&self, text: &str) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| matches!(line, Line::Key { value, .. } if value.contains(text)))
    }

    /// Adds a line.
    pub(super) fn add(&mut self, line: Line) {
        self.lines.push(line);
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for comment in &self.comments {
            writeln!(f, "{}", self::comment(comment))?;
        }
        if !self.header.is_empty() {
            writeln!(f, "{}", self.header)?;
        }
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

fn comment(text: &str) -> String {
    format!("# {}", one_line(text)).trim_end().to_owned()
}

/// Writes sections with a blank line between two.
pub(super) fn write(sections: &[Section]) -> String {
    let written: Vec<_> = sections.iter().map(ToString::to_string).collect();
    written.join("\n")
}
