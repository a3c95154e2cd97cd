//! Equality indexes on the attributes that clients look people up by.

use std::collections::{BTreeSet, HashMap};

use crate::sandbox::ldap::entry::{Entry, Id};

const INDEXED: [&str; 7] = [
    "uid",
    "employeeNumber",
    "mail",
    "member",
    "manager",
    "entryUUID",
    "cn",
];

/// Entries by attribute and key.
#[derive(Debug, Default)]
pub struct Index {
    maps: HashMap<&'static str, HashMap<Vec<u8>, BTreeSet<Id>>>,
}

impl Index {
    /// The entries with a value, or `None` when the attribute is not indexed.
    pub fn find(&self, attribute: &str, key: &[u8]) -> Option<impl Iterator<Item = &Id>> {
        if !INDEXED.contains(&attribute) {
            return None;
        }
        Some(
            self.maps
                .get(attribute)
                .and_then(|map| map.get(key))
                .into_iter()
                .flatten(),
        )
    }

    /// Adds all values of an entry.
    pub fn insert(&mut self, id: Id, entry: &Entry) {
        for name in INDEXED {
            for value in entry.values(name) {
                self.maps
                    .entry(name)
                    .or_default()
                    .entry(value.key.clone())
                    .or_default()
                    .insert(id);
            }
        }
    }

    /// Changes the values of an entry from what they were to what they are.
    pub fn update(&mut self, id: Id, before: &Entry, after: &Entry) {
        for name in INDEXED {
            if before.values(name) != after.values(name) {
                self.remove_attribute(name, id, before);
                for value in after.values(name) {
                    self.maps
                        .entry(name)
                        .or_default()
                        .entry(value.key.clone())
                        .or_default()
                        .insert(id);
                }
            }
        }
    }

    /// Takes all values of an entry out.
    pub fn remove(&mut self, id: Id, entry: &Entry) {
        for name in INDEXED {
            self.remove_attribute(name, id, entry);
        }
    }

    fn remove_attribute(&mut self, name: &'static str, id: Id, entry: &Entry) {
        let Some(map) = self.maps.get_mut(name) else {
            return;
        };
        for value in entry.values(name) {
            if let Some(ids) = map.get_mut(&value.key) {
                ids.remove(&id);
                if ids.is_empty() {
                    map.remove(&value.key);
                }
            }
        }
    }
}
