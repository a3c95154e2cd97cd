//! The rows of all pieces become one set: an id is taken once.

use std::collections::BTreeMap;

use hashbrown::HashTable;

use super::{
    header::Header,
    rows::Rows,
    taking::{self, Stop},
};
use crate::model::{Completeness, RecordProblem, RecordSet};

/// The records that are read, and which of them to leave out at the end.
pub(super) struct Joining {
    pub(super) records: RecordSet,
    problems: Vec<RecordProblem>,
    /// Whether the last row has fewer fields than the header.
    pub(super) short: bool,
    /// Records with the id of an earlier one.
    twins: Vec<u32>,
    /// The records that share their id with a different one, with the lines of all of them.
    clashes: BTreeMap<u32, Vec<String>>,
    ids: Ids,
}

/// The ids met so far. Files are mostly in the order of the ids: as long as one is, no id can be there twice, and none
/// is remembered.
struct Ids {
    is_ascending: bool,
    table: HashTable<u32>,
    hasher: ahash::RandomState,
}

impl Joining {
    /// Begins with nothing; `bytes` is the size of the file.
    pub(super) fn new(header: &Header, name: &str, bytes: u64) -> Self {
        // room for rows of 64 bytes; a file with longer ones needs less of it, which costs only address space
        let rows = usize::try_from(bytes / 64).unwrap_or(0).min(4_000_000);
        let unnamed = (header.unnamed > 0).then(|| RecordProblem {
            location: format!("{name} line 1"),
            message: format!(
                "{} columns have no name and are not read: name them or remove them",
                header.unnamed
            ),
        });
        Self {
            records: RecordSet::with_capacity(header.schema.clone(), rows, 64),
            problems: unnamed.into_iter().collect(),
            short: false,
            twins: Vec::new(),
            clashes: BTreeMap::new(),
            ids: Ids {
                is_ascending: true,
                table: HashTable::new(),
                hasher: ahash::RandomState::new(),
            },
        }
    }

    /// Takes the rows of the piece that follows.
    pub(super) fn join(&mut self, rows: taking::Rows) -> Result<(), Stop> {
        let first = self.records.len();
        self.records.append(&rows.records)?;
        self.problems.extend(rows.problems);
        self.short = rows.short;
        for index in first..self.records.len() {
            let Some(twin) = self.ids.add(&self.records, index) else {
                continue;
            };
            self.twins.push(index as u32);
            let (one, other) = (self.records.get(twin as usize), self.records.get(index));
            if !one.same_attributes(other) {
                let lines = self
                    .clashes
                    .entry(twin)
                    .or_insert_with(|| vec![one.location().to_owned()]);
                lines.push(other.location().to_owned());
            }
        }
        Ok(())
    }

    /// Leaves out what must not be used, and says how it ended; `partial` is what went wrong with the file.
    pub(super) fn finish(mut self, partial: Option<String>) -> Rows {
        for (index, lines) in &self.clashes {
            let record = self.records.get(*index as usize);
            let message = format!(
                "has the id {} like {}, and the rows differ: none of them is used until one is removed",
                record.anchor(),
                lines[1..].join(" and ")
            );
            self.problems.push(RecordProblem {
                location: lines[0].clone(),
                message,
            });
        }
        if !self.twins.is_empty() {
            // in ascending order, because they were met in that order
            let is_twin = |index: u32| self.twins.binary_search(&index).is_ok();
            self.records.retain(|record| {
                let index = record.index() as u32;
                !is_twin(index) && !self.clashes.contains_key(&index)
            });
        }
        // rows that cannot be used are problems of those rows alone: the others are planned, and as long as there is
        // a problem nobody is taken for gone
        let completeness = partial.map_or(Completeness::Complete, Completeness::Partial);
        Rows {
            records: self.records,
            completeness,
            problems: self.problems,
        }
    }
}

impl Ids {
    /// Adds the id of a record; returns the record that has it already, and then adds nothing.
    fn add(&mut self, records: &RecordSet, index: usize) -> Option<u32> {
        let anchor = records.get(index).anchor();
        if self.is_ascending {
            if index == 0 || records.get(index - 1).anchor() < anchor {
                return None;
            }
            self.is_ascending = false;
            self.table.reserve(records.len(), |_| 0);
            for earlier in 0..index {
                self.insert(records, earlier);
            }
        }
        let is_it = |other: &u32| records.get(*other as usize).anchor() == anchor;
        let twin = self.table.find(self.hasher.hash_one(anchor), is_it).copied();
        if twin.is_none() {
            self.insert(records, index);
        }
        twin
    }

    fn insert(&mut self, records: &RecordSet, index: usize) {
        let hash = |index: &u32| self.hasher.hash_one(records.get(*index as usize).anchor());
        self.table
            .insert_unique(hash(&(index as u32)), index as u32, hash);
    }
}
