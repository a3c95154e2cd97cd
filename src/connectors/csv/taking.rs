//! Rows on their way into a set of records: each is checked, and an id is taken once.

use csv::ByteRecord;
use hashbrown::{HashMap, HashTable};

use super::{header::Header, rows::Rows};
use crate::model::{Completeness, RecordProblem, RecordSet, record::RecordHead};

/// Why reading stopped.
pub(super) enum Stop {
    Failed(String),
    /// The line that is not UTF-8, in a file whose encoding was guessed.
    NotUtf8(u64),
}

/// The rows that are read, the problems met, and which rows to leave out at the end.
pub(super) struct Taking<'a> {
    name: &'a str,
    pub(super) records: RecordSet,
    pub(super) problems: Vec<RecordProblem>,
    /// The records that share their id with a different one, with the lines of all of them.
    clashes: HashMap<u32, Vec<String>>,
    by_anchor: HashTable<(u64, u32)>,
    hasher: ahash::RandomState,
    location: String,
}

impl<'a> Taking<'a> {
    /// Begins with nothing; `bytes` is the size of the file.
    pub(super) fn new(header: &Header, name: &'a str, bytes: u64) -> Self {
        // room for rows of 64 bytes; a file with longer ones needs less of it, which costs only address space
        let rows = usize::try_from(bytes / 64).unwrap_or(0).min(4_000_000);
        Self {
            name,
            records: RecordSet::with_capacity(header.schema.clone(), rows, 96),
            problems: Vec::new(),
            clashes: HashMap::new(),
            by_anchor: HashTable::with_capacity(rows),
            hasher: ahash::RandomState::new(),
            location: String::new(),
        }
    }

    fn skip(&mut self, number: u64, message: impl Into<String>) -> bool {
        self.problems.push(RecordProblem {
            location: format!("{} line {number}", self.name),
            message: message.into(),
        });
        false
    }

    /// Takes one row; reports whether it became a record.
    pub(super) fn row(
        &mut self,
        header: &Header,
        row: &ByteRecord,
        number: u64,
        guessed: bool,
    ) -> Result<bool, Stop> {
        if row.len() != header.width {
            let message = format!(
                "has {} fields instead of {}: correct the row",
                row.len(),
                header.width
            );
            return Ok(self.skip(number, message));
        }
        let bytes = row.as_slice();
        let Ok(text) = std::str::from_utf8(bytes) else {
            if guessed {
                return Err(Stop::NotUtf8(number));
            }
            return Ok(self.skip(number, "is not UTF-8: set `encoding`, or correct the row"));
        };
        if bytes.contains(&0) {
            return Ok(self.skip(number, "holds a NUL character: the file is damaged or not CSV"));
        }
        let cell = |index: usize| -> &str {
            // a cut inside a character is possible only where two broken cells join into a sound text
            row.range(index)
                .and_then(|range| text.get(range))
                .unwrap_or_default()
        };
        let anchor = cell(header.anchor).trim();
        if anchor.is_empty() {
            return Ok(self.skip(number, "has no id: fill in the anchor's column"));
        }
        self.location.clear();
        self.location.push_str(self.name);
        self.location.push_str(" line ");
        push_number(&mut self.location, number);
        let hash = self.hasher.hash_one(anchor);
        let records = &self.records;
        let twin = self
            .by_anchor
            .find(hash, |(candidate, index)| {
                *candidate == hash && records.get(*index as usize).anchor() == anchor
            })
            .map(|(_, index)| *index);
        if let Some(twin) = twin {
            let first = self.records.get(twin as usize);
            let same = header
                .cells
                .iter()
                .enumerate()
                .all(|(column, index)| first.cell(column).first().unwrap_or_default() == cell(*index));
            if !same {
                let lines = self
                    .clashes
                    .entry(twin)
                    .or_insert_with(|| vec![first.location().to_owned()]);
                lines.push(self.location.clone());
            }
            return Ok(false);
        }
        let index = self.records.len() as u32;
        self.by_anchor
            .insert_unique(hash, (hash, index), |(hash, _)| *hash);
        let head = RecordHead {
            anchor,
            location: &self.location,
            enabled: None,
        };
        let full = |error: crate::model::record::SetFull| Stop::Failed(error.to_string());
        let mut writer = self.records.begin(head).map_err(full)?;
        for index in &header.cells {
            match cell(*index) {
                "" => writer.absent(),
                text => writer.one(text),
            }
            .map_err(full)?;
        }
        Ok(true)
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
        if !self.clashes.is_empty() {
            self.records = without(&self.records, &self.clashes);
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

/// Copies a set without some of its records.
fn without(records: &RecordSet, out: &HashMap<u32, Vec<String>>) -> RecordSet {
    let mut kept = RecordSet::new(records.schema().clone());
    for record in records
        .iter()
        .filter(|record| !out.contains_key(&(record.index() as u32)))
    {
        let head = RecordHead {
            anchor: record.anchor(),
            location: record.location(),
            enabled: record.enabled(),
        };
        // what fitted in the first set fits in a smaller one
        let Ok(mut writer) = kept.begin(head) else { break };
        for column in 0..records.schema().columns.len() {
            let _ = match record.cell(column).first() {
                Some(text) => writer.one(text),
                None => writer.absent(),
            };
        }
    }
    kept
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
