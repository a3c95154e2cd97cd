//! The lease of a process that was killed.

use super::*;
use crate::store::sql::{connection::Connection as Lent, leases::take};

#[test]
fn a_lease_ends_with_the_process_that_took_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    let system = SystemName::from("directory");
    let leases = || {
        let names = std::fs::read_dir(folder.path()).unwrap();
        names
            .filter(|name| {
                name.as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .contains("lease")
            })
            .count()
    };
    let (first, second) = (
        SqliteStore::open(&path).unwrap(),
        SqliteStore::open(&path).unwrap(),
    );
    let cut_off = first.lease(&system, "ana 17", at(0)).unwrap();
    assert!(second.lease(&system, "ben 18", at(1)).is_err(), "it is alive");
    // what the kernel does when a process is killed
    drop(first);
    // somebody who takes it is killed before that is on disk
    let killed = SqliteStore::open(&path).unwrap();
    {
        let mut writer = killed.writer.lock().unwrap();
        let transaction = writer.transaction().unwrap();
        take(
            &Lent::Sqlite(&transaction),
            &killed.locks,
            &system,
            "eve 20",
            at(1),
        )
        .map_err(|_| "refused")
        .unwrap();
    }
    drop(killed);
    let taken = second.lease(&system, "ben 18", at(1)).unwrap();
    assert!(taken.token > cut_off.token);
    assert_eq!(leases(), 1, "the lock of the one before is cleared away");
    let third = SqliteStore::open(&path).unwrap();
    assert!(third.lease(&system, "eve 19", at(2)).is_err());
    second.give_back(&taken).unwrap();
    assert_eq!(leases(), 0);
    third.lease(&system, "eve 19", at(2)).unwrap();
}
