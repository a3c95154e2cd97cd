//! Which account is whose.

use std::sync::OnceLock;

use ahash::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::{
    Inputs,
    compare::key,
    compile::{Compiled, CompiledAccounts},
    draft::{NO_RECORD, PersonRow, RulePlan},
    people::People,
};
use crate::{
    expression::Moment,
    model::{Link, LinkOwner, RecordSet, RecordView},
};

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
    people: &'a People,
    before: &'a [RulePlan<'a>],
    rule: usize,
) -> Vec<Match> {
    let accounts = &compiled.accounts[rule];
    let read = inputs.read(&accounts.rule.system);
    let linked = linked(accounts, inputs, people, &read.records);
    let mut owned = vec![false; read.records.len()];
    for found in linked.iter().flatten() {
        if *found != NO_RECORD {
            owned[*found as usize] = true;
        }
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
            Some(NO_RECORD) if read.proves_absence() => Match::Missing,
            Some(NO_RECORD) => Match::Untold,
            Some(record) => Match::Linked(record),
            None if people.faulty[person] => Match::None,
            None => {
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
        })
        .collect();
    refuse_shared(accounts, &mut matches, &read.records);
    matches
}

/// The linked record of each person: `None` without a link, [`NO_RECORD`] if it was not read.
fn linked(
    accounts: &CompiledAccounts,
    inputs: &Inputs<'_>,
    people: &People,
    records: &RecordSet,
) -> Vec<Option<u32>> {
    let mut linked = vec![None; people.len()];
    let owner = LinkOwner::Account(accounts.rule.name.clone());
    let links: Vec<&Link> = inputs
        .memory
        .links
        .par_iter()
        .filter(|link| link.owner == owner)
        .collect();
    if !links.is_empty() {
        let by_anchor = AnchorIndex::new(records);
        let found: Vec<Option<(u32, u32)>> = links
            .into_par_iter()
            .with_min_len(1024)
            .map(|link| {
                let person = *people.by_id.get(&link.person)?;
                Some((person, by_anchor.find(link.anchor.as_str()).unwrap_or(NO_RECORD)))
            })
            .collect();
        for (person, record) in found.into_iter().flatten() {
            linked[person as usize] = Some(record);
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
        let mut hits = index.find(&text);
        hits.retain(|record| !owned[*record as usize]);
        match hits.as_slice() {
            [] => {}
            [record] => return Match::Found(*record, rule as u16),
            _ => {
                let why = format!("{} = {text}", accounts.rule.matches[rule].0);
                return Match::Ambiguous(Box::new((hits, why)));
            }
        }
    }
    Match::None
}

/// Says by what a record was found: the attribute, and what the target has in it.
pub(super) fn why(accounts: &CompiledAccounts, rule: u16, record: RecordView<'_>) -> String {
    let rule = usize::from(rule);
    let value = record.cell(accounts.matches[rule].0).first().unwrap_or_default();
    format!("{} = {value}", accounts.rule.matches[rule].0)
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
            let why = why(accounts, rule, records.get(record as usize));
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
    table: OnceLock<HashTable<(u64, u32)>>,
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
        let comparison = self.records.schema().columns[self.column].comparison;
        let wanted = key(text, comparison);
        let hash = self.hasher.hash_one(wanted.as_bytes());
        let mut found: Vec<u32> = self
            .table()
            .iter_hash(hash)
            .filter(|(known, record)| {
                *known == hash
                    && self
                        .records
                        .get(*record as usize)
                        .cell(self.column)
                        .each()
                        .any(|value| key(value, comparison) == wanted)
            })
            .map(|(_, record)| *record)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn table(&self) -> &HashTable<(u64, u32)> {
        self.table.get_or_init(|| {
            let comparison = self.records.schema().columns[self.column].comparison;
            let hash = |value| self.hasher.hash_one(key(value, comparison).as_bytes());
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
                table.insert_unique(hash, (hash, record), |(hash, _)| *hash);
            }
            table
        })
    }
}
