//! The lease of a process that was killed.

use super::*;
use crate::store::sql::leases::take;

/// Lets a lease look as if its holder had shown a sign of life so many seconds before now, by the machine's uptime.
fn seen_ago(store: &SqliteStore, seconds: i64) {
    let up = crate::store::uptime().unwrap();
    let seen = i64::try_from(up.as_nanos()).unwrap() - seconds * 1_000_000_000;
    let writer = store.writer.lock().unwrap();
    writer.execute("UPDATE leases SET seen = ?1", [seen]).unwrap();
}

#[test]
fn a_clock_that_jumps_neither_ends_a_lease_nor_keeps_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    let system = SystemName::from("directory");
    let (first, second) = (
        SqliteStore::open(&path).unwrap(),
        SqliteStore::open(&path).unwrap(),
    );
    let year = 365 * 86_400;
    let held = first.lease(&system, "ana 17", at(0)).unwrap();
    for jump in [year, -3600, 31] {
        let refused = second.lease(&system, "ben 18", at(jump)).unwrap_err();
        assert!(matches!(refused, Error::Busy(_)), "{refused}");
        first.renew(&held, at(-jump)).unwrap();
    }
    // whoever hangs is silent, whatever the clock says
    seen_ago(&first, 29);
    second.lease(&system, "ben 18", at(year)).unwrap_err();
    seen_ago(&first, 31);
    let taken = second.lease(&system, "ben 18", at(-year)).unwrap();
    assert!(first.renew(&held, at(0)).is_err());
    // a sign of life that has not come yet is from before the machine was started anew
    seen_ago(&first, -1000);
    let third = SqliteStore::open(&path).unwrap();
    assert!(third.lease(&system, "eve 19", at(0)).unwrap().token > taken.token);
}

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
            &Lent::Sqlite(&transaction, Beat::Machine),
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
