//! Assignment by group: who is in a group of one system has an account in another.

use usher::model::{FindingKind, Kind, Plan, Situation};

use crate::company::{Company, Entry, lines};

const ANA: &str = "1||Ana|Kovac|active|Sales|Head||2020-01-01|";
const BEN: &str = "2||Ben|OBrien|active|Sales|Clerk|1|2020-01-01|";
const ANA_DN: &str = "uid=kovac,ou=people,dc=x";
const BEN_DN: &str = "uid=obrien,ou=people,dc=x";
const USERS: &str = "cn=chat-users,ou=groups,dc=x";
const INNER: &str = "cn=sales,ou=groups,dc=x";

const CHAT: &str = r#"
[systems.chat]
connector = "scim"
url = "http://127.0.0.1"
token = { env = "TOKEN" }

[[accounts]]
name = "chat"
in = "chat"
class = ["User"]
actions = ["create", "update", "enable", "disable", "delete"]
match = [["userName", "[accounts.staff.mail]"]]
assigned = [@assigned@]
out_of_scope = "@out@"

[accounts.attributes]
userName = "[accounts.staff.mail]"
"#;

/// A company whose directory is as it should be, and whose chat is for the members of a group.
fn assigned(assigned: &str, out: &str, groups: &[(&str, &[&str])]) -> Company {
    let mut company = Company::new(&[ANA, BEN]);
    company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
    let plan = company.plan();
    company.apply(&plan);
    company.plan();
    company
        .rules
        .push_str(&CHAT.replace("@assigned@", assigned).replace("@out@", out));
    for (group, members) in groups {
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        company.groups.insert((*group).to_owned(), members);
    }
    company
}

