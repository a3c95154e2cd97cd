//! Rows on their way into a set of records: each is checked.

use csv::{ByteRecord, ReaderBuilder};

use super::{header::Header, pieces::Piece};
use crate::model::{
    RecordProblem, RecordSet,
    record::{RecordHead, SetFull},
};

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// For good, and why.
    Failed(String),
    /// The line that is not UTF-8, in a file whose encoding was guessed.
    NotUtf8(u64),
}

impl From<SetFull> for Stop {
    fn from(full: SetFull) -> Self {
        Self::Failed(full.to_string())
    }
}

/// How rows are taken.
pub(super) struct Taking<'a> {
    pub(super) header: &'a Header,
    /// The file's name for people.
    pub(super) name: &'a str,
    pub(super) separator: u8,
    /// The line of the header, which was taken before.
    pub(super) header_line: u64,
    /// Whether what is not UTF-8 may be taken for Windows-1252.
    pub(super) guessed: bool,
}

/// The rows of a piece.
pub(super) struct Rows {
    pub(super) records: RecordSet,
    pub(super) problems: Vec<RecordProblem>,
    /// Whether the last row has fewer fields than the header.
    pub(super) short: bool,
}

/// What came of a piece.
pub(super) type Taken = Result<Rows, Stop>;

impl Taking<'_> {
    /// Takes the rows of a piece.
    pub(super) fn piece(&self, piece: &Piece) -> Taken {
        let mut reader = ReaderBuilder::new()
            .delimiter(self.separator)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 15)
            .from_reader(piece.text.as_slice());
        let mut rows = Rows {
            records: RecordSet::new(self.header.schema.clone()),
            problems: Vec::new(),
            short: false,
        };
        let mut row = ByteRecord::new();
        let mut location = String::new();
        while reader
            .read_byte_record(&mut row)
            .map_err(|error| Stop::Failed(format!("{} cannot be read: {error}", self.name)))?
        {
            let number = piece.line - 1 + line_of(&reader, &piece.text, &row);
            if number == self.header_line {
                continue;
            }
            rows.short = row.len() < self.header.width;
            if let Err(message) = self.row(&row, number, &mut location, &mut rows.records)? {
                rows.problems.push(RecordProblem {
                    location: format!("{} line {number}", self.name),
                    message,
                });
            }
        }
        Ok(rows)
    }

    /// Takes one row; the inner error is why it cannot be used.
    fn row(
        &self,
        row: &ByteRecord,
        number: u64,
        location: &mut String,
        records: &mut RecordSet,
    ) -> Result<Result<(), String>, Stop> {
        let header = self.header;
        if row.len() != header.width {
            let message = format!(
                "has {} fields instead of {}: correct the row",
                row.len(),
                header.width
            );
            return Ok(Err(message));
        }
        let bytes = row.as_slice();
        let Ok(text) = std::str::from_utf8(bytes) else {
            if self.guessed {
                return Err(Stop::NotUtf8(number));
            }
            return Ok(Err("is not UTF-8: set `encoding`, or correct the row".to_owned()));
        };
        if bytes.contains(&0) {
            return Ok(Err(
                "holds a NUL character: the file is damaged or not CSV".to_owned()
            ));
        }
        let cell = |index: usize| -> &str {
            // a cut inside a character is possible only where two broken cells join into a sound text
            row.range(index)
                .and_then(|range| text.get(range))
                .unwrap_or_default()
        };
        let anchor = cell(header.anchor).trim();
        if anchor.is_empty() {
            return Ok(Err("has no id: fill in the anchor's column".to_owned()));
        }
        location.clear();
        location.push_str(self.name);
        location.push_str(" line ");
        push_number(location, number);
        let head = RecordHead {
            anchor,
            location,
            enabled: None,
        };
        let mut writer = records.begin(head)?;
        for index in &header.cells {
            match cell(*index) {
                "" => writer.absent(),
                text => writer.one(text),
            }?;
        }
        Ok(Ok(()))
    }
}

/// Returns the line a row begins on, counted from the start of the piece. The `csv` crate counts from the end of the
/// row before, blank lines and the second half of its line end included, so it is counted back from the end of this
/// one.
fn line_of(reader: &csv::Reader<&[u8]>, text: &[u8], row: &ByteRecord) -> u64 {
    let end = reader.position();
    // most rows are on one line, which is told faster than lines are counted
    let inside = if row.as_slice().contains(&b'\n') {
        row.as_slice().split(|byte| *byte == b'\n').count() as u64 - 1
    } else {
        0
    };
    let last = usize::try_from(end.byte())
        .ok()
        .and_then(|end| end.checked_sub(1));
    let terminator = last.and_then(|last| text.get(last));
    end.line()
        .saturating_sub(inside + u64::from(terminator == Some(&b'\n')))
}

fn push_number(text: &mut String, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}
