//! A domain that has had accounts for years, with the faults that come of that: they are found and adopted, and nobody
//! gets a second one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Domain;
use crate::organisation::hr::{Feed, Standing};
use crate::support::ldif::Entry;
use crate::support::org::{self, Truth};
use crate::support::samba::BASE;

const DAY: &str = "2024-06-03";
const NOW: &str = "2024-06-03T12:00:00Z";
const PEOPLE: &str = "(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))";

/// Puts the generated directory into a domain: the entries first, then who manages whom, which may be somebody who
/// comes later.
fn fill(domain: &Domain, ldif: &str) {
    let ldif = ldif.replace("dc=example,dc=com", BASE);
    let (mut entries, mut managers) = (String::new(), String::new());
    for entry in ldif.split("\n\n").filter(|entry| !entry.trim().is_empty()) {
        let is_there = [
            "dn: dc=",
            "dn: DC=",
            "dn: ou=people",
            "dn: ou=disabled",
            "dn: ou=groups",
        ];
        if is_there.iter().any(|start| entry.starts_with(start)) {
            continue;
        }
        let (name, rest) = entry.split_once('\n').expect("a name and more");
        let (manager, rest): (Vec<_>, Vec<_>) = rest.lines().partition(|line| line.starts_with("manager:"));
        let _ = write!(entries, "{name}\nchangetype: add\n{}\n\n", rest.join("\n"));
        if let [manager] = manager[..] {
            let _ = write!(
                managers,
                "{name}\nchangetype: modify\nreplace: manager\n{manager}\n\n"
            );
        }
    }
    domain.samba.ldapmodify(&entries);
    domain.samba.ldapmodify(&managers);
}

/// Every account, by its id.
fn accounts(domain: &Domain) -> BTreeMap<String, Entry> {
    let found = domain
        .samba
        .ldapsearch(&["-E", "pr=500/noprompt", "-b", BASE, PEOPLE]);
    let id = |entry: &Entry| entry.get("objectGUID").expect("an id").to_owned();
    found.into_iter().map(|entry| (id(&entry), entry)).collect()
}

fn is_enabled(entry: &Entry) -> bool {
    let bits: u32 = entry
        .get("userAccountControl")
        .expect("a user")
        .parse()
        .expect("bits");
    bits & 2 == 0
}

/// The configuration of the organisation, for a directory that is not usher's from the beginning.
fn configure(domain: &Domain) {
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let text = text
        .replace("(&(objectCategory=person)(objectClass=user)(employeeID=*))", PEOPLE)
        .replace(
            "match = [[\"employeeID\", \"[employeeNumber]\"]]",
            "match = [\n  [\"employeeID\", \"[employeeNumber]\"],\n  \
             [\"employeeID\", 'Replace([employeeNumber], , \"^0+\", , \"\", , )'],\n  [\"mail\", \"[mail]\"],\n]",
        )
        .replace(
            "EscapeDNComponent([department])",
            "EscapeDNComponent(Coalesce([department], \"Nowhere\"))",
        )
        .replace(
            "[guard]",
            "[[protected]]\nin = \"domain\"\nwhen = '[dn] ends with \",ou=service,DC=example,DC=test\"'\n\n[guard]\n\
             move = \"unlimited\"\nenable = \"unlimited\"",
        );
    domain.write("usher.toml", &text);
}

