//! The whole program on directories of which only changes are read: each command is a process of its own, so that
//! what was read before comes out of the store.

use std::process::Stdio;

use super::{added, changed, deleted, person, renamed};
use crate::office::Ended;
use crate::support::home::Home;
use crate::support::openldap::OpenLdap;

const CONFIG: &str = r#"
version = 1
mode = "review"
time_zone = "UTC"
store = "usher.db"

[systems.north]
connector = "ldap"
url = "@NORTH@"
bind_dn = "cn=repl,dc=example,dc=com"
password = { env = "PASSWORD" }
base = "dc=example,dc=com"
disable = "ppolicy"
increments = "sync"
full_every = "6 hours"

[systems.archive]
connector = "ldap"
url = "@ARCHIVE@"
bind_dn = "cn=sync,dc=archive,dc=example"
password = { env = "PASSWORD" }
base = "dc=archive,dc=example"
increments = "timestamp"

[[people]]
name = "north"
from = "north"
lifecycle = { active = "Not([IsSoftDeleted])" }
references = { manager = "[manager]" }
attributes = { login = "[uid]", sn = "[sn]", title = "[title]" }

[[accounts]]
name = "archive"
in = "archive"
class = ["inetOrgPerson"]
container = '"ou=people,dc=archive,dc=example"'
actions = ["create", "update", "delete"]
gone = "delete"
match = [["uid", "[login]"]]
[accounts.attributes]
uid = { value = "[login]", apply = "create" }
cn = "[login]"
sn = "[sn]"
title = { value = "[title]", null = "clear" }
manager = { reference = "[manager]" }

[guard]
create = "unlimited"
"#;

struct House {
    home: Home,
    north: OpenLdap,
    archive: OpenLdap,
}

impl House {
    fn start() -> Self {
        let house = Self {
            home: Home::new(),
            north: super::openldap(),
            archive: OpenLdap::options()
                .suffix("dc=archive,dc=example")
                .overlays("refint")
                .start(),
        };
        let config = CONFIG
            .replace("@NORTH@", &house.north.url())
            .replace("@ARCHIVE@", &house.archive.url());
        std::fs::write(house.home.path("usher.toml"), config).unwrap();
        house
    }

    /// Runs the program at a time of 21 November 2026.
    fn run(&self, time: &str, arguments: &[&str]) -> Ended {
        let mut command = self.home.usher();
        command
            .args(arguments)
            .env("USHER_NOW", format!("2026-11-21T{time}:00Z"))
            .env("PASSWORD", self.north.password())
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Plans, and tells what the audit says of the two reads.
    #[track_caller]
    fn plan(&self, time: &str, code: i32) -> (Ended, String) {
        let ended = self.run(time, &["plan"]).expect(code);
        let log = self.run(time, &["audit", "log", "--json", "read"]).expect(0).out;
        let read = |system: &str| {
            let mut lines = log
                .lines()
                .filter(|line| line.contains(&format!("\"system\":\"{system}\"")));
            lines.next().unwrap_or_default().to_owned()
        };
        (ended, read("north") + "\n" + &read("archive"))
    }

    #[track_caller]
    fn bring_about(&self, time: &str) {
        self.run(time, &["approve", "--all"]).expect(0);
        self.run(time, &["apply"]).expect(0);
        self.run(time, &["plan"]).expect(0).says(&["nothing to do"]);
    }
}

#[test]
#[ignore = "needs OpenLDAP"]
fn what_changed_is_planned_and_nothing_else_is_read() {
    let house = House::start();
    let dn = |uid: &str| format!("uid={uid},ou=people,dc=example,dc=com");
    let (plan, _) = house.plan("09:00", 2);
    plan.says(&["30 create"]);
    house.bring_about("09:01");

    // one comes, one changes, one is renamed, one goes
    house.north.ldapmodify(
        &(added("ann")
            + &changed(&dn("p1"), "title", "Boss")
            + &changed(&dn("p2"), "manager", &dn("p3"))
            + &renamed(&dn("p3"), "uid=p3x", "ou=people,dc=example,dc=com")
            + &deleted(&dn("p4"))),
    );
    let (plan, log) = house.plan("10:00", 2);
    plan.says(&["1 create", "3 update", "1 delete"]);
    assert!(
        log.contains("4 changed and 1 gone since the read before"),
        "{log}"
    );
    house.bring_about("10:01");
    let entry = &house.archive.entries("uid=p2,ou=people,dc=archive,dc=example")[0];
    assert_eq!(
        entry.get("manager"),
        Some("uid=p3,ou=people,dc=archive,dc=example")
    );
    assert_eq!(house.archive.entries("ou=people,dc=archive,dc=example").len(), 31);

    // somebody else writes to the target
    house.archive.ldapmodify(&changed(
        "uid=p5,ou=people,dc=archive,dc=example",
        "title",
        "Hacker",
    ));
    let (plan, _) = house.plan("11:00", 2);
    plan.says(&["1 update"]);
    house.bring_about("11:01");

    // after six hours everything is read again
    let (_, log) = house.plan("15:02", 0);
    assert!(
        log.lines()
            .next()
            .is_some_and(|line| line.contains("\"kind\":\"full\"")),
        "{log}"
    );
    let (_, log) = house.plan("15:03", 0);
    assert!(
        log.lines()
            .next()
            .is_some_and(|line| line.contains("\"kind\":\"delta\"")),
        "{log}"
    );
}

/// A directory that loses nearly everybody is no less suspicious for telling so in small pieces.
#[test]
#[ignore = "needs OpenLDAP"]
fn a_mass_of_deletions_stops_the_plan_all_the_same() {
    let house = House::start();
    let more: String = (30..60).map(|number| person(&format!("p{number}"), "")).collect();
    house.north.ldapadd(&more);
    house.plan("09:00", 2);
    house.bring_about("09:01");
    let gone: String = (0..40)
        .map(|number| deleted(&format!("uid=p{number},ou=people,dc=example,dc=com")))
        .collect();
    house.north.ldapmodify(&gone);
    let said = house
        .run("10:00", &["plan"])
        .expect(1)
        .says(&["20 records, 60 before"]);
    let (_, command) = said
        .err
        .split_once("usher accept north --read ")
        .expect("what to do");
    let id = command.split_whitespace().next().expect("a name");
    // nothing was taken over: it is told again, and is the same read
    house
        .run("10:01", &["plan"])
        .expect(1)
        .says(&["20 records, 60 before", id]);
    let accept = ["accept", "north", "--read", id, "--reason", "a site was closed"];
    house.run("10:02", &accept).expect(0);
    house.run("10:03", &["plan"]).says(&["40 delete"]);
}
