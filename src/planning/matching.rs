//! Which account is whose.

use std::sync::OnceLock;

use ahash::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::{
    Inputs,
    compare::{hash_of, same},
    compile::{Compiled, CompiledAccounts},
    draft::{NO_RECORD, PersonRow, RulePlan},
    people::People,
};
use crate::{
    expression::Moment,
    model::{Comparison, LinkOwner, RecordSet, RecordView},
};

/// Marks a person without a link; below [`NO_RECORD`].
const NO_LINK: u32 = NO_RECORD - 1;

/// How a person's account was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// By its link.
    Linked(u32),
    /// It has a link, and a complete read does not have the record.
    Missing,
    /// It has a link, and the read cannot tell.
    Untold,
    /// By a match rule: the record, and the rule by its place.
    Found(u32, u16),
    /// Several records match, or the record matches several people; and by what.
    Ambiguous(Box<(Vec<u32>, String)>),
    /// There is none.
    None,
}

/// Finds everybody's account under a rule.
pub(super) fn find<'a>(
    compiled: &'a Compiled,
    inputs: &'a Inputs<'a>,
    people: &'a People<'a>,
    before: &'a [RulePlan<'a>],
    rule: usize,
) -> Vec<Match> {
    let accounts = &compiled.accounts[rule];
    let read = inputs.read(&accounts.rule.system);
    let linked = linked(accounts, inputs, people, &read.records);
    let mut owned = vec![false; read.records.len()];
    for found in linked.iter().filter(|found| **found < NO_LINK) {
        owned[*found as usize] = true;
    }
    let indexes: Vec<_> = accounts
        .matches
        .iter()
        .map(|(column, _)| ColumnIndex::new(&read.records, *column))
        .collect();
    let mut matches: Vec<Match> = (0..people.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|person| match linked[person] {
            NO_RECORD if read.proves_absence() => Match::Missing,
            NO_RECORD => Match::Untold,
            NO_LINK if people.faulty[person] => Match::None,
            NO_LINK => {
                let row = PersonRow {
                    compiled,
                    people,
                    person,
                    before,
                    current: None,
                    own: &[],
                    in_scope: true,
                };
                let moment = Moment {
                    now: inputs.now,
                    time_zone: people.zone_of(person),
                };
                search(accounts, &indexes, &owned, &row, &moment)
            }
            record => Match::Linked(record),
        })
        .collect();
    refuse_shared(accounts, &mut matches, &read.records);
    matches
}

/// The linked record of each person: [`NO_LINK`], or [`NO_RECORD`] if it was not read.
fn linked(
    accounts: &CompiledAccounts,
    inputs: &Inputs<'_>,
    people: &People<'_>,
    records: &RecordSet,
) -> Vec<u32> {
    let mut linked = vec![NO_LINK; people.len()];
    let owner = LinkOwner::Account(accounts.rule.name.clone());
    let by_anchor = OnceLock::new();
    for group in inputs.memory.links.of(&owner) {
        let by_anchor = by_anchor.get_or_init(|| AnchorIndex::new(records));
        let found: Vec<(u32, u32)> = (0..group.len())
            .into_par_iter()
            .with_min_len(1024)
            .filter_map(|link| {
                let person = people.find(group.people()[link])?;
                Some((person, by_anchor.find(group.anchor(link)).unwrap_or(NO_RECORD)))
            })
            .collect();
        for (person, record) in found {
            linked[person as usize] = record;
        }
    }
    linked
}

fn search(
    accounts: &CompiledAccounts,
    indexes: &[ColumnIndex<'_>],
    owned: &[bool],
    row: &PersonRow<'_>,
    moment: &Moment<'_>,
) -> Match {
    for (rule, ((_, expression), index)) in accounts.matches.iter().zip(indexes).enumerate() {
        let Ok(value) = expression.evaluate(row, moment) else {
            continue;
        };
        let Some(text) = value.as_text().filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        let mut hits = index.hits(&text).filter(|record| !owned[*record as usize]);
        let Some(first) = hits.next() else { continue };
        // a record may be there once for each of its values
        if hits.all(|other| other == first) {
            return Match::Found(first, rule as u16);
        }
        let mut hits = index.find(&text);
        hits.retain(|record| !owned[*record as usize]);
        let why = format!("{} = {text}", accounts.rule.matches[rule].0);
        return Match::Ambiguous(Box::new((hits, why)));
    }
    Match::None
}

/// Returns what the target has in the attribute by which a record was found.
pub(super) fn matched<'a>(accounts: &CompiledAccounts, rule: u16, record: RecordView<'a>) -> &'a str {
    let (column, _) = accounts.matches[usize::from(rule)];
    record.cell(column).first().unwrap_or_default()
}

