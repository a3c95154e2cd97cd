//! A made-up organisation, end to end: the plan is what one table says, applying it leaves nothing to do, and the
//! servers' own tools confirm what is there afterwards.

mod account;
mod case;
mod compare;
mod counts;
mod directory;
mod expected;
pub mod hr;
mod program;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::{
    account::{APPLICATION, DIRECTORY, Target},
    compare::{compare, forget_events},
    counts::counts_agree,
    directory::Directory,
    expected::{ENTITLED, Entitlement, Expected, World},
    hr::{Feed, Standing, same},
    program::Program,
    table::{TABLE, UNOWNED},
};
use crate::support::{openldap::OpenLdap, org, org::Org, paths, scim::ScimServer};

const DAY1: &str = "2024-06-03";
const DAY2: &str = "2024-06-04";

#[test]
#[ignore = "needs OpenLDAP"]
fn ten_thousand_people_from_one_seed() {
    into_the_directory(&org::generate(10_000, 11, 10));
}

#[test]
#[ignore = "needs OpenLDAP"]
fn ten_thousand_people_from_another_seed() {
    into_the_directory(&org::generate(10_000, 12, 10));
}

#[test]
#[ignore = "needs a SCIM server"]
fn a_thousand_people_into_an_application() {
    into_the_application(&org::generate(1_000, 11, 10));
}

#[test]
#[ignore = "needs a SCIM server"]
fn another_thousand_people_into_an_application() {
    into_the_application(&org::generate(1_000, 12, 10));
}

/// The system that is provisioned.
enum Server {
    Ldap(OpenLdap),
    Scim(ScimServer),
}

/// The system, the program, and what the tests know of both.
struct Stage {
    server: Server,
    target: &'static Target,
    entitled: &'static [Entitlement],
    program: Program,
    feeds: [Feed; 2],
    /// Every employee number, and whose it is.
    numbers: HashMap<String, String>,
    owners: HashMap<String, String>,
    granted: BTreeSet<(usize, String)>,
    used: BTreeMap<usize, usize>,
}

fn into_the_directory(org: &Org) {
    let server = OpenLdap::options().overlays("memberof refint").start();
    let complaints = server.ldapadd_what_fits(&org.directory());
    let known = |line: &&str| !line.contains("ldap_add") || line.contains("Already exists");
    assert!(complaints.lines().all(|line| known(&line)), "{complaints}");
    for group in ["contractors", "procurement"] {
        server.ldapadd(&format!(
            "dn: cn={group},ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: {group}\n\
             member: uid=svc-backup00,ou=service,dc=example,dc=com\n"
        ));
    }
    let template = paths::root("tests/data/org.toml");
    let secret = ("USHER_LDAP_PASSWORD", server.password());
    let program = Program::new(&template, &DIRECTORY, &server.url(), secret);
    let mut stage = Stage::new(org, Server::Ldap(server), &DIRECTORY, ENTITLED, program);
    let has_mail = |person: &str| !stage.feeds[0].people[person].work_email.is_empty();
    stage.owners = directory::owners(org, &stage.look(), has_mail);
    let conditions = conditions(org);
    two_days(org, stage, &conditions);
}

fn into_the_application(org: &Org) {
    let server = ScimServer::start();
    let template = paths::root("tests/data/org-scim.toml");
    let program = Program::new(
        &template,
        &APPLICATION,
        &server.url(),
        ("USHER_SCIM_TOKEN", server.token()),
    );
    let stage = Stage::new(org, Server::Scim(server), &APPLICATION, &[], program);
    two_days(org, stage, &HashMap::new());
}

/// The conditions of the directory, with the login: person → conditions.
fn conditions(org: &Org) -> HashMap<String, Vec<(String, String)>> {
    let mut known: HashMap<String, Vec<_>> = HashMap::new();
    for line in org.truth() {
        if line.employee_id.is_empty() {
            assert!(
                UNOWNED.iter().any(|row| row.0 == line.condition),
                "no row for {}",
                line.condition
            );
        } else {
            known
                .entry(line.employee_id)
                .or_default()
                .push((line.condition, line.login));
        }
    }
    known
}

