//! A company in a folder: configuration, CSV, store, and the built program run on them.

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use rusqlite::{Connection, OpenFlags};

use crate::support::home::Home;
use crate::support::openldap::OpenLdap;
use crate::support::paths;

/// The first line of the CSV file.
pub const HEADER: &str = "id,given,family,status,hired,last_day,title,team,manager\n";
/// When everything happens.
pub const NOW: &str = "2026-11-21T09:00:00Z";

/// A company whose directory is an OpenLDAP server of its own.
pub struct Office {
    pub home: Home,
    pub ldap: OpenLdap,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Fails the test unless it ended so.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Fails the test unless all these words were printed to either side.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        let all = format!("{}\n{}", self.out, self.err);
        for word in words {
            assert!(all.contains(word), "`{word}` is missing in:\n{all}");
        }
        self
    }
}

impl Office {
    /// Starts a server and writes the folder; the CSV file is the caller's.
    pub fn new() -> Self {
        let office = Self::unconfigured();
        office.configure(office.ldap.port(), "");
        office
    }

    /// Likewise, with the configuration of this file of the project.
    pub fn configured(template: &str) -> Self {
        let office = Self::unconfigured();
        let text = std::fs::read_to_string(paths::root(template)).expect("the configuration");
        office.write("usher.toml", &text.replace("@ldap@", &office.ldap.url()));
        office
    }

    fn unconfigured() -> Self {
        let ldap = OpenLdap::options().overlays("memberof refint ppolicy").start();
        let office = Self {
            home: Home::new(),
            ldap,
        };
        office.write("ldap.password", office.ldap.password());
        office
    }

    /// Writes the configuration: the directory on this port, and more sections.
    pub fn configure(&self, ldap: u16, more: &str) {
        self.configure_at_once(ldap, 32, more);
    }

    /// Likewise, with this many operations in flight to the directory.
    pub fn configure_at_once(&self, ldap: u16, in_flight: usize, more: &str) {
        let text = std::fs::read_to_string(paths::root("tests/data/crash.toml")).expect("the configuration");
        let url = format!("ldap://127.0.0.1:{ldap}");
        self.write(
            "usher.toml",
            &text
                .replace("@ldap@", &url)
                .replace("@in-flight@", &in_flight.to_string())
                .replace("@more@", more),
        );
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path(name), text).expect("a file in the home");
    }

    /// The program with these arguments, not started yet.
    pub fn usher(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.usher();
        command.args(arguments).env("USHER_NOW", NOW);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.usher(arguments).output().expect("the program");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.usher(arguments).spawn().expect("the program")
    }

    /// Everything in the directory but what the server keeps for itself, one line an entry, in order.
    pub fn dump(&self) -> Vec<String> {
        dump(&self.ldap)
    }

    /// Fails the test unless the audit holds and everything is as the sources want it.
    #[track_caller]
    pub fn settled(&self) {
        self.run(&["audit", "verify"])
            .expect(0)
            .says(&["the chain holds"]);
        self.run(&["plan"]).expect(0).says(&["nothing to do"]);
    }

    /// Asks the store for a number.
    pub fn count(&self, query: &str) -> i64 {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let Ok(store) = Connection::open_with_flags(self.home.path("usher.db"), flags) else {
            return 0;
        };
        store.query_row(query, [], |row| row.get(0)).unwrap_or(0)
    }

    /// Asks the store for texts.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let store = Connection::open_with_flags(self.home.path("usher.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
        let store = store.expect("the store");
        let mut statement = store.prepare(query).expect("a question");
        let rows = statement.query_map([], |row| row.get(0)).expect("an answer");
        rows.map(|row| row.expect("a text")).collect()
    }

    /// How many good ends are in the journal.
    pub fn applied(&self) -> i64 {
        self.count("SELECT count(*) FROM journal WHERE state IN ('applied', 'verified')")
    }

    /// How many operations stand so.
    pub fn standing(&self, state: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM states WHERE state = '{state}'"))
    }
}

/// Everything below the suffix of a server but operational attributes (locks are there), one line an entry, in order.
pub fn dump(ldap: &OpenLdap) -> Vec<String> {
    let output = ldap.client(
        "ldapsearch",
        &[
            "-LLL",
            "-o",
            "ldif-wrap=no",
            "-b",
            ldap.suffix(),
            "(objectClass=*)",
            "*",
            "pwdAccountLockedTime",
        ],
        "",
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut entries: Vec<String> = text
        .split("\n\n")
        .filter(|entry| !entry.trim().is_empty())
        .map(|entry| {
            // hashes of passwords have a salt of their own on each server
            let mut lines: Vec<_> = entry
                .lines()
                .filter(|line| !line.starts_with("userPassword"))
                .collect();
            lines.sort_unstable();
            lines.join(" | ")
        })
        .collect();
    entries.sort_unstable();
    entries
}

/// One line of the CSV file.
pub fn row(id: usize, title: &str, team: &str, manager: &str) -> String {
    format!("{id},Given{id},Family{id},active,2020-01-01,,{title},{team},{manager}\n")
}

/// An account as it is in the directory already, as LDIF.
pub fn entry(id: usize, title: &str) -> String {
    let mut text = String::new();
    write!(
        text,
        "dn: uid=u{id},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: u{id}\ncn: Given{id} Family{id}\n\
         givenName: Given{id}\nsn: Family{id}\nmail: u{id}@example.com\nemployeeNumber: {id}\ntitle: {title}\n\n"
    )
    .expect("text can be written");
    text
}

/// A group with one member that is not usher's, as LDIF.
pub fn group(name: &str) -> String {
    format!(
        "dn: cn={name},ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: {name}\n\
         member: cn=admin,dc=example,dc=com\n\n"
    )
}

/// What a child printed, once it has ended.
pub fn ended(mut child: Child) -> Ended {
    let (mut out, mut err) = (String::new(), String::new());
    if let Some(mut stream) = child.stdout.take() {
        stream.read_to_string(&mut out).expect("text");
    }
    if let Some(mut stream) = child.stderr.take() {
        stream.read_to_string(&mut err).expect("text");
    }
    let code = child.wait().expect("an ended process").code();
    Ended { code, out, err }
}
