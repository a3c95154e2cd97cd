use rusqlite::Connection;

use super::*;
use crate::{
    audit::{Examined, Examiner, Flaw, Record, Trust},
    store::sqlite::SqliteStore,
};

struct Office {
    folder: tempfile::TempDir,
    store: SqliteStore,
    key: KeyFile,
}

fn day(day: u8) -> Timestamp {
    format!("2026-11-{day:02}T09:00:00Z").parse().unwrap()
}

fn entry(at: Timestamp, action: &str) -> Entry {
    Entry {
        at,
        actor: actor(),
        action: action.to_owned(),
        subject: "Ana Kovač".to_owned(),
        summary: "something".to_owned(),
        details: serde_json::json!({ "reason": "left" }),
    }
}

fn actor() -> Actor {
    Actor {
        user: "ana@adminhost".to_owned(),
        ssh_client: None,
    }
}

impl Office {
    /// Ten days; each has two writes and a logout with its checkpoint.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usher.db");
        let store = SqliteStore::open(&path).unwrap();
        for at in (1..=10).map(day) {
            let entries = ["write", "write", "logout"].map(|action| entry(at, action));
            store.append(&entries).unwrap();
        }
        let key = KeyFile::beside(&path);
        Self { folder, store, key }
    }

    fn archive(&self, before: Timestamp, name: &str) -> Result<Archived, Error> {
        let archiving = Archiving {
            before,
            actor: actor(),
            at: day(11),
        };
        archive(&self.store, &self.key, &self.folder.path().join(name), archiving)
    }

    fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        let mut take = |record| {
            records.push(record);
            true
        };
        self.store.audit_all(&mut take).unwrap();
        records
    }

    fn file(&self, name: &str) -> Vec<Record> {
        let file = fs::read(self.folder.path().join(name)).unwrap();
        let mut records = Vec::new();
        each_json_line(&file[..], |record| {
            records.push(record.clone());
            Ok(())
        })
        .unwrap();
        records
    }

    fn trust(&self) -> Trust {
        Trust {
            keys: vec![self.key.public().unwrap().unwrap().fingerprint()],
        }
    }

    fn examine(&self, records: &[Record]) -> Result<Examined, audit::Broken> {
        let mut examiner = Examiner::new(self.trust(), Vec::new());
        for record in records {
            examiner.check(record)?;
        }
        examiner.finish()
    }

    /// Somebody who can write to the database.
    fn intrude(&self) -> Connection {
        Connection::open(self.folder.path().join("usher.db")).unwrap()
    }
}

#[test]
fn what_is_archived_leaves_the_store_and_verifies_in_both_places() {
    let office = Office::open();
    let all = office.records();
    let archived = office.archive(day(4), "first.jsonl").unwrap();
    assert_eq!((archived.first, archived.last), (1, 12));
    assert_eq!(office.file("first.jsonl"), all[..12]);
    assert_eq!(
        office.examine(&office.file("first.jsonl")).unwrap().head.sequence,
        12
    );
    let left = office.records();
    assert_eq!(left[..28], all[12..]);
    let words: Vec<_> = left[28..]
        .iter()
        .map(|record| record.entry.action.as_str())
        .collect();
    assert_eq!(
        words,
        ["archive", "checkpoint"],
        "what was done is signed at once"
    );
    let found = office.examine(&left).unwrap();
    assert_eq!((found.start.sequence, found.head.sequence), (12, 42));
    assert_eq!(office.store.audit(0, 1, "").unwrap().0, 30);

    let archived = office.archive(day(7), "second.jsonl").unwrap();
    assert_eq!((archived.first, archived.last), (13, 24));
    assert_eq!(office.examine(&office.records()).unwrap().start.sequence, 24);
    let second = office.file("second.jsonl");
    let broken = office.examine(&second).unwrap_err();
    assert_eq!(
        broken.flaw,
        Flaw::Beginning,
        "nothing in it tells what came before"
    );
    let whole = [office.file("first.jsonl"), second, office.records()].concat();
    let found = office.examine(&whole).unwrap();
    assert_eq!((found.start.sequence, found.head.sequence), (0, 44));
    // also everything can go, and the chain goes on
    assert_eq!(office.archive(day(12), "third.jsonl").unwrap().last, 44);
    office.store.append(&[entry(day(12), "write")]).unwrap();
    assert_eq!(office.examine(&office.records()).unwrap().head.sequence, 47);
}

