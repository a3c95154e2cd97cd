//! Brings a set up to date by what changed since it was read.

use std::collections::{BTreeMap, BTreeSet};

use ahash::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::{RecordSet, RecordView, SetFull};

/// Where the records of a set are, by their ids.
#[derive(Debug, Clone, Default)]
pub struct Places {
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Places {
    /// Looks at the records of a set.
    pub fn of(records: &RecordSet) -> Self {
        let hasher = RandomState::with_seeds(11, 12, 13, 14);
        let hashes: Vec<u64> = (0..records.len())
            .into_par_iter()
            .with_min_len(4096)
            .map(|at| hasher.hash_one(records.get(at).anchor()))
            .collect();
        let mut table = HashTable::with_capacity(records.len());
        for (at, hash) in hashes.into_iter().enumerate() {
            // there is room for all of them
            table.insert_unique(hash, at as u32, |_| 0);
        }
        Self { table, hasher }
    }

    /// Returns where the record with an id is in the set that was looked at.
    pub fn find(&self, records: &RecordSet, anchor: &str) -> Option<usize> {
        self.table
            .find(self.hasher.hash_one(anchor), |at| {
                records.get(*at as usize).anchor() == anchor
            })
            .map(|at| *at as usize)
    }

    fn note(&mut self, records: &RecordSet, at: usize) {
        let hasher = &self.hasher;
        let hash = |at: &u32| hasher.hash_one(records.get(*at as usize).anchor());
        self.table.insert_unique(hash(&(at as u32)), at as u32, hash);
    }

    /// Forgets records that are removed, and counts the others anew.
    fn close_gaps(&mut self, merged: &Merged) {
        self.table.retain(|at| match merged.now(*at) {
            Some(now) => {
                *at = now;
                true
            }
            None => false,
        });
    }
}

/// What taking in changes has done to a set. Places are those the records have before any is removed.
#[derive(Debug, Clone)]
pub struct Merged {
    /// How many records there were.
    pub before: usize,
    /// The records of those that are other ones now, in order.
    pub replaced: Vec<u32>,
    /// How many records came behind them.
    pub added: usize,
    /// The records that were removed, in order; one that was added may be among them.
    pub gone: Vec<u32>,
    /// Those of `replaced`, then those of `gone` that were there, as they were.
    pub old: RecordSet,
}

impl Merged {
    /// Reports whether the set is what it was.
    pub fn is_nothing(&self) -> bool {
        self.replaced.is_empty() && self.added == 0 && self.gone.is_empty()
    }

    /// Returns where a record is now; `None` if it is gone.
    pub fn now(&self, place: u32) -> Option<u32> {
        match self.gone.binary_search(&place) {
            Ok(_) => None,
            Err(before) => Some(place - before as u32),
        }
    }

    /// Iterates over the places that records now have which are others than before, or were not there.
    pub fn fresh(&self) -> impl Iterator<Item = u32> + '_ {
        let added = self.before as u32..(self.before + self.added) as u32;
        self.replaced
            .iter()
            .copied()
            .chain(added)
            .filter_map(|place| self.now(place))
    }

    /// Takes what lies beside the records along: `fresh` for those that were added.
    pub fn follow<T: Copy>(&self, beside: &mut Vec<T>, fresh: T) {
        beside.resize(self.before + self.added, fresh);
        let mut gone = self.gone.iter().peekable();
        if gone.peek().is_none() {
            return;
        }
        let mut place = 0;
        beside.retain(|_| {
            let is_gone = gone.next_if(|gone| **gone == place).is_some();
            place += 1;
            !is_gone
        });
    }
}

impl RecordSet {
    /// Takes in what changed: records with ids that are there take the place of those, others are added behind, and
    /// the records with the ids in `gone` are removed. The order of the others stays. `changes` has the same schema.
    pub fn merge<'g>(
        &mut self,
        changes: &Self,
        gone: impl IntoIterator<Item = &'g str>,
    ) -> Result<(), SetFull> {
        self.merge_at(&mut Places::of(self), changes, gone).map(drop)
    }

    /// Does the same where it is known already where the records are, which is known again afterwards; tells what
    /// has become of them.
    pub fn merge_at<'g>(
        &mut self,
        places: &mut Places,
        changes: &Self,
        gone: impl IntoIterator<Item = &'g str>,
    ) -> Result<Merged, SetFull> {
        let before = self.len();
        // the records as they were, and which of these each is
        let mut old = Self::new(self.schema().clone());
        let mut was: BTreeMap<u32, u32> = BTreeMap::new();
        for record in changes.iter() {
            if let Some(at) = places.find(self, record.anchor()) {
                if self.get(at).is_same(record) {
                    continue;
                }
                if at < before && !was.contains_key(&(at as u32)) {
                    was.insert(at as u32, old.len() as u32);
                    old.add(self.get(at))?;
                }
                self.replace(at, record)?;
            } else {
                self.add(record)?;
                places.note(self, self.len() - 1);
            }
        }
        let gone = gone.into_iter().filter_map(|anchor| places.find(self, anchor));
        let gone: BTreeSet<u32> = gone.map(|at| at as u32).collect();
        for at in gone.iter().filter(|at| (**at as usize) < before) {
            if !was.contains_key(at) {
                was.insert(*at, old.len() as u32);
                old.add(self.get(*at as usize))?;
            }
        }
        let replaced: Vec<u32> = was.keys().copied().filter(|at| !gone.contains(at)).collect();
        let order = replaced.iter().chain(&gone).filter_map(|at| was.get(at).copied());
        let merged = Merged {
            before,
            added: self.len() - before,
            old: old.pick(order)?,
            gone: gone.iter().copied().collect(),
            replaced,
        };
        if !merged.gone.is_empty() {
            self.retain(|record| !gone.contains(&(record.index() as u32)));
            places.close_gaps(&merged);
        }
        Ok(merged)
    }

    /// Copies some records into a set of their own.
    pub fn pick(&self, places: impl IntoIterator<Item = u32>) -> Result<Self, SetFull> {
        let mut picked = Self::new(self.schema().clone());
        if self.is_marked() {
            picked.mark();
        }
        for place in places {
            picked.add(self.get(place as usize))?;
        }
        Ok(picked)
    }
}

