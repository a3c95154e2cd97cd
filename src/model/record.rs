//! Records as they were read.
//!
//! The records of one read live in one [`RecordSet`]: a single text arena, one end offset and one kind a
//! cell, and one shared [`Schema`]. A million people with a dozen attributes are three allocations, not a million
//! maps; a record is a view into the set, and a set is stored and loaded as it lies in memory.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{name::Anchor, value::Value};

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

/// How two values of an attribute are compared (RFC 4517 matching rules, RFC 7643 `caseExact`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Octet for octet.
    #[default]
    Exact,
    /// Without case, runs of blanks folded: `caseIgnoreMatch`.
    IgnoreCase,
    /// Case counts, runs of blanks folded: `caseExactMatch`.
    FoldSpace,
    /// Digits only count: `telephoneNumberMatch`.
    Telephone,
    /// As distinguished names, parsed, without case: `distinguishedNameMatch`.
    DistinguishedName,
    /// As numbers, so that leading zeros do not count: `integerMatch`.
    Numeric,
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
    /// Whether it can be written.
    pub writable: bool,
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

/// What a cell of the arena holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum CellKind {
    Absent = 0,
    Null = 1,
    One = 2,
    Many = 3,
}

/// A cell as it lies in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The record does not have the attribute.
    Absent,
    /// The attribute is explicitly without a value.
    Null,
    /// One value, as text in the form of its [`ValueType`].
    One(&'a str),
    /// Several values; iterate with [`Many::iter`].
    Many(Many<'a>),
}

impl<'a> Cell<'a> {
    /// Returns the only value's text, the first of several, or `None`.
    pub fn first(self) -> Option<&'a str> {
        match self {
            Self::One(text) => Some(text),
            Self::Many(many) => many.iter().next(),
            Self::Absent | Self::Null => None,
        }
    }

    /// Iterates over the texts of all values.
    pub fn each(self) -> impl Iterator<Item = &'a str> {
        let (one, many) = match self {
            Self::One(text) => (Some(text), Many("")),
            Self::Many(many) => (None, many),
            Self::Absent | Self::Null => (None, Many("")),
        };
        one.into_iter().chain(many.iter())
    }
}

/// Several values in one cell, each written as `length:text` so that no value can pose as two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Many<'a>(&'a str);

impl<'a> Many<'a> {
    /// Iterates over the texts of the values.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (length, tail) = rest.split_once(':')?;
            let (text, tail) = tail.split_at_checked(length.parse().ok()?)?;
            rest = tail;
            Some(text)
        })
    }
}

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

/// All records of one read.
#[derive(Debug, Clone)]
pub struct RecordSet {
    schema: Arc<Schema>,
    text: String,
    /// The end of each cell's text; a cell starts where the one before ended. Two head cells (anchor, location),
    /// then one a column.
    ends: Vec<u32>,
    kinds: Vec<u8>,
    enabled: Vec<u8>,
}

const HEAD: usize = 2;

impl RecordSet {
    /// Makes an empty set.
    pub fn new(schema: Arc<Schema>) -> Self {
        Self {
            schema,
            text: String::new(),
            ends: Vec::new(),
            kinds: Vec::new(),
            enabled: Vec::new(),
        }
    }

    /// Makes an empty set with room for `records` records of about `bytes` bytes each.
    pub fn with_capacity(schema: Arc<Schema>, records: usize, bytes: usize) -> Self {
        let cells = records * (HEAD + schema.columns.len());
        Self {
            text: String::with_capacity(records * bytes),
            ends: Vec::with_capacity(cells),
            kinds: Vec::with_capacity(records * schema.columns.len()),
            enabled: Vec::with_capacity(records),
            schema,
        }
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
        self.push_text(head.anchor)?;
        self.push_text(head.location)?;
        self.enabled.push(head.enabled.map_or(2, u8::from));
        Ok(RecordWriter {
            written: 0,
            set: self,
        })
    }

