//! People by their ids.

use hashbrown::HashTable;

use crate::model::PersonId;

/// People by their ids; the ids themselves are held beside it.
#[derive(Debug, Default)]
pub(in crate::planning) struct PeopleById {
    table: HashTable<u32>,
}

impl PeopleById {
    pub(in crate::planning) fn reserve(&mut self, ids: &[PersonId], more: usize) {
        self.table.reserve(more, |at| hash(ids[*at as usize]));
    }

    pub(in crate::planning) fn find(&self, ids: &[PersonId], id: PersonId) -> Option<u32> {
        self.table.find(hash(id), |at| ids[*at as usize] == id).copied()
    }

    /// Adds somebody who is not there yet; returns the place.
    pub(in crate::planning) fn add(&mut self, ids: &mut Vec<PersonId>, id: PersonId) -> u32 {
        let at = ids.len() as u32;
        ids.push(id);
        self.table
            .insert_unique(hash(id), at, |at| hash(ids[*at as usize]));
        at
    }
}

/// The random part of an id is as good as a hash; multiplied, so that its few fixed bits do not matter.
fn hash(id: PersonId) -> u64 {
    let (_, random) = id.0.as_u64_pair();
    let product = u128::from(random) * 0x9e37_79b9_7f4a_7c15;
    (product >> 64) as u64 ^ product as u64
}
