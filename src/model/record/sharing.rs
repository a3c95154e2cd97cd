//! Finds values that an attribute had before, so that they need not lie in the arena again.

use ahash::RandomState;
use hashbrown::HashTable;

use super::arena::Arena;

/// After how many values it is looked at whether an attribute repeats itself.
const TRIAL: u32 = 4096;
/// How many different values are remembered for each attribute.
const REMEMBERED: usize = 1 << 16;

/// The values met so far in each attribute of a set that is being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Sharing {
    columns: Vec<Repeats>,
    hasher: RandomState,
}

#[derive(Debug, Clone, Default)]
struct Repeats {
    /// Where the values lie.
    table: HashTable<u32>,
    last: Option<u32>,
    seen: u32,
    found: u32,
    /// Most values were new: they are no longer looked for.
    given_up: bool,
}

impl Sharing {
    /// Returns where this value of a column lies already.
    pub(super) fn find(&mut self, arena: &Arena, column: usize, is_many: bool, text: &str) -> Option<u32> {
        if self.columns.len() <= column {
            self.columns.resize_with(column + 1, Repeats::default);
        }
        let repeats = &mut self.columns[column];
        let is_it = |place: u32| arena.at(place) == Some((is_many, text));
        if repeats.given_up {
            return repeats.last.filter(|place| is_it(*place));
        }
        repeats.seen += 1;
        if repeats.seen.is_multiple_of(TRIAL) && repeats.found < repeats.seen / 4 {
            repeats.given_up = true;
            repeats.table = HashTable::new();
        }
        let found = repeats.last.filter(|place| is_it(*place)).or_else(|| {
            let hash = self.hasher.hash_one(text);
            repeats.table.find(hash, |place| is_it(*place)).copied()
        });
        repeats.found += u32::from(found.is_some());
        if found.is_some() {
            repeats.last = found;
        }
        found
    }

    /// Remembers where a value lies now that was not found.
    pub(super) fn remember(&mut self, arena: &Arena, column: usize, text: &str, place: u32) {
        let Some(repeats) = self.columns.get_mut(column) else {
            return;
        };
        repeats.last = Some(place);
        if repeats.given_up || repeats.table.len() >= REMEMBERED {
            return;
        }
        let hasher = &self.hasher;
        let hash = |place: &u32| {
            let text = arena.at(*place).map_or("", |(_, text)| text);
            hasher.hash_one(text)
        };
        repeats.table.insert_unique(hasher.hash_one(text), place, hash);
    }
}
