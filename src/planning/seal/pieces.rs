//! The digest of a read, piece by piece: what changed in a few records is hashed again with their neighbours only.
//!
//! A piece ends behind a record whose id says so, one in sixteen, so that a record which comes or goes moves the
//! bounds of no other piece. The digest of the read is that of the digests of its pieces, in order, with what was
//! asked, how many records there are and how wide they are: it is as hard to find two reads with the same one as to
//! find two texts with the same SHA-256. It depends on the records alone and not on how they came together.

use rayon::prelude::*;

use super::{Form, digest};
use crate::model::{RecordSet, record::Merged};

/// One id in so many ends a piece.
const LENGTH: u64 = 16;

/// The pieces of a read.
#[derive(Debug, Clone, Default)]
pub(in crate::planning) struct Pieces {
    /// Where each piece ends.
    ends: Vec<u32>,
    digests: Vec<[u8; 32]>,
}

impl Pieces {
    /// Hashes all records.
    pub(in crate::planning) fn of(records: &RecordSet) -> Self {
        let ends: Vec<u32> = (0..records.len())
            .into_par_iter()
            .with_min_len(4096)
            .filter(|at| *at + 1 == records.len() || is_end(records, *at))
            .map(|at| at as u32 + 1)
            .collect();
        let digests = (0..ends.len())
            .into_par_iter()
            .with_min_len(64)
            .map_init(Vec::new, |octets, at| {
                let first = if at == 0 { 0 } else { ends[at - 1] };
                piece(records, first as usize..ends[at] as usize, octets)
            })
            .collect();
        Self { ends, digests }
    }

    /// Hashes again what changed.
    pub(in crate::planning) fn follow(&mut self, records: &RecordSet, merged: &Merged) {
        if merged.is_nothing() {
            return;
        }
        let old = std::mem::take(self);
        let mut changed: Vec<u32> = merged.replaced.iter().chain(&merged.gone).copied().collect();
        changed.sort_unstable();
        let mut changed = changed.into_iter().peekable();
        let mut octets = Vec::new();
        let (mut first, mut shift) = (0, merged.gone.iter().peekable());
        let mut removed = 0;
        // where the piece begins that is being put together
        let mut open = None;
        for (end, known) in old.ends.into_iter().zip(old.digests) {
            let mut is_same = true;
            while changed.next_if(|at| *at < end).is_some() {
                is_same = false;
            }
            while shift.next_if(|gone| **gone < end).is_some() {
                removed += 1;
            }
            let now = end - removed;
            // the last piece ends where the set does, not where an id says so
            let goes_on = end as usize == merged.before && merged.added > 0;
            if is_same && open.is_none() && !goes_on {
                self.ends.push(now);
                self.digests.push(known);
            } else {
                let from = open.unwrap_or(first);
                open = self.cut(records, from, now, &mut octets);
            }
            first = now;
        }
        let from = open.unwrap_or(first);
        if let Some(rest) = self.cut(records, from, records.len() as u32, &mut octets) {
            self.add(records, rest, records.len() as u32, &mut octets);
        }
    }

    /// Cuts records into pieces; returns where one begins that does not end there.
    fn cut(&mut self, records: &RecordSet, from: u32, to: u32, octets: &mut Vec<u8>) -> Option<u32> {
        let mut first = from;
        for at in from..to {
            if is_end(records, at as usize) {
                self.add(records, first, at + 1, octets);
                first = at + 1;
            }
        }
        (first < to).then_some(first)
    }

    fn add(&mut self, records: &RecordSet, from: u32, to: u32, octets: &mut Vec<u8>) {
        self.ends.push(to);
        self.digests
            .push(piece(records, from as usize..to as usize, octets));
    }

    /// Returns the digest of the read, with what was asked.
    pub(in crate::planning) fn whole(&self, asked: &[&str], records: &RecordSet) -> [u8; 32] {
        let mut form = Form::new();
        form.part(b"usher read 2");
        for part in asked {
            form.part(part.as_bytes());
        }
        form.count(records.schema().columns.len());
        form.count(records.len());
        form.part(self.digests.as_flattened());
        form.finish()
    }
}

fn piece(records: &RecordSet, places: std::ops::Range<usize>, octets: &mut Vec<u8>) -> [u8; 32] {
    octets.clear();
    for at in places {
        records.get(at).write_octets(octets);
    }
    digest(&[b"usher records 2", octets])
}

/// Whether a piece ends behind a record. Nothing hangs on how good the hash is but the length of pieces.
fn is_end(records: &RecordSet, at: usize) -> bool {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for octet in records.get(at).anchor().bytes() {
        hash = (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash ^ hash >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40 & (LENGTH - 1) == 0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{
        Schema,
        record::{Column, Places, RecordHead},
    };

    fn set(rows: impl IntoIterator<Item = (u32, u32)>) -> RecordSet {
        let schema = Schema {
            columns: vec![Column::text("title")],
        };
        let mut set = RecordSet::new(Arc::new(schema));
        for (anchor, title) in rows {
            let anchor = anchor.to_string();
            let head = RecordHead {
                anchor: &anchor,
                ..RecordHead::default()
            };
            set.begin(head).unwrap().one(&title.to_string()).unwrap();
        }
        set
    }

    #[test]
    fn what_changes_gives_what_hashing_everything_gives() {
        let mut state = 7_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for size in [0, 1, 15, 40, 400] {
            let mut records = set((0..size).map(|at| (at, 0)));
            let mut places = Places::of(&records);
            let mut pieces = Pieces::of(&records);
            for step in 1..60 {
                let changes: Vec<_> = (0..random(6)).map(|_| (random(size * 2 + 3), step)).collect();
                let gone: Vec<String> = (0..random(5)).map(|_| random(size * 2 + 3).to_string()).collect();
                let gone = gone.iter().map(String::as_str);
                let merged = records.merge_at(&mut places, &set(changes), gone).unwrap();
                pieces.follow(&records, &merged);
                let anew = Pieces::of(&records);
                assert_eq!(pieces.ends, anew.ends, "{size} {step} {merged:?}");
                assert_eq!(pieces.digests, anew.digests, "{size} {step}");
            }
            assert!(size < 400 || pieces.ends.len() > 8);
        }
    }

    #[test]
    fn any_other_record_gives_another_digest() {
        let whole = |set: &RecordSet| Pieces::of(set).whole(&["hr", "all"], set);
        let one = set([(1, 1), (2, 2)]);
        let others = [set([(1, 1)]), set([(1, 1), (2, 3)]), set([(2, 2), (1, 1)])];
        for other in &others {
            assert_ne!(whole(&one), whole(other));
        }
        assert_eq!(whole(&one), whole(&set([(1, 1), (2, 2)])));
        assert_ne!(whole(&one), Pieces::of(&one).whole(&["hr", "some"], &one));
    }
}
