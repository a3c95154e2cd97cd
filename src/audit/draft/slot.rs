//! Writes JSON in canonical form as it is told, and collects its texts.

use std::fmt::{Display, Write as _};

use serde_json::Value;

use crate::audit::{canonical, selection};

/// A place for one value.
pub struct Slot<'w> {
    out: &'w mut String,
    words: &'w mut String,
}

impl<'w> Slot<'w> {
    pub(super) fn new(out: &'w mut String, words: &'w mut String) -> Self {
        Self { out, words }
    }

    /// Writes that there is nothing.
    pub fn null(self) {
        self.out.push_str("null");
    }

    /// Writes a truth.
    pub fn truth(self, truth: bool) {
        self.out.push_str(if truth { "true" } else { "false" });
    }

    /// Writes a whole number.
    pub fn number(self, number: i64) {
        // writing to a String cannot fail
        let _ = write!(self.out, "{number}");
    }

    /// Writes a text.
    pub fn text(self, text: &str) {
        canonical::text(self.out, text);
        selection::add_word(self.words, text);
    }

    /// Writes how something is shown, such as an identifier or an instant.
    pub fn shown(self, value: impl Display) {
        self.text(&value.to_string());
    }

    /// Writes a value; fractions become text.
    pub fn json(self, value: &Value) {
        canonical::write(self.out, &canonical::settled(value));
        selection::add_texts(self.words, value);
    }

    /// Writes a list.
    pub fn list(self, items: impl FnOnce(&mut Items<'_>)) {
        self.out.push('[');
        let mut list = Items {
            out: self.out,
            words: self.words,
            is_empty: true,
        };
        items(&mut list);
        self.out.push(']');
    }

    /// Writes an object.
    pub fn members(self, members: impl FnOnce(&mut Members<'_>)) {
        self.out.push('{');
        let mut object = Members {
            out: self.out,
            words: self.words,
            last: "",
        };
        members(&mut object);
        self.out.push('}');
    }
}

/// The items of a list.
pub struct Items<'w> {
    out: &'w mut String,
    words: &'w mut String,
    is_empty: bool,
}

impl Items<'_> {
    /// Makes room for the next one.
    pub fn add(&mut self) -> Slot<'_> {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(',');
        }
        Slot::new(self.out, self.words)
    }
}

/// The members of an object.
pub struct Members<'w> {
    out: &'w mut String,
    words: &'w mut String,
    last: &'static str,
}

impl Members<'_> {
    /// Makes room for the member of a name, which sorts after the one before and needs no escape.
    pub fn add(&mut self, name: &'static str) -> Slot<'_> {
        debug_assert!(self.last < name, "{name} after {}", self.last);
        self.out.push_str(if self.last.is_empty() { "\"" } else { ",\"" });
        self.last = name;
        self.out.push_str(name);
        self.out.push_str("\":");
        Slot::new(self.out, self.words)
    }
}
