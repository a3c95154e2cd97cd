//! Roles, which one function adds and another one sets.

use usher::model::{After, Column, Plan, Value};

use crate::company::Company;

fn plan(function: &str, has: Option<&str>) -> Plan {
    let mut company = Company::new(&["1||Ana|Kovac|active|Sales|Clerk||2020-01-01|"]);
    company.columns = vec![Column {
        multi_valued: true,
        ..Column::text("roles")
    }];
    company.map(&format!("roles = {{ value = '{function}', null = \"clear\" }}"));
    let mut attributes = vec![("employeeNumber", "1"), ("uid", "kovac")];
    attributes.extend(has.map(|roles| ("roles", roles)));
    company.entry("uid=kovac,ou=people,dc=x", true, &attributes);
    company.plan()
}

fn roles(plan: &Plan) -> Option<Vec<String>> {
    let mut changes = plan.operations.iter().flat_map(|operation| &operation.changes);
    let change = changes.find(|change| change.attribute == "roles")?;
    let After::Known(value) = &change.after else {
        panic!()
    };
    Some(
        value
            .each()
            .filter_map(Value::as_key_text)
            .map(std::borrow::Cow::into_owned)
            .collect(),
    )
}

#[test]
fn roles_are_added_or_set() {
    let adds = "AppRoleAssignmentsComplex([title])";
    let sets = "AssertiveAppRoleAssignmentsComplex([title])";
    let nobody = "AppRoleAssignmentsComplex([department.x])".replace("[department.x]", "Trim(\"\")");
    for (function, has, expected) in [
        (adds, None, Some(vec!["Clerk"])),
        (adds, Some("Clerk"), None),
        (adds, Some("Auditor|Clerk"), None),
        (adds, Some("Auditor"), Some(vec!["Clerk", "Auditor"])),
        (&nobody, Some("Auditor"), None),
        (&nobody, None, None),
        (sets, None, Some(vec!["Clerk"])),
        (sets, Some("Clerk"), None),
        (sets, Some("Auditor|Clerk"), Some(vec!["Clerk"])),
        (sets, Some("Auditor"), Some(vec!["Clerk"])),
    ] {
        let roles = roles(&plan(function, has));
        let roles = roles
            .as_ref()
            .map(|roles| roles.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(roles, expected, "{function} {has:?}");
    }
}
