//! Choosing records: of a time, with words.

use jiff::Timestamp;
use serde_json::Value;

use super::{Entry, Record};

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
    let mut words = [
        &entry.action,
        &entry.subject,
        &entry.summary,
        &entry.actor.user,
        entry.actor.ssh_client.as_ref().unwrap_or(&String::new()),
    ]
    .map(String::as_str)
    .join("\n");
    add_texts(&mut words, &entry.details);
    if words.is_ascii() {
        words.make_ascii_lowercase();
        return words;
    }
    words.to_lowercase()
}

fn add_texts(words: &mut String, value: &Value) {
    match value {
        Value::String(text) => {
            words.push('\n');
            words.push_str(text);
        }
        Value::Array(values) => values.iter().for_each(|value| add_texts(words, value)),
        Value::Object(members) => members.values().for_each(|value| add_texts(words, value)),
        _ => {}
    }
}