fn in_users() -> String {
    format!(r#"{{ in = "directory", group = "{USERS}" }}"#)
}

/// What is done in the chat, and how everybody stands there.
fn chat(plan: &Plan) -> (Vec<String>, Vec<Situation>) {
    let mut operations = plan.operations.clone();
    operations.retain(|operation| operation.system.as_str() == "chat");
    let counts = &plan.situations[&"chat".into()];
    let situations = counts
        .iter()
        .flat_map(|(it, count)| std::iter::repeat_n(*it, *count));
    (lines(&operations), situations.collect())
}

fn give(company: &mut Company, name: &str) {
    let entry = Entry {
        dn: format!("{name}@x.example"),
        enabled: true,
        ..Entry::default()
    };
    company.chat.insert(format!("id-{name}"), entry);
}

#[test]
fn members_alone_get_an_account_and_who_is_no_member_any_more_loses_it() {
    let mut company = assigned(&in_users(), "disable", &[(USERS, &[ANA_DN])]);
    let (operations, situations) = chat(&company.plan());
    assert_eq!(operations, ["-: create Ana Kovac"]);
    assert_eq!(situations, [Situation::New, Situation::OutOfScope]);

    give(&mut company, "ana.kovac");
    assert_eq!(chat(&company.plan()).0, Vec::<String>::new());
    company.groups.insert(USERS.to_owned(), vec![BEN_DN.to_owned()]);
    let (operations, _) = chat(&company.plan());
    assert_eq!(operations, ["-: disable Ana Kovac", "-: create Ben OBrien"]);
}

#[test]
fn each_way_to_name_groups() {
    let inner: (&str, &[&str]) = (INNER, &[BEN_DN, USERS]);
    let outer: (&str, &[&str]) = (USERS, &["UID=Kovac, OU=people, DC=x", INNER]);
    let by = |group: &str, more: &str| format!(r#"{{ in = "directory", group = "{group}"{more} }}"#);
    let table = [
        (by("chat-users", ""), vec!["Ana Kovac"]),
        (by(USERS, ""), vec!["Ana Kovac"]),
        (by(USERS, ", nested = false"), vec!["Ana Kovac"]),
        // the groups are members of each other
        (by(USERS, ", nested = true"), vec!["Ana Kovac", "Ben OBrien"]),
        (by(INNER, ""), vec!["Ben OBrien"]),
        (
            format!("{}, {}", by(USERS, ""), by(INNER, "")),
            vec!["Ana Kovac", "Ben OBrien"],
        ),
    ];
    for (names, expected) in table {
        let mut company = assigned(&names, "disable", &[inner, outer]);
        let plan = company.plan();
        let created = plan.operations.iter().filter(|it| it.kind == Kind::Create);
        let created: Vec<_> = created.map(|it| it.subject.as_str()).collect();
        assert_eq!(created, expected, "{names}");
    }
}

#[test]
fn nobody_is_thrown_out_unless_it_is_certain() {
    type Cut = fn(&mut Company);
    let cuts: [(Cut, &str); 3] = [
        (|company| company.groups_are_complete = false, "in part only: cut"),
        (|company| drop(company.groups.remove(USERS)), "no such group"),
        (
            |company| {
                // neither can it be told whose account the member is
                company.directory_is_complete = false;
                company.entries.clear();
            },
            "",
        ),
    ];
    for (cut, trouble) in cuts {
        for out in ["disable", "delete"] {
            let mut company = assigned(&in_users(), out, &[(USERS, &[ANA_DN])]);
            company.plan();
            give(&mut company, "ana.kovac");
            give(&mut company, "ben.obrien");
            company
                .groups
                .insert(USERS.to_owned(), vec![ANA_DN.to_owned(), BEN_DN.to_owned()]);
            company.plan();
            company.groups.insert(USERS.to_owned(), vec![ANA_DN.to_owned()]);
            cut(&mut company);
            let plan = company.plan();
            let (operations, situations) = chat(&plan);
            assert_eq!(operations, Vec::<String>::new(), "{trouble} {out}");
            assert!(situations.contains(&Situation::Unknown), "{situations:?}");
            let told = plan.findings.iter().filter(|finding| {
                finding.kind == FindingKind::Invalid && finding.message.contains("cannot be told")
            });
            let told: Vec<_> = told.map(|finding| finding.message.as_str()).collect();
            assert_eq!(told.len(), usize::from(!trouble.is_empty()), "{told:?}");
            assert!(told.iter().all(|message| message.contains(trouble)), "{told:?}");
        }
    }
}

#[test]
fn whose_account_ends_needs_no_group() {
    let mut company = assigned(&in_users(), "disable", &[(USERS, &[ANA_DN])]);
    give(&mut company, "ana.kovac");
    company.plan();
    company.groups_are_complete = false;
    company.hr(&["1||Ana|Kovac|terminated|Sales|Head||2020-01-01|2026-11-20", BEN]);
    let (operations, _) = chat(&company.plan());
    assert_eq!(operations, ["leaver: disable Ana Kovac @2026-11-20T23:00:00Z"]);
}

#[test]
fn the_group_may_be_where_people_come_from() {
    let mut company = assigned(&in_users(), "disable", &[(USERS, &[BEN_DN])]);
    // no account rule in the directory: it says who people are, together with HR
    let (head, tail) = company
        .rules
        .split_once("[[accounts]]\nname = \"staff\"")
        .unwrap();
    let (_, tail) = tail.split_once("[[protected]]").unwrap();
    let source = r#"
[[people]]
name = "directory people"
from = "directory"
creates = false
join = [["employeeNumber", "[employeeNumber]"]]

[people.attributes]
mail = "[mail]"

[[protected]]"#;
    company.rules = format!("{head}{source}{tail}").replace("[accounts.staff.mail]", "[mail]");
    company.memory = usher::model::Memory::default();
    let (operations, situations) = chat(&company.plan());
    assert_eq!(operations, ["joiner: create Ben OBrien"]);
    assert_eq!(situations, [Situation::New, Situation::OutOfScope]);
}

#[test]
fn the_why_names_the_group() {
    let mut company = assigned(&in_users(), "disable", &[(USERS, &[ANA_DN])]);
    let plan = company.plan();
    let create = plan.operations.iter().find(|it| it.kind == Kind::Create).unwrap();
    let steps = company.look(|scene| {
        let whys = scene.whys(create);
        let steps = whys.iter().flat_map(|why| &why.steps);
        let steps = steps.filter(|step| step.text.starts_with("member of"));
        steps
            .map(|step| format!("{}: {:?} ({})", step.text, step.value, step.from))
            .collect::<Vec<_>>()
    });
    assert_eq!(
        steps,
        [format!(
            "member of {USERS}: Text(\"yes\") (assigned in directory)"
        )]
    );
}
