//! Whose account is which: rules of several attributes, normal forms, and what is left to a person.

use usher::model::{FindingKind, Kind, Situation};

use crate::company::{Company, lines};

const ANA: &str = "0042||Ana|Kovač|active|Engineering|Engineer||2020-01-01|";
const BEN: &str = "7||Ben|Okoro|active|Sales|Clerk||2020-01-01|";

/// A company whose accounts are found by these rules.
fn matched_by(rules: &str, hr: &[&str]) -> Company {
    let mut company = Company::new(hr);
    let (before, after) = company.rules.split_once("match = ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    company.rules = format!("{before}match = {rules}\n{after}");
    company.adopts = false;
    company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
    company
}

const NUMBER: &str = r#"[["employeeNumber", "[employeeNumber]"]]"#;
const NAME: &str = r#"[[["givenName", "[givenName]"], ["sn", "[familyName]"]]]"#;

/// The attributes of an account.
type Account<'a> = &'a [(&'a str, &'a str)];

/// What each rule makes of one account beside one person: the situation, and by what it was found.
#[test]
fn what_is_the_same_and_what_is_not() {
    let only = r#"[{ all = [["employeeNumber", "[employeeNumber]"]], normalised = false }]"#;
    let mapped = r#"[["mail", 'Append(ToLower([givenName]), "@x.example")']]"#;
    let when = r#"[{ all = [["sn", "[familyName]"]], when = '[current.title] = [title]' }]"#;
    let two = r#"[["uid", "[title]"], ["employeeNumber", "[employeeNumber]"]]"#;
    let cases: &[(&str, Account<'_>, Option<&str>)] = &[
        (
            NUMBER,
            &[("employeeNumber", "0042")],
            Some("matched by employeeNumber = 0042"),
        ),
        (
            NUMBER,
            &[("employeeNumber", "42")],
            Some("matched by employeeNumber = 42, normalised from 0042"),
        ),
        (NUMBER, &[("employeeNumber", "4200")], None),
        (
            NUMBER,
            &[("employeeNumber", "\u{ff14}\u{ff12}")],
            Some("matched by employeeNumber = \u{ff14}\u{ff12}, normalised from 0042"),
        ),
        (only, &[("employeeNumber", "42")], None),
        (
            mapped,
            &[("mail", "ANA@x.example")],
            Some("matched by mail = ANA@x.example"),
        ),
        (
            NAME,
            &[("givenName", "ANA"), ("sn", "KOVAČ")],
            Some("matched by givenName = ANA, sn = KOVAČ"),
        ),
        (
            NAME,
            &[("givenName", "Ana"), ("sn", "Kovac\u{30c}")],
            Some("matched by givenName = Ana, sn = Kovac\u{30c}"),
        ),
        (NAME, &[("givenName", "Ana")], None),
        (NAME, &[("givenName", "Ana"), ("sn", "Kovac")], None),
        (
            when,
            &[("sn", "Kovač"), ("title", "Engineer")],
            Some("matched by sn = Kovač"),
        ),
        (when, &[("sn", "Kovač"), ("title", "Clerk")], None),
        (
            two,
            &[("employeeNumber", "0042")],
            Some("matched by employeeNumber = 0042"),
        ),
    ];
    for (rules, account, expected) in cases {
        let mut company = matched_by(rules, &[ANA]);
        company.entry("uid=x,ou=people,dc=x", true, account);
        let plan = company.plan();
        let adopted: Vec<_> = plan.adoptions.iter().map(|operation| operation.why).collect();
        assert_eq!(
            adopted.first().map(String::as_str),
            *expected,
            "{rules} {account:?}"
        );
        let situation = if expected.is_some() {
            Situation::Found
        } else {
            Situation::New
        };
        assert_eq!(
            plan.situations[&"staff".into()].get(&situation),
            Some(&1),
            "{rules} {account:?}"
        );
    }
}

#[test]
fn who_has_the_very_number_goes_before_who_has_it_in_normal_form() {
    let short = "42||Other|Person|active|Sales|Clerk||2020-01-01|";
    for order in [[ANA, short], [short, ANA]] {
        let mut company = matched_by(NUMBER, &order);
        company.entry("uid=a,ou=people,dc=x", true, &[("employeeNumber", "0042")]);
        let plan = company.plan();
        let adopted: Vec<_> = plan.adoptions.iter().map(|operation| operation.subject).collect();
        assert_eq!(adopted, ["Ana Kovač"]);
        assert_eq!(plan.situations[&"staff".into()][&Situation::New], 1);
    }
}

#[test]
fn two_people_of_one_normal_form_are_in_doubt() {
    let mut company = matched_by(
        NUMBER,
        &[ANA, "042||Other|Person|active|Sales|Clerk||2020-01-01|"],
    );
    company.entry("uid=a,ou=people,dc=x", true, &[("employeeNumber", "42")]);
    let plan = company.plan();
    assert!(plan.adoptions.is_empty() && plan.operations.is_empty());
    let rivals: Vec<_> = plan
        .findings
        .iter()
        .map(|finding| finding.candidates[1].name.clone())
        .collect();
    assert_eq!(rivals, ["Other Person", "Ana Kovač"], "each is shown the other");
}

#[test]
fn every_candidate_is_shown_with_its_id_its_name_and_its_place() {
    let mut company = matched_by(NUMBER, &[ANA]);
    for number in ["1", "2"] {
        let place = format!("uid=ana{number},ou=people,dc=x");
        company.entry(&place, true, &[("employeeNumber", "0042"), ("cn", "Ana K.")]);
    }
    let plan = company.plan();
    let finding = &plan.findings[0];
    assert_eq!(finding.kind, FindingKind::Ambiguous);
    let shown: Vec<_> = finding
        .candidates
        .iter()
        .map(|one| format!("{} {one}", one.name))
        .collect();
    let expected = [
        "Ana K. uid=ana1,ou=people,dc=x (anchor-001)",
        "Ana K. uid=ana2,ou=people,dc=x (anchor-002)",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn an_account_that_is_somebody_elses_is_not_taken_and_not_made_twice() {
    let mut company = matched_by(r#"[["mail", "[department]"]]"#, &[BEN]);
    company.entry("uid=ben,ou=people,dc=x", true, &[("mail", "Sales")]);
    company.adopts = true;
    company.plan();
    company.hr(&[BEN, "8||Eve|Moss|active|Sales|Clerk||2020-01-01|"]);
    let plan = company.plan();
    assert_eq!(plan.situations[&"staff".into()][&Situation::Taken], 1);
    assert!(
        !plan
            .operations
            .iter()
            .any(|operation| operation.kind == Kind::Create)
    );
    let finding = plan
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::Taken)
        .unwrap();
    assert!(
        finding.message.contains("is linked to Ben Okoro"),
        "{}",
        finding.message
    );
}

/// Nothing is done to an account before it is adopted, not even to cut somebody off.
#[test]
fn whatever_changes_an_account_waits_until_it_is_adopted() {
    let leaver = "9||Lea|Ver|terminated|Sales|Clerk||2020-01-01|2026-11-01";
    let reports = "3||Rita|Reports|active|Sales|Clerk|0042|2020-01-01|";
    let mut company = matched_by(NUMBER, &[ANA, leaver, reports]);
    company.entry("uid=ana,ou=people,dc=x", true, &[("employeeNumber", "0042")]);
    company.entry("uid=lea,ou=people,dc=x", true, &[("employeeNumber", "9")]);
    let plan = company.plan();
    let adoption = |name: &str| {
        let mut all = plan.adoptions.iter();
        all.find(|operation| operation.subject == name)
            .unwrap()
            .fingerprint
    };
    assert_eq!(plan.adoptions.len(), 2);
    assert_eq!(plan.summary().kinds[&Kind::Adopt], 2);
    for operation in &plan.operations {
        match (operation.subject.as_str(), operation.kind) {
            ("Ana Kovač", _) => assert!(
                operation.waits_for.contains(&adoption("Ana Kovač")),
                "{operation:?}"
            ),
            ("Lea Ver", kind) => {
                assert!(
                    operation.waits_for.contains(&adoption("Lea Ver")),
                    "{operation:?}"
                );
                assert!(
                    kind != Kind::Disable || operation.needs(Kind::Adopt, operation.person, &operation.rule)
                );
            }
            // the account of her manager is named in hers
            ("Rita Reports", Kind::Create) => {
                assert!(
                    operation.waits_for.contains(&adoption("Ana Kovač")),
                    "{operation:?}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(plan.operations.len(), 4, "{:?}", lines(&plan.operations));
    assert!(
        company
            .memory
            .links
            .iter()
            .all(|link| !link.anchor.starts_with("anchor"))
    );
    assert!(company.memory.grants.is_empty());
    // the same again, until somebody decides
    let again = company.plan();
    assert_eq!(again.adoptions, plan.adoptions);
    company.adopt(&again);
    assert!(company.plan().adoptions.is_empty());
}

#[test]
fn what_matches_exactly_may_be_linked_at_once() {
    let mut company = matched_by(NUMBER, &[ANA, BEN]);
    company.rules = company
        .rules
        .replacen("match = ", "adopt = \"automatic\"\nmatch = ", 1);
    company.entry("uid=ben,ou=people,dc=x", true, &[("employeeNumber", "7")]);
    company.entry("uid=ana,ou=people,dc=x", true, &[("employeeNumber", "42")]);
    let plan = company.plan();
    let adopted: Vec<_> = plan.adoptions.iter().map(|operation| operation.subject).collect();
    assert_eq!(
        adopted,
        ["Ana Kovač"],
        "in normal form only: somebody looks at it"
    );
    assert!(
        company
            .memory
            .links
            .iter()
            .any(|link| link.anchor == "anchor-001")
    );
}
