//! The store as a file: reopened, cut off, damaged, of another usher.

use std::{fs, path::PathBuf};

use super::*;

pub(super) fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/usher.db");
    (folder, path)
}

/// The records of a store that is filled.
pub(super) const RECORDS: usize = 6000;

pub(super) fn filled(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path).unwrap();
    // so many that most pages hold something: damage to the page of an empty table is nobody's loss
    store
        .save_reads(
            &[(&read(Completeness::Complete, RECORDS, 10), None)],
            &trail("read"),
        )
        .unwrap();
    save(&store, &plan(0..100));
    approve(&store, 1);
    store
}

#[test]
fn a_closed_store_leaves_one_file_and_opens_again() {
    let (_folder, path) = folder();
    drop(filled(&path));
    assert!(!files::beside(&path, "-wal").exists());
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(state(&store, 1), OperationState::Approved);
    assert_eq!(
        store
            .last_records(&"directory".into(), false)
            .unwrap()
            .unwrap()
            .len(),
        RECORDS
    );
}

#[cfg(unix)]
#[test]
fn the_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = folder();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let store = filled(&path);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm", "-lock"] {
        assert_eq!(mode(&files::beside(&path, suffix)), 0o600, "{suffix}");
    }
    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = SqliteStore::open(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_store_cut_off_in_the_middle_opens_with_all_that_was_promised() {
    let (folder, path) = folder();
    let store = filled(&path);
    let cut = folder.path().join("cut.db");
    // what a kill leaves: file and log as they are at this moment, no farewell
    for number in 2..30 {
        approve(&store, number);
        fs::copy(&path, &cut).unwrap();
        fs::copy(files::beside(&path, "-wal"), files::beside(&cut, "-wal")).unwrap();
        let _ = fs::remove_file(files::beside(&cut, "-shm"));
        let presence = files::prepare(&cut).unwrap();
        assert!(presence.was_cut_off);
        drop(presence);
        let revived = SqliteStore::open(&cut).unwrap();
        assert_eq!(state(&revived, number), OperationState::Approved);
        let mut trail = Vec::new();
        revived
            .audit_all(&mut |record| {
                trail.push(record);
                true
            })
            .unwrap();
        assert_eq!(verify(trail).unwrap().sequence, u64::from(number) + 2);
    }
}

#[test]
fn a_log_cut_off_anywhere_loses_at_most_the_end() {
    let (folder, path) = folder();
    let store = filled(&path);
    let wal = fs::read(files::beside(&path, "-wal")).unwrap();
    let cut = folder.path().join("cut.db");
    for length in (0..wal.len()).step_by(wal.len() / 23 + 1) {
        fs::copy(&path, &cut).unwrap();
        fs::write(files::beside(&cut, "-wal"), &wal[..length]).unwrap();
        let _ = fs::remove_file(files::beside(&cut, "-shm"));
        let revived = SqliteStore::open(&cut).unwrap();
        let mut trail = Vec::new();
        revived
            .audit_all(&mut |record| {
                trail.push(record);
                true
            })
            .unwrap();
        assert!(verify(trail).is_ok());
    }
    drop(store);
}

#[test]
fn a_newer_store_and_other_programs_databases_are_refused_and_left_alone() {
    let (folder, path) = folder();
    drop(filled(&path));
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let newer = SqliteStore::open(&path).unwrap_err();
    let latest = schema::MIGRATIONS.len() as u32;
    assert!(
        matches!(newer, Error::Newer { found: 99, known } if known == latest),
        "{newer}"
    );

    let other = folder.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    let refused = SqliteStore::open(&other).unwrap_err().to_string();
    assert!(refused.contains("another program"), "{refused}");
}

#[test]
fn an_older_store_is_copied_and_brought_up_to_date() {
    let (_folder, path) = folder();
    drop(filled(&path));
    let mut connection = connection::open_writer(&path).unwrap();
    let latest = schema::MIGRATIONS.len() as u32;
    let then = |more: &[&'static str]| [schema::MIGRATIONS, more].concat();
    let steps = then(&["CREATE TABLE next (x) STRICT", "not SQL"]);
    let good = then(&["CREATE TABLE next (x INTEGER) STRICT"]);
    // a step that fails leaves the store as it was, and the copy of this try does not stop the next
    assert!(schema::migrate(&mut connection, &path, &steps).is_err());
    schema::migrate(&mut connection, &path, &good).unwrap();
    connection.execute("INSERT INTO next VALUES (1)", []).unwrap();
    let copy = schema::backup_path(&path, latest);
    assert!(
        copy.to_string_lossy()
            .ends_with(&format!("usher.db.schema-{latest}"))
    );
    let old = SqliteStore::open(&copy).unwrap();
    assert_eq!(state(&old, 1), OperationState::Approved);
    drop(connection);
    assert!(matches!(
        SqliteStore::open(&path),
        Err(Error::Newer { found, known }) if (found, known) == (latest + 1, latest)
    ));
}

#[test]
fn what_stands_open_in_the_first_schema_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    files::create_private(&path).unwrap();
    let mut connection = connection::open_writer(&path).unwrap();
    schema::migrate(&mut connection, &path, &schema::MIGRATIONS[..1]).unwrap();
    connection
        .execute_batch(
            "INSERT INTO plans (seal, now, findings, rails, situations, first, last)
                VALUES (zeroblob(32), 0, '[]', '[]', '{}', 1, 1);
            INSERT INTO operations (plan, fingerprint, scheduled, body) VALUES (1, zeroblob(32), 0, x'');
            INSERT INTO runs (plan, operations, started) VALUES (1, 2, 0);
            INSERT INTO states (fingerprint, state, until)
                VALUES (zeroblob(32), 'running', NULL), (randomblob(32), 'held', 7);
            INSERT INTO intents (fingerprint, run, write) VALUES (zeroblob(32), 1, '{}');
            INSERT INTO journal (run, fingerprint, at, state, message)
                VALUES (1, zeroblob(32), 5, 'running', '');",
        )
        .unwrap();
    drop(connection);
    let store = SqliteStore::open(&path).unwrap();
    let operation = crate::model::Fingerprint([0; 32]);
    let intent = crate::store::Intent {
        operation,
        write: "{}".to_owned(),
        is_marked: false,
    };
    assert_eq!(store.unsettled().unwrap(), [(1, intent)]);
    // the old journal tells of the intent already, and goes on doing so
    assert_eq!(store.journal(operation).unwrap().len(), 1);
    let written = crate::store::Outcome {
        operation,
        state: OperationState::Verified,
        message: String::new(),
        anchor: None,
        location: None,
        link: None,
        unlink: None,
        grant: None,
        revoke: None,
        undone: None,
    };
    store
        .conclude(1, &[written], jiff::Timestamp::UNIX_EPOCH, &[])
        .unwrap();
    assert!(store.unsettled().unwrap().is_empty());
    assert_eq!(store.journal(operation).unwrap().len(), 2);
}

#[test]
fn a_store_of_the_first_schema_keeps_its_links() {
    let (_folder, path) = folder();
    let mut connection = {
        drop(filled(&path));
        fs::remove_file(&path).unwrap();
        fs::File::create(&path).unwrap();
        connection::open_writer(&path).unwrap()
    };
    schema::migrate(&mut connection, &path, &schema::MIGRATIONS[..1]).unwrap();
    let add = "INSERT INTO links VALUES (?1, 'staff', ?2, ?3, 'first seen', 5)";
    connection
        .execute(add, rusqlite::params![0, "000482", person(1).0.as_bytes()])
        .unwrap();
    connection
        .execute(add, rusqlite::params![1, "a1", person(1).0.as_bytes()])
        .unwrap();
    drop(connection);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.accounts_of(person(1)).unwrap()[0].anchor.as_str(), "a1");
    assert_eq!(store.memory().unwrap().links.len(), 2);
}

