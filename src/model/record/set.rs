//! The records of one read.

use std::sync::Arc;

use super::{Cell, Numbers, RecordView, RecordWriter, Schema, cells::Cells};

/// The cells of a record before those of its attributes: anchor and location.
pub(super) const HEAD: usize = 2;

/// The arena is full: one set holds at most 4 GiB of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the records of one read exceed 4 GiB of text: narrow the read (base, filter, attributes)")]
pub struct SetFull;

/// The fixed facts of a record beside its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecordHead<'a> {
    /// The immutable id in its system.
    pub anchor: &'a str,
    /// Where it was found, as its system says it: a DN, a path, `people.csv line 482`.
    pub location: &'a str,
    /// Whether the account can be used; `None` where the system has no such state.
    pub enabled: Option<bool>,
}

/// A set as it is stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The arena: one text, which may lie in several pieces.
    pub texts: Vec<&'a str>,
    /// Where in it each cell's text lies: numbers in a row, which may lie in several pieces.
    pub places: Vec<&'a [u32]>,
    /// Who is enabled.
    pub enabled: &'a [u8],
}

/// All records of one read.
#[derive(Debug, Clone)]
pub struct RecordSet {
    schema: Arc<Schema>,
    /// Anchor, location, then one a column, record after record.
    cells: Cells,
    enabled: Vec<u8>,
    /// Whether values are marked, so that it is not stored in the clear.
    is_marked: bool,
}

impl RecordSet {
    /// Makes an empty set.
    pub fn new(schema: Arc<Schema>) -> Self {
        Self::with_capacity(schema, 0, 0)
    }

    /// Makes an empty set with room for `records` records of about `bytes` bytes each.
    pub fn with_capacity(schema: Arc<Schema>, records: usize, bytes: usize) -> Self {
        Self {
            cells: Cells::with_capacity(records * bytes),
            enabled: Vec::with_capacity(records),
            is_marked: false,
            schema,
        }
    }

    /// Notes that it has values of marked attributes: it is stored sealed.
    pub fn mark(&mut self) {
        self.is_marked = true;
    }

    /// Reports whether it is not to be stored in the clear.
    pub fn is_marked(&self) -> bool {
        self.is_marked
    }

    /// Returns the attributes of the records.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.enabled.len()
    }

    /// Reports whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.enabled.is_empty()
    }

    /// Starts a record; its cells are then pushed in the order of the columns.
    pub fn begin(&mut self, head: RecordHead<'_>) -> Result<RecordWriter<'_>, SetFull> {
        self.cells.push_alone(false, head.anchor)?;
        self.cells.push_alone(false, head.location)?;
        self.enabled.push(head.enabled.map_or(2, u8::from));
        Ok(RecordWriter::new(self))
    }

    /// Returns a view of record `index`; the caller keeps `index` below [`Self::len`].
    pub fn get(&self, index: usize) -> RecordView<'_> {
        RecordView::new(self, index as u32)
    }

    /// Iterates over all records.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RecordView<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Appends the records of a set with the same schema.
    pub fn append(&mut self, other: &Self) -> Result<(), SetFull> {
        self.cells.append(&other.cells)?;
        self.enabled.extend_from_slice(&other.enabled);
        Ok(())
    }

    /// Keeps only some records, in their order; the text of the others stays in the arena.
    pub fn retain(&mut self, keep: impl FnMut(RecordView<'_>) -> bool) {
        let kept: Vec<bool> = self.iter().map(keep).collect();
        if kept.iter().all(|kept| *kept) {
            return;
        }
        let width = self.width();
        let mut to = 0;
        for from in (0..kept.len()).filter(|at| kept[*at]) {
            self.cells.move_row(width, from, to);
            self.enabled[to] = self.enabled[from];
            to += 1;
        }
        self.cells.truncate(to * width);
        self.enabled.truncate(to);
    }

    /// Puts a record of a set with the same schema in the place of one.
    pub(super) fn replace(&mut self, index: usize, by: RecordView<'_>) -> Result<(), SetFull> {
        let first = index * self.width();
        self.cells.set(first, Cell::One(by.anchor()))?;
        self.cells.set(first + 1, Cell::One(by.location()))?;
        for column in 0..self.schema.columns.len() {
            self.cells.set(first + HEAD + column, by.cell(column))?;
        }
        self.enabled[index] = by.enabled().map_or(2, u8::from);
        Ok(())
    }

    /// Appends a record of a set with the same schema.
    pub(super) fn add(&mut self, record: RecordView<'_>) -> Result<(), SetFull> {
        let mut writer = self.begin(RecordHead {
            anchor: record.anchor(),
            location: record.location(),
            enabled: record.enabled(),
        })?;
        for column in 0..record.schema().columns.len() {
            writer.cell(record.cell(column))?;
        }
        Ok(())
    }

    /// Writes the next cell of the last record, which is that of `column`.
    pub(super) fn push(&mut self, column: usize, cell: Cell<'_>) -> Result<(), SetFull> {
        let (is_many, text) = match cell {
            Cell::One(text) => (false, text),
            Cell::Many(many) => (true, many.written()),
            Cell::Absent | Cell::Null => return self.cells.push(column, cell),
        };
        // the id often is an attribute too
        let anchor = self.cells.len().checked_sub(HEAD + column);
        self.cells.push_value(column, is_many, text, anchor)
    }

    #[inline]
    pub(super) fn cell(&self, record: usize, cell: usize) -> Cell<'_> {
        self.cells.get(record * self.width() + cell)
    }

    pub(super) fn enabled(&self, record: usize) -> Option<bool> {
        match self.enabled[record] {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn width(&self) -> usize {
        HEAD + self.schema.columns.len()
    }

    /// Takes the set apart for storage.
    pub fn parts(&self) -> Parts<'_> {
        Parts {
            texts: self.cells.texts().collect(),
            places: self.cells.places().collect(),
            enabled: &self.enabled,
        }
    }

    /// Puts a stored set together again; `None` if the parts do not fit each other (a damaged store).
    pub fn from_parts(schema: Arc<Schema>, text: String, places: Numbers, enabled: Vec<u8>) -> Option<Self> {
        let fits = places.len() == enabled.len() * (schema.columns.len() + HEAD);
        let cells = Cells::from_parts(text, places).filter(|_| fits)?;
        Some(Self {
            schema,
            cells,
            enabled,
            is_marked: false,
        })
    }
}
