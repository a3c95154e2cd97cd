//! What an incremental read takes, and storing what it brought.

use std::{sync::Arc, time::Instant};

use usher::{
    connectors::Since,
    model::{Read, ReadKind},
    store::{Changes, Store as _, sqlite::SqliteStore},
};

use super::{reader::Reader, server::Server};

/// One entry in so many is changed.
pub const STEP: usize = 1000;

pub fn measure(server: &Server, entries: usize, rounds: usize) {
    // not by time stamps: those of a directory that was filled a moment ago are all as new as can be
    for mechanism in ["sync", "accesslog"] {
        let reader = Reader::new(&server.url(), mechanism);
        let mut known = reader.read(None);
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let store = SqliteStore::open(&folder.path().join("usher.db")).unwrap();
        let since = Instant::now();
        store.save_reads(&[(&known, None)], &[]).unwrap();
        let whole = since.elapsed().as_secs_f64();
        let mut best = [f64::MAX; 3];
        let mut changed = 0;
        for round in 0..rounds {
            server.change(entries, STEP, &format!("{mechanism} {round}"));
            let base = Since {
                coverage: known.coverage.clone(),
                records: Arc::new(known.records.clone()),
            };
            let since = Instant::now();
            let delta = reader.read(Some(base));
            best[0] = best[0].min(since.elapsed().as_secs_f64());
            changed = delta.records.len();
            let since = Instant::now();
            known = add(&known, &delta);
            best[1] = best[1].min(since.elapsed().as_secs_f64());
            let last = store.last_read(&"directory".into()).unwrap().unwrap();
            let changes = Changes {
                read: &delta,
                since: &last,
                of_groups: false,
            };
            let since = Instant::now();
            store
                .save_changed_reads(&[(&known, None)], &[changes], &[])
                .unwrap();
            best[2] = best[2].min(since.elapsed().as_secs_f64());
        }
        let [read, added, stored] = best.map(|seconds| seconds * 1e3);
        println!(
            "{:<44} {read:>8.1} ms, added to what is known {added:.1} ms, stored {stored:.1} ms (everything: {:.0} ms)",
            format!("usher, what changed, {mechanism} ({changed} entries)"),
            whole * 1e3
        );
    }
}

fn add(known: &Read, delta: &Read) -> Read {
    let ReadKind::Delta { cursor, tombstones } = &delta.kind else {
        panic!("everything was read");
    };
    let mut whole = known.clone();
    let gone = tombstones.iter().map(String::as_str);
    whole.records.merge(&delta.records, gone).unwrap();
    whole.coverage = delta.coverage.clone().with_cursor(cursor);
    whole.ended = delta.ended;
    whole
}
