//! Values on their way into cells.

use std::borrow::Cow;

use super::{Cell, Many};
use crate::model::value::Value;

/// A value as a cell that is not in an arena yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueCell<'a> {
    /// Nothing, or what cells do not hold.
    Absent,
    /// Explicitly nothing.
    Null,
    /// One value.
    One(Cow<'a, str>),
    /// Several values, each written as `length:text`.
    Many(String),
}

impl<'a> ValueCell<'a> {
    /// Makes a cell of a value; references and complex values are not cells and are absent.
    pub fn of(value: &'a Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::List(values) => Self::many(values.iter().filter_map(Value::as_text)),
            Value::Absent | Value::Reference(_) | Value::Complex(_) | Value::Binary(_) => Self::Absent,
            scalar => scalar.as_text().map_or(Self::Absent, Self::One),
        }
    }

    /// Makes a cell of several values; one value is one, none are an empty list.
    pub fn many<T: Into<Cow<'a, str>>>(values: impl IntoIterator<Item = T>) -> Self {
        use std::fmt::Write as _;
        let mut values = values.into_iter().map(Into::into).peekable();
        let mut written = String::new();
        while let Some(value) = values.next() {
            if written.is_empty() && values.peek().is_none() {
                return Self::One(value);
            }
            // writing to a String cannot fail
            let _ = write!(written, "{}:{value}", value.len());
        }
        Self::Many(written)
    }

    /// Returns the cell.
    pub fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Absent => Cell::Absent,
            Self::Null => Cell::Null,
            Self::One(text) => Cell::One(text),
            Self::Many(written) => Cell::Many(Many::of(written)),
        }
    }
}
