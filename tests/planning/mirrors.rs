//! Mirrored groups: who is in a group of the directory is in the group of the same name in the chat.

use usher::model::{FindingKind, Kind, Plan};

use crate::company::{Company, Entry, lines};

const ANA: &str = "1||Ana|Kovac|active|Sales|Head||2020-01-01|";
const BEN: &str = "2||Ben|OBrien|active|Sales|Clerk|1|2020-01-01|";
const ANA_DN: &str = "UID=kovac, ou=people,dc=X";
const BEN_DN: &str = "uid=obrien,ou=people,dc=x";
const NEWS: &str = "cn=app-news,ou=groups,dc=x";
const WIKI: &str = "cn=app-wiki,ou=groups,dc=x";
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

[accounts.attributes]
userName = "[accounts.staff.mail]"

[[groups]]
name = "apps"
from = "directory"
in = "chat"
scope = '[cn] starts with "app-"'
"#;

/// A company in which everybody has all accounts, and some groups.
fn company(more: &str) -> Company {
    let mut company = Company::new(&[ANA, BEN]);
    company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
    let plan = company.plan();
    company.apply(&plan);
    company.rules.push_str(CHAT);
    company.rules.push_str(more);
    for name in ["ana.kovac", "ben.obrien"] {
        let entry = Entry {
            dn: format!("{name}@x.example"),
            enabled: true,
            ..Entry::default()
        };
        company.chat.insert(format!("id-{name}"), entry);
    }
    // whose accounts they are is settled
    company.plan();
    group(&mut company, NEWS, &[ANA_DN]);
    group(&mut company, WIKI, &[BEN_DN, "CN=Sales,ou=groups,dc=x"]);
    group(&mut company, INNER, &[ANA_DN, WIKI]);
    for name in ["app-news", "app-wiki", "sales"] {
        company.chat_groups.insert(name.to_owned(), vec![]);
    }
    company
}

fn group(company: &mut Company, dn: &str, members: &[&str]) {
    let members = members.iter().map(|member| (*member).to_owned()).collect();
    company.groups.insert(dn.to_owned(), members);
}

fn memberships(plan: &Plan) -> Vec<String> {
    let mut operations = plan.operations.clone();
    operations.retain(|one| matches!(one.kind, Kind::AddMember | Kind::RemoveMember));
    let mut lines: Vec<_> = lines(&operations)
        .iter()
        .map(|line| line.split_once(": ").unwrap().1.to_owned())
        .collect();
    lines.sort_unstable();
    lines
}

/// A company whose groups are mirrored.
fn settled(more: &str) -> Company {
    let mut company = company(more);
    let plan = company.plan();
    company.apply(&plan);
    assert_eq!(memberships(&company.plan()), Vec::<String>::new());
    company
}

#[test]
fn members_there_become_members_here() {
    let mut company = company("");
    let plan = company.plan();
    assert_eq!(
        memberships(&plan),
        [
            "add-member Ana Kovac app-news",
            "add-member Ana Kovac app-wiki",
            "add-member Ben OBrien app-wiki",
        ]
    );
    company.apply(&plan);
    assert_eq!(memberships(&company.plan()), Vec::<String>::new());

    // one leaves a group there, and another by way of the group in it
    group(&mut company, NEWS, &[]);
    group(&mut company, INNER, &[]);
    let plan = company.plan();
    assert_eq!(
        memberships(&plan),
        [
            "remove-member Ana Kovac app-news",
            "remove-member Ana Kovac app-wiki"
        ]
    );
}

#[test]
fn groups_in_groups_need_not_count() {
    let mut company = company("nested = false\n");
    assert_eq!(
        memberships(&company.plan()),
        ["add-member Ana Kovac app-news", "add-member Ben OBrien app-wiki"]
    );
}

#[test]
fn whoever_was_put_there_by_others_stays_unless_the_rule_says_otherwise() {
    for (more, expected) in [
        ("", vec![]),
        (
            "membership = \"authoritative\"\n",
            vec!["remove-member Ben OBrien app-news"],
        ),
    ] {
        let mut company = settled(more);
        let ben = company.chat_groups["app-wiki"]
            .iter()
            .find(|id| !company.chat_groups["app-news"].contains(id))
            .unwrap()
            .clone();
        let news = company.chat_groups.get_mut("app-news").unwrap();
        news.extend([ben, "a stranger".to_owned()]);
        assert_eq!(memberships(&company.plan()), expected);
    }
}

#[test]
fn nobody_leaves_a_group_because_little_was_read() {
    for membership in ["", "membership = \"authoritative\"\n"] {
        let mut company = settled(membership);
        let nothing = Vec::<String>::new();
        let groups = company.groups.clone();
        company.groups_are_complete = false;
        group(&mut company, NEWS, &[]);
        assert_eq!(memberships(&company.plan()), nothing, "members were cut off");
        company.groups.remove(NEWS);
        assert_eq!(memberships(&company.plan()), nothing, "a group was cut off");
        company.groups = groups;
        company.groups_are_complete = true;
        assert_eq!(memberships(&company.plan()), nothing);
    }
}

#[test]
fn a_group_that_is_gone_there_is_emptied_here_of_whom_usher_has_put_into_it() {
    let mut company = settled("");
    company.groups.remove(NEWS);
    let news = company.chat_groups.get_mut("app-news").unwrap();
    news.push("a stranger".to_owned());
    assert_eq!(memberships(&company.plan()), ["remove-member Ana Kovac app-news"]);
}

#[test]
fn a_group_that_is_not_here_is_told() {
    let mut company = settled("");
    company.chat_groups.remove("app-wiki");
    let plan = company.plan();
    assert_eq!(memberships(&plan), Vec::<String>::new());
    let finding = plan
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::Invalid)
        .unwrap();
    assert_eq!(finding.subject, "app-wiki");
    assert_eq!(
        finding.message,
        "chat has no group `app-wiki` for cn=app-wiki,ou=groups,dc=x of directory: make it, or leave it out with \
         `scope`"
    );
}

#[test]
fn several_groups_may_be_followed_by_one_under_another_name() {
    let mut company = company("group = '\"SALES\"'\n");
    assert_eq!(
        memberships(&company.plan()),
        ["add-member Ana Kovac sales", "add-member Ben OBrien sales"]
    );
}

#[test]
fn leavers_leave_their_groups() {
    let mut company = settled("");
    company.hr(&[ANA, &BEN.replace("active", "terminated")]);
    assert_eq!(
        memberships(&company.plan()),
        [
            "remove-member Ben OBrien app-wiki",
            "remove-member Ben OBrien cn=app-wiki,ou=groups,dc=x",
        ]
    );
}
