//! The groups that accounts are in, and the values of other accounts, as names of expressions.

use usher::model::{After, Situation, Value};

use crate::company::{Company, lines};

const ANA: &str = "1||Ana|Kovac|active|Sales|Clerk||2020-01-01|";
const BEA: &str = "2||Bea|Novak|active|Sales|Clerk||2020-01-01|";
const VPN: &str = "cn=VPN users,ou=groups,dc=x";

/// Ana is in the group, Bea is not; both have accounts.
fn company() -> Company {
    let mut company = Company::new(&[ANA, BEA]);
    for (number, uid, given, family) in [("1", "kovac", "Ana", "Kovac"), ("2", "novak", "Bea", "Novak")] {
        let cn = format!("{given} {family}");
        let mail = format!("{given}.{family}@x.example").to_lowercase();
        company.entry(
            &format!("uid={uid},ou=people,dc=x"),
            true,
            &[
                ("uid", uid),
                ("cn", &cn),
                ("sn", family),
                ("givenName", given),
                ("employeeNumber", number),
                ("title", "Clerk"),
                ("departmentNumber", "Sales"),
                ("mail", &mail),
            ],
        );
    }
    let ana = "UID=kovac, ou=people,dc=X".to_owned();
    company.groups.insert(VPN.to_owned(), vec![ana]);
    company
}

/// A second rule on the same directory: what accounts of it hold is made of accounts of the first.
const SECOND: &str = r#"
[[accounts]]
name = "remote"
in = "directory"
naming = "uid"
container = '"ou=remote,dc=x"'
scope = 'SCOPE'
out_of_scope = "keep"
match = [["cn", 'MATCH']]
[accounts.attributes]
uid = 'Append("r-", [accounts.staff.uid])'
cn = 'MATCH'
"#;

fn with_second(scope: &str, matched: &str) -> Company {
    let mut company = company();
    let second = SECOND.replace("SCOPE", scope).replace("MATCH", matched);
    company.rules.push_str(&second);
    company
}

#[test]
fn members_of_a_group_are_told_from_others() {
    for (condition, expected) in [
        (r#"IsMemberOf("vpn USERS")"#, true),
        (r#"IsMemberOf("CN=vpn users, ou=groups,dc=x")"#, true),
        (r#"IsMemberOf("vpn")"#, false),
        (r#"IsMemberOf("VPN users", [current.groups])"#, true),
        (r#"[groups] = "cn=VPN users,ou=groups,dc=x""#, true),
        (r#"[current.groups] contains "VPN""#, true),
        ("[groups] is present", true),
        ("Count([groups]) = 1", true),
    ] {
        let mut company = company();
        company.map(&format!("manager = 'IIF({condition}, \"in\", \"out\")'"));
        company.rules = company
            .rules
            .replace("manager = { reference = \"[manager]\", null = \"clear\" }\n", "");
        let plan = company.plan();
        let given: Vec<_> = plan
            .operations
            .iter()
            .flat_map(|operation| &operation.changes)
            .map(|change| change.after.clone())
            .collect();
        let word = |is: bool| After::Known(Value::text(if is { "in" } else { "out" }));
        assert_eq!(given, [word(expected), word(false)], "{condition}");
    }
}

#[test]
fn a_group_decides_who_is_in_scope_and_what_the_plan_gives_does_not_count() {
    let condition = r#"IsMemberOf("VPN users", [accounts.staff.groups])"#;
    let mut company = with_second(condition, "Append(\"r-\", [accounts.staff.cn])");
    let grants = format!(
        "[[entitlements]]\nname = \"vpn\"\nwhen = '[title] = \"Clerk\"'\ngrants = [{{ in = \"directory\", group = \"{VPN}\" }}]\n"
    );
    company.rules.push_str(&grants);
    let plan = company.plan();
    let situations = &plan.situations[&"remote".into()];
    assert_eq!(situations.get(&Situation::New), Some(&1), "Ana: {situations:?}");
    assert_eq!(
        situations.get(&Situation::OutOfScope),
        Some(&1),
        "Bea: {situations:?}"
    );
    let lines = lines(&plan.operations);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("add member Bea Novak") || line.contains("Bea Novak cn=VPN")),
        "{lines:?}"
    );
}

#[test]
fn memberships_entitle() {
    let mut company = company();
    company
        .groups
        .insert("cn=remote,ou=groups,dc=x".to_owned(), Vec::new());
    company.rules.push_str(
        "[[entitlements]]\nname = \"remote\"\nwhen = 'IsMemberOf(\"VPN users\")'\ngrants = [{ in = \"directory\", group = \"remote\" }]\n",
    );
    let lines = lines(&company.plan().operations);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("Ana Kovac cn=remote"), "{lines:?}");
}

#[test]
fn the_why_looks_into_the_same_groups() {
    let mut company = company();
    company.map(r#"manager = 'IIF(IsMemberOf("VPN users"), "in", "out")'"#);
    company.rules = company
        .rules
        .replace("manager = { reference = \"[manager]\", null = \"clear\" }\n", "");
    let plan = company.plan();
    let whys = company.look(|scene| scene.whys(&plan.operations[0]));
    assert_eq!(whys[0].value.to_string(), "\"in\"", "{whys:?}");
}

#[test]
fn values_of_another_account_count_as_planned_and_as_they_are() {
    // as they are: in scope, in match, in a value
    let mut company = with_second(
        r#"[accounts.staff.uid] = "kovac""#,
        "Append(\"r-\", [accounts.staff.cn])",
    );
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), ["joiner: create Ana Kovac"]);
    company.entry(
        "uid=r-kovac,ou=remote,dc=x",
        true,
        &[("uid", "r-kovac"), ("cn", "r-Ana Kovac")],
    );
    let plan = company.plan();
    assert_eq!(
        plan.situations[&"remote".into()].get(&Situation::Found),
        Some(&1),
        "{:?}",
        plan.findings
    );
    assert_eq!(lines(&plan.operations), Vec::<String>::new());

    // as planned: the name changes, and whoever has the account of the new name is found by it
    let mut company = with_second(
        r#"[accounts.staff.sn] = "Horvat""#,
        "Append(\"r-\", [accounts.staff.cn])",
    );
    company.plan();
    company.entry(
        "uid=r-kovac,ou=remote,dc=x",
        true,
        &[("uid", "r-kovac"), ("cn", "r-Ana Horvat")],
    );
    let married = ANA.replace("Kovac", "Horvat");
    company.hr(&[&married, BEA]);
    let plan = company.plan();
    let situations = &plan.situations[&"remote".into()];
    assert_eq!(situations.get(&Situation::Found), Some(&1), "{situations:?}");

    // of an account that is only made by this plan
    let mut company = with_second(
        r#"[accounts.staff.uid] = "horvat""#,
        "Append(\"r-\", [accounts.staff.cn])",
    );
    company.hr(&["3||Eva|Horvat|active|Sales|Clerk||2020-01-01|", ANA, BEA]);
    let plan = company.plan();
    let made = plan
        .operations
        .iter()
        .find(|operation| operation.rule.as_str() == "remote")
        .unwrap();
    assert_eq!(made.target.location, "uid=r-horvat,ou=remote,dc=x");
    assert_eq!(made.waits_for.len(), 1, "it waits for the other");
}