    /// Returns a view of record `index`; the caller keeps `index` below [`Self::len`].
    pub fn get(&self, index: usize) -> RecordView<'_> {
        RecordView {
            set: self,
            index: index as u32,
        }
    }

    /// Iterates over all records.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RecordView<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Appends the records of a set with the same schema.
    pub fn append(&mut self, other: &Self) -> Result<(), SetFull> {
        let shift = u32::try_from(self.text.len()).map_err(|_| SetFull)?;
        u32::try_from(self.text.len() + other.text.len()).map_err(|_| SetFull)?;
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
        self.kinds.extend_from_slice(&other.kinds);
        self.enabled.extend_from_slice(&other.enabled);
        Ok(())
    }

    fn push_text(&mut self, text: &str) -> Result<(), SetFull> {
        self.text.push_str(text);
        self.ends
            .push(u32::try_from(self.text.len()).map_err(|_| SetFull)?);
        Ok(())
    }

    fn slice(&self, end_index: usize) -> &str {
        let start = if end_index == 0 {
            0
        } else {
            self.ends[end_index - 1] as usize
        };
        &self.text[start..self.ends[end_index] as usize]
    }

    /// Takes the set apart for storage: text, ends, kinds, enabled.
    pub fn parts(&self) -> (&str, &[u32], &[u8], &[u8]) {
        (&self.text, &self.ends, &self.kinds, &self.enabled)
    }

    /// Puts a stored set together again; `None` if the parts do not fit each other (a damaged store).
    pub fn from_parts(
        schema: Arc<Schema>,
        text: String,
        ends: Vec<u32>,
        kinds: Vec<u8>,
        enabled: Vec<u8>,
    ) -> Option<Self> {
        let columns = schema.columns.len();
        let mut previous = 0;
        let sound = kinds.len() == enabled.len() * columns
            && ends.len() == enabled.len() * (columns + HEAD)
            && kinds.iter().all(|kind| *kind <= CellKind::Many as u8)
            && ends.iter().all(|end| {
                let fits = *end >= previous && text.is_char_boundary(*end as usize);
                previous = *end;
                fits
            })
            && previous as usize == text.len();
        sound.then_some(Self {
            schema,
            text,
            ends,
            kinds,
            enabled,
        })
    }
}

/// Writes the cells of one record, in the order of the columns.
pub struct RecordWriter<'a> {
    set: &'a mut RecordSet,
    written: usize,
}

impl RecordWriter<'_> {
    /// Writes an attribute the record does not have.
    pub fn absent(&mut self) -> Result<(), SetFull> {
        self.cell(CellKind::Absent, "")
    }

    /// Writes an attribute without a value.
    pub fn null(&mut self) -> Result<(), SetFull> {
        self.cell(CellKind::Null, "")
    }

    /// Writes one value.
    pub fn one(&mut self, text: &str) -> Result<(), SetFull> {
        self.cell(CellKind::One, text)
    }

    /// Writes several values; one value is written as one, none as an empty list.
    pub fn many<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) -> Result<(), SetFull> {
        use std::fmt::Write as _;
        let mut buffer = String::new();
        let mut values = values.into_iter().peekable();
        if let Some(first) = values.next() {
            if values.peek().is_none() {
                return self.one(first);
            }
            for value in std::iter::once(first).chain(values) {
                // writing to a String cannot fail
                let _ = write!(buffer, "{}:{value}", value.len());
            }
        }
        self.cell(CellKind::Many, &buffer)
    }

    /// Writes a value of any kind; references and complex values are not cells and are left absent.
    pub fn value(&mut self, value: &Value<'_>) -> Result<(), SetFull> {
        match value {
            Value::Null => self.null(),
            Value::List(values) => {
                let texts: Vec<_> = values.iter().filter_map(Value::as_text).collect();
                self.many(texts.iter().map(AsRef::as_ref))
            }
            Value::Absent | Value::Reference(_) | Value::Complex(_) | Value::Binary(_) => self.absent(),
            scalar => match scalar.as_text() {
                Some(text) => self.one(&text),
                None => self.absent(),
            },
        }
    }

    fn cell(&mut self, kind: CellKind, text: &str) -> Result<(), SetFull> {
        self.written += 1;
        self.set.kinds.push(kind as u8);
        self.set.push_text(text)
    }
}

impl Drop for RecordWriter<'_> {
    fn drop(&mut self) {
        // a record that ends early has absent cells, so that the set always fits its schema
        for _ in self.written..self.set.schema.columns.len() {
            self.set.kinds.push(CellKind::Absent as u8);
            let end = self.set.ends.last().copied().unwrap_or(0);
            self.set.ends.push(end);
        }
    }
}

/// One record of a set.
#[derive(Debug, Clone, Copy)]
pub struct RecordView<'a> {
    set: &'a RecordSet,
    index: u32,
}

