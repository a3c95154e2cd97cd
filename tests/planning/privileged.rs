//! Who gives power over others, also through groups in groups.

use usher::model::{Column, Kind, Risk};

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

/// Whether what touches Ana's account is privileged, and whether her joining the engineers is.
fn is_ana_privileged(mut company: Company) -> (bool, bool) {
    let plan = company.plan();
    let of = |kind: Kind| {
        let mut operations = plan.operations.iter();
        let one = operations.find(|one| one.kind == kind && one.subject.contains("Ana"));
        one.unwrap().risk.contains(&Risk::Privileged)
    };
    (of(Kind::Update), of(Kind::AddMember))
}

#[test]
fn groups_of_a_domain_are_known_by_their_identifiers() {
    const GERMAN: &str = "CN=Domänen-Admins,CN=Users,DC=x";
    let ana = "uid=kovac,ou=people,dc=x";
    let domain = "S-1-5-21-3623811015-3361044348-30300820";
    for (sid, expected) in [
        (format!("{domain}-512"), true),
        (format!("{domain}-518"), true),
        (format!("{domain}-519"), true),
        (format!("{domain}-520"), true),
        (format!("{domain}-527"), true),
        ("S-1-5-32-544".to_owned(), true),
        ("S-1-5-32-548".to_owned(), true),
        ("S-1-5-32-551".to_owned(), true),
        // everybody, guests, and a group somebody has made
        (format!("{domain}-513"), false),
        ("S-1-5-32-545".to_owned(), false),
        (format!("{domain}-1512"), false),
    ] {
        // whoever is in it, and in a group that is in it
        for (through, member) in [(false, false), (true, false), (true, true)] {
            let mut company = match (through, member) {
                (false, _) => company(&[(GERMAN, &[ana]), (ENGINEERS, &[])]),
                (true, false) => company(&[(GERMAN, &[OPERATORS]), (OPERATORS, &[ana]), (ENGINEERS, &[])]),
                (true, true) => company(&[(GERMAN, &[ENGINEERS]), (OPERATORS, &[ana]), (ENGINEERS, &[])]),
            };
            company.group_sids.insert(GERMAN.to_owned(), sid.clone());
            let found = is_ana_privileged(company);
            assert_eq!(
                found,
                (expected && !member, expected && member),
                "{sid} {through}"
            );
        }
    }
    // by its name where no identifier is read
    let mut by_name = company(&[(ADMINS, &[ana]), (ENGINEERS, &[])]);
    by_name
        .group_sids
        .insert(ENGINEERS.to_owned(), format!("{domain}-1105"));
    assert!(is_ana_privileged(by_name).0);
}

#[test]
fn an_account_of_a_domain_may_tell_it_by_itself() {
    for (attribute, value, expected) in [
        ("adminCount", "1", true),
        ("adminCount", "0", false),
        ("objectSid", "S-1-5-21-1-2-3-500", true),
        ("objectSid", "S-1-5-21-1-2-3-1500", false),
        ("tokenGroups", "S-1-5-21-1-2-3-513|S-1-5-21-9-9-9-519", true),
        ("tokenGroups", "S-1-5-21-1-2-3-513|S-1-5-32-545", false),
        ("tokenGroupsGlobalAndUniversal", "S-1-5-32-549", true),
        ("memberOf", "cn=Wheel,dc=x", true),
    ] {
        let mut company = company(&[(ENGINEERS, &[])]);
        company.columns.push(Column {
            multi_valued: true,
            ..Column::text(attribute)
        });
        let ana = company.entries.values_mut().next().unwrap();
        ana.attributes.insert(attribute.to_owned(), value.to_owned());
        assert_eq!(
            is_ana_privileged(company),
            (expected, false),
            "{attribute} {value}"
        );
    }
}