/// A record that several people match belongs to none of them until a person has decided.
fn refuse_shared(accounts: &CompiledAccounts, matches: &mut [Match], records: &RecordSet) {
    let mut claims = vec![0_u8; records.len()];
    for found in matches.iter() {
        if let Match::Found(record, _) = found {
            claims[*record as usize] = claims[*record as usize].saturating_add(1);
        }
    }
    for found in matches {
        if let Match::Found(record, rule) = *found
            && claims[record as usize] > 1
        {
            let value = matched(accounts, rule, records.get(record as usize));
            let why = format!("{} = {value}", accounts.rule.matches[usize::from(rule)].0);
            *found = Match::Ambiguous(Box::new((vec![record], why)));
        }
    }
}

/// The records by their ids.
struct AnchorIndex<'a> {
    records: &'a RecordSet,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl<'a> AnchorIndex<'a> {
    fn new(records: &'a RecordSet) -> Self {
        let hasher = RandomState::with_seeds(1, 2, 3, 4);
        let mut table = HashTable::with_capacity(records.len());
        let hashes: Vec<u64> = (0..records.len())
            .into_par_iter()
            .map(|record| hasher.hash_one(records.get(record).anchor()))
            .collect();
        for (record, hash) in hashes.iter().enumerate() {
            table.insert_unique(*hash, record as u32, |other| hashes[*other as usize]);
        }
        Self {
            records,
            table,
            hasher,
        }
    }

    fn find(&self, anchor: &str) -> Option<u32> {
        let is_it = |record: &u32| self.records.get(*record as usize).anchor() == anchor;
        self.table.find(self.hasher.hash_one(anchor), is_it).copied()
    }
}

/// The records by the values of one attribute; built when it is first asked.
pub(super) struct ColumnIndex<'a> {
    records: &'a RecordSet,
    column: usize,
    table: OnceLock<HashTable<u32>>,
    hasher: RandomState,
}

impl<'a> ColumnIndex<'a> {
    /// Prepares an index.
    pub(super) fn new(records: &'a RecordSet, column: usize) -> Self {
        // fixed seeds: the same input takes the same path every time
        let hasher = RandomState::with_seeds(1, 2, 3, 4);
        Self {
            records,
            column,
            table: OnceLock::new(),
            hasher,
        }
    }

    /// Returns the records that have this value, by the attribute's comparison.
    pub(super) fn find(&self, text: &str) -> Vec<u32> {
        let mut found: Vec<u32> = self.hits(text).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Iterates over the records that have this value, each as often as it has it.
    fn hits<'t>(&'t self, text: &'t str) -> impl Iterator<Item = u32> + 't {
        let comparison = self.comparison();
        self.table()
            .iter_hash(hash_of(text, comparison, &self.hasher))
            .filter(move |record| {
                let cell = self.records.get(**record as usize).cell(self.column);
                cell.each().any(|value| same(value, text, comparison))
            })
            .copied()
    }

    fn comparison(&self) -> Comparison {
        self.records.schema().columns[self.column].comparison
    }

    fn table(&self) -> &HashTable<u32> {
        self.table.get_or_init(|| {
            let comparison = self.comparison();
            let hash = |value| hash_of(value, comparison, &self.hasher);
            let hashes: Vec<(u64, u32)> = (0..self.records.len())
                .into_par_iter()
                .with_min_len(1024)
                .flat_map_iter(|record| {
                    let values = self.records.get(record).cell(self.column).each();
                    values.map(move |value| (hash(value), record as u32))
                })
                .collect();
            let mut table = HashTable::with_capacity(hashes.len());
            for (hash, record) in hashes {
                // room was made for all of them
                table.insert_unique(hash, record, |_| 0);
            }
            table
        })
    }
}
