//! Problems as text for people: the place, the line with a caret, the hint.

use std::{fmt::Write as _, path::Path};

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::{
    position,
    problem::{Errors, Problem, Severity},
};

impl Errors {
    /// Writes all problems the way compilers do, and how many there are at the end.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut out = String::new();
        for problem in self.problems() {
            out.push_str(&self.render_one(&renderer, problem));
            out.push_str("\n\n");
        }
        out.push_str(&self.summary());
        out
    }

    /// Says in one line how many problems there are: `usher.toml: 2 errors, 1 warning`.
    pub fn summary(&self) -> String {
        let counted = |severity, word| match self.count(severity) {
            0 => None,
            1 => Some(format!("1 {word}")),
            n => Some(format!("{n} {word}s")),
        };
        let parts: Vec<_> = [
            counted(Severity::Error, "error"),
            counted(Severity::Warning, "warning"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let parts = if parts.is_empty() {
            "no errors".to_owned()
        } else {
            parts.join(", ")
        };
        format!("{}: {parts}", shown_path(&self.path))
    }

    fn render_one(&self, renderer: &Renderer, problem: &Problem) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let path = shown_path(&self.path);
        let title = level.primary_title(visible(&problem.message));
        let mut group = if self.is_about_file(problem) {
            title.element(Origin::path(path))
        } else {
            let span = self.snippet_span(problem);
            title.element(
                Snippet::source(self.text.as_str())
                    .path(path)
                    .annotation(AnnotationKind::Primary.span(span)),
            )
        };
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(visible(hint)));
        }
        renderer.render(&[group])
    }

    /// Cuts the span to its first line: a table of fifty lines is not underlined whole.
    fn snippet_span(&self, problem: &Problem) -> std::ops::Range<usize> {
        let start = position::floor(&self.text, problem.span.start);
        let end = position::floor(&self.text, problem.span.end).max(start);
        let length = self.text[start..end].find(['\r', '\n']).unwrap_or(end - start);
        start..start + length
    }
}

fn shown_path(path: &Path) -> String {
    visible(&path.display().to_string())
}

/// Writes characters that would act on the terminal, or turn text around, as their numbers.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let acts = c.is_control() && c != '\n';
        let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if acts || hides {
            // writing to a string does not fail
            let _ = write!(out, "<U+{:04X}>", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}
