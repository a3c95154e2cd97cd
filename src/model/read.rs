//! What a read of a system amounts to.
//!
//! "Not found" means "gone" only after a complete, full read with the coverage of the last good one. The commonest
//! catastrophe of provisioning tools is a half read taken for a small company, so completeness is a type and not a
//! flag somebody may forget: planning asks [`Read::proves_absence`] and nothing else.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{name::SystemName, record::RecordSet};

/// How a read ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "reason")]
pub enum Completeness {
    /// Everything the coverage promises was read.
    Complete,
    /// Some records were read, then something went wrong; what is there is usable, what is not there proves nothing.
    Partial(String),
    /// Nothing usable was read.
    Failed(String),
    /// The system refused the credentials. Asking again and again would lock the account.
    Refused(String),
}

/// What a read was asked to cover: a digest of base, filter, classes and bound identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The same text for the same question asked as the same identity; on further lines what the system said of how
    /// new its data was, from where the next read can go on, and when everything was read last.
    pub question: String,
}

impl Coverage {
    /// Makes the coverage of a question, with what the connector keeps of how new the data was: one line.
    pub fn new(asked: &str, as_of: Option<&str>) -> Self {
        let question = match as_of {
            Some(as_of) => format!("{asked}\n{as_of}"),
            None => asked.to_owned(),
        };
        Self { question }
    }

    /// Notes from where the next read can go on: one line.
    #[must_use]
    pub fn with_cursor(self, cursor: &str) -> Self {
        let as_of = self.as_of().unwrap_or_default();
        Self {
            question: format!("{}\n{as_of}\n{cursor}", self.asked()),
        }
    }

    /// Notes when everything was read last, of what changes are added to since; nothing without a cursor.
    #[must_use]
    pub fn full_since(self, full: Timestamp) -> Self {
        match self.cursor() {
            Some(cursor) => {
                let as_of = self.as_of().unwrap_or_default();
                Self {
                    question: format!("{}\n{as_of}\n{cursor}\n{full}", self.asked()),
                }
            }
            None => self,
        }
    }

    fn line(&self, line: usize) -> Option<&str> {
        self.question
            .split('\n')
            .nth(line)
            .filter(|text| !text.is_empty())
    }

    /// Returns what was asked, and by whom.
    pub fn asked(&self) -> &str {
        self.question.split('\n').next().unwrap_or_default()
    }

    /// Returns what the connector kept of how new the data was, for its next read.
    pub fn as_of(&self) -> Option<&str> {
        self.line(1)
    }

    /// Returns from where an incremental read can go on.
    pub fn cursor(&self) -> Option<&str> {
        self.line(2)
    }

    /// Returns when everything was read last, where an incremental read can go on.
    pub fn full(&self) -> Option<Timestamp> {
        self.line(3)?.parse().ok()
    }
}

/// Whether a read is a whole picture or what changed since an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadKind {
    /// All records of the coverage.
    Full,
    /// Only what changed since `cursor` was handed out, and the anchors of what was deleted.
    Delta {
        /// Where the next incremental read starts.
        cursor: String,
        /// Anchors of the records that are gone.
        tombstones: Vec<String>,
    },
}

/// A record that could not be taken over; it is listed and counted, and does not stop the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordProblem {
    /// Where it is: `people.csv line 482`, a DN, a path.
    pub location: String,
    /// What is wrong with it and what to do.
    pub message: String,
}

/// One read of one system.
#[derive(Debug, Clone)]
pub struct Read {
    /// The system that was read.
    pub system: SystemName,
    /// Whole picture or changes.
    pub kind: ReadKind,
    /// What was asked.
    pub coverage: Coverage,
    /// How it ended.
    pub completeness: Completeness,
    /// What was read.
    pub records: RecordSet,
    /// Records that were there but could not be taken over.
    pub problems: Vec<RecordProblem>,
    /// When the read began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

impl Read {
    /// Reports whether a record that is not in this read is gone: only after a full, complete read.
    pub fn proves_absence(&self) -> bool {
        self.kind == ReadKind::Full && self.completeness == Completeness::Complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_new_the_data_was_is_no_part_of_the_question() {
        let one = Coverage::new("all people", Some("server a, 9:14"));
        assert_eq!((one.asked(), one.as_of()), ("all people", Some("server a, 9:14")));
        let other = Coverage::new("all people", None);
        assert_eq!((other.asked(), other.as_of()), (one.asked(), None));
        assert_eq!((other.cursor(), other.full()), (None, None));
        assert_eq!(other.clone().full_since(Timestamp::UNIX_EPOCH), other);
    }

    #[test]
    fn where_to_go_on_is_no_part_of_the_question() {
        for as_of in [Some("server a, 9:14"), None] {
            let one = Coverage::new("all people", as_of)
                .with_cursor("sync 7")
                .full_since(Timestamp::UNIX_EPOCH);
            assert_eq!((one.asked(), one.as_of()), ("all people", as_of));
            assert_eq!(
                (one.cursor(), one.full()),
                (Some("sync 7"), Some(Timestamp::UNIX_EPOCH))
            );
            let next = one.with_cursor("sync 8");
            assert_eq!((next.cursor(), next.full()), (Some("sync 8"), None));
        }
    }
}
