//! The table.

use super::case::{Day, LEAVER, Row};

const BEN: &str = "2,Ben,active,2020-01-01,,Clerk,Sales,,";
const CHIEF: &str = "2,Ben,active,2020-01-01,,Chief,Sales,,";
const ENDED: &str = "2,Ben,ended,2020-01-01,2026-11-01,Clerk,Sales,,";
const SOFT: &str = "2,Ben,deleted,2020-01-01,,Clerk,Sales,,";
const BOARD: &str = "2,Ben,active,2020-01-01,,Clerk,Board,,";
const CHAIRMAN: &str = "2,Ben,active,2020-01-01,,Chairman,Board,,";
const BOARD_ENDED: &str = "2,Ben,ended,2020-01-01,2026-11-01,Clerk,Board,,";
const ENGINEER: &str = "2,Ben,active,2020-01-01,,Clerk,Engineering,,";
const ENGINEER_ENDED: &str = "2,Ben,ended,2020-01-01,2026-11-01,Clerk,Engineering,,";
const BACK: &str = "2,Ben,active,2026-11-20,,Chief,Engineering,,";
const UNDER_ANA: &str = "2,Ben,active,2020-01-01,,Clerk,Sales,1,";
const ANA: &str = "1,Ana,active,2020-01-01,,Head,Sales,,";
/// Not to be written: an address of mail is IA5.
const ANA_WRONG: &str = "1,Ana,active,2020-01-01,,Head,Sales,,äna@example.com";
const ANA_UNDER_BEN: &str = "1,Ana,active,2020-01-01,,Head,Sales,2,";
const OTHER: &str = "9,Zoe,active,2020-01-01,,Clerk,Sales,,";
const ZOE: &str = "u9 people usable Clerk";

const USABLE: &str = "u2 people usable Clerk";
const LOCKED: &str = "u2 people locked Clerk";

const KEEP: &str = r#"out_of_scope = "keep"
leaver = [{ disable = "end of last day", remove_groups = true, delete_after = "90 days" }]"#;

const WIKI: &str = r#"
[systems.wiki]
connector = "ldap"
url = "@ldap@"
bind_dn = "cn=admin,dc=example,dc=com"
password = { file = "ldap.password" }
base = "ou=wiki,@base@"
filter = "(uid=*)"
disable = "ppolicy"

[[accounts]]
name = "wiki"
in = "wiki"
container = '"ou=wiki,@base@"'
match = [["uid", "[accounts.staff.uid]"]]
assigned = [{ in = "directory", group = "cn=wiki-users,ou=groups,@base@" }]

[accounts.attributes]
uid = { value = "[accounts.staff.uid]", apply = "create" }
cn = "[sn]"
sn = "[sn]"
roomNumber = "[employeeNumber]"
"#;

const ROW: Row = Row {
    name: "",
    system: r#"disable = "ppolicy""#,
    rule: LEAVER,
    more: "",
    deletes: r#""unlimited""#,
    days: &[],
    expected: &[],
    left: 0,
    journal: "",
};

const fn day(hr: &'static [&'static str]) -> Day {
    Day {
        meanwhile: |_| {},
        hr,
        fails: false,
    }
}

