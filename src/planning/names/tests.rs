//! What paths resolve to.

use super::*;

#[test]
fn names_survive_packing() {
    for name in [
        Name::Own(65535),
        Name::Current(3),
        Name::Account {
            rule: 4095,
            column: 7,
        },
        Name::Along {
            reference: 2,
            column: 9,
        },
        Name::Reference(1),
        Name::Location,
        Name::Anchor,
        Name::State,
        Name::IsSoftDeleted,
        Name::CurrentGroups,
        Name::AccountGroups(4095),
        Name::Groups,
    ] {
        assert_eq!(Name::of(name.slot()), name);
    }
}

#[test]
fn paths_resolve_to_what_they_say() {
    let people = Schema {
        columns: vec![Column::text("title"), Column::text("name.given")],
    };
    let target = Schema {
        columns: vec![
            Column::text("mail"),
            Column::text("emails[type eq \"work\"].value"),
        ],
    };
    let accounts = [("staff".into(), &target), ("staff.eu".into(), &target)];
    let names = PersonNames {
        people: &people,
        references: &["manager".to_owned()],
        accounts: &accounts,
        current: Some(&target),
        kinds: &[],
        default_domain: None,
    };
    for (path, expected) in [
        ("Title", Some(Name::Own(0))),
        ("name.given", Some(Name::Own(1))),
        ("person.title", Some(Name::Own(0))),
        ("manager", Some(Name::Reference(0))),
        (
            "manager.title",
            Some(Name::Along {
                reference: 0,
                column: 0,
            }),
        ),
        ("current.mail", Some(Name::Current(0))),
        ("accounts.staff.mail", Some(Name::Account { rule: 0, column: 0 })),
        (
            "accounts.staff.eu.mail",
            Some(Name::Account { rule: 1, column: 0 }),
        ),
        (
            "accounts.staff.emails[type eq \"work\"].value",
            Some(Name::Account { rule: 0, column: 1 }),
        ),
        ("groups", Some(Name::Groups)),
        ("person.Groups", Some(Name::Groups)),
        ("current.groups", Some(Name::CurrentGroups)),
        ("accounts.staff.eu.groups", Some(Name::AccountGroups(1))),
        ("accounts.other.groups", None),
        ("accounts.other.mail", None),
        ("sponsor.title", None),
    ] {
        assert_eq!(names.resolve(path).map(Name::of), expected, "{path}");
    }
}
