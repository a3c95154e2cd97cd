//! Incremental reads: what changed in a system is added to what the last good read brought.
//!
//! Planning sees the whole picture either way. Where a read is due in full, or a connector cannot tell for certain
//! what changed, everything is read; the first such read that shows something else than the changes did is right.

use std::sync::Arc;

use super::{Inner, carrying::Lender, lock, reading::Reads};
use crate::{
    connectors::{Connector, Since},
    model::{
        Completeness, Coverage, Read, ReadKind, RecordSet,
        record::{Merged, Places},
    },
    planning::replan::Changed,
    store::{Changes, LastRead},
};

/// The last good read of a system, which changes may be added to.
#[derive(Clone)]
pub(super) struct Base {
    last: LastRead,
    records: Arc<RecordSet>,
}

/// What an incremental read brought, and what it was added to.
pub(super) struct Delta {
    pub(super) read: Read,
    since: LastRead,
    /// What it changed, if the read it was added to is carried from the last plan.
    merged: Option<(Merged, Places)>,
}

impl Base {
    /// Returns what a connector may build on; nothing where everything is to be read.
    pub(super) async fn of(inner: &Arc<Inner>, connector: &Arc<dyn Connector>) -> Option<Self> {
        let every = connector.full_every()?;
        let system = connector.system().clone();
        // a read in full is never worse: what cannot be loaded is read again
        let found = inner.blocking(move |inner| {
            let Some(last) = inner.setup.store.last_read(&system)? else {
                return Ok(None);
            };
            let since = last.coverage.full().filter(|_| last.coverage.cursor().is_some());
            let age = since.map(|since| inner.setup.clock.now().duration_since(since));
            let is_due = age.is_none_or(|age| age.is_negative() || age.unsigned_abs() >= every);
            if is_due {
                return Ok(None);
            }
            let records = inner.last_records(&system)?;
            Ok(records.map(|records| Self { last, records }))
        });
        found.await.ok().flatten()
    }

    /// Returns the groups that were read with the accounts of a good read, which changes may be added to as well.
    pub(super) async fn of_groups(
        &self,
        inner: &Arc<Inner>,
        connector: &Arc<dyn Connector>,
        lender: &Lender,
    ) -> Option<Self> {
        let system = connector.system().clone();
        let accounts = self.last.ended;
        let carried = lender.groups(&system);
        let found = inner.blocking(move |inner| {
            let store = &inner.setup.store;
            let last = store.last_groups(&system)?;
            // those of another read would not fit the accounts
            let last = last.filter(|last| last.coverage.cursor().is_some() && last.ended >= accounts);
            let Some(last) = last else {
                return Ok(None);
            };
            let records = match carried {
                Some(carried) => Some(carried),
                None => store.last_records(&system, true)?.map(Arc::new),
            };
            Ok(records.map(|records| Self { last, records }))
        });
        found.await.ok().flatten()
    }

    /// Returns the records it brought.
    pub(super) fn records(&self) -> &Arc<RecordSet> {
        &self.records
    }

    /// Returns it as connectors take it.
    pub(super) fn since(&self) -> Since {
        Since {
            coverage: self.last.coverage.clone(),
            records: self.records.clone(),
        }
    }

    /// Adds what changed, and dates the whole as the incremental read is dated.
    pub(super) fn add(
        self,
        inner: &Inner,
        lender: &Lender,
        read: Read,
        of_groups: bool,
    ) -> (Read, Option<Delta>) {
        let ReadKind::Delta { cursor, tombstones } = &read.kind else {
            return (read, None);
        };
        let mut whole = Read {
            kind: ReadKind::Full,
            coverage: read.coverage.clone(),
            ..read.clone()
        };
        if read.completeness != Completeness::Complete {
            return (whole, None);
        }
        whole.coverage = whole.coverage.with_cursor(cursor);
        if let Some(full) = self.last.coverage.full() {
            whole.coverage = whole.coverage.full_since(full);
        }
        let lent = lender.lend(&read.system, of_groups, &self.records);
        // whoever wants to see them meanwhile finds them in the store
        lock(&inner.records).retain(|known| !Arc::ptr_eq(&known.records, &self.records));
        whole.records = Arc::unwrap_or_clone(self.records);
        let is_carried = lent.is_some();
        let mut places = lent.unwrap_or_else(|| Places::of(&whole.records));
        let gone = tombstones.iter().map(String::as_str);
        let merged = match whole.records.merge_at(&mut places, &read.records, gone) {
            Ok(merged) => merged,
            Err(full) => {
                whole.completeness = Completeness::Partial(full.to_string());
                return (whole, None);
            }
        };
        let delta = Delta {
            read,
            since: self.last,
            merged: is_carried.then_some((merged, places)),
        };
        (whole, Some(delta))
    }
}

/// Notes of a read in full that changes may be added to it, and since when. One that had to leave something out is
/// none of those: what it left out would be forgotten.
pub(super) fn note_full(read: &mut Read) {
    if read.kind != ReadKind::Full || read.coverage.cursor().is_none() {
        return;
    }
    read.coverage = if read.problems.is_empty() && read.completeness == Completeness::Complete {
        read.coverage.clone().full_since(read.ended)
    } else {
        Coverage::new(read.coverage.asked(), read.coverage.as_of())
    };
}

impl Reads {
    /// Takes out what changed in every system, and in the groups of those that have groups; nothing if that is not
    /// known of all of them.
    pub(super) fn changed(&mut self) -> Option<Vec<Changed>> {
        let mut changes = Vec::with_capacity(self.accounts.len() + self.groups.len());
        let mut take = |deltas: &mut Vec<Delta>, of_groups: bool| {
            for delta in deltas {
                let taken = delta.merged.take();
                changes.extend(taken.map(|(merged, places)| Changed {
                    system: delta.read.system.clone(),
                    of_groups,
                    merged,
                    places,
                }));
            }
        };
        take(&mut self.deltas, false);
        take(&mut self.group_deltas, true);
        (changes.len() == self.accounts.len() + self.groups.len()).then_some(changes)
    }

    /// Returns what the store need only take in of reads that were incremental.
    pub(super) fn changes(&self) -> Vec<Changes<'_>> {
        let accounts = self.deltas.iter().map(|delta| (delta, false));
        accounts
            .chain(self.group_deltas.iter().map(|delta| (delta, true)))
            .map(|(delta, of_groups)| Changes {
                read: &delta.read,
                since: &delta.since,
                of_groups,
            })
            .collect()
    }
}
