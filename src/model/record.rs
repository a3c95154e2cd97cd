//! Records as they were read.
//!
//! The records of one read live in one [`RecordSet`]: a single text arena, the place of each cell's text in it, and
//! one shared [`Schema`]. A million people with a dozen attributes are a few allocations, not a million maps; a
//! record is a view into the set, and a set is stored and loaded as it lies in memory. What many records have in
//! common (departments, titles, cities) lies in the arena once.

mod arena;
mod cell;
mod cells;
mod comparison;
mod entry;
mod merge;
mod numbers;
mod schema;
mod set;
mod sharing;
#[cfg(test)]
mod tests;
mod value;
mod view;
mod writer;

pub(crate) use self::comparison::is_plain;
pub use self::{
    cell::{Cell, Many},
    cells::Cells,
    comparison::Comparison,
    merge::{Merged, Places},
    numbers::Numbers,
    schema::{Column, Schema, ValueType},
    set::{Parts, RecordHead, RecordSet, SetFull},
    value::ValueCell,
    view::RecordView,
    writer::RecordWriter,
};
