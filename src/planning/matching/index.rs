//! The records of a target, by their ids and by the values of some attributes.

use std::{borrow::Cow, sync::OnceLock};

use ahash::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::normal::normal;
use crate::{
    model::{Comparison, RecordSet, RecordView, record::Places},
    planning::compare::{hash_of, same},
};

/// The most combinations of values that one record is found by; a record with more is looked at each time.
const COMBINATIONS: usize = 1024;

/// Which values are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// What is the same for the target.
    Exact,
    /// What has the same normal form.
    Normal,
}

impl Form {
    fn hash(self, text: &str, comparison: Comparison, hasher: &RandomState) -> u64 {
        match self {
            Self::Exact => hash_of(text, comparison, hasher),
            Self::Normal => hasher.hash_one(normal(text, comparison).as_bytes()),
        }
    }

    fn same(self, value: &str, text: &str, comparison: Comparison) -> bool {
        match self {
            Self::Exact => same(value, text, comparison),
            Self::Normal => normal(value, comparison) == normal(text, comparison),
        }
    }
}

/// The records by their ids.
pub(super) struct AnchorIndex<'a> {
    records: &'a RecordSet,
    places: Cow<'a, Places>,
}

impl<'a> AnchorIndex<'a> {
    /// Looks at the records, where it is not known already where they are.
    pub(super) fn of(records: &'a RecordSet, known: Option<&'a Places>) -> Self {
        let places = match known {
            Some(places) => Cow::Borrowed(places),
            None => Cow::Owned(Places::of(records)),
        };
        Self { records, places }
    }

    pub(super) fn find(&self, anchor: &str) -> Option<u32> {
        let found = self.places.find(self.records, anchor);
        found.map(|record| record as u32)
    }
}

/// The records by the values of some attributes together; built when it is first asked.
pub(in crate::planning) struct ColumnIndex<'a> {
    records: &'a RecordSet,
    columns: Vec<usize>,
    form: Form,
    /// Records that are left out, by their places.
    without: Option<&'a [bool]>,
    built: OnceLock<Built>,
    /// Where it is kept from plan to plan.
    kept: Option<&'a OnceLock<Built>>,
    hasher: RandomState,
}

/// What was looked through.
#[derive(Debug)]
pub(in crate::planning) struct Built {
    table: HashTable<u32>,
    /// Records with too many combinations of values.
    manifold: Vec<u32>,
}

impl<'a> ColumnIndex<'a> {
    /// Prepares an index of one attribute by the target's own comparison.
    pub(in crate::planning) fn new(records: &'a RecordSet, column: usize) -> Self {
        Self::of(records, vec![column], Form::Exact, None)
    }

    pub(super) fn of(
        records: &'a RecordSet,
        columns: Vec<usize>,
        form: Form,
        without: Option<&'a [bool]>,
    ) -> Self {
        Self {
            records,
            columns,
            form,
            without,
            built: OnceLock::new(),
            kept: None,
            hasher: seeded(),
        }
    }

    /// Keeps what is looked through for later plans, and takes what earlier ones have kept.
    pub(in crate::planning) fn keeping(self, kept: Option<&'a OnceLock<Built>>) -> Self {
        Self { kept, ..self }
    }

