//! A made-up organisation, end to end: the plan is what one table says, applying it leaves nothing to do, and the
//! servers' own tools confirm what is there afterwards.

mod case;
mod directory;
mod expected;
mod hr;
mod program;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::{
    directory::Directory,
    expected::{ENTITLED, Expected, World},
    hr::{Feed, Standing, same},
    program::{Plan, Program},
    table::{TABLE, UNOWNED},
};
use crate::support::{openldap::OpenLdap, org, org::Org, paths};

const DAY1: &str = "2024-06-03";
const DAY2: &str = "2024-06-04";

#[test]
#[ignore = "needs OpenLDAP"]
fn ten_thousand_people_from_one_seed() {
    two_days(&org::generate(10_000, 11, 10));
}

#[test]
#[ignore = "needs OpenLDAP"]
fn ten_thousand_people_from_another_seed() {
    two_days(&org::generate(10_000, 12, 10));
}

#[test]
#[ignore = "needs OpenLDAP"]
fn a_thousand_people() {
    two_days(&org::generate(1_000, 13, 10));
}

/// The organisation, the server with its directory, and the configured program.
struct Stage {
    server: OpenLdap,
    program: Program,
    feeds: [Feed; 2],
    /// Every employee number, and whose it is.
    numbers: HashMap<String, String>,
    owners: HashMap<String, String>,
    granted: BTreeSet<(usize, String)>,
    used: BTreeMap<usize, usize>,
}

fn two_days(org: &Org) {
    let mut stage = Stage::set(org);
    let first = stage.conditions(org);
    let before = Directory::of(&stage.server);
    stage.program.day(&org.hr_day1(), DAY1);
    stage.plan_and_apply(0, &first, false);
    stage.nothing_is_left(0, &before);

    let second = stage.events(org);
    let before = Directory::of(&stage.server);
    stage.program.day(&org.hr_day2(), DAY2);
    stage.plan_and_apply(1, &second, true);
    stage.nothing_is_left(1, &before);

    let (code, answer) = stage.program.run(&["audit", "verify"]);
    assert_eq!(code, 0, "{answer}");
    stage.counts_agree(org, &second);
    for (at, rule) in TABLE.iter().enumerate() {
        println!("{:>6}  {} · {}: {}", stage.used.get(&at).unwrap_or(&0), rule.what, rule.when.0, rule.why);
    }
}

impl Stage {
    fn set(org: &Org) -> Self {
        let server = OpenLdap::options().overlays("memberof refint").start();
        let complaints = server.ldapadd_what_fits(&org.directory());
        assert!(complaints.lines().filter(|line| line.contains("ldap_add")).all(|line| line.contains("Already exists")), "{complaints}");
        for group in ["contractors", "procurement"] {
            server.ldapadd(&format!(
                "dn: cn={group},ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: {group}\n\
                 member: uid=svc-backup00,ou=service,dc=example,dc=com\n"
            ));
        }
        let template = paths::root("tests/data/org.toml");
        let program = Program::new(&template, &server.url(), ("USHER_LDAP_PASSWORD", server.password()));
        let feeds = [Feed::read(&org.hr_day1(), DAY1), Feed::read(&org.hr_day2(), DAY2)];
        let numbers = feeds.iter().flat_map(|feed| feed.owner.clone()).collect();
        let has_mail = |person: &str| !feeds[0].people[person].work_email.is_empty();
        let owners = directory::owners(org, &Directory::of(&server), has_mail);
        Self { server, program, feeds, numbers, owners, granted: BTreeSet::new(), used: BTreeMap::new() }
    }

    /// The conditions of the first day, with the login: person → conditions.
    fn conditions(&self, org: &Org) -> HashMap<String, Vec<(String, String)>> {
        let mut known: HashMap<String, Vec<_>> = HashMap::new();
        for line in org.truth() {
            if line.employee_id.is_empty() {
                assert!(UNOWNED.iter().any(|row| row.0 == line.condition), "no row for {}", line.condition);
            } else {
                known.entry(line.employee_id).or_default().push((line.condition, line.login));
            }
        }
        known
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
        World { today, gone, directory, owners, known, granted, linked }.expected()
    }

