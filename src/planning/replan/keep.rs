//! Takes what became of those who were planned back among the others.

use jiff::Timestamp;

use super::{
    Carried, Loud, Notes,
    carried::{Rest, forget},
    few::Few,
};
use crate::{
    model::{MemoryChange, Read, record::SetFull},
    planning::{compile::Compiled, people::NOBODY},
};

impl Carried {
    /// Takes in what became of them.
    #[expect(clippy::too_many_arguments, reason = "all that a plan of a few leaves behind")]
    pub(super) fn keep(
        &mut self,
        compiled: &Compiled,
        reads: &[Read],
        now: Timestamp,
        loud: &Loud,
        few: &Few,
        notes: &Notes,
        change: &MemoryChange,
    ) -> Result<(), SetFull> {
        for person in &loud.list {
            let slot = *person as usize;
            if self.rest[slot] == Rest::Quiet {
                for (counts, situations) in self.counts.iter_mut().zip(&self.situations) {
                    forget(counts, situations[slot]);
                }
            }
            self.rest[slot] = Rest::Absent;
            self.unlinked[slot] = false;
        }
        for (whose, places) in self.whose.iter_mut().zip(&few.places) {
            for place in places {
                whose[*place as usize] = NOBODY;
            }
        }
        for owner in self.owners.iter_mut().flatten() {
            if *owner != NOBODY && loud.is[*owner as usize] {
                *owner = NOBODY;
            }
        }
        let people: Vec<u32> = notes.ids.iter().map(|id| self.person(*id)).collect();
        self.take_in(&people, notes, |rule, record| few.places[rule][record as usize]);
        self.note_loose(compiled, reads, notes);
        self.remember(change, false)?;
        self.fresh.clear();
        self.now = now;
        Ok(())
    }

    /// Whether a record is nobody's any more that was the account of somebody who was planned: it may be somebody
    /// else's now.
    pub(super) fn has_freed(&self, loud: &Loud, notes: &Notes) -> bool {
        self.owners
            .iter()
            .zip(&notes.record_of)
            .any(|(owners, record_of)| {
                let mut owned = vec![false; owners.len()];
                for record in record_of {
                    if let Some(owned) = owned.get_mut(*record as usize) {
                        *owned = true;
                    }
                }
                let mut all = owners.iter().zip(owned);
                all.any(|(owner, owned)| *owner != NOBODY && loud.is[*owner as usize] && !owned)
            })
    }
}
