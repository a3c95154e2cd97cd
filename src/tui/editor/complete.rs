//! What could come next: functions with how they are called, and the names the rule may use.

use tui_textarea::CursorMove;

use crate::expression::{TokenClass, functions, highlight};

use super::Editor;

/// How many candidates are offered at most.
const MOST: usize = 200;

/// What could come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The candidates, the best first.
    pub items: Vec<Item>,
    /// Which one is chosen.
    pub cursor: usize,
    /// The character of the line where the word begins that is completed.
    pub start: usize,
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is inserted.
    pub insert: String,
    /// What is shown: `Left(string, numChars)`, `[department]`.
    pub label: String,
    /// What it does, in one line.
    pub summary: &'static str,
}

/// Finds what could come at the cursor; `None` if nothing fits.
pub(super) fn find(editor: &Editor) -> Option<Completion> {
    let (row, column) = editor.cursor();
    let line = editor.area.lines().get(row)?;
    let before: String = line.chars().take(column).collect();
    let open = before.rfind('[').filter(|at| !before[*at..].contains(']'));
    let (start, word) = if let Some(at) = open {
        (before[..at].chars().count(), before[at + 1..].to_owned())
    } else {
        let letters = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let count = before.chars().rev().take_while(letters).count();
        (column - count, before.chars().skip(column - count).collect())
    };
    let mut items = names(editor, &word);
    if open.is_none() {
        let mut both = calls(&word);
        both.append(&mut items);
        items = both;
        // with a word typed, what begins with it comes first, whatever it is
        let lower = word.to_lowercase();
        items.sort_by_key(|item| {
            !item
                .insert
                .trim_start_matches('[')
                .to_lowercase()
                .starts_with(&lower)
        });
    }
    items.truncate(MOST);
    (!items.is_empty()).then_some(Completion {
        items,
        cursor: 0,
        start,
    })
}

fn names(editor: &Editor, word: &str) -> Vec<Item> {
    let item = |name: &str| Item {
        insert: format!("[{name}]"),
        label: format!("[{name}]"),
        summary: "",
    };
    let known = editor.names.as_deref().unwrap_or_default();
    fitting(known.iter().map(String::as_str), word)
        .into_iter()
        .map(item)
        .collect()
}

fn calls(word: &str) -> Vec<Item> {
    let names = fitting(functions().iter().map(|function| function.name), word);
    names
        .into_iter()
        .filter_map(|name| functions().iter().find(|function| function.name == name))
        .map(|function| Item {
            insert: format!("{}(", function.name),
            label: function.signature.to_owned(),
            summary: function.summary,
        })
        .collect()
}

/// Returns the names that begin with a word, then those that contain it.
fn fitting<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> Vec<&'n str> {
    let word = word.to_lowercase();
    let (mut begin, mut contain) = (Vec::new(), Vec::new());
    for name in names {
        let lower = name.to_lowercase();
        if lower.starts_with(&word) {
            begin.push(name);
        } else if lower.contains(&word) {
            contain.push(name);
        }
    }
    begin.append(&mut contain);
    begin
}

/// Puts the chosen candidate in the place of the word that is there.
pub(super) fn accept(editor: &mut Editor) {
    let Some(completion) = editor.completion.take() else {
        return;
    };
    let Some(item) = completion.items.get(completion.cursor) else {
        return;
    };
    let (row, column) = editor.cursor();
    let area = &mut editor.area;
    let next = area.lines().get(row).and_then(|line| line.chars().nth(column));
    area.move_cursor(CursorMove::Jump(row as u16, completion.start as u16));
    let mut typed = column.saturating_sub(completion.start);
    // a bracket or parenthesis that is there already is not written twice
    if item.insert.ends_with(']') && next == Some(']') || item.insert.ends_with('(') && next == Some('(') {
        typed += 1;
    }
    if typed > 0 {
        area.delete_str(typed);
    }
    area.insert_str(&item.insert);
}

/// Returns the call the cursor stands in, and which of its parameters: `Left(string, numChars)`, 1.
pub fn call(text: &str, at: usize) -> Option<(&'static str, usize)> {
    let mut open: Vec<(Option<&str>, usize)> = Vec::new();
    let mut last = None;
    for (span, class) in highlight(text) {
        if span.start >= at {
            break;
        }
        let word = span.of(text);
        match (class, word) {
            (TokenClass::Punctuation, "(") => open.push((last, 0)),
            (TokenClass::Punctuation, ")") if span.end <= at => {
                open.pop();
            }
            (TokenClass::Punctuation, ",") => {
                if let Some((_, parameter)) = open.last_mut() {
                    *parameter += 1;
                }
            }
            _ => {}
        }
        last = (class == TokenClass::Function).then_some(word);
    }
    let (name, parameter) = open.last()?;
    let function = functions()
        .iter()
        .find(|function| name.is_some_and(|name| name.eq_ignore_ascii_case(function.name)))?;
    Some((function.signature, *parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_call_and_its_parameter_are_found() {
        let text = "Left(Mid([a], 1, 2), 3) & \"(\"";
        let found = |at: &str| call(text, text.find(at).unwrap()).map(|(call, at)| (&call[..4], at));
        assert_eq!(found("[a]"), Some(("Mid(", 0)));
        assert_eq!(found("2)"), Some(("Mid(", 2)));
        assert_eq!(found(" 3)"), Some(("Left", 1)));
        assert_eq!(found("\"("), None);
    }
}