#[test]
#[ignore = "needs Samba AD"]
fn a_domain_with_a_past_is_taken_over_and_nobody_is_doubled() {
    let organisation = org::generate_domain(300, 43, 10);
    let domain = Domain::of("tests/data/ad-org.toml", "");
    fill(
        &domain,
        &std::fs::read_to_string(organisation.directory()).unwrap(),
    );
    domain.samba.ldapmodify(
        "dn: CN=contractors,OU=Groups,DC=example,DC=test\nchangetype: add\nobjectClass: group\ncn: contractors\n\
         sAMAccountName: contractors\n",
    );
    configure(&domain);
    std::fs::copy(organisation.hr_day1(), domain.home.path("hr.csv")).unwrap();
    let before = accounts(&domain);
    let by_login: BTreeMap<_, _> = before
        .iter()
        .filter_map(|(id, entry)| Some((entry.get("sAMAccountName")?.to_owned(), id.clone())))
        .collect();
    assert!(before.len() > 300, "{}", before.len());

    let (planned, said) = domain.try_at(NOW, &["plan"]);
    assert!(matches!(planned, Some(2 | 3)), "{said}");
    domain.run_at(NOW, &["approve", "--all"], 0);
    let (applied, said) = domain.try_at(NOW, &["apply"]);
    assert_eq!(applied, Some(0), "{said}");
    let (again, said) = domain.try_at(NOW, &["plan"]);
    assert!(matches!(again, Some(0 | 3)) && !said.contains("create"), "{said}");

    let after = accounts(&domain);
    let ids = |accounts: &BTreeMap<String, Entry>| accounts.keys().cloned().collect::<BTreeSet<_>>();
    assert!(ids(&before).is_subset(&ids(&after)), "no account is gone");
    let made: BTreeSet<_> = ids(&after).difference(&ids(&before)).cloned().collect();

    // what is known of each account, and what has become of it
    let feed = Feed::read(&organisation.hr_day1(), DAY);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let truth = organisation.truth();
    for fault in &truth {
        *seen.entry(fault.condition.as_str()).or_default() += 1;
        let row = feed.people.get(&fault.employee_id);
        let Some(id) = by_login.get(&fault.login) else {
            assert_eq!(fault.condition, "missing", "{fault:?}");
            continue;
        };
        let (was, is) = (&before[id], &after[id]);
        match fault.condition.as_str() {
            "orphan" | "service" => {
                assert_eq!(is.get("whenChanged"), was.get("whenChanged"), "{fault:?}");
            }
            "terminated_but_enabled" => assert!(is_enabled(was) && !is_enabled(is), "{fault:?}"),
            "stale_title" | "stale_department" | "other_mail" | "employee_number_without_zeros" => {
                assert_eq!(
                    is.get("employeeID"),
                    Some(fault.employee_id.as_str()),
                    "{fault:?}"
                );
            }
            "no_employee_number" if row.is_some_and(|row| !row.work_email.is_empty()) => {
                assert_eq!(
                    is.get("employeeID"),
                    Some(fault.employee_id.as_str()),
                    "{fault:?}"
                );
            }
            _ => {}
        }
    }
    for condition in [
        "missing",
        "orphan",
        "service",
        "stale_title",
        "no_employee_number",
    ] {
        assert!(
            seen.contains_key(condition),
            "the directory has no {condition}: {seen:?}"
        );
    }

    nobody_is_doubled(&feed, &truth, &after, &made);
    // only who is new was given a password
    assert_eq!(domain.letters().len(), made.len());
}

/// Everybody at work has one account, a new one only who had none or none that can be told to be theirs.
fn nobody_is_doubled(feed: &Feed, truth: &[Truth], after: &BTreeMap<String, Entry>, made: &BTreeSet<String>) {
    let mut owned: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (id, entry) in after {
        if let Some(number) = entry.get("employeeID") {
            owned.entry(number).or_default().push(id);
        }
    }
    let had: BTreeSet<&str> = truth
        .iter()
        .filter(|fault| fault.condition == "missing")
        .map(|fault| fault.employee_id.as_str())
        .collect();
    for row in feed
        .people
        .values()
        .filter(|row| row.standing(DAY) == Standing::AtWork)
    {
        let accounts = &owned[row.employee_id.as_str()];
        let [id] = accounts[..] else {
            panic!("{} has {accounts:?}", row.employee_id)
        };
        assert!(is_enabled(&after[id]), "{}", after[id].dn);
        let without_keys = truth.iter().any(|fault| {
            fault.employee_id == row.employee_id
                && fault.condition == "no_employee_number"
                && row.work_email.is_empty()
        });
        if made.contains(id) {
            assert!(
                had.contains(row.employee_id.as_str()) || without_keys,
                "{} was doubled",
                row.employee_id
            );
        }
    }
}