#[test]
fn places_where_no_store_can_be_are_refused_in_words() {
    let (folder, _) = folder();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for (path, word) in [
        (file.join("usher.db"), "folder"),
        (folder.path().to_owned(), "folder"),
    ] {
        let refused = SqliteStore::open(&path).unwrap_err();
        assert!(
            matches!(&refused, Error::Open { reason, .. } if reason.contains(word)),
            "{refused}"
        );
    }
}

#[test]
fn every_store_is_another_one_and_stays_itself() {
    let (_folder, path) = folder();
    let (_other_folder, other) = folder();
    let identity = filled(&path).identity().unwrap();
    assert_eq!(identity.len(), 16);
    assert_eq!(SqliteStore::open(&path).unwrap().identity().unwrap(), identity);
    assert_ne!(filled(&other).identity().unwrap(), identity);
    let seed = SqliteStore::open(&path).unwrap().seed().unwrap();
    let memory = SqliteStore::open(&path).unwrap().memory().unwrap();
    assert_eq!(memory.seed, seed, "drawn from the same, whenever it is opened");
    assert_ne!(SqliteStore::open(&other).unwrap().seed().unwrap(), seed);
    assert_eq!(format!("{seed:?}"), "Seed(…)");
}

#[test]
fn a_plan_is_used_up_once() {
    let store = SqliteStore::open_in_memory().unwrap();
    let at = "2026-11-21T09:00:00Z".parse().unwrap();
    save(&store, &plan(0..3));
    let id = store.current_plan().unwrap().unwrap().id;
    assert_eq!(store.plan_used(id).unwrap(), None);
    store.use_up_plan(id, at, &[]).unwrap();
    assert_eq!(store.plan_used(id).unwrap(), Some(at));
    assert!(matches!(store.use_up_plan(id, at, &[]), Err(Error::Busy(_))));
    // a run of it does so as well
    save(&store, &plan(0..3));
    let id = store.current_plan().unwrap().unwrap().id;
    store.start_run(id, 1, &trail("run")).unwrap();
    assert!(store.plan_used(id).unwrap().is_some());
    assert!(matches!(store.use_up_plan(id, at, &[]), Err(Error::Busy(_))));
}
