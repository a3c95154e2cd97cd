//! A text field of one line.

use tui_textarea::{CursorMove, TextArea};

use super::key::{Code, Key};

/// More than this is no reason and no filter.
const LIMIT: usize = 500;

/// A text field of one line with a cursor. The editing is the text area's; what one line means is ours.
#[derive(Debug, Clone, Default)]
pub struct Input {
    area: TextArea<'static>,
}

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.halves() == other.halves()
    }
}

impl Eq for Input {}

impl Input {
    /// Makes a field that already holds a text.
    pub fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.insert(text);
        input
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Returns the text before and after the cursor.
    pub fn halves(&self) -> (&str, &str) {
        let text = self.text();
        let characters = self.area.cursor().1;
        let octets = text
            .char_indices()
            .nth(characters)
            .map_or(text.len(), |(octets, _)| octets);
        text.split_at(octets)
    }

    /// Inserts a text at the cursor; line ends and other control characters become spaces.
    pub fn insert(&mut self, text: &str) {
        let room = LIMIT.saturating_sub(self.text().chars().count());
        let line: String = text
            .chars()
            .take(room)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.area.insert_str(line);
    }

    /// Handles an editing key; reports whether it was one.
    pub fn key(&mut self, key: Key) -> bool {
        let area = &mut self.area;
        match (key.code, key.ctrl || key.alt) {
            (Code::Char(character), false) => self.insert(character.encode_utf8(&mut [0; 4])),
            (Code::Backspace, _) => _ = area.delete_char(),
            (Code::Delete, _) | (Code::Char('d'), true) => _ = area.delete_next_char(),
            (Code::Left, _) | (Code::Char('b'), true) => area.move_cursor(CursorMove::Back),
            (Code::Right, _) | (Code::Char('f'), true) => area.move_cursor(CursorMove::Forward),
            (Code::Home, _) | (Code::Char('a'), true) => area.move_cursor(CursorMove::Head),
            (Code::End, _) | (Code::Char('e'), true) => area.move_cursor(CursorMove::End),
            (Code::Char('u'), true) => _ = area.delete_line_by_head(),
            (Code::Char('k'), true) => _ = area.delete_line_by_end(),
            (Code::Char('w'), true) => _ = area.delete_word(),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> Input {
        let mut input = Input::default();
        for key in keys.split(' ') {
            input.key(Key::parse(key).unwrap());
        }
        input
    }

    #[test]
    fn editing() {
        assert_eq!(typed("a b c left x").halves(), ("abx", "c"));
        assert_eq!(typed("a b space c d ctrl-w").text(), "ab ");
        assert_eq!(typed("a b home delete").text(), "b");
        assert_eq!(typed("a b left ctrl-k").text(), "a");
    }

    #[test]
    fn what_is_pasted_stays_one_line() {
        let mut input = Input::default();
        input.insert("one\ntwo\u{1b}e\u{301}");
        assert_eq!(input.text(), "one two e\u{301}");
        input.insert(&"x".repeat(10_000));
        assert_eq!(input.text().chars().count(), LIMIT);
    }
}