    /// Plans, compares with the table, approves and applies.
    fn plan_and_apply(&mut self, day: usize, known: &HashMap<String, Vec<(String, String)>>, linked: bool) {
        let directory = Directory::of(&self.server);
        let expected = self.expected(day, known, &self.gone(day), &directory, linked);
        let (code, plan) = self.program.plan(&self.numbers);
        assert_eq!(code, 2, "there is something to do");
        compare(&expected.plan, &plan);
        let mut logins = BTreeSet::new();
        for (person, login) in &plan.logins {
            let row = &self.feeds[day].people[person];
            assert!(logins.insert(login), "{login} is given twice");
            assert!(!directory.accounts.contains_key(login), "{login} is taken");
            assert!(login.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{login} for {row:?}");
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
        assert!(self.at_rest().changes == directory.changes, "something was written");
        self.confirm(day, before, &directory);
    }

    /// The directory, once it has followed all moves with its references.
    fn at_rest(&self) -> Directory {
        let mut directory = Directory::of(&self.server);
        loop {
            std::thread::sleep(std::time::Duration::from_millis(200));
            let again = Directory::of(&self.server);
            if again.changes == directory.changes {
                return again;
            }
            directory = again;
        }
    }

    /// Looks at everybody's entry: every attribute, the container, the groups.
    fn confirm(&self, day: usize, before: &Directory, after: &Directory) {
        let feed = &self.feeds[day];
        for (person, login) in &self.owners {
            let entry = &after.accounts[login];
            let row = feed.people.get(person);
            let over = row.is_none_or(|row| row.standing(&feed.date) == Standing::Over);
            let container = if over { "disabled" } else { "people" };
            assert_eq!(entry.dn, format!("uid={login},ou={container},dc=example,dc=com"), "{person}");
            if let (Some(row), false) = (row, over) {
                for (attribute, value) in row.wanted() {
                    let there = entry.all(attribute);
                    assert!(matches!(there[..], [there] if same(there, &value)), "{person} {attribute}: {there:?}, not {value:?}");
                }
                if let Some(manager) = feed.owner.get(&row.manager_id).and_then(|manager| self.owners.get(manager)) {
                    assert_eq!(entry.get("manager"), Some(after.accounts[manager].dn.as_str()), "{person}");
                }
            } else {
                let was = &before.accounts[login];
                for attribute in ["uid", "cn", "sn", "givenName", "displayName", "employeeNumber", "employeeType", "title", "departmentNumber", "l", "mail"] {
                    assert_eq!(entry.all(attribute), was.all(attribute), "{person}: a leaver keeps {attribute}");
                }
            }
        }
        for (at, (group, _)) in ENTITLED.iter().enumerate() {
            let (_, members) = &after.groups[*group];
            let granted: BTreeSet<&String> =
                self.granted.iter().filter(|(other, _)| *other == at).map(|(_, person)| &self.owners[person]).collect();
            let stays = |login: &&String| !granted.contains(login);
            let others: Vec<_> = members.iter().filter(stays).filter(|login| !before.groups[*group].1.contains(*login)).collect();
            assert!(others.is_empty(), "nobody else came into {group}: {others:?}");
            assert!(granted.iter().all(|login| members.contains(*login)), "{group} lacks somebody");
        }
    }

    /// The counts of the answer key are those of the table, and of the feeds themselves.
    fn counts_agree(&self, org: &Org, events: &HashMap<String, Vec<(String, String)>>) {
        let expected = org.expected();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (event, _) in events.values().flatten() {
            *counts.entry(event).or_default() += 1;
        }
        let key: BTreeMap<&str, u64> = expected["events"]
            .as_object()
            .expect("events")
            .iter()
            .map(|(event, count)| (event.as_str(), count.as_u64().expect("a count")))
            .collect();
        assert_eq!(counts, key);
        for (feed, day) in self.feeds.iter().zip(["day1", "day2"]) {
            let at_work = feed.people.values().filter(|row| row.standing(&feed.date) == Standing::AtWork).count();
            assert_eq!(expected[day]["employed"], at_work, "{day}");
        }
        let same_row = |person: &&String| self.feeds[1].people.get(*person) == self.feeds[0].people.get(*person);
        let untouched = self.feeds[0].people.keys().filter(same_row).count();
        let with_event = |person: &&String| events.contains_key(*person);
        let silent = |person: &&String| events.get(*person).is_some_and(|events| events.iter().all(|(event, _)| matches!(event.as_str(), "prehire_starts" | "contract_expired")));
        let mentioned = self.feeds[0].people.keys().filter(with_event).count();
        let mentioned_unchanged = self.feeds[0].people.keys().filter(silent).count();
        // whose row is the same, and who has no event: nobody is in one list only
        assert_eq!(untouched, self.feeds[0].people.len() - mentioned + mentioned_unchanged);
    }
}

fn forget_events(plan: &mut Plan) {
    for operations in plan.operations.values_mut() {
        *operations = std::mem::take(operations)
            .into_iter()
            .map(|mut op| {
                op.event.clear();
                op
            })
            .collect();
    }
}

/// Compares two plans person by person, and shows the first differences.
fn compare(expected: &Plan, plan: &Plan) {
    let people: BTreeSet<_> = expected.operations.keys().chain(plan.operations.keys()).collect();
    let differences: Vec<String> = people
        .into_iter()
        .filter(|person| expected.operations.get(*person) != plan.operations.get(*person))
        .map(|person| format!("{person}\n  expected {:?}\n  planned  {:?}", expected.operations.get(person), plan.operations.get(person)))
        .collect();
    assert!(differences.is_empty(), "{} people differ\n{}", differences.len(), differences[..differences.len().min(8)].join("\n"));
    assert_eq!(expected.situations, plan.situations);
    assert_eq!(expected.findings, plan.findings);
}
