//! What the target demands is seen in the plan: attributes, single values, classes, and names that pass from one to
//! another.

use usher::model::{Column, Comparison, FindingKind, Kind, Operation, Plan};

use crate::company::{Company, lines};

const ANA: &str = "1||Ana|Kovac|active|Sales|Engineer||2020-01-01|";
const BEN: &str = "2||Ben|Novak|active|Sales|Engineer||2020-01-01|";

fn company(hr: &[&str]) -> Company {
    let mut company = Company::new(hr);
    company
        .groups
        .entry("cn=eng,ou=groups,dc=x".to_owned())
        .or_default();
    company
}

fn column(name: &str) -> Column {
    Column {
        comparison: Comparison::IgnoreCase,
        multi_valued: true,
        ..Column::text(name)
    }
}

fn account(company: &mut Company, given: &str, family: &str, number: &str) -> String {
    let uid = family.to_lowercase();
    company.entry(
        &format!("uid={uid},ou=people,dc=x"),
        true,
        &[
            ("uid", &uid),
            ("cn", &format!("{given} {family}")),
            ("sn", family),
            ("givenName", given),
            ("employeeNumber", number),
            ("title", "Engineer"),
            ("departmentNumber", "Sales"),
            ("mail", &format!("{}.{uid}@x.example", given.to_lowercase())),
        ],
    )
}

/// The messages of what was found invalid.
fn invalid(company: &mut Company) -> Vec<String> {
    let plan = company.plan();
    assert!(plan.operations.is_empty(), "{:?}", lines(&plan.operations));
    let findings = plan.findings.into_iter();
    findings
        .filter(|finding| finding.kind == FindingKind::Invalid)
        .map(|finding| finding.message)
        .collect()
}

#[test]
fn a_mandatory_attribute_without_a_value_stops_the_account_alone() {
    // one that the rule maps, for somebody who has none
    let mut nobody = company(&["3||Cher|Sarkisian|active|Sales|||2020-01-01|", ANA]);
    nobody.columns = vec![Column {
        required: true,
        ..column("title")
    }];
    let plan = nobody.plan();
    assert_eq!(lines(&plan.operations), ["joiner: create Ana Kovac"]);
    let messages: Vec<_> = plan
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert!(
        messages.len() == 1 && messages[0].starts_with("title: the target demands a value"),
        "{messages:?}"
    );
    // one that the rule does not map, demanded by one of its classes
    let mut unmapped = company(&[ANA]);
    unmapped.rules = unmapped.rules.replace(
        "class = [\"inetOrgPerson\"]",
        "class = [\"inetOrgPerson\", \"posixAccount\"]",
    );
    let demanded = |class: &str| Column {
        required_by: vec![class.to_owned()],
        ..column("gidNumber")
    };
    unmapped.columns = vec![demanded("POSIXACCOUNT")];
    let messages = invalid(&mut unmapped);
    assert!(
        messages.len() == 1 && messages[0].starts_with("gidNumber: the target demands"),
        "{messages:?}"
    );
    unmapped.columns = vec![demanded("sambaSamAccount")];
    assert_eq!(
        unmapped.plan().operations.len(),
        1,
        "another class demands nothing here"
    );
}

#[test]
fn a_mandatory_attribute_is_not_cleared() {
    let mut company = company(&["1||Ana|Kovac|active|Sales|||2020-01-01|"]);
    account(&mut company, "Ana", "Kovac", "1");
    assert_eq!(lines(&company.plan().operations), ["-: update Ana Kovac [title]"]);
    company.columns = vec![Column {
        required: true,
        ..column("title")
    }];
    let messages = invalid(&mut company);
    assert!(
        messages.len() == 1 && messages[0].starts_with("title: the target demands"),
        "{messages:?}"
    );
}

#[test]
fn what_holds_one_value_gets_one() {
    for known in [false, true] {
        let mut company = company(&["1||Ana|Kovac|active|Sales|Engineer;Lead||2020-01-01|"]);
        company.rules = company.rules.replace(
            "title = { value = \"[title]\"",
            "title = { value = 'Split([title], \";\")'",
        );
        if known {
            account(&mut company, "Ana", "Kovac", "1");
        }
        company.columns = vec![Column {
            multi_valued: false,
            ..column("title")
        }];
        let messages = invalid(&mut company);
        assert!(
            messages.len() == 1 && messages[0].starts_with("title: it holds one value"),
            "{messages:?}"
        );
        company.columns.clear();
        assert_eq!(company.plan().operations.len(), 1);
    }
}

