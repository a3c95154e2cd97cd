//! A disk that is full, or cannot be written to: nothing is lost, nothing is written anywhere without its intent on
//! disk, the message says what to do, and afterwards everything goes on as if nothing had been.

use std::path::Path;
use std::process::Stdio;

use rusqlite::Connection;

use crate::office::{self, Ended, Office, row};
use crate::support::disk::SmallDisk;

/// Who comes: as many accounts are made.
const JOINERS: usize = 300;
/// The size of the disk, in octets: more than the log of a slow run grows to before it is taken in.
const DISK: u64 = 64 << 20;
/// What is left of it when a run starts: enough for some of its journal.
const SCARCE: u64 = 700 << 10;

/// A company whose store is on a disk of its own.
struct Small {
    office: Office,
    disk: SmallDisk,
}

impl Small {
    fn new() -> Self {
        let office = expecting();
        let disk = SmallDisk::mount(office.home.path("small/x").parent().expect("a folder"), DISK);
        let text = std::fs::read_to_string(office.home.path("usher.toml")).expect("the configuration");
        office.write("usher.toml", &text.replace("\"usher.db\"", "\"small/usher.db\""));
        Self { office, disk }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.disk.on(&self.office.usher(arguments));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        office::ended(command.spawn().expect("the program"))
    }

    /// Runs what cannot be done and says why: what happened, to which file, what to do.
    #[track_caller]
    fn refused(&self, arguments: &[&str], words: &[&str]) {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        ended.says(&["small/usher.db"]).says(words);
    }

    /// Asks the store for texts.
    fn texts(&self, query: &str) -> Vec<String> {
        let (_folder, store) = open(&self.disk.path("usher.db"));
        let mut statement = store.prepare(query).expect("a question");
        let rows = statement.query_map([], |row| row.get(0)).expect("an answer");
        rows.map(|row| row.expect("a text")).collect()
    }

    fn count(&self, query: &str) -> i64 {
        let (_folder, store) = open(&self.disk.path("usher.db"));
        store.query_row(query, [], |row| row.get(0)).expect("a number")
    }

    fn standing(&self, state: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM states WHERE state = '{state}'"))
    }

    /// The logins that are in the directory.
    fn logins(&self) -> Vec<String> {
        let suffix = self.office.ldap.suffix();
        let lines = self
            .office
            .ldap
            .ldapsearch(&["-b", suffix, "(employeeNumber=*)", "uid"]);
        lines
            .iter()
            .filter_map(|entry| entry.get("uid"))
            .map(str::to_owned)
            .collect()
    }

    /// Everything is done, once, and as a company that nobody disturbed has it.
    #[track_caller]
    fn is_as_if_nothing_had_been(&self) {
        assert_eq!(self.standing("verified"), JOINERS as i64);
        assert_eq!(self.count("SELECT count(*) FROM intents"), 0);
        let twice = "SELECT count(*) FROM (SELECT 1 FROM journal WHERE state IN ('applied', 'verified')
                     GROUP BY fingerprint HAVING count(*) > 1)";
        assert_eq!(self.count(twice), 0, "no operation has two good ends");
        self.run(&["audit", "verify"])
            .expect(0)
            .says(&["the chain holds"]);
        self.run(&["plan"]).expect(0).says(&["nothing to do"]);
        let calm = expecting();
        calm.run(&["plan"]).expect(2);
        calm.run(&["approve", "--all"]).expect(0);
        calm.run(&["apply"]).expect(0);
        assert_eq!(self.office.dump(), calm.dump());
    }
}

/// Opens a copy of the store in another folder: SQLite does not find its way to a disk seen by others only.
fn open(store: &Path) -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["usher.db", "usher.db-wal"] {
        let _ = std::fs::copy(store.with_file_name(name), folder.path().join(name));
    }
    let connection = Connection::open(folder.path().join("usher.db")).expect("the store");
    (folder, connection)
}

fn expecting() -> Office {
    let office = Office::new();
    let people: String = (0..JOINERS).map(|id| row(id, "Engineer", "", "")).collect();
    office.write("hr.csv", &format!("{}{people}", office::HEADER));
    office
}

#[test]
#[ignore = "needs OpenLDAP, unshare and nsenter"]
fn a_full_disk_stops_everything_and_loses_nothing() {
    let small = Small::new();
    let full = ["is full", "free some space"];

    // before there is a store, before there is a plan, and while there is one
    small.disk.fill(0);
    small.refused(&["plan"], &["free some space"]);
    small.disk.fill(SCARCE / 4);
    small.refused(&["plan"], &full);
    small.disk.free();
    small.run(&["plan"]).expect(2);
    let plans = small.count("SELECT count(*) FROM plans");
    small.disk.fill(0);
    small.refused(&["plan"], &full);
    assert_eq!(small.count("SELECT count(*) FROM plans"), plans);

    // while deciding
    small.refused(&["approve", "--all"], &full);
    assert_eq!(small.standing("approved"), 0);
    small.disk.free();
    small.run(&["approve", "--all"]).expect(0);
    assert_eq!(small.standing("approved"), JOINERS as i64);
    assert_eq!(small.logins(), [""; 0]);

    // at the start of a run
    small.disk.fill(0);
    small.refused(&["apply"], &full);
    assert_eq!(small.logins(), [""; 0], "nothing is written without its intent");

    // in the midst of it
    small.disk.fill(SCARCE);
    let stopped = small.run(&["apply"]);
    assert!(matches!(stopped.code, Some(1 | 3)), "{stopped:?}");
    stopped.says(&["small/usher.db"]).says(&full);
    let done = small.logins();
    assert!(
        (1..JOINERS).contains(&done.len()),
        "{} of {JOINERS} were made before the disk was full",
        done.len()
    );
    let mut known = small.texts("SELECT write FROM intents");
    known.extend(small.texts("SELECT location FROM journal WHERE state IN ('applied', 'verified')"));
    for login in &done {
        let told = known.iter().filter(|text| names(text, login)).count();
        assert_eq!(
            told, 1,
            "{login} is in the directory: the store knows of it, once"
        );
    }
    // still full: what is open stays open
    small.disk.fill(0);
    small.refused(&["apply"], &full);
    assert_eq!(small.logins().len(), done.len());

    small.disk.free();
    small.run(&["apply"]).expect(0);
    small.is_as_if_nothing_had_been();
}

/// Whether a text names this login and not a longer one.
fn names(text: &str, login: &str) -> bool {
    text.contains(&format!("uid={login},")) || text.contains(&format!("\"{login}\""))
}

#[test]
#[ignore = "needs OpenLDAP, unshare and nsenter"]
fn a_disk_that_cannot_be_written_stops_everything_and_loses_nothing() {
    let small = Small::new();
    let refused = |words: &[&str]| {
        small.disk.read_only(true);
        for arguments in [&["plan"][..], &["approve", "--all"], &["apply"]] {
            small.refused(arguments, words);
        }
        small.disk.read_only(false);
    };
    refused(&["make the disk writable"]);
    small.run(&["plan"]).expect(2);
    refused(&["make the disk writable"]);
    small.run(&["approve", "--all"]).expect(0);
    refused(&["make the disk writable"]);
    // the file alone
    small.disk.read_only_file("usher.db");
    small.refused(&["apply"], &["make the disk writable"]);
    small.disk.writable_file("usher.db");
    assert_eq!(small.logins(), [""; 0]);
    assert_eq!(small.standing("approved"), JOINERS as i64);
    small.run(&["apply"]).expect(0);
    small.is_as_if_nothing_had_been();
}