impl RecordView<'_> {
    /// Reports whether two records are the same in everything: id, place, state, attributes.
    fn is_same(self, other: RecordView<'_>) -> bool {
        self.anchor() == other.anchor()
            && self.location() == other.location()
            && self.enabled() == other.enabled()
            && self.same_attributes(other)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::record::{Column, RecordHead, Schema};

    fn set(rows: &[(&str, &str, Option<&str>, Option<bool>)]) -> RecordSet {
        let schema = Schema {
            columns: vec![Column::text("cn"), Column::text("mail")],
        };
        let mut set = RecordSet::new(Arc::new(schema));
        for (anchor, location, mail, enabled) in rows {
            let mut writer = set
                .begin(RecordHead {
                    anchor,
                    location,
                    enabled: *enabled,
                })
                .unwrap();
            writer.one(anchor).unwrap();
            match mail {
                Some(mail) => writer.many(mail.split(' ')).unwrap(),
                None => writer.absent().unwrap(),
            }
        }
        set
    }

    fn rows(set: &RecordSet) -> Vec<String> {
        set.iter()
            .map(|record| {
                let mail: Vec<_> = record.get("mail").each().collect();
                format!(
                    "{} {} {mail:?} {:?}",
                    record.anchor(),
                    record.location(),
                    record.enabled()
                )
            })
            .collect()
    }

    #[test]
    fn what_changed_is_taken_in() {
        let base = [
            ("a", "uid=a", Some("a@x"), Some(true)),
            ("b", "uid=b", Some("b@x bb@x"), None),
            ("c", "uid=c", None, Some(true)),
        ];
        let mut merged = set(&base);
        let changes = set(&[
            ("c", "uid=cc", Some("c@x c2@x"), Some(false)),
            ("d", "uid=d", None, None),
            ("d", "uid=d2", Some("d@x"), None),
            ("b", "uid=b", None, None),
        ]);
        merged.merge(&changes, ["a", "nobody"]).unwrap();
        let expected = set(&[
            ("b", "uid=b", None, None),
            ("c", "uid=cc", Some("c@x c2@x"), Some(false)),
            ("d", "uid=d2", Some("d@x"), None),
        ]);
        assert_eq!(rows(&merged), rows(&expected));
        let parts = merged.parts();
        let stored = RecordSet::from_parts(
            merged.schema().clone(),
            parts.texts.concat(),
            parts.places.into_iter().flatten().copied().collect(),
            parts.enabled.to_vec(),
        );
        assert_eq!(rows(&stored.unwrap()), rows(&expected));
    }

    #[test]
    fn what_has_become_of_the_records_is_told() {
        let row = |anchor: &'static str| (anchor, "uid", None, None);
        let mut merged = set(&["a", "b", "c", "d", "e"].map(row));
        let mut places = Places::of(&merged);
        let mut beside = vec![1, 2, 3, 4, 5];
        let changes = set(&[
            ("b", "uid=b", None, None),
            ("c", "uid", None, None),
            row("f"),
            row("g"),
        ]);
        let told = merged
            .merge_at(&mut places, &changes, ["a", "d", "f", "h"])
            .unwrap();
        assert_eq!((told.before, told.added), (5, 2));
        assert_eq!((&told.replaced[..], &told.gone[..]), (&[1][..], &[0, 3, 5][..]));
        assert_eq!(rows(&told.old), rows(&set(&["b", "a", "d"].map(row))));
        told.follow(&mut beside, 9);
        assert_eq!(beside, [2, 3, 5, 9]);
        assert_eq!(told.fresh().collect::<Vec<_>>(), [0, 3]);
        for (at, anchor) in ["b", "c", "e", "g"].into_iter().enumerate() {
            assert_eq!(places.find(&merged, anchor), Some(at), "{anchor}");
        }
        assert_eq!(places.find(&merged, "a"), None);
        let picked = merged.pick([3, 0]).unwrap();
        assert_eq!(rows(&picked), rows(&set(&[row("g"), ("b", "uid=b", None, None)])));
    }

    #[test]
    fn nothing_changes_nothing() {
        let mut one = set(&[("a", "uid=a", Some("a@x"), None)]);
        let same = one.clone();
        one.merge(&same, []).unwrap();
        assert_eq!(one.parts(), same.parts());
    }
}
