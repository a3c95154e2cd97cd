//! What is wrong with a configuration, where, and what to do about it.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{mask, position};
use crate::planning::rules::Source;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, and probably does not do what was meant.
    Warning,
}

/// One problem, before it is put beside the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the file to point at; empty at 0 if it is about the file as a whole.
    pub span: Range<usize>,
    /// What is wrong, with the name of what it is about.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// How bad it is.
    pub severity: Severity,
}

impl Problem {
    /// Makes an error at a place.
    pub fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            hint: None,
            severity: Severity::Error,
        }
    }

    /// Makes a warning at a place.
    pub fn warning(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(span, message)
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Makes an error inside an expression; `inner` counts bytes of the expression's text.
    ///
    /// Where the text is not in the file as it is (a TOML string with escapes), the whole string is pointed at.
    pub fn in_expression(
        source: &Source,
        inner: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Self {
        // only a string without quotes and escapes is as long in the file as the text it gives
        let exact = source.span.len() == source.text.len() && inner.end <= source.text.len();
        let span = if exact && inner.start <= inner.end {
            source.span.start + inner.start..source.span.start + inner.end
        } else {
            source.span.clone()
        };
        Self {
            hint,
            ..Self::error(span, message)
        }
    }
}

/// All problems of one configuration, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Errors {
    pub(super) path: PathBuf,
    /// The file's text, with everything that may be a secret masked.
    pub(super) text: String,
    problems: Vec<Problem>,
}

/// One problem with its place spelled out; what `--json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Located {
    /// The configuration file.
    pub file: PathBuf,
    /// The line, from 1; 0 if it is about the file as a whole.
    pub line: usize,
    /// The column in characters, from 1; 0 if it is about the file as a whole.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// How bad it is.
    pub severity: Severity,
}

impl Errors {
    /// Puts problems beside the file they stand in. `text` is masked before it is kept.
    pub fn new(path: &Path, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        problems.dedup();
        Self {
            path: path.to_owned(),
            text: mask::masked(text),
            problems,
        }
    }

    /// Makes the one problem of a file that cannot be read at all.
    pub(super) fn of_file(path: &Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(path, "", vec![Problem::error(0..0, message).hint(hint)])
    }

    /// Returns the problems in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Reports whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Reports whether the configuration cannot be used.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Counts the problems of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    }

    /// Reports whether a problem has no place in the file.
    pub(super) fn is_about_file(&self, problem: &Problem) -> bool {
        self.text.is_empty() || problem.span == (0..0)
    }

    /// Returns the problems with their places spelled out.
    pub fn located(&self) -> Vec<Located> {
        self.problems
            .iter()
            .map(|problem| {
                let (line, column) = if self.is_about_file(problem) {
                    (0, 0)
                } else {
                    position::line_and_column(&self.text, problem.span.start)
                };
                Located {
                    file: self.path.clone(),
                    line,
                    column,
                    message: problem.message.clone(),
                    hint: problem.hint.clone(),
                    severity: problem.severity,
                }
            })
            .collect()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Errors {}