    /// Returns the records that have this value.
    pub(in crate::planning) fn find(&self, text: &str) -> Vec<u32> {
        let texts = [Cow::Borrowed(text)];
        let mut found: Vec<u32> = self.hits(&texts).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Iterates over the records that have these values, one an attribute; some more than once.
    pub(super) fn hits<'t>(&'t self, texts: &'t [Cow<'t, str>]) -> impl Iterator<Item = u32> + 't {
        let mut hash = None;
        for (text, column) in texts.iter().zip(&self.columns) {
            let own = self.form.hash(text, self.comparison(*column), &self.hasher);
            hash = Some(hash.map_or(own, |hash| combine(hash, own)));
        }
        let built = self.built();
        built
            .table
            .iter_hash(hash.unwrap_or_default())
            .chain(&built.manifold)
            .copied()
            .filter(move |record| self.has(*record, texts))
    }

    fn has(&self, record: u32, texts: &[Cow<'_, str>]) -> bool {
        let record = self.records.get(record as usize);
        texts.iter().zip(&self.columns).all(|(text, column)| {
            let comparison = self.comparison(*column);
            let mut values = record.cell(*column).each();
            values.any(|value| self.form.same(value, text, comparison))
        })
    }

    fn comparison(&self, column: usize) -> Comparison {
        self.records.schema().columns[column].comparison
    }

    fn built(&self) -> &Built {
        self.kept.unwrap_or(&self.built).get_or_init(|| {
            let hashes: Vec<(u64, u32)> = (0..self.records.len())
                .into_par_iter()
                .with_min_len(1024)
                .filter(|record| self.without.is_none_or(|without| !without[*record]))
                .flat_map_iter(|at| self.hashes(at).map(move |hash| (hash, at as u32)))
                .collect();
            // what is kept has others added
            let spare = self.kept.map_or(0, |_| hashes.len() / 16 + 64);
            let mut table = HashTable::with_capacity(hashes.len() + spare);
            for (hash, record) in hashes {
                // room was made for all of them
                table.insert_unique(hash, record, |_| 0);
            }
            Built {
                table,
                manifold: self.manifold(),
            }
        })
    }

    /// The hashes that a record is found by.
    fn hashes(&self, at: usize) -> impl Iterator<Item = u64> {
        let record = self.records.get(at);
        let (one, several) = match &*self.columns {
            [column] => (Some(self.each_hash(record, *column)), Vec::new()),
            _ => (None, self.combinations(record).unwrap_or_default()),
        };
        one.into_iter().flatten().chain(several)
    }

    /// Adds records to what is kept; `None` if it has to be looked through anew. What they were found by before is
    /// still there: whether a record has a value is looked at each time.
    pub(in crate::planning) fn follow(
        &self,
        mut kept: Built,
        fresh: impl Iterator<Item = u32>,
    ) -> Option<Built> {
        for at in fresh {
            for hash in self.hashes(at as usize) {
                if kept.table.len() == kept.table.capacity() {
                    return None;
                }
                // there is room for it
                kept.table.insert_unique(hash, at, |_| 0);
            }
            kept.manifold.extend(self.is_manifold(at as usize).then_some(at));
        }
        Some(kept)
    }

    fn each_hash<'t>(&'t self, record: RecordView<'t>, column: usize) -> impl Iterator<Item = u64> + 't {
        let comparison = self.comparison(column);
        let values = record.cell(column).each();
        values.map(move |value| self.form.hash(value, comparison, &self.hasher))
    }

    /// The hashes of every combination of a record's values; `None` if there are too many.
    fn combinations(&self, record: RecordView<'_>) -> Option<Vec<u64>> {
        let mut columns = self.columns.iter();
        let mut hashes: Vec<u64> = self.each_hash(record, *columns.next()?).collect();
        for column in columns {
            let own: Vec<u64> = self.each_hash(record, *column).collect();
            if hashes.len().saturating_mul(own.len()) > COMBINATIONS {
                return None;
            }
            hashes = hashes
                .iter()
                .flat_map(|hash| own.iter().map(move |own| combine(*hash, *own)))
                .collect();
        }
        Some(hashes)
    }

    fn manifold(&self) -> Vec<u32> {
        if self.columns.len() < 2 {
            return Vec::new();
        }
        (0..self.records.len())
            .filter(|record| self.is_manifold(*record))
            .filter(|record| self.without.is_none_or(|without| !without[*record]))
            .map(|record| record as u32)
            .collect()
    }

    /// Whether a record has too many combinations of values.
    fn is_manifold(&self, at: usize) -> bool {
        let record = self.records.get(at);
        let counts = self
            .columns
            .iter()
            .map(|column| record.cell(*column).each().count());
        self.columns.len() > 1 && counts.fold(1, usize::saturating_mul) > COMBINATIONS
    }
}

/// Fixed seeds: the same input takes the same path every time.
fn seeded() -> RandomState {
    RandomState::with_seeds(1, 2, 3, 4)
}

fn combine(first: u64, second: u64) -> u64 {
    first.rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ second
}
