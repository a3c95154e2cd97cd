//! A run that stands still for longer than its lease, as on a machine that is suspended: somebody else takes over, and
//! the run notices before it writes anything more.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::office::{self, Office};
use crate::trouble::{expecting, half_way, signal};

/// What there is to do.
const JOINERS: usize = 400;
/// After so much silence a lease may be taken.
const SILENCE: Duration = Duration::from_secs(30);
/// The last sign of life was at most so long before the run was stopped.
const HEARTBEAT: Duration = Duration::from_secs(5);

#[test]
#[ignore = "needs OpenLDAP"]
fn a_run_that_stood_still_writes_nothing_once_another_has_taken_over() {
    let office = expecting(JOINERS);
    // few at once: what is written down and not sent yet when the run is stopped is what it would go on with
    office.configure_at_once(office.ldap.port(), 2, "");
    let first = half_way(&office, 40);
    stop_between_commits(&office, first.id());
    let stopped = Instant::now();
    let under_way = office.texts("SELECT write FROM intents");
    assert!(under_way.len() > 2, "{} intents", under_way.len());

    let held = office.run(&["apply"]).expect(1);
    held.says(&[
        "directory is being written by",
        &format!("process {}", first.id()),
    ]);
    let (second, took) = loop {
        thread::sleep(Duration::from_millis(500));
        let began = stopped.elapsed();
        let second = office.run(&["apply"]);
        if second.code != Some(1) {
            break (second, began);
        }
        assert!(began < SILENCE * 2, "nobody can take over: {second:?}");
    };
    assert!(took + HEARTBEAT >= SILENCE, "taken over after {took:?}");
    second.expect(0);
    assert_eq!(office.applied(), JOINERS as i64);
    assert_eq!(office.count("SELECT count(*) FROM intents"), 0);

    // what the first run would make next is taken away again: whatever it writes now is seen
    let prepared = office.dump();
    let gone: Vec<String> = prepared
        .iter()
        .filter_map(|entry| entry.split(" | ").find_map(|line| line.strip_prefix("dn: ")))
        .filter(|dn| dn.starts_with("uid="))
        .filter(|dn| {
            under_way
                .iter()
                .any(|write| write.contains(*dn) || write.contains(&login(dn)))
        })
        .map(str::to_owned)
        .collect();
    assert!(gone.len() > 2, "{gone:?}");
    let deletions: String = gone
        .iter()
        .map(|dn| format!("dn: {dn}\nchangetype: delete\n\n"))
        .collect();
    office.ldap.ldapmodify(&deletions);
    let (left, writes) = (office.dump(), office.count("SELECT count(*) FROM journal"));
    signal("-CONT", first.id());
    let first = office::ended(first);
    assert_ne!(first.code, Some(0), "{first:?}");
    first.says(&["taken over"]);
    let more = office.dump();
    let more: Vec<_> = more.iter().filter(|entry| !left.contains(entry)).collect();
    assert!(
        more.is_empty(),
        "written after somebody else had taken over: {more:?}"
    );
    assert_eq!(office.count("SELECT count(*) FROM journal"), writes);
    assert_eq!(
        office.count(
            "SELECT count(*) FROM (SELECT 1 FROM journal WHERE state IN ('applied', 'verified')
             GROUP BY fingerprint HAVING count(*) > 1)"
        ),
        0,
        "no operation has two good ends"
    );
    office
        .run(&["audit", "verify"])
        .expect(0)
        .says(&["the chain holds"]);
}

/// Stops a process while it holds no lock of the store: one that is stopped with it keeps everybody out of the store
/// until it goes on, and nothing is written at all.
fn stop_between_commits(office: &Office, process: u32) {
    let store = Connection::open(office.home.path("usher.db")).expect("the store");
    store.busy_timeout(Duration::ZERO).expect("no patience");
    for _ in 0..1000 {
        signal("-STOP", process);
        if store.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok() {
            return;
        }
        signal("-CONT", process);
        thread::sleep(Duration::from_millis(3));
    }
    panic!("the process always holds the lock");
}

/// The login in a distinguished name, as a value of JSON.
fn login(dn: &str) -> String {
    let name = dn.split(',').next().unwrap_or(dn);
    format!("\"{}\"", name.trim_start_matches("uid="))
}
