//! Random values: the same in every plan until they are written, and then as they are.

use std::collections::BTreeSet;

use usher::model::{After, Column, Operation, Plan, Seed, Value};

use crate::company::{Company, lines};

const ANA: &str = "1||Ana|Kovac|active|Sales|Clerk||2020-01-01|";
const IVO: &str = "2||Ivo|Kovac|active|Sales|Clerk||2020-01-01|";

/// A company whose accounts get something random.
fn company(hr: &[&str], mapping: &str) -> Company {
    let mut company = Company::new(hr);
    company.columns = vec![Column::text("badge")];
    company.map(mapping);
    company
}

fn value(operation: &Operation, attribute: &str) -> Option<String> {
    let change = operation
        .changes
        .iter()
        .find(|change| change.attribute == attribute)?;
    match &change.after {
        After::Known(Value::Text(text)) => Some(text.to_string()),
        other => panic!("{other:?}"),
    }
}

fn badges(plan: &Plan) -> Vec<String> {
    plan.operations
        .iter()
        .filter_map(|operation| value(operation, "badge"))
        .collect()
}

#[test]
fn the_same_value_is_planned_until_it_is_written() {
    let mut company = company(&[ANA, IVO], "badge = 'Guid()'");
    let first = company.plan();
    let given = badges(&first);
    assert_eq!(
        given.iter().collect::<BTreeSet<_>>().len(),
        2,
        "one each: {given:?}"
    );
    assert!(given.iter().all(|badge| badge.len() == 36));
    let second = company.plan();
    assert_eq!(first.seal, second.seal);
    assert_eq!(
        company
            .memory
            .reservations
            .iter()
            .filter(|kept| kept.attribute == "badge")
            .count(),
        2
    );
    company.apply(&second);
    let third = company.plan();
    assert_eq!(
        lines(&third.operations),
        Vec::<String>::new(),
        "what was drawn stays"
    );
    assert!(
        company.memory.reservations.is_empty(),
        "released: {:?}",
        company.memory.reservations
    );
    let there: Vec<_> = company
        .entries
        .values()
        .map(|entry| entry.attributes["badge"].clone())
        .collect();
    assert_eq!(there, given);
}

#[test]
fn what_was_promised_is_kept_though_the_rule_is_written_otherwise() {
    let mut company = company(&[ANA], "badge = 'RandomString(8, 2, 0, 2, 2)'");
    let promised = badges(&company.plan());
    company.rules = company
        .rules
        .replace("'RandomString(8,", "'Append(\"b\", RandomString(8,")
        .replace("2, 2, 2)'", "2, 2, 2))'");
    company.rules = company.rules.replace("0, 2, 2)'", "0, 2, 2))'");
    assert_eq!(badges(&company.plan()), promised);
    // the cause is gone: nobody needs it any more
    company.hr(&[]);
    company.plan();
    assert!(company.memory.reservations.is_empty());
}

#[test]
fn another_store_draws_other_values() {
    let draw = |seed| {
        let mut company = company(&[ANA], "badge = 'Guid()'");
        company.memory.seed = Seed([seed; 32]);
        badges(&company.plan())
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn an_account_is_given_one_where_it_has_none() {
    for (mapping, has, expected) in [
        ("badge = 'Guid()'", None, true),
        ("badge = 'Guid()'", Some("b-1"), false),
        (
            "badge = { value = 'Guid()', null = \"clear\" }",
            Some("b-1"),
            false,
        ),
        ("badge = { value = 'Guid()', apply = \"create\" }", None, false),
        (
            "badge = { value = 'IIF([title] = \"Clerk\", \"\", Guid())', null = \"clear\" }",
            Some("b-1"),
            false,
        ),
    ] {
        let mut company = company(&[ANA], mapping);
        let mut attributes = vec![("employeeNumber", "1"), ("uid", "kovac")];
        attributes.extend(has.map(|badge| ("badge", badge)));
        company.entry("uid=kovac,ou=people,dc=x", true, &attributes);
        // the account is adopted first
        company.plan();
        let plan = company.plan();
        assert_eq!(badges(&plan).len(), usize::from(expected), "{mapping} {has:?}");
        assert_eq!(company.plan().seal, plan.seal);
        assert_eq!(
            company.memory.reservations.len(),
            usize::from(expected),
            "{mapping} {has:?}"
        );
        company.apply(&plan);
        assert_eq!(
            lines(&company.plan().operations),
            Vec::<String>::new(),
            "{mapping} {has:?}"
        );
    }
}

#[test]
fn a_choice_may_be_random() {
    let mut company = company(
        &[ANA, IVO],
        "badge = 'SelectUniqueValue([familyName], Append([familyName], RandomString(2, 2, 0, 0, 0)))'",
    );
    let given = badges(&company.plan());
    assert_eq!(given[0], "Kovac");
    assert!(given[1].len() == 7 && given[1].starts_with("Kovac"), "{given:?}");
    assert_eq!(badges(&company.plan()), given);
}

#[test]
fn the_why_of_a_random_value_is_the_value_that_was_drawn() {
    let mut company = company(&[ANA], "badge = 'Append(\"b-\", Guid())'");
    let plan = company.plan();
    let drawn = badges(&plan).remove(0);
    let why = company
        .look(|scene| scene.why(&plan.operations[0], "badge"))
        .unwrap();
    assert_eq!(why.value.to_string(), format!("\"{drawn}\""));
    assert!(
        why.steps
            .iter()
            .any(|step| step.text == "Guid()" && drawn.ends_with(step.value.to_string().trim_matches('"'))),
        "{why:?}"
    );
    company.apply(&plan);
    let changed = ANA.replace("Clerk", "Chief");
    company.hr(&[&changed]);
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), ["joiner: update Ana Kovac [title]"]);
    let why = company
        .look(|scene| scene.why(&plan.operations[0], "badge"))
        .unwrap();
    assert_eq!(why.value.to_string(), format!("\"{drawn}\""));
    assert!(why.remark.contains("it stays"), "{why:?}");
}

#[test]
fn a_value_that_hides_itself_is_marked() {
    let mut company = company(&[ANA], "badge = 'Redact(Join(\"-\", [givenName], [department]))'");
    let plan = company.plan();
    let change = plan.operations[0]
        .changes
        .iter()
        .find(|change| change.attribute == "badge")
        .unwrap();
    assert!(change.marked);
    assert_eq!(
        change.after,
        After::Known(Value::text("Ana-Sales")),
        "the value flows"
    );
    let why = company
        .look(|scene| scene.why(&plan.operations[0], "badge"))
        .unwrap();
    let told = format!("{why:?}");
    assert!(
        why.masked && !told.contains("Sales") && !told.contains("Ana"),
        "{told}"
    );
}