pub const ROWS: &[Row] = &[
    Row {
        name: "new and active: made",
        days: &[day(&[BEN])],
        expected: &[USABLE],
        ..ROW
    },
    Row {
        name: "new, one account fits: linked and updated",
        days: &[Day {
            meanwhile: |case| case.add("ben"),
            ..day(&[BEN])
        }],
        expected: &["ben people usable Clerk"],
        ..ROW
    },
    Row {
        name: "new, several accounts fit: waits for a person",
        days: &[Day {
            meanwhile: |case| {
                case.add("ben");
                case.add("obrien");
            },
            ..day(&[BEN])
        }],
        expected: &["ben people usable Old", "obrien people usable Old"],
        left: 3,
        ..ROW
    },
    Row {
        name: "new and not active: nothing",
        days: &[day(&[ENDED])],
        ..ROW
    },
    Row {
        name: "new and not in scope: nothing",
        days: &[day(&[BOARD])],
        ..ROW
    },
    Row {
        name: "changed: written",
        days: &[day(&[BEN]), day(&[CHIEF])],
        expected: &["u2 people usable Chief"],
        ..ROW
    },
    Row {
        name: "nothing changed: nothing",
        days: &[day(&[BEN]), day(&[BEN])],
        expected: &[USABLE],
        ..ROW
    },
    Row {
        name: "the linked account has vanished: waits for a person",
        days: &[
            day(&[BEN]),
            Day {
                meanwhile: |case| case.delete("u2"),
                ..day(&[BEN])
            },
        ],
        left: 3,
        ..ROW
    },
    Row {
        name: "disabled in the source: disabled",
        days: &[day(&[BEN]), day(&[ENDED])],
        expected: &[LOCKED],
        ..ROW
    },
    Row {
        name: "out of scope: disabled",
        days: &[day(&[BEN]), day(&[BOARD])],
        expected: &[LOCKED],
        ..ROW
    },
    Row {
        name: "out of scope, to be deleted: deleted",
        rule: r#"out_of_scope = "delete""#,
        days: &[day(&[BEN]), day(&[BOARD])],
        ..ROW
    },
    Row {
        name: "out of scope, to be kept: nothing, not even an update",
        rule: KEEP,
        days: &[day(&[BEN]), day(&[CHAIRMAN])],
        expected: &[USABLE],
        ..ROW
    },
    Row {
        name: "kept, then ended: not managed any more",
        rule: KEEP,
        days: &[day(&[BEN]), day(&[BOARD]), day(&[BOARD_ENDED])],
        expected: &[USABLE],
        ..ROW
    },
    Row {
        name: "kept, then gone from the source: not managed any more",
        rule: KEEP,
        days: &[day(&[BEN, OTHER]), day(&[BOARD, OTHER]), day(&[OTHER])],
        expected: &[USABLE, ZOE],
        ..ROW
    },
    Row {
        name: "kept, in scope again, then ended: disabled",
        rule: KEEP,
        days: &[day(&[BEN]), day(&[BOARD]), day(&[BEN]), day(&[ENDED])],
        expected: &[LOCKED],
        ..ROW
    },
    Row {
        name: "soft-deleted in the source: disabled",
        days: &[day(&[BEN]), day(&[SOFT])],
        expected: &[LOCKED],
        ..ROW
    },
    Row {
        name: "soft-deleted, and the target can only delete: deleted if the rule says so",
        system: "",
        rule: r#"leaver = [{ disable = "end of last day", delete_after = "0 days" }]"#,
        days: &[day(&[BEN]), day(&[ENDED])],
        ..ROW
    },
    Row {
        name: "soft-deleted, and the target can only delete: else it waits for a person",
        system: "",
        rule: r#"leaver = [{ disable = "end of last day" }]"#,
        days: &[day(&[BEN]), day(&[ENDED])],
        expected: &[USABLE],
        left: 3,
        ..ROW
    },
    Row {
        name: "gone from the source: as a leaver",
        days: &[day(&[BEN, OTHER]), day(&[OTHER])],
        expected: &[LOCKED, ZOE],
        ..ROW
    },
    Row {
        name: "gone from the source, to be deleted: deleted",
        rule: r#"gone = "delete""#,
        days: &[day(&[BEN, OTHER]), day(&[OTHER])],
        expected: &[ZOE],
        ..ROW
    },
    Row {
        name: "gone from the source, to be kept: nothing",
        rule: r#"gone = "keep""#,
        days: &[day(&[BEN, OTHER]), day(&[OTHER])],
        expected: &[USABLE, ZOE],
        ..ROW
    },
    Row {
        name: "a rail is exceeded: nothing is deleted",
        rule: r#"gone = "delete""#,
        deletes: "{ absolute = 0 }",
        days: &[
            day(&[BEN, OTHER]),
            Day {
                fails: true,
                ..day(&[OTHER])
            },
        ],
        expected: &[USABLE, ZOE],
        left: 3,
        ..ROW
    },
    Row {
        name: "an engineer ends: disabled, and in no group",
        days: &[day(&[ENGINEER]), day(&[ENGINEER_ENDED])],
        expected: &[LOCKED],
        ..ROW
    },
    Row {
        name: "back: enabled, updated, and in the groups again",
        days: &[day(&[ENGINEER]), day(&[ENGINEER_ENDED]), day(&[BACK])],
        expected: &["u2 people usable Chief in eng"],
        ..ROW
    },
    Row {
        name: "the manager comes first",
        days: &[day(&[UNDER_ANA, ANA])],
        expected: &["u1 people usable Head", "u2 people usable Clerk under u1"],
        ..ROW
    },
    Row {
        name: "the manager appears later: linked",
        days: &[day(&[UNDER_ANA]), day(&[UNDER_ANA, ANA])],
        expected: &["u1 people usable Head", "u2 people usable Clerk under u1"],
        ..ROW
    },
    Row {
        name: "the manager is refused: the report is made without",
        days: &[Day {
            fails: true,
            ..day(&[UNDER_ANA, ANA_WRONG])
        }],
        expected: &[USABLE],
        left: 2,
        journal: "without manager: the account it refers to is not there yet",
        ..ROW
    },
    Row {
        name: "the manager is refused, and made later: linked",
        days: &[
            Day {
                fails: true,
                ..day(&[UNDER_ANA, ANA_WRONG])
            },
            day(&[UNDER_ANA, ANA]),
        ],
        expected: &["u1 people usable Head", "u2 people usable Clerk under u1"],
        ..ROW
    },
    Row {
        name: "managers of each other: both linked in one run",
        days: &[day(&[UNDER_ANA, ANA_UNDER_BEN])],
        expected: &[
            "u1 people usable Head under u2",
            "u2 people usable Clerk under u1",
        ],
        ..ROW
    },
    Row {
        name: "assigned by a group: members alone have an account",
        more: WIKI,
        days: &[
            day(&[BEN, OTHER]),
            Day {
                meanwhile: |case| case.member("add", "u2", "wiki-users"),
                ..day(&[BEN, OTHER])
            },
        ],
        expected: &["u2 people usable Clerk in wiki-users", "u2 wiki usable -", ZOE],
        ..ROW
    },
    Row {
        name: "no member any more: disabled",
        more: WIKI,
        days: &[
            day(&[BEN]),
            Day {
                meanwhile: |case| case.member("add", "u2", "wiki-users"),
                ..day(&[BEN])
            },
            Day {
                meanwhile: |case| case.member("delete", "u2", "wiki-users"),
                ..day(&[BEN])
            },
        ],
        expected: &[USABLE, "u2 wiki locked -"],
        ..ROW
    },
];
