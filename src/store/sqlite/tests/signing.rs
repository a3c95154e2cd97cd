//! The audit signs itself, and is read out of a file alone.

use super::*;
use crate::audit::{Checkpoint, Entry, Examiner, KeyFile, Trust};

fn entries(count: usize, action: &str) -> Vec<Entry> {
    let mut entry = trail("something").remove(0);
    entry.action = action.to_owned();
    vec![entry; count]
}

fn checkpoints(store: &SqliteStore) -> Vec<u64> {
    let mut found = Vec::new();
    store
        .audit_all(&mut |record| {
            found.extend(Checkpoint::of(&record).map(|checkpoint| checkpoint.unwrap().sequence));
            true
        })
        .unwrap();
    found
}

#[test]
fn a_checkpoint_comes_every_thousand_records_and_at_the_end_of_a_run() {
    let store = SqliteStore::open_in_memory().unwrap();
    store.append(&entries(5, "write")).unwrap();
    assert_eq!(checkpoints(&store), [0_u64; 0]);
    store.append(&entries(1, "run-end")).unwrap();
    assert_eq!(checkpoints(&store), [6]);
    store.append(&entries(2500, "approve")).unwrap();
    // a batch is signed piece by piece
    assert_eq!(checkpoints(&store), [6, 1007, 2008]);
    store.append(&entries(1, "logout")).unwrap();
    assert_eq!(checkpoints(&store).len(), 4);
}

#[test]
fn the_audit_is_read_out_of_a_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher store?.db");
    let store = SqliteStore::open(&path).unwrap();
    store.append(&entries(3, "run-end")).unwrap();
    let examine = |path: &Path| {
        let key = KeyFile::beside(&folder.path().join("usher store?.db"));
        let trust = Trust {
            keys: vec![key.public().unwrap().unwrap().fingerprint()],
        };
        let mut examiner = Examiner::new(trust, Vec::new());
        audit_in(path, &mut |record| {
            examiner.check(&record).unwrap();
            true
        })
        .unwrap();
        examiner.finish().unwrap().head.sequence
    };
    assert_eq!(examine(&path), 4, "while it is in use");
    drop(store);
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    let copy = copy.join("taken away.db");
    std::fs::copy(&path, &copy).unwrap();
    assert_eq!(examine(&copy), 4);
    let beside: Vec<_> = std::fs::read_dir(copy.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 1, "something was made beside the copy");
    let key = std::fs::read_to_string(folder.path().join("usher store?.db-audit-key")).unwrap();
    let secret = key.lines().nth(1).unwrap().as_bytes().to_vec();
    let database = std::fs::read(&path).unwrap();
    assert!(!database.windows(secret.len()).any(|part| part == secret));
    assert!(is_database(&database));
}
