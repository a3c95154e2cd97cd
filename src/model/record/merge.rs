//! Brings a set up to date by what changed since it was read.

use ahash::{AHashSet, RandomState};
use hashbrown::HashTable;
use rayon::prelude::*;

use super::{RecordSet, SetFull};

/// Where the records of a set are, by their ids.
#[derive(Debug, Clone)]
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
}

impl RecordSet {
    /// Takes in what changed: records with ids that are there take the place of those, others are added behind, and
    /// the records with the ids in `gone` are removed. The order of the others stays. `changes` has the same schema.
    pub fn merge<'g>(
        &mut self,
        changes: &Self,
        gone: impl IntoIterator<Item = &'g str>,
    ) -> Result<(), SetFull> {
        let mut places = Places::of(self);
        for record in changes.iter() {
            if let Some(at) = places.find(self, record.anchor()) {
                self.replace(at, record)?;
            } else {
                self.add(record)?;
                places.note(self, self.len() - 1);
            }
        }
        let gone: AHashSet<usize> = gone
            .into_iter()
            .filter_map(|anchor| places.find(self, anchor))
            .collect();
        if !gone.is_empty() {
            self.retain(|record| !gone.contains(&record.index()));
        }
        Ok(())
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
        let (text, places, enabled) = merged.parts();
        let stored = RecordSet::from_parts(
            merged.schema().clone(),
            text.to_owned(),
            places.to_vec(),
            enabled.to_vec(),
        );
        assert_eq!(rows(&stored.unwrap()), rows(&expected));
    }

    #[test]
    fn nothing_changes_nothing() {
        let mut one = set(&[("a", "uid=a", Some("a@x"), None)]);
        let before = one.parts().0.to_owned();
        let same = one.clone();
        one.merge(&same, []).unwrap();
        assert_eq!(one.parts().0, before);
    }
}
