//! The records of a system by where they are: by their distinguished names.

use ahash::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::compare::{hash_of, same};
use crate::model::{Comparison, RecordSet};

const BY: Comparison = Comparison::DistinguishedName;

/// The records of a system by where they are, kept from plan to plan.
#[derive(Debug)]
pub(super) struct Located {
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Located {
    /// Looks at all records.
    pub(super) fn of(records: &RecordSet) -> Self {
        let hasher = RandomState::with_seeds(5, 6, 7, 8);
        let hashes: Vec<u64> = (0..records.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|at| hash_of(records.get(at).location(), BY, &hasher))
            .collect();
        // others are added
        let mut table = HashTable::with_capacity(hashes.len() + hashes.len() / 16 + 64);
        for (at, hash) in hashes.into_iter().enumerate() {
            // there is room for all of them
            table.insert_unique(hash, at as u32, |_| 0);
        }
        Self { table, hasher }
    }

    /// Adds records, also such as are elsewhere now; `None` if everything has to be looked at anew.
    pub(super) fn follow(mut self, records: &RecordSet, fresh: impl Iterator<Item = u32>) -> Option<Self> {
        for at in fresh {
            if self.table.len() == self.table.capacity() {
                return None;
            }
            let hash = hash_of(records.get(at as usize).location(), BY, &self.hasher);
            // there is room for it
            self.table.insert_unique(hash, at, |_| 0);
        }
        Some(self)
    }

    /// Finds the last record that is at a place.
    pub(super) fn find(&self, records: &RecordSet, place: &str) -> Option<u32> {
        self.all(records, place).max()
    }

    /// Finds the records that are at a place; one may come more than once.
    pub(super) fn all(&self, records: &RecordSet, place: &str) -> impl Iterator<Item = u32> {
        let found = self.table.iter_hash(hash_of(place, BY, &self.hasher)).copied();
        found.filter(move |at| same(records.get(*at as usize).location(), place, BY))
    }
}
