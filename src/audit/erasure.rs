//! Erasing what the trail tells of one person.
//!
//! What the records tell (the name, accounts, groups, old and new values, reasons, the summary) goes, and the salt with
//! it, so that nobody can try what it was. Who acted, when, and the kind of action stay: they tell of the one who acted.
//! That it was erased, by whom and why, is a record of its own, which is never erased; it names the person by id alone
//! and accounts for every record.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use aws_lc_rs::digest;

use super::{Record, archive, canonical, checkpoint};

/// The action of the record of an erasure.
pub const ACTION: &str = "erase";
/// What stands in the place of what was erased.
pub const ERASED: &str = "erased";

/// What the record of an erasure tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Of whom: the id.
    pub person: String,
    /// How many records were erased.
    pub records: usize,
    /// Why.
    pub reason: String,
    /// What is left of each of them; empty in records of before it was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<Left>,
}

/// What is left of an erased record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Its number.
    pub sequence: u64,
    /// The SHA-256 of the line that is left of it, hexadecimal.
    pub sha256: String,
}

impl Left {
    /// Computes what is left of a record that was erased.
    pub fn of(record: &Record) -> Self {
        let line = canonical::line(record);
        Self {
            sequence: record.sequence,
            sha256: hex::encode(digest::digest(&digest::SHA256, line.as_bytes())),
        }
    }
}

impl Told {
    /// Reads what a record tells, if it is one of an erasure.
    pub(super) fn of(record: &Record) -> Option<Self> {
        if record.entry.action != ACTION {
            return None;
        }
        Self::deserialize(&record.entry.details).ok()
    }
}

/// An erasure, as somebody who asks later is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// How many records.
    pub records: usize,
    /// Why.
    pub reason: String,
}

impl Erasure {
    /// Reads the erasure of somebody's records that a record tells of, if it does.
    pub fn of(record: &Record, person: &str) -> Option<Self> {
        let told = Told::of(record)?;
        (told.person == person).then(|| Self {
            at: record.entry.at,
            by: record.entry.actor.user.clone(),
            records: told.records,
            reason: told.reason,
        })
    }
}

/// Finds the records of one person: those that name the person, and the decisions about the operations these name.
#[derive(Debug)]
pub struct Search {
    person: String,
    operations: HashSet<String>,
}

impl Search {
    /// Searches for somebody, by the id the trail has.
    pub fn new(person: String) -> Self {
        Self {
            person,
            operations: HashSet::new(),
        }
    }

    /// Notes what a record names; the whole trail is followed before anything is found.
    pub fn follow(&mut self, record: &Record) {
        if self.names(record)
            && let Some(operation) = text(record, "operation")
        {
            self.operations.insert(operation.to_owned());
        }
    }

    /// Reports whether the particulars of a record are to be erased.
    pub fn finds(&self, record: &Record) -> bool {
        let keeps = [ACTION, archive::ACTION, checkpoint::ACTION];
        !record.is_erased()
            && !keeps.contains(&record.entry.action.as_str())
            && (self.names(record)
                || text(record, "operation").is_some_and(|operation| self.operations.contains(operation)))
    }

    fn names(&self, record: &Record) -> bool {
        text(record, "person") == Some(&self.person)
    }
}

fn text<'r>(record: &'r Record, name: &str) -> Option<&'r str> {
    record.entry.details.get(name)?.as_str()
}
