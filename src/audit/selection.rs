//! Choosing records: of a time, with words.

use jiff::Timestamp;

use super::{Record, json_line};

/// Which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// With each of these words somewhere in the record, in any case.
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
        let line = json_line(record).to_lowercase();
        self.words.iter().all(|word| line.contains(&word.to_lowercase()))
    }
}