#[test]
fn accounts_get_the_auxiliary_classes_of_their_rule() {
    let mut company = company(&[ANA]);
    company.rules = company.rules.replace(
        "class = [\"inetOrgPerson\"]",
        "class = [\"inetOrgPerson\", \"badgeHolder\"]",
    );
    company.columns = vec![column("objectClass")];
    let anchor = account(&mut company, "Ana", "Kovac", "1");
    let classes = |company: &mut Company, has: &str| {
        let entry = company.entries.get_mut(&anchor).unwrap();
        entry.attributes.insert("objectClass".to_owned(), has.to_owned());
    };
    // another structural class cannot be changed, and is nothing to plan
    for (has, plans) in [
        ("top|account|BadgeHolder", vec![]),
        (
            "top|person|inetOrgPerson",
            vec!["-: update Ana Kovac [objectClass]"],
        ),
    ] {
        classes(&mut company, has);
        assert_eq!(lines(&company.plan().operations), plans, "{has}");
    }
    let plan = company.plan();
    company.apply(&plan);
    assert_eq!(
        company.entries[&anchor].attributes["objectClass"],
        "top|person|inetOrgPerson|badgeHolder"
    );
    assert!(company.plan().operations.is_empty());
}

/// How many operations of the plan come before one; adopting an account is none.
fn waits_for(plan: &Plan, operation: &Operation) -> usize {
    let ids: Vec<_> = plan.operations.iter().map(|other| other.fingerprint).collect();
    operation
        .waits_for
        .iter()
        .filter(|other| ids.contains(other))
        .count()
}

/// A company whose accounts are named by the family name, also when that changes.
fn named_by_family(hr: &[&str]) -> Company {
    let mut company = company(hr);
    let rule = company
        .rules
        .lines()
        .find(|line| line.starts_with("uid = "))
        .unwrap()
        .to_owned();
    company.rules = company.rules.replace(&rule, "uid = 'ToLower([familyName])'");
    company
}

#[test]
fn two_swap_their_names_by_way_of_a_third() {
    let mut company = named_by_family(&[
        "1||Ana|Novak|active|Sales|Engineer||2020-01-01|",
        "2||Ben|Kovac|active|Sales|Engineer||2020-01-01|",
    ]);
    let (ana, ben) = (
        account(&mut company, "Ana", "Kovac", "1"),
        account(&mut company, "Ben", "Novak", "2"),
    );
    let plan = company.plan();
    let temporary: Vec<_> = plan
        .operations
        .iter()
        .filter(|operation| operation.why.contains("temporary name"))
        .collect();
    assert_eq!(
        (plan.operations.len(), temporary.len()),
        (3, 1),
        "{:?}",
        lines(&plan.operations)
    );
    // it is the first, and whatever else changes is not in it
    assert!(waits_for(&plan, temporary[0]) == 0 && temporary[0].changes.len() == 1);
    company.apply(&plan);
    assert_eq!(company.entries[&ana].dn, "uid=novak,ou=people,dc=x");
    assert_eq!(company.entries[&ben].dn, "uid=kovac,ou=people,dc=x");
    assert!(company.plan().operations.is_empty());
}

#[test]
fn names_pass_round_in_order() {
    // Ana → Novak → Ben → Horvat → Eva → Kovac, and a joiner who gets the name that is left over
    let mut round = named_by_family(&[
        "1||Ana|Novak|active|Sales|Engineer||2020-01-01|",
        "2||Ben|Horvat|active|Sales|Engineer||2020-01-01|",
        "3||Eva|Kovac|active|Sales|Engineer||2020-01-01|",
    ]);
    for (given, family, number) in [
        ("Ana", "Kovac", "1"),
        ("Ben", "Novak", "2"),
        ("Eva", "Horvat", "3"),
    ] {
        account(&mut round, given, family, number);
    }
    let plan = round.plan();
    assert_eq!(plan.operations.len(), 4, "{:?}", lines(&plan.operations));
    round.apply(&plan);
    assert!(round.plan().operations.is_empty());

    let mut row = named_by_family(&[
        "1||Ana|Novak|active|Sales|Engineer||2020-01-01|",
        "2||Ben|Horvat|active|Sales|Engineer||2020-01-01|",
        "3||Eva|Kovac|active|Sales|Engineer||2020-01-01|",
    ]);
    account(&mut row, "Ana", "Kovac", "1");
    account(&mut row, "Ben", "Novak", "2");
    let plan = row.plan();
    assert_eq!(plan.operations.len(), 3, "{:?}", lines(&plan.operations));
    let waiting = plan
        .operations
        .iter()
        .filter(|operation| waits_for(&plan, operation) > 0);
    let kinds: Vec<_> = waiting.map(|operation| operation.kind).collect();
    assert_eq!(kinds, [Kind::Create, Kind::Update]);
    row.apply(&plan);
    assert!(row.plan().operations.is_empty());
}

#[test]
fn nobody_waits_where_no_name_is_left() {
    let mut company = named_by_family(&[ANA, BEN]);
    account(&mut company, "Ana", "Kovac", "1");
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), ["joiner: create Ben Novak"]);
    assert!(plan.operations[0].waits_for.is_empty());
}
