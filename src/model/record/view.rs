//! One record of a set.

use std::sync::Arc;

use super::{Cell, RecordSet, Schema, set::HEAD};
use crate::model::name::Anchor;

/// One record of a set.
#[derive(Debug, Clone, Copy)]
pub struct RecordView<'a> {
    set: &'a RecordSet,
    index: u32,
}

impl<'a> RecordView<'a> {
    pub(super) fn new(set: &'a RecordSet, index: u32) -> Self {
        Self { set, index }
    }

    /// Returns the record's place in its set.
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// Returns the immutable id.
    pub fn anchor(self) -> &'a str {
        self.head(0)
    }

    /// Returns the immutable id as a name of its own.
    pub fn owned_anchor(self) -> Anchor {
        Anchor::from(self.anchor())
    }

    /// Returns where the record was found.
    pub fn location(self) -> &'a str {
        self.head(1)
    }

    /// Reports whether the account can be used; `None` where the system has no such state.
    pub fn enabled(self) -> Option<bool> {
        self.set.enabled(self.index as usize)
    }

    /// Returns the schema of the record's set.
    pub fn schema(self) -> &'a Arc<Schema> {
        self.set.schema()
    }

    /// Returns the cell of column `column`; the caller keeps it below the number of columns.
    #[inline]
    pub fn cell(self, column: usize) -> Cell<'a> {
        self.set.cell(self.index(), HEAD + column)
    }

    /// Returns the cell of an attribute, found without case; absent if the schema does not have it.
    pub fn get(self, name: &str) -> Cell<'a> {
        self.schema()
            .position(name)
            .map_or(Cell::Absent, |column| self.cell(column))
    }

    /// Reports whether two records have the same in all attributes, column by column.
    pub fn same_attributes(self, other: RecordView<'_>) -> bool {
        let columns = self.schema().columns.len();
        columns == other.schema().columns.len()
            && (0..columns).all(|column| self.cell(column) == other.cell(column))
    }

    /// Writes everything it is in octets, so that two that differ in anything never come out the same: each text with
    /// its length before it.
    pub fn write_octets(self, out: &mut Vec<u8>) {
        let mut text = |kind: u8, text: &str| {
            out.push(kind);
            out.extend_from_slice(&(text.len() as u64).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        };
        text(b't', self.anchor());
        text(b't', self.location());
        for column in 0..self.schema().columns.len() {
            match self.cell(column) {
                Cell::Absent => text(b'a', ""),
                Cell::Null => text(b'n', ""),
                Cell::One(one) => text(b't', one),
                Cell::Many(many) => text(b'm', many.written()),
            }
        }
        out.push(self.enabled().map_or(2, u8::from));
    }

    fn head(self, part: usize) -> &'a str {
        self.set.cell(self.index(), part).first().unwrap_or_default()
    }
}
