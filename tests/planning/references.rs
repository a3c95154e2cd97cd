//! Managers: made before, made after, in circles, never made.

use usher::model::{Kind, Operation};

use crate::company::{Company, lines};

const ANA: &str = "1||Ana|Kovac|active|Sales|Head||2020-01-01|";
const BEN: &str = "2||Ben|OBrien|active|Sales|Clerk|1|2020-01-01|";
const CEM: &str = "3||Cem|Celik|active|Sales|Clerk|2|2020-01-01|";
const ANA_DN: &str = "uid=kovac,ou=people,dc=x";
const BEN_DN: &str = "uid=obrien,ou=people,dc=x";
const CEM_DN: &str = "uid=celik,ou=people,dc=x";

fn company(hr: &[&str]) -> Company {
    let mut company = Company::new(hr);
    company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
    company
}

/// What is made for somebody under a manager.
fn under(line: &str, manager: &str) -> String {
    let mut fields: Vec<_> = line.split('|').collect();
    fields[7] = manager;
    fields.join("|")
}

#[test]
fn reports_are_made_although_their_manager_could_not_be_and_are_linked_later() {
    let mut company = company(&[CEM, BEN, ANA]);
    let plan = company.plan();
    assert_eq!(plan.operations.len(), 3);
    let is_ana = |operation: &Operation| operation.subject == "Ana Kovac";
    company.apply_but(&plan, is_ana);
    assert_eq!(
        company.holds(BEN_DN, "manager"),
        None,
        "Ana's account is not there"
    );
    assert_eq!(company.holds(CEM_DN, "manager"), Some(BEN_DN));

    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        ["joiner: create Ana Kovac", "joiner: update Ben OBrien [manager]"]
    );
    assert_eq!(plan.operations[1].waits_for, [plan.operations[0].fingerprint]);
    company.apply_but(&plan, is_ana);
    assert_eq!(
        lines(&company.plan().operations).len(),
        2,
        "what would write nothing else waits until it can write the reference"
    );
    company.apply(&plan);
    assert_eq!(company.holds(BEN_DN, "manager"), Some(ANA_DN));
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
}

#[test]
fn an_update_is_written_without_the_manager_who_could_not_be_made() {
    let mut company = company(&[BEN]);
    company.hr(&[&under(BEN, "")]);
    let plan = company.plan();
    company.apply(&plan);
    company.plan();
    company.hr(&["2||Ben|OBrien|active|Sales|Chief Clerk|1|2020-01-01|", ANA]);
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        [
            "joiner: create Ana Kovac",
            "mover: update Ben OBrien [title manager]"
        ]
    );
    company.apply_but(&plan, |operation| operation.kind == Kind::Create);
    assert_eq!(company.holds(BEN_DN, "title"), Some("Chief Clerk"));
    assert_eq!(company.holds(BEN_DN, "manager"), None);
    let plan = company.plan();
    company.apply(&plan);
    assert_eq!(company.holds(BEN_DN, "manager"), Some(ANA_DN));
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
}

#[test]
fn a_manager_who_comes_into_scope_later_is_linked() {
    let mut company = company(&["1||Ana|Kovac|active|Board|Head||2020-01-01|", BEN]);
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), ["joiner: create Ben OBrien"]);
    company.apply(&plan);
    company.plan();
    company.hr(&[ANA, BEN]);
    let plan = company.plan();
    let found: Vec<_> = plan.operations.iter().map(|operation| operation.kind).collect();
    assert_eq!(found, [Kind::Create, Kind::Update]);
    company.apply(&plan);
    assert_eq!(company.holds(BEN_DN, "manager"), Some(ANA_DN));
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
}

#[test]
fn circles_are_closed_in_the_same_run() {
    let two = [under(ANA, "2"), under(BEN, "1")];
    let three = [under(ANA, "3"), under(BEN, "1"), under(CEM, "2")];
    let oneself = [under(ANA, "1")];
    let table = [
        (&two[..], vec![(ANA_DN, BEN_DN), (BEN_DN, ANA_DN)]),
        (
            &three[..],
            vec![(ANA_DN, CEM_DN), (BEN_DN, ANA_DN), (CEM_DN, BEN_DN)],
        ),
        (&oneself[..], vec![(ANA_DN, ANA_DN)]),
    ];
    for (hr, managers) in table {
        let hr: Vec<&str> = hr.iter().map(String::as_str).collect();
        let mut company = company(&hr);
        let plan = company.plan();
        let updates = plan.operations.iter().filter(|it| it.kind == Kind::Update);
        assert_eq!(updates.count(), 1, "{:?}", lines(&plan.operations));
        assert_eq!(plan.operations.len(), hr.len() + 1);
        company.apply(&plan);
        for (dn, manager) in managers {
            assert_eq!(company.holds(dn, "manager"), Some(manager));
        }
        assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
    }
}

#[test]
fn a_circle_through_two_references_holds_nobody_up() {
    let mut company = company(&[&under(ANA, ""), &under(BEN, "1")]);
    company.rules = company.rules.replace(
        r#"references = { manager = "[manager]" }"#,
        r#"references = { manager = "[manager]", sponsor = "[previous]" }"#,
    );
    company.rules = company.rules.replace(
        r#"manager = { reference = "[manager]", null = "clear" }"#,
        "manager = { reference = \"[manager]\" }\nmail = { reference = \"[sponsor]\" }",
    );
    company.rules = company.rules.replace("previous = \"[previous]\"\n", "");
    company.rules = company
        .rules
        .lines()
        .filter(|line| !line.starts_with("mail = 'ToLower"))
        .collect::<Vec<_>>()
        .join("\n");
    company.hr[0][1] = "2".to_owned();
    let plan = company.plan();
    assert_eq!(plan.operations.len(), 3, "{:?}", lines(&plan.operations));
    company.apply(&plan);
    assert_eq!(company.holds(BEN_DN, "manager"), Some(ANA_DN));
    assert_eq!(company.holds(ANA_DN, "mail"), Some(BEN_DN));
}
