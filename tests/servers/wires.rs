//! Lines that are cut, fall silent or confuse what they carry, at each kind of operation: nothing is lost, nothing is done
//! twice, and the run goes on by itself.

mod application;
mod directory;
mod stalled;

use std::fmt::Write as _;

use crate::office::Office;
use crate::support::{paths, relay::Relay};

/// The first line of the CSV file.
const HEADER: &str = "id,login,family,status,hired,last_day,title,team\n";

/// Somebody in the HR file.
#[derive(Clone)]
struct Person {
    id: usize,
    login: String,
    last_day: &'static str,
    title: &'static str,
    team: &'static str,
}

/// What happens to the people of one round.
const JOINS: usize = 0;
const CHANGES: usize = 1;
const RENAMED: usize = 2;
const LEAVES: usize = 3;
const LEFT_LONG_AGO: usize = 4;
const JOINS_TEAM: usize = 5;
const RETURNS: usize = 6;
const EACH: usize = 7;

/// How the line of somebody goes on who has left and comes back.
const GONE: &str = ",ended,2020-01-01,2026-11-10,";

/// The people of a company in which so many rounds are to come, before round `now`.
fn people(rounds: usize, now: usize) -> String {
    let mut text = HEADER.to_owned();
    for round in 0..rounds {
        let is_over = round < now;
        for part in 0..EACH {
            let id = 1000 + round * EACH + part;
            let mut person = Person {
                id,
                login: format!("u{id}"),
                last_day: "",
                title: "Engineer",
                team: if part == LEAVES || part == JOINS { "t" } else { "" },
            };
            match part {
                JOINS if !is_over => continue,
                CHANGES if is_over => person.title = "Director",
                RENAMED if is_over => person.login = format!("v{id}"),
                LEAVES if is_over => person.last_day = "2026-11-20",
                LEFT_LONG_AGO if is_over => person.last_day = "2026-06-01",
                JOINS_TEAM if is_over => person.team = "t",
                RETURNS if !is_over => person.last_day = "2026-11-10",
                _ => {}
            }
            let Person {
                id,
                login,
                last_day,
                title,
                team,
            } = person;
            let status = if last_day.is_empty() { "active" } else { "ended" };
            writeln!(
                text,
                "{id},{login},F{id},{status},2020-01-01,{last_day},{title},{team}"
            )
            .expect("text");
        }
    }
    text
}

/// Writes the configuration: the directory on this port, and how patient usher is with it, in seconds.
fn configure(office: &Office, port: u16, timeout: u64, patience: u64) {
    let text = std::fs::read_to_string(paths::root("tests/data/wires.toml")).expect("the configuration");
    let letters = office.home.path("letters");
    office.write(
        "usher.toml",
        &text
            .replace("@ldap@", &format!("ldap://127.0.0.1:{port}"))
            .replace("@timeout@", &timeout.to_string())
            .replace("@patience@", &patience.to_string())
            .replace("@in-flight@", "4")
            .replace("@letters@", &letters.to_string_lossy()),
    );
}

/// A company before its first round, everybody there, and the line to its directory.
fn settled(rounds: usize) -> (Office, Relay) {
    let office = Office::new();
    let relay = Relay::before(office.ldap.port());
    configure(&office, relay.port(), 5, 60);
    office.write("start.ldif", &crate::office::group("t"));
    office.ldap.load(&office.home.path("start.ldif"));
    let now = people(rounds, 0);
    for people in [now.replace(GONE, ",active,2020-01-01,,"), now] {
        office.write("hr.csv", &people);
        office.run(&["plan"]).expect(2);
        office.run(&["approve", "--all"]).expect(0);
        office.run(&["apply"]).expect(0);
    }
    (office, relay)
}
