//! Damage of every kind: told, with a way out, and nothing guessed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    opening::{filled, folder},
    *,
};

#[test]
fn damage_is_told_and_never_panics() {
    let (_folder, path) = folder();
    drop(filled(&path));
    let sound = fs::read(&path).unwrap();

    fs::write(
        &path,
        b"this is no database at all, but it is long enough to look at".repeat(20),
    )
    .unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(Error::Damaged(_))));

    let mut caught = 0;
    for place in (0..sound.len()).step_by(sound.len() / 97) {
        let mut damaged = sound.clone();
        for octet in damaged.iter_mut().skip(place).take(300) {
            *octet ^= 0x5a;
        }
        fs::write(&path, &damaged).unwrap();
        caught += usize::from(exercise(&path).is_err());
    }
    assert!(caught > 40, "{caught} of 98 kinds of damage were noticed");

    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    assert!(exercise(&path).is_err());
}

fn exercise(path: &Path) -> Result<(), Error> {
    let store = SqliteStore::open(path)?;
    store.memory()?;
    store.last_records(&"directory".into(), false)?;
    if let Some(plan) = store.current_plan()? {
        store.operations(plan.id, &mut |_| {})?;
    }
    store.audit_all(&mut |_| true)?;
    store.append(&trail("still there"))
}

#[test]
fn damaged_blobs_are_told() {
    let store = SqliteStore::open_in_memory().unwrap();
    store
        .save_reads(&[(&read(Completeness::Complete, 3, 10), None)], &[])
        .unwrap();
    let plan = save(&store, &plan(0..2));
    let change = |statement: &str| {
        assert_eq!(store.writer.lock().unwrap().execute(statement, []).unwrap(), 1);
    };
    change("UPDATE record_pieces SET octets = zeroblob(length(octets)) WHERE part = 1");
    let damaged = store.last_records(&"directory".into(), false).unwrap_err();
    assert!(
        matches!(&damaged, Error::Damaged(reason) if reason.contains("digest")),
        "{damaged}"
    );
    change("UPDATE record_sets SET form = 9");
    assert!(matches!(
        store.last_records(&"directory".into(), false),
        Err(Error::Damaged(_))
    ));
    change("UPDATE operations SET body = x'ff' WHERE id = 1");
    assert!(matches!(
        store.operations(plan, &mut |_| {}),
        Err(Error::Damaged(_))
    ));
    approve(&store, 1);
    change("UPDATE states SET state = 'dreaming'");
    assert!(matches!(store.operation(plan, id(1)), Err(Error::Damaged(_))));
    change("UPDATE plans SET findings = '{'");
    assert!(matches!(store.current_plan(), Err(Error::Damaged(_))));
}

/// What a kill leaves of a store in which something was approved, operation after operation.
fn cut_off(folder: &Path) -> PathBuf {
    let (live, cut) = (folder.join("live.db"), folder.join("cut.db"));
    let store = filled(&live);
    for number in 2..12 {
        approve(&store, number);
    }
    for suffix in ["", "-wal", "-lock"] {
        fs::copy(files::beside(&live, suffix), files::beside(&cut, suffix)).unwrap();
    }
    cut
}

/// The words of the refusal to open a store.
fn refused(path: &Path) -> String {
    SqliteStore::open(path).unwrap_err().to_string()
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
}

