//! Choosing records: of a time, with words.

use jiff::Timestamp;
use serde_json::Value;

use super::{Entry, Record, rendered::Outline};

/// Which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// With each of these words somewhere in the texts of the record, in any case.
    pub words: Vec<String>,
}

impl Selection {
    /// Reports whether a record is wanted.
    pub fn takes(&self, record: &Record) -> bool {
        let at = record.entry.at;
        if self.since.is_some_and(|since| at < since) || self.until.is_some_and(|until| at >= until) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let text = searchable(&record.entry);
        self.words.iter().all(|word| text.contains(&word.to_lowercase()))
    }
}

/// Returns what words are looked for in: every text of the entry, in lower case. Hashes and salts are none of it,
/// because a short word would be found in them by chance.
pub fn searchable(entry: &Entry) -> String {
    let mut words = words_of(&entry.into());
    add_texts(&mut words, &entry.details);
    words
}

/// Collects the texts of an entry, all but its details.
pub(super) fn words_of(outline: &Outline<'_>) -> String {
    let mut words = String::with_capacity(1024);
    add_lower(&mut words, outline.action);
    let client = outline.actor.ssh_client.as_deref().unwrap_or_default();
    for text in [outline.subject, outline.summary, &outline.actor.user, client] {
        add_word(&mut words, text);
    }
    words
}

/// Adds a text to those that words are looked for in.
pub(super) fn add_word(words: &mut String, text: &str) {
    words.push('\n');
    add_lower(words, text);
}

/// Adds a text in lower case. Most are ASCII, where that costs next to nothing.
fn add_lower(words: &mut String, text: &str) {
    if text.is_ascii() {
        let begin = words.len();
        words.push_str(text);
        words[begin..].make_ascii_lowercase();
    } else {
        words.push_str(&text.to_lowercase());
    }
}

/// Adds the texts of a value.
pub(super) fn add_texts(words: &mut String, value: &Value) {
    match value {
        Value::String(text) => add_word(words, text),
        Value::Array(values) => values.iter().for_each(|value| add_texts(words, value)),
        Value::Object(members) => members.values().for_each(|value| add_texts(words, value)),
        _ => {}
    }
}
