//! The parts of an expression: which are worth a step, and how they are written.

use super::{Shown, Step};
use crate::expression::{self, Trace};

/// Deeper than this nothing is told: the screen has no room, and the text is read by people.
pub(super) const DEEPEST: u16 = 48;

/// Returns the steps of an expression on their own: where its names come from is not known.
pub fn steps(trace: &Trace) -> Vec<Step> {
    fn down(trace: &Trace, depth: u16, steps: &mut Vec<Step>) {
        steps.push(Step {
            depth,
            text: if depth == 0 {
                one_line(&trace.text)
            } else {
                elided(trace)
            },
            value: shown(trace),
            from: String::new(),
        });
        if depth < DEEPEST {
            for child in trace.children.iter().filter(|child| is_telling(child)) {
                down(child, depth + 1, steps);
            }
        }
    }
    let mut found = Vec::new();
    down(trace, 0, &mut found);
    found
}

/// Turns what an evaluation gave into what may be shown of it.
pub(super) fn shown(trace: &Trace) -> Shown {
    match &trace.value {
        Ok(value) => Shown::of(value),
        Err(message) => Shown::Fault(message.clone()),
    }
}

/// The path, if a part is nothing but a name in brackets.
pub(super) fn attribute(text: &str) -> Option<String> {
    let mut names = expression::attributes(text).into_iter();
    let (span, path) = names.next()?;
    (span.start == 0 && span.end == text.len()).then_some(path)
}

/// A part, with `…` for each of its own parts that has a step and is no plain name.
pub(super) fn elided(trace: &Trace) -> String {
    let mut text = String::new();
    let mut at = 0;
    let mut parts: Vec<&Trace> = trace.children.iter().filter(|part| is_telling(part)).collect();
    parts.sort_by_key(|part| part.span);
    for part in parts {
        let start = part.span.start.saturating_sub(trace.span.start);
        let end = part.span.end.saturating_sub(trace.span.start);
        let before = trace.text.get(at..start);
        if let Some(before) = before.filter(|_| attribute(&part.text).is_none()) {
            text.push_str(before);
            text.push('…');
            at = end;
        }
    }
    text.push_str(trace.text.get(at..).unwrap_or_default());
    one_line(&text)
}

/// Whether a part is worth a step of its own: a constant says what it is by itself.
pub(super) fn is_telling(trace: &Trace) -> bool {
    // a part without parts is a name, a call without arguments, or a constant
    let is_call = !trace.text.starts_with('"') && trace.text.contains('(');
    !trace.children.is_empty() || is_call || attribute(&trace.text).is_some()
}

/// A text of several lines on one.
pub(super) fn one_line(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