#[test]
fn a_store_that_is_emptied_or_gone_is_no_new_store() {
    let (_folder, path) = folder();
    drop(filled(&path));
    let sound = fs::read(&path).unwrap();
    fs::write(&path, b"").unwrap();
    says(
        &refused(&path),
        &["usher.db", "is empty", "a copy of it", "usher.db-lock"],
    );
    fs::remove_file(&path).unwrap();
    says(
        &refused(&path),
        &["usher.db", "is gone", "a copy of it", "usher.db-lock"],
    );
    assert!(!path.exists(), "nothing was made in its place");
    // both ways out
    fs::write(&path, &sound).unwrap();
    assert_eq!(
        state(&SqliteStore::open(&path).unwrap(), 1),
        OperationState::Approved
    );
    fs::remove_file(&path).unwrap();
    fs::remove_file(files::beside(&path, "-lock")).unwrap();
    assert!(
        SqliteStore::open(&path)
            .unwrap()
            .current_plan()
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_log_that_is_gone_is_missed() {
    let (folder, _) = folder();
    let cut = cut_off(folder.path());
    let log = files::beside(&cut, "-wal");
    let sound = fs::read(&log).unwrap();
    fs::remove_file(&log).unwrap();
    says(
        &refused(&cut),
        &["damaged", "cut.db-wal", "is gone", "put it back", "cut.db-lock"],
    );
    fs::write(&log, &sound).unwrap();
    let store = SqliteStore::open(&cut).unwrap();
    assert_eq!(state(&store, 11), OperationState::Approved);
    drop(store);
    // closed as it should be, it has no log
    assert!(!log.exists());
    SqliteStore::open(&cut).unwrap();
}

#[test]
fn damage_in_the_middle_of_a_log_is_no_end() {
    let (folder, _) = folder();
    let cut = cut_off(folder.path());
    let log = files::beside(&cut, "-wal");
    let (file, sound) = (fs::read(&cut).unwrap(), fs::read(&log).unwrap());
    let frame = 24 + 8192;
    let frames = (sound.len() - 32) / frame;
    // where each transaction ends
    let ends: Vec<_> = (0..frames)
        .filter(|at| sound[32 + at * frame + 4..][..4] != [0; 4])
        .collect();
    assert!(ends.len() > 10, "{} transactions", ends.len());
    let last = ends[ends.len() - 2];
    let damage = |place: usize, length: usize| {
        let mut damaged = sound.clone();
        for octet in damaged.iter_mut().skip(place).take(length) {
            *octet ^= 0x5a;
        }
        fs::write(&cut, &file).unwrap();
        fs::write(&log, damaged).unwrap();
        let _ = fs::remove_file(files::beside(&cut, "-shm"));
        SqliteStore::open(&cut)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let step = frames / 40 + 1;
    for at in (0..last)
        .step_by(step)
        .chain(ends.iter().copied().filter(|end| *end < last))
    {
        for (within, length) in [(100, 1), (0, 24), (20, 3 * frame)] {
            if at + 4 >= last {
                continue;
            }
            let words = damage(32 + at * frame + within, length).unwrap_err();
            says(&words, &["damaged", "cut.db-wal", "in frame", "copy"]);
        }
    }
    // the beginning
    says(&damage(9, 3).unwrap_err(), &["damaged", "at its beginning"]);
    says(&damage(0, 32).unwrap_err(), &["damaged", "at its beginning"]);
    // the last transaction may have been cut off: that is no damage
    damage(32 + (frames - 1) * frame + 100, 1).unwrap();
    fs::write(&log, &sound[..sound.len() - frame / 2]).unwrap();
    fs::write(&cut, &file).unwrap();
    SqliteStore::open(&cut).unwrap();
    damage(0, 0).unwrap();
}

#[test]
fn an_operation_that_reads_otherwise_is_not_applied() {
    let (_folder, path) = folder();
    drop(filled(&path));
    let mut octets = fs::read(&path).unwrap();
    // a text that an operation is about, in all its copies: the database sees nothing of it
    let (from, to) = (b"inetOrgPerson", b"inetOrgParson");
    let places: Vec<_> = octets
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| window == from)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        octets[at..at + to.len()].copy_from_slice(to);
    }
    fs::write(&path, octets).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let plan = store.current_plan().unwrap().unwrap();
    let error = store.operations(plan.id, &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    says(&error.to_string(), &["usher.db", "cannot be read", "copy"]);
}

#[test]
fn a_copy_is_a_store_and_a_look_through_all_of_it_finds_damage() {
    let (folder, path) = folder();
    let store = filled(&path);
    let copy = folder.path().join("copy.db");
    store.copy_to(&copy).unwrap();
    says(
        &store.copy_to(&copy).unwrap_err().to_string(),
        &["copy.db", "already"],
    );
    store.examine().unwrap();
    drop(store);
    let copied = SqliteStore::open(&copy).unwrap();
    assert_eq!(state(&copied, 1), OperationState::Approved);
    copied.examine().unwrap();
    drop(copied);

    let mut octets = fs::read(&copy).unwrap();
    // the second half of the pages, but not their beginnings: opening sees nothing of it
    let page = 8192;
    let pages = octets.len() / page;
    for at in pages / 2..pages {
        octets[at * page] ^= 0xff;
    }
    fs::write(&copy, octets).unwrap();
    let damaged = SqliteStore::open(&copy).unwrap();
    says(
        &damaged.examine().unwrap_err().to_string(),
        &["damaged", "copy.db", "put back a copy"],
    );
}