fn two_days(org: &Org, mut stage: Stage, conditions: &HashMap<String, Vec<(String, String)>>) {
    let before = stage.look();
    stage.program.day(&org.hr_day1(), DAY1);
    stage.plan_and_apply(0, conditions, false);
    stage.nothing_is_left(0, &before);

    let events = stage.events(org);
    let before = stage.look();
    stage.program.day(&org.hr_day2(), DAY2);
    stage.plan_and_apply(1, &events, true);
    stage.nothing_is_left(1, &before);

    let (code, answer) = stage.program.run(&["audit", "verify"]);
    assert_eq!(code, 0, "{answer}");
    counts_agree(org, &stage.feeds, &events);
    for (at, rule) in TABLE.iter().enumerate() {
        println!(
            "{:>6}  {} · {}: {}",
            stage.used.get(&at).unwrap_or(&0),
            rule.what,
            rule.when.0,
            rule.why
        );
    }
}

impl Stage {
    fn new(
        org: &Org,
        server: Server,
        target: &'static Target,
        entitled: &'static [Entitlement],
        program: Program,
    ) -> Self {
        let feeds = [Feed::read(&org.hr_day1(), DAY1), Feed::read(&org.hr_day2(), DAY2)];
        let numbers = feeds.iter().flat_map(|feed| feed.owner.clone()).collect();
        let (owners, granted, used) = (HashMap::new(), BTreeSet::new(), BTreeMap::new());
        Self {
            server,
            target,
            entitled,
            program,
            feeds,
            numbers,
            owners,
            granted,
            used,
        }
    }

    /// Looks at the system past the program.
    fn look(&self) -> Directory {
        match &self.server {
            Server::Ldap(server) => Directory::of_ldap(server),
            Server::Scim(server) => Directory::of_scim(server),
        }
    }

    /// The events of the second day: person → events.
    fn events(&self, org: &Org) -> HashMap<String, Vec<(String, String)>> {
        let mut known: HashMap<String, Vec<_>> = HashMap::new();
        for line in org.events() {
            let events = known.entry(self.numbers[&line.employee_id].clone()).or_default();
            // one line a changed column
            if !events.iter().any(|(event, _)| *event == line.kind) {
                events.push((line.kind, String::new()));
            }
        }
        known
    }

    /// Whom the feed of a day no longer names.
    fn gone(&self, day: usize) -> BTreeSet<String> {
        let named = |person: &&String| day == 1 && !self.feeds[1].people.contains_key(*person);
        self.feeds[0].people.keys().filter(named).cloned().collect()
    }

    fn expected(
        &self,
        day: usize,
        known: &HashMap<String, Vec<(String, String)>>,
        gone: &BTreeSet<String>,
        directory: &Directory,
        linked: bool,
    ) -> Expected {
        let (today, owners, granted) = (&self.feeds[day], &self.owners, &self.granted);
        let (target, entitled) = (self.target, self.entitled);
        World {
            target,
            entitled,
            today,
            gone,
            directory,
            owners,
            known,
            granted,
            linked,
        }
        .expected()
    }

    /// Plans, compares with the table, approves and applies.
    fn plan_and_apply(&mut self, day: usize, known: &HashMap<String, Vec<(String, String)>>, linked: bool) {
        let directory = self.look();
        let expected = self.expected(day, known, &self.gone(day), &directory, linked);
        let (code, plan) = self.program.plan(&self.numbers);
        assert_eq!(code, 2, "there is something to do");
        compare(&expected.plan, &plan);
        let mut logins = BTreeSet::new();
        for (person, login) in &plan.logins {
            let row = &self.feeds[day].people[person];
            assert!(logins.insert(login), "{login} is given twice");
            assert!(!directory.accounts.contains_key(login), "{login} is taken");
            assert!(
                login
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
                "{login} for {row:?}"
            );
        }
        self.program.approve_and_apply();
        for (person, operations) in &plan.operations {
            if operations.iter().any(|op| op.kind == "create" && !op.scheduled) {
                self.owners.insert(person.clone(), plan.logins[person].clone());
            }
        }
        self.granted = expected.granted;
        for (at, times) in expected.used {
            *self.used.entry(at).or_default() += times;
        }
    }

