//! Every (person, account rule) and every unowned record has exactly one situation.

use usher::model::{FindingKind, Situation};

use crate::company::{Company, lines};

const ANA: &str = "1||Ana|Kovac|active|Engineering|Engineer||2020-01-01|";

fn right(number: &str) -> Vec<(&str, &str)> {
    vec![
        ("uid", "kovac"),
        ("cn", "Ana Kovac"),
        ("sn", "Kovac"),
        ("givenName", "Ana"),
        ("employeeNumber", number),
        ("title", "Engineer"),
        ("departmentNumber", "Engineering"),
        ("mail", "ana.kovac@x.example"),
    ]
}

fn situation_of(company: &mut Company) -> (Vec<Situation>, Vec<String>, Vec<FindingKind>) {
    company
        .groups
        .entry("cn=eng,ou=groups,dc=x".to_owned())
        .or_default();
    let plan = company.plan();
    let counts = &plan.situations[&"staff".into()];
    let situations = counts
        .iter()
        .flat_map(|(s, count)| std::iter::repeat_n(*s, *count))
        .collect();
    let findings = plan.findings.iter().map(|finding| finding.kind).collect();
    (situations, lines(&plan.operations), findings)
}

#[test]
fn found_then_confirmed_then_drifted() {
    let mut company = Company::new(&[ANA]);
    company.groups.insert(
        "cn=eng,ou=groups,dc=x".to_owned(),
        vec!["uid=kovac,ou=people,dc=x".to_owned()],
    );
    let anchor = company.entry("uid=kovac,ou=people,dc=x", true, &right("1"));
    assert_eq!(
        situation_of(&mut company),
        (vec![Situation::Found], vec![], vec![])
    );
    assert_eq!(
        situation_of(&mut company),
        (vec![Situation::Confirmed], vec![], vec![])
    );
    assert_eq!(
        company.memory.grants.len(),
        1,
        "a membership found as it should be is answered for"
    );
    company
        .entries
        .get_mut(&anchor)
        .unwrap()
        .attributes
        .insert("title".to_owned(), "Queen".to_owned());
    let (situations, operations, _) = situation_of(&mut company);
    assert_eq!(situations, [Situation::Drifted]);
    assert_eq!(operations, ["-: update Ana Kovac [title]"]);
}

#[test]
fn an_account_is_found_by_the_second_rule() {
    let mut company = Company::new(&[ANA]);
    company.entry("uid=kovac,ou=people,dc=x", true, &right("999"));
    company.groups.insert(
        "cn=eng,ou=groups,dc=x".to_owned(),
        vec!["uid=kovac,ou=people,dc=x".to_owned()],
    );
    let (situations, operations, _) = situation_of(&mut company);
    assert_eq!(situations, [Situation::Found]);
    assert_eq!(
        operations,
        ["-: update Ana Kovac [employeeNumber]"],
        "no joiner: usher is new here, not Ana"
    );
}

#[test]
fn two_candidates_wait_for_a_person() {
    let mut company = Company::new(&[ANA]);
    company.entry("uid=kovac,ou=people,dc=x", true, &right("1"));
    company.entry("uid=kovac2,ou=people,dc=x", true, &right("1"));
    let (situations, operations, findings) = situation_of(&mut company);
    let candidates = [Situation::Candidate, Situation::Candidate];
    assert_eq!(
        (situations[0], &situations[1..]),
        (Situation::Ambiguous, &candidates[..])
    );
    assert_eq!((operations.len(), findings), (0, vec![FindingKind::Ambiguous]));
}

#[test]
fn one_account_for_two_people_waits_for_a_person() {
    let mut company = Company::new(&[ANA, "8||Ana|Kovac|active|Sales|Clerk||2020-01-01|"]);
    company.entry("uid=kovac,ou=people,dc=x", true, &right("nobody's"));
    let (situations, operations, findings) = situation_of(&mut company);
    assert_eq!(
        situations,
        [Situation::Ambiguous, Situation::Ambiguous, Situation::Candidate]
    );
    assert_eq!(operations, Vec::<String>::new());
    assert_eq!(findings, [FindingKind::Ambiguous, FindingKind::Ambiguous]);
}

#[test]
fn a_linked_account_that_is_gone_is_missing_not_made_again() {
    let mut company = Company::new(&[ANA]);
    let anchor = company.entry("uid=kovac,ou=people,dc=x", true, &right("1"));
    company.plan();
    company.entries.remove(&anchor);
    let (situations, operations, findings) = situation_of(&mut company);
    assert_eq!(situations, [Situation::Missing]);
    assert!(operations.is_empty(), "{operations:?}");
    assert!(findings.contains(&FindingKind::Missing));
}

#[test]
fn the_same_dn_with_another_id_is_not_the_same_account() {
    let mut company = Company::new(&[ANA]);
    let anchor = company.entry("uid=kovac,ou=people,dc=x", true, &right("1"));
    company.plan();
    company.entries.remove(&anchor);
    company.entry("uid=kovac,ou=people,dc=x", true, &right("1"));
    let (situations, operations, findings) = situation_of(&mut company);
    assert_eq!(situations, [Situation::Missing, Situation::Candidate]);
    assert!(operations.is_empty(), "{operations:?}");
    assert_eq!(findings, [FindingKind::Missing]);
}

#[test]
fn nobody_owns_an_orphan_and_nobody_touches_the_protected() {
    let mut company = Company::new(&[]);
    company.entry("uid=ghost,ou=people,dc=x", true, &[("uid", "ghost")]);
    company.entry("uid=root,ou=people,dc=x", true, &[("uid", "root")]);
    let (situations, operations, findings) = situation_of(&mut company);
    assert_eq!(situations, [Situation::Orphan, Situation::Protected]);
    assert!(operations.is_empty());
    assert_eq!(
        findings
            .iter()
            .filter(|kind| **kind == FindingKind::Orphan)
            .count(),
        1
    );
}

#[test]
fn a_protected_account_of_a_leaver_stays() {
    let mut company = Company::new(&["1||Ana|Kovac|terminated|Sales|Clerk||2020-01-01|2026-11-01"]);
    let mut attributes = right("1");
    attributes[0].1 = "backup";
    company.entry("uid=backup,ou=people,dc=x", true, &attributes);
    let (situations, operations, _) = situation_of(&mut company);
    assert_eq!((situations, operations.len()), (vec![Situation::Protected], 0));
}

#[test]
fn a_manager_who_is_nobody_is_found_and_changes_nothing() {
    let mut company = Company::new(&["1||Ana|Kovac|active|Sales|Clerk|4711|2020-01-01|"]);
    let plan = company.plan();
    let dangling: Vec<_> = plan
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::DanglingReference)
        .collect();
    assert_eq!(dangling.len(), 1);
    assert_eq!(dangling[0].subject, "Ana Kovac");
    assert_eq!(lines(&plan.operations), ["joiner: create Ana Kovac"]);
    company.apply(&plan);
    company.hr(&["1||Ana|Kovac|terminated|Sales|Clerk|4711|2020-01-01|"]);
    let is_dangling = |finding: &usher::model::Finding| finding.kind == FindingKind::DanglingReference;
    assert!(
        !company.plan().findings.iter().any(is_dangling),
        "whom a leaver reported to is nobody's business"
    );
}
