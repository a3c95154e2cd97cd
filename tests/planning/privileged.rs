//! Who gives power over others, also through groups in groups.

use usher::model::{Kind, Risk};

use crate::company::Company;

const ANA: &str = "1||Ana|Kovac|active|Engineering|Lead||2020-01-01|";
const BEA: &str = "2||Bea|Novak|active|Sales|Lead||2020-01-01|";

const ENGINEERS: &str = "cn=eng,ou=groups,dc=x";
const OPERATORS: &str = "cn=operators,ou=groups,dc=x";
const ADMINS: &str = "cn=Domain Admins,ou=groups,dc=x";

/// Two clerks become leads; one of them is an engineer and is to be put into the group of those.
fn company(groups: &[(&str, &[&str])]) -> Company {
    let mut company = Company::new(&[ANA, BEA]);
    for (number, uid, given, family) in [("1", "kovac", "Ana", "Kovac"), ("2", "novak", "Bea", "Novak")] {
        company.entry(
            &format!("uid={uid},ou=people,dc=x"),
            true,
            &[
                ("uid", uid),
                ("cn", &format!("{given} {family}")),
                ("sn", family),
                ("givenName", given),
                ("employeeNumber", number),
                ("title", "Clerk"),
                (
                    "departmentNumber",
                    if number == "1" { "Engineering" } else { "Sales" },
                ),
                ("mail", &format!("{given}.{family}@x.example").to_lowercase()),
            ],
        );
    }
    for (group, members) in groups {
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        company.groups.insert((*group).to_owned(), members);
    }
    company
}

#[test]
fn groups_in_privileged_groups_are_privileged() {
    let ana = "UID=kovac, ou=people,dc=X";
    for (groups, update, member) in [
        // nothing privileged at all
        (vec![(ENGINEERS, vec![]), (OPERATORS, vec![ana])], false, false),
        (vec![(ENGINEERS, vec![]), (ADMINS, vec![ana])], true, false),
        // through one group, through two
        (
            vec![
                (ENGINEERS, vec![]),
                (OPERATORS, vec![ana]),
                (ADMINS, vec!["CN=Operators,ou=groups,dc=x"]),
            ],
            true,
            false,
        ),
        (
            vec![
                (ENGINEERS, vec![]),
                (OPERATORS, vec![ENGINEERS]),
                (ADMINS, vec![OPERATORS]),
            ],
            false,
            true,
        ),
        // groups that are in each other
        (
            vec![
                (ENGINEERS, vec![ADMINS, ENGINEERS]),
                (OPERATORS, vec![ana, ADMINS]),
                (ADMINS, vec![OPERATORS, ENGINEERS]),
            ],
            true,
            true,
        ),
    ] {
        let told: Vec<(&str, &[&str])> = groups
            .iter()
            .map(|(group, members)| (*group, members.as_slice()))
            .collect();
        let plan = company(&told).plan();
        let privileged = |kind: Kind, subject: &str| {
            let mut operations = plan.operations.iter();
            let one = operations.find(|one| one.kind == kind && one.subject.contains(subject));
            one.unwrap_or_else(|| panic!("no {kind:?} of {subject}: {groups:?}"))
                .risk
                .contains(&Risk::Privileged)
        };
        assert_eq!(privileged(Kind::Update, "Ana"), update, "{groups:?}");
        assert!(!privileged(Kind::Update, "Bea"), "{groups:?}");
        assert_eq!(privileged(Kind::AddMember, "Ana"), member, "{groups:?}");
    }
}

#[test]
fn what_is_in_a_group_the_configuration_names_is_privileged() {
    let mut company = company(&[
        (ENGINEERS, &[]),
        (OPERATORS, &["uid=novak,ou=people,dc=x"]),
        ("cn=vpn,ou=groups,dc=x", &[OPERATORS]),
    ]);
    company
        .rules
        .push_str("\n[[privileged]]\nin = \"directory\"\ngroups = [\"cn=vpn,ou=groups,dc=x\"]\n");
    let plan = company.plan();
    let risky: Vec<_> = plan
        .operations
        .iter()
        .filter(|one| one.risk.contains(&Risk::Privileged))
        .map(|one| one.subject.as_str())
        .collect();
    assert_eq!(risky, ["Bea Novak"]);
}