impl<'a> RecordView<'a> {
    /// Returns the record's place in its set.
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// Returns the immutable id.
    pub fn anchor(self) -> &'a str {
        self.set.slice(self.first())
    }

    /// Returns the immutable id as a name of its own.
    pub fn owned_anchor(self) -> Anchor {
        Anchor::from(self.anchor())
    }

    /// Returns where the record was found.
    pub fn location(self) -> &'a str {
        self.set.slice(self.first() + 1)
    }

    /// Reports whether the account can be used; `None` where the system has no such state.
    pub fn enabled(self) -> Option<bool> {
        match self.set.enabled[self.index as usize] {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// Returns the schema of the record's set.
    pub fn schema(self) -> &'a Arc<Schema> {
        &self.set.schema
    }

    /// Returns the cell of column `column`; the caller keeps it below the number of columns.
    pub fn cell(self, column: usize) -> Cell<'a> {
        let text = self.set.slice(self.first() + HEAD + column);
        match self.set.kinds[self.index as usize * self.set.schema.columns.len() + column] {
            0 => Cell::Absent,
            1 => Cell::Null,
            2 => Cell::One(text),
            _ => Cell::Many(Many(text)),
        }
    }

    /// Returns the cell of an attribute, found without case; absent if the schema does not have it.
    pub fn get(self, name: &str) -> Cell<'a> {
        self.set
            .schema
            .position(name)
            .map_or(Cell::Absent, |column| self.cell(column))
    }

    /// Returns the text of all cells of the record in a row: equal texts and kinds mean equal attributes.
    pub fn same_attributes(self, other: RecordView<'_>) -> bool {
        let columns = self.set.schema.columns.len();
        columns == other.set.schema.columns.len()
            && (0..columns).all(|column| self.cell(column) == other.cell(column))
    }

    fn first(self) -> usize {
        self.index as usize * (HEAD + self.set.schema.columns.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> RecordSet {
        let schema = Schema {
            columns: vec![Column::text("Mail"), Column::text("cn"), Column::text("x")],
        };
        let mut set = RecordSet::new(Arc::new(schema));
        let mut first = set
            .begin(RecordHead {
                anchor: "1",
                location: "line 2",
                enabled: Some(true),
            })
            .unwrap();
        first.many(["a:1", "", "3:b"]).unwrap();
        first.one("").unwrap();
        drop(first);
        let mut second = set
            .begin(RecordHead {
                anchor: "2",
                location: "line 3",
                enabled: None,
            })
            .unwrap();
        second.null().unwrap();
        second.many(["only"]).unwrap();
        second.many([]).unwrap();
        drop(second);
        set
    }

    #[test]
    fn cells_come_back_as_they_went_in() {
        let set = set();
        let [first, second] = [set.get(0), set.get(1)];
        assert_eq!(first.get("mail").each().collect::<Vec<_>>(), ["a:1", "", "3:b"]);
        assert_eq!(first.get("CN"), Cell::One(""));
        assert_eq!(first.get("x"), Cell::Absent);
        assert_eq!(
            (first.anchor(), first.location(), first.enabled()),
            ("1", "line 2", Some(true))
        );
        assert_eq!(second.get("mail"), Cell::Null);
        assert_eq!(second.get("cn"), Cell::One("only"));
        assert_eq!(second.get("x").each().count(), 0);
        assert_ne!(second.get("x"), Cell::Absent);
        assert_eq!(second.enabled(), None);
    }

    #[test]
    fn damaged_parts_are_refused() {
        let set = set();
        let (text, ends, kinds, enabled) = set.parts();
        let rebuild = |text: &str, ends: &[u32], kinds: &[u8]| {
            RecordSet::from_parts(
                set.schema().clone(),
                text.to_owned(),
                ends.to_vec(),
                kinds.to_vec(),
                enabled.to_vec(),
            )
        };
        assert!(rebuild(text, ends, kinds).is_some());
        assert!(rebuild(&text[1..], ends, kinds).is_none());
        assert!(rebuild(text, &ends[1..], kinds).is_none());
        assert!(rebuild(text, ends, &[9; 6]).is_none());
        let mut backwards = ends.to_vec();
        backwards.swap(0, 3);
        assert!(rebuild(text, &backwards, kinds).is_none());
    }
}
