//! What attributes the records of a system have.

use serde::{Deserialize, Serialize};

use super::Comparison;

/// The type of an attribute's values, from the system's own schema where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    /// Text of any kind.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A civil date, ISO 8601.
    Date,
    /// A point in time, ISO 8601 in UTC.
    Instant,
    /// Octets; held as Base64 in the arena.
    Binary,
    /// A tie to another object, as the system writes it (DN, id).
    Reference,
}

/// One attribute of a schema.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of the system's own schema"
)]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Column {
    /// The name as the system spells it; looked up without case.
    pub name: String,
    /// The type of each value.
    pub value_type: ValueType,
    /// Whether there may be several values.
    pub multi_valued: bool,
    /// Whether the order of several values matters.
    pub ordered: bool,
    /// How values are compared.
    pub comparison: Comparison,
    /// Whether an object of the class must have it.
    pub required: bool,
    /// The classes whose objects must have it, of those objects are made of here; see [`Self::required`] for the
    /// class that all of them have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_by: Vec<String>,
    /// Whether it can be written.
    pub writable: bool,
    /// What a value must end in after its last `@`, one of these without case; none if it may be anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suffixes: Vec<String>,
}

impl Column {
    /// Makes a single-valued, writable text attribute compared exactly.
    pub fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            writable: true,
            ..Self::default()
        }
    }
}

/// The attributes of the records of one read, in the order of their cells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Schema {
    /// The attributes. Cell `i` of a record belongs to column `i`.
    pub columns: Vec<Column>,
}

impl Schema {
    /// Finds a column by name, without case.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name))
    }
}
