//! Circles of references among accounts that one plan makes: who manages each other cannot be made one after the
//! other with all references, so one reference of each circle is written afterwards.

use ahash::{AHashMap, AHashSet};

use super::people::{NOBODY, NOTHING, People};

/// The references, (person, reference), that close a circle among the accounts that are made. Everything else can be
/// written when an account is made, if accounts are made in the order of their references.
pub(super) fn closing(
    people: &People<'_>,
    references: &[usize],
    created: &AHashSet<u32>,
) -> AHashSet<(u32, usize)> {
    let mut closing = AHashSet::new();
    if references.is_empty() || created.is_empty() {
        return closing;
    }
    let mut all: Vec<u32> = created.iter().copied().collect();
    all.sort_unstable();
    // whom a walk along the references has met: still on its way, or followed to the end
    let mut met: AHashMap<u32, bool> = AHashMap::with_capacity(all.len());
    let mut way: Vec<(u32, usize)> = Vec::new();
    for start in all {
        if met.contains_key(&start) {
            continue;
        }
        met.insert(start, false);
        way.push((start, 0));
        while let Some((person, next)) = way.last_mut() {
            let Some(reference) = references.get(*next) else {
                met.insert(*person, true);
                way.pop();
                continue;
            };
            *next += 1;
            let other = people.references[*reference][*person as usize];
            if matches!(other, NOBODY | NOTHING) || !created.contains(&other) {
                continue;
            }
            match met.get(&other) {
                Some(true) => {}
                Some(false) => {
                    closing.insert((*person, *reference));
                }
                None => {
                    met.insert(other, false);
                    way.push((other, 0));
                }
            }
        }
    }
    closing
}
