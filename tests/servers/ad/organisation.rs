//! Two days of a made-up organisation in a domain, confirmed by the domain's own tools.

use std::collections::{BTreeMap, BTreeSet};

use super::Domain;
use crate::organisation::hr::{Feed, Row, Standing, same, tidy};
use crate::support::ldif::Entry;
use crate::support::org;

const DAYS: [&str; 2] = ["2024-06-03", "2024-06-04"];
const CONTRACTORS: &str = "CN=contractors,OU=Groups,DC=example,DC=test";

/// Every account of the organisation, by employee number.
fn accounts(domain: &Domain) -> BTreeMap<String, Entry> {
    let found = domain.samba.ldapsearch(&[
        "-E",
        "pr=500/noprompt",
        "-b",
        "DC=example,DC=test",
        "(&(objectClass=user)(employeeID=*))",
    ]);
    found
        .into_iter()
        .filter_map(|entry| Some((entry.get("employeeID")?.to_owned(), entry)))
        .collect()
}

/// What the domain should hold of somebody at work, by attribute.
fn wanted(row: &Row) -> BTreeMap<&'static str, String> {
    let mut wanted = row.wanted();
    for (one, other) in [
        ("employeeNumber", "employeeID"),
        ("departmentNumber", "department"),
    ] {
        if let Some(value) = wanted.remove(one) {
            wanted.insert(other, value);
        }
    }
    wanted.remove("cn");
    wanted
}

/// The unit somebody is in: the department, as one part of a name.
fn unit(entry: &Entry) -> String {
    let parts = usher::model::dn::parse(&entry.dn).expect("a name");
    String::from_utf8(parts[1][0].value.to_vec()).expect("a text")
}

fn is_enabled(entry: &Entry) -> bool {
    let bits: u32 = entry
        .get("userAccountControl")
        .expect("a user")
        .parse()
        .expect("bits");
    bits & 2 == 0
}

#[test]
#[ignore = "needs Samba AD"]
fn two_days_of_an_organisation() {
    let organisation = org::generate(400, 31, 40);
    let domain = Domain::of("tests/data/ad-org.toml", "");
    domain.samba.ldapmodify(&format!(
        "dn: {CONTRACTORS}\nchangetype: add\nobjectClass: group\ncn: contractors\nsAMAccountName: contractors\n"
    ));
    let mut made = BTreeSet::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for (file, day) in [organisation.hr_day1(), organisation.hr_day2()].iter().zip(DAYS) {
        std::fs::copy(file, domain.home.path("hr.csv")).expect("room for the feed");
        let now = format!("{day}T12:00:00Z");
        domain.bring_about_at(&now);
        let feed = Feed::read(file, day);
        let found = accounts(&domain);

        let mut at_work = 0;
        let mut contractors = BTreeSet::new();
        for row in feed.people.values() {
            if row.standing(day) != Standing::AtWork {
                if let Some(entry) = found.get(&row.employee_id) {
                    assert!(!is_enabled(entry), "{} is over: {}", row.employee_id, entry.dn);
                    assert!(
                        entry.dn.ends_with(",OU=Disabled,DC=example,DC=test"),
                        "{}",
                        entry.dn
                    );
                    assert!(entry.all("memberOf").is_empty(), "{}", entry.dn);
                }
                continue;
            }
            at_work += 1;
            let entry = found
                .get(&row.employee_id)
                .unwrap_or_else(|| panic!("{} has no account", row.employee_id));
            made.insert(row.employee_id.clone());
            assert!(is_enabled(entry), "{}", entry.dn);
            assert_eq!(unit(entry), tidy(&row.department), "{}", entry.dn);
            for (name, value) in wanted(row) {
                let has = entry.get(name).unwrap_or_default();
                assert!(same(has, &value), "{name} of {}: {has} is not {value}", entry.dn);
            }
            let manager = feed
                .owner
                .get(&row.manager_id)
                .and_then(|number| found.get(&feed.people.get(number)?.employee_id));
            if let Some(manager) = manager.filter(|manager| is_enabled(manager)) {
                assert_eq!(entry.get("manager"), Some(manager.dn.as_str()), "{}", entry.dn);
            }
            if row.person_type == "contractor" {
                contractors.insert(entry.dn.clone());
            }
            if used.insert(row.employee_id.clone()) {
                assert_eq!(entry.get("pwdLastSet"), Some("0"), "{}", entry.dn);
            }
        }
        let enabled = found.values().filter(|entry| is_enabled(entry)).count();
        assert_eq!(enabled, at_work, "whoever is not at work is not enabled");

        // what the tools of the domain say
        let listed = domain
            .samba
            .samba_tool(&["group", "listmembers", "contractors", "--full-dn"]);
        let listed: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
        assert_eq!(listed, contractors);
    }
    // everybody who was ever made had one password, which they have to change
    let letters = domain.letters();
    assert_eq!(letters.len(), accounts(&domain).len());
    for (account, password) in letters.iter().take(20) {
        let refused = domain
            .samba
            .bind(account, password)
            .expect_err("it must be changed");
        // who has left, or was moved since, is another name or refused for another reason
        assert!(!refused.contains("52e") || accounts(&domain).values().all(|entry| entry.dn != *account));
    }
}