    /// Plans again: the table without conditions and events, nothing proposed, nothing written.
    fn nothing_is_left(&self, day: usize, before: &Directory) {
        let directory = self.at_rest();
        let mut gone = self.gone(day);
        gone.retain(|person| self.owners.contains_key(person));
        let mut expected = self.expected(day, &HashMap::new(), &gone, &directory, true).plan;
        for round in 1..=2 {
            let (code, mut plan) = self.program.plan(&self.numbers);
            assert_eq!(code, 0, "nothing to do in round {round}");
            assert!(plan.operations.values().flatten().all(|op| op.scheduled));
            // an event is over with its operations; whether a scheduled one still names it is not at stake here
            forget_events(&mut expected);
            forget_events(&mut plan);
            compare(&expected, &plan);
            assert_eq!(self.program.run(&["apply"]).0, 1, "nothing is approved");
        }
        assert!(
            self.at_rest().changes == directory.changes,
            "something was written"
        );
        self.confirm(day, before, &directory);
    }

    /// The system, once it has followed all moves with its references.
    fn at_rest(&self) -> Directory {
        let mut directory = self.look();
        for _ in 0..300 {
            std::thread::sleep(std::time::Duration::from_millis(200));
            let again = self.look();
            if again.changes == directory.changes && again.refers_to_what_is_there() {
                return again;
            }
            directory = again;
        }
        panic!("the server does not come to rest");
    }

    /// Looks at everybody's entry: every attribute, the container, the groups.
    fn confirm(&self, day: usize, before: &Directory, after: &Directory) {
        let feed = &self.feeds[day];
        for (person, login) in &self.owners {
            let entry = &after.accounts[login];
            let row = feed.people.get(person);
            let over = row.is_none_or(|row| row.standing(&feed.date) == Standing::Over);
            assert_eq!(entry.enabled, !over, "{person}");
            let (usable, unusable) = self.target.containers;
            if !usable.is_empty() {
                assert_eq!(
                    entry.place,
                    format!("uid={login},{}", if over { unusable } else { usable }),
                    "{person}"
                );
            }
            if let (Some(row), false) = (row, over) {
                let held = |name: &str| self.target.attributes.iter().any(|(known, _)| *known == name);
                for (attribute, value) in row.wanted().into_iter().filter(|(name, _)| held(name)) {
                    let there = entry.all(attribute);
                    assert!(
                        matches!(there[..], [there] if same(there, &value)),
                        "{person} {attribute}: {there:?}, not {value:?}"
                    );
                }
                if let Some(manager) = feed
                    .owner
                    .get(&row.manager_id)
                    .and_then(|manager| self.owners.get(manager))
                {
                    assert_eq!(
                        entry.get("manager"),
                        Some(after.accounts[manager].place.as_str()),
                        "{person}"
                    );
                }
            } else {
                let was = &before.accounts[login];
                for (attribute, _) in self
                    .target
                    .attributes
                    .iter()
                    .filter(|(name, _)| *name != "manager")
                {
                    assert_eq!(
                        entry.all(attribute),
                        was.all(attribute),
                        "{person}: a leaver keeps {attribute}"
                    );
                }
            }
        }
        for (at, (group, _)) in self.entitled.iter().enumerate() {
            let (_, members) = &after.groups[*group];
            let granted: BTreeSet<&String> = self
                .granted
                .iter()
                .filter(|(other, _)| *other == at)
                .map(|(_, person)| &self.owners[person])
                .collect();
            let stays = |login: &&String| !granted.contains(login);
            let others: Vec<_> = members
                .iter()
                .filter(stays)
                .filter(|login| !before.groups[*group].1.contains(*login))
                .collect();
            assert!(others.is_empty(), "nobody else came into {group}: {others:?}");
            assert!(
                granted.iter().all(|login| members.contains(*login)),
                "{group} lacks somebody"
            );
        }
    }
}
