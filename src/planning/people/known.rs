//! The people known since earlier plans, by the records that sources have of them.

use ahash::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use crate::model::{LinkOwner, Links, PersonId, RecordSet, RuleName, links::LinkGroup};

/// The people of one people rule, by the ids of their records.
pub(super) struct KnownPeople<'a> {
    groups: Vec<&'a LinkGroup>,
    /// The places of links: the group, and the link in it.
    table: HashTable<(u32, u32)>,
    hasher: RandomState,
}

impl<'a> KnownPeople<'a> {
    /// Looks at the links of a people rule.
    pub(super) fn new(links: &'a Links, rule: &RuleName) -> Self {
        let owner = LinkOwner::Source(rule.clone());
        let groups = links.groups().iter().filter(|group| *group.owner() == owner);
        let mut known = Self {
            groups: groups.collect(),
            table: HashTable::new(),
            hasher: RandomState::with_seeds(1, 2, 3, 4),
        };
        known
            .table
            .reserve(known.groups.iter().map(|group| group.len()).sum(), |_| 0);
        for (at, group) in known.groups.iter().enumerate() {
            let hashes: Vec<u64> = (0..group.len())
                .into_par_iter()
                .with_min_len(1024)
                .map(|link| known.hasher.hash_one(group.anchor(link)))
                .collect();
            for (link, hash) in hashes.into_iter().enumerate() {
                // room was made for all of them
                known.table.insert_unique(hash, (at as u32, link as u32), |_| 0);
            }
        }
        known
    }

    /// Returns whose each record of a source is; nothing if nobody is known at all.
    pub(super) fn find_all(&self, records: &RecordSet) -> Vec<Option<PersonId>> {
        if self.table.is_empty() {
            return Vec::new();
        }
        (0..records.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|record| self.find(records.get(record).anchor()))
            .collect()
    }

    /// Returns whose record this is; of several links the last counts.
    pub(super) fn find(&self, anchor: &str) -> Option<PersonId> {
        if self.table.is_empty() {
            return None;
        }
        let group = |(group, _): &(u32, u32)| self.groups[*group as usize];
        self.table
            .iter_hash(self.hasher.hash_one(anchor))
            .filter(|place| group(place).anchor(place.1 as usize) == anchor)
            .max()
            .map(|place| group(place).people()[place.1 as usize])
    }
}
