//! A text field of one line.

use unicode_segmentation::UnicodeSegmentation;

use super::key::{Code, Key};

/// More than this is no reason and no filter.
const LIMIT: usize = 500;

/// A text field of one line with a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    /// Octets before the cursor; always at the border of a grapheme.
    cursor: usize,
}

impl Input {
    /// Makes a field that already holds a text.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            cursor: text.len(),
        }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text before and after the cursor.
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Inserts a text at the cursor; line ends and other control characters become spaces.
    pub fn insert(&mut self, text: &str) {
        let room = LIMIT.saturating_sub(self.text.chars().count());
        let line: String = text
            .chars()
            .take(room)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.text.insert_str(self.cursor, &line);
        self.cursor += line.len();
    }

    /// Handles an editing key; reports whether it was one.
    pub fn key(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl || key.alt) {
            (Code::Char(character), false) => self.insert(character.encode_utf8(&mut [0; 4])),
            (Code::Backspace, _) => self.remove(self.before(), self.cursor),
            (Code::Delete, _) | (Code::Char('d'), true) => self.remove(self.cursor, self.after()),
            (Code::Left, _) | (Code::Char('b'), true) => self.cursor = self.before(),
            (Code::Right, _) | (Code::Char('f'), true) => self.cursor = self.after(),
            (Code::Home, _) | (Code::Char('a'), true) => self.cursor = 0,
            (Code::End, _) | (Code::Char('e'), true) => self.cursor = self.text.len(),
            (Code::Char('u'), true) => self.remove(0, self.cursor),
            (Code::Char('k'), true) => self.remove(self.cursor, self.text.len()),
            (Code::Char('w'), true) => self.remove(self.word(), self.cursor),
            _ => return false,
        }
        true
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        self.text[..self.cursor]
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.cursor
            + self.text[self.cursor..]
                .graphemes(true)
                .next()
                .map_or(0, str::len)
    }

    fn word(&self) -> usize {
        let before = self.text[..self.cursor].trim_end();
        before.rfind(' ').map_or(0, |at| at + 1)
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
    fn what_is_pasted_stays_one_line_and_graphemes_stay_whole() {
        let mut input = Input::default();
        input.insert("one\ntwo\u{1b}e\u{301}");
        assert_eq!(input.text(), "one two e\u{301}");
        input.key(Key::plain(Code::Backspace));
        assert_eq!(input.text(), "one two ");
        input.insert(&"x".repeat(10_000));
        assert_eq!(input.text().chars().count(), LIMIT);
    }
}