#[test]
fn nothing_is_removed_before_the_file_is_proven() {
    let office = Office::open();
    let all = office.records();
    fs::write(office.folder.path().join("there.jsonl"), "something").unwrap();
    for name in ["there.jsonl", "no folder/a.jsonl"] {
        let error = office.archive(day(4), name).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error}");
    }
    assert_eq!(
        fs::read(office.folder.path().join("there.jsonl")).unwrap(),
        b"something"
    );
    assert!(matches!(
        office.archive(day(1), "a.jsonl"),
        Err(Error::Nothing(_))
    ));
    assert!(!office.folder.path().join("a.jsonl").exists());

    let part = choose(&office.store, day(4)).unwrap();
    let path = office.folder.path().join("b.jsonl");
    write(&office.store, &path, &part).unwrap();
    let good = fs::read(&path).unwrap();
    assert!(prove(&path, &part.start, &part.end).is_ok());
    for at in (0..good.len()).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, bad).unwrap();
        assert!(prove(&path, &part.start, &part.end).is_err(), "octet {at}");
    }
    let lines: Vec<_> = good.split_inclusive(|octet| *octet == b'\n').collect();
    for gone in 0..lines.len() {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != gone);
        fs::write(
            &path,
            kept.flat_map(|(_, line)| line.to_vec()).collect::<Vec<_>>(),
        )
        .unwrap();
        assert!(prove(&path, &part.start, &part.end).is_err(), "line {gone}");
    }

    let signing = office.key.signing().unwrap();
    let other = Head {
        hash: "ab".repeat(32),
        ..part.end
    };
    let archived = Archived::sign(1, &other, ("a".into(), "b".into()), day(11), &signing).unwrap();
    assert!(
        office
            .store
            .forget_audit(&archived, &[entry(day(11), "archive")])
            .is_err()
    );
    assert_eq!(office.records(), all);
}

#[test]
fn a_broken_trail_is_not_archived() {
    let office = Office::open();
    office
        .intrude()
        .execute(
            "UPDATE audit SET record = replace(record, 'left', 'stays') WHERE sequence = 5",
            [],
        )
        .unwrap();
    let error = office.archive(day(4), "a.jsonl").unwrap_err();
    assert!(
        matches!(&error, Error::Broken(broken) if broken.sequence == 5),
        "{error}"
    );
}

#[test]
fn a_beginning_that_was_cut_off_is_no_archive() {
    let office = Office::open();
    let last = office.records()[11].clone();
    let head = Head {
        sequence: 12,
        hash: last.hash,
        erased: 0,
    };
    let delete = "DELETE FROM audit WHERE sequence <= 12";
    assert!(
        office.intrude().execute(delete, []).is_err(),
        "the audit is append-only"
    );
    let mark = "UPDATE meta SET value = 12 WHERE name = 'archived'";
    office
        .intrude()
        .execute_batch(&format!("{mark}; {delete}"))
        .unwrap();
    let broken = office.examine(&office.records()).unwrap_err();
    assert_eq!((broken.sequence, broken.flaw), (13, Flaw::Beginning));
    // a record of an archive that somebody without the key wrote, and that usher signs over later
    let forger = KeyFile::beside(&office.folder.path().join("forger.db"))
        .signing()
        .unwrap();
    let mut archived = Archived::sign(1, &head, ("a".into(), "b".into()), day(11), &forger).unwrap();
    let real = office.key.public().unwrap().unwrap();
    for _ in 0..2 {
        let mut forged = entry(day(11), "archive");
        forged.details = serde_json::json!(archived);
        office.store.append(&[forged]).unwrap();
        let broken = office.examine(&office.records()).unwrap_err();
        assert_eq!(broken.flaw, Flaw::Beginning);
        archived.key = real.fingerprint();
    }
}
