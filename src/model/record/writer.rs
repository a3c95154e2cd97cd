//! Writes records into a set, cell by cell.

use super::{Cell, RecordSet, SetFull, ValueCell};
use crate::model::value::Value;

/// Writes the cells of one record, in the order of the columns.
pub struct RecordWriter<'a> {
    set: &'a mut RecordSet,
    written: usize,
}

impl<'a> RecordWriter<'a> {
    pub(super) fn new(set: &'a mut RecordSet) -> Self {
        Self { set, written: 0 }
    }

    /// Writes an attribute the record does not have.
    pub fn absent(&mut self) -> Result<(), SetFull> {
        self.cell(Cell::Absent)
    }

    /// Writes an attribute without a value.
    pub fn null(&mut self) -> Result<(), SetFull> {
        self.cell(Cell::Null)
    }

    /// Writes one value.
    pub fn one(&mut self, text: &str) -> Result<(), SetFull> {
        self.cell(Cell::One(text))
    }

    /// Writes several values; one value is written as one, none as an empty list.
    pub fn many<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) -> Result<(), SetFull> {
        self.cell(ValueCell::many(values).as_cell())
    }

    /// Writes a value of any kind; references and complex values are not cells and are left absent.
    pub fn value(&mut self, value: &Value<'_>) -> Result<(), SetFull> {
        self.cell(ValueCell::of(value).as_cell())
    }

    /// Writes a cell as another record has it.
    pub fn cell(&mut self, cell: Cell<'_>) -> Result<(), SetFull> {
        let column = self.written;
        self.written += 1;
        self.set.push(column, cell)
    }
}

impl Drop for RecordWriter<'_> {
    fn drop(&mut self) {
        // a record that ends early has absent cells, so that the set always fits its schema; they need no room
        for column in self.written..self.set.schema().columns.len() {
            let _ = self.set.push(column, Cell::Absent);
        }
    }
}
