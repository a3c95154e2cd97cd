//! What a change in the source does to an account, one row each: the situation before, what HR says now, and all that
//! is done.

use usher::model::{FindingKind, Kind, Operation};

use crate::company::{Company, lines};

const BEN: &str = "2||Ben|OBrien|active|Sales|Clerk||2020-01-01|";
const ENDED: &str = "2||Ben|OBrien|terminated|Sales|Clerk||2020-01-01|2026-11-01";
const SOFT: &str = "2||Ben|OBrien|terminated|Sales|Clerk||2020-01-01|";
const BOARD: &str = "2||Ben|OBrien|active|Board|Clerk||2020-01-01|";
const ENGINEER: &str = "2||Ben|OBrien|active|Engineering|Clerk||2020-01-01|";
const ANA: &str = "1||Ana|Kovac|active|Sales|Head||2020-01-01|";
const UNDER_ANA: &str = "2||Ben|OBrien|active|Sales|Clerk|1|2020-01-01|";
const DISABLED: &str = "disable Ben OBrien";

/// One row.
struct Row {
    name: &'static str,
    /// HR on the days before: each is planned and applied.
    before: &'static [&'static [&'static str]],
    /// What happens beside HR.
    meanwhile: fn(&mut Company),
    /// HR now.
    now: &'static [&'static str],
    /// All operations that are due.
    expected: &'static [&'static str],
    finding: Option<FindingKind>,
}

const ROW: Row = Row {
    name: "",
    before: &[],
    meanwhile: |_| {},
    now: &[],
    expected: &[],
    finding: None,
};

fn entry(company: &mut Company, uid: &str) {
    let dn = format!("uid={uid},ou=people,dc=x");
    company.entry(&dn, true, &[("uid", uid), ("employeeNumber", "2"), ("sn", "Old")]);
}

fn set(company: &mut Company, key: &str, value: &str) {
    let leaver = r#"leaver = [{ disable = "end of last day", container = '"ou=disabled,dc=x"', remove_groups = true, delete_after = "90 days" }]"#;
    let line = match key {
        "out_of_scope" => r#"out_of_scope = "disable""#,
        "leaver" => leaver,
        _ => r#"rehire = "restore""#,
    };
    assert!(company.rules.contains(line));
    company.rules = company.rules.replace(line, &format!("{key} = {value}"));
}

const ROWS: &[Row] = &[
    Row {
        name: "new and active: made",
        now: &[BEN],
        expected: &["create Ben OBrien"],
        ..ROW
    },
    Row {
        name: "new, one account fits: linked and updated",
        meanwhile: |company| entry(company, "obrien"),
        now: &[BEN],
        expected: &["update Ben OBrien [cn sn givenName title departmentNumber mail]"],
        ..ROW
    },
    Row {
        name: "new, several accounts fit: waits for a person",
        meanwhile: |company| {
            entry(company, "obrien");
            entry(company, "ben");
        },
        now: &[BEN],
        finding: Some(FindingKind::Ambiguous),
        ..ROW
    },
    Row {
        name: "new and not active: nothing",
        now: &[ENDED],
        ..ROW
    },
    Row {
        name: "new and not in scope: nothing",
        now: &[BOARD],
        ..ROW
    },
    Row {
        name: "changed: only what changed is written",
        before: &[&[BEN]],
        now: &["2||Ben|OBrien|active|Sales|Chief Clerk||2020-01-01|"],
        expected: &["update Ben OBrien [title]"],
        ..ROW
    },
    Row {
        name: "nothing changed: nothing",
        before: &[&[BEN]],
        now: &[BEN],
        ..ROW
    },
    Row {
        name: "the linked account has vanished: waits for a person",
        before: &[&[BEN]],
        meanwhile: |company| company.entries.clear(),
        now: &[BEN],
        finding: Some(FindingKind::Missing),
        ..ROW
    },
    Row {
        name: "disabled in the source: disabled",
        before: &[&[BEN]],
        now: &[ENDED],
        expected: &[DISABLED],
        ..ROW
    },
    Row {
        name: "out of scope: disabled",
        before: &[&[BEN]],
        now: &[BOARD],
        expected: &[DISABLED],
        ..ROW
    },
    Row {
        name: "out of scope, to be deleted: deleted",
        before: &[&[BEN]],
        meanwhile: |company| set(company, "out_of_scope", "\"delete\""),
        now: &[BOARD],
        expected: &["delete Ben OBrien"],
        ..ROW
    },
    Row {
        name: "out of scope, to be kept: nothing, not even an update",
        before: &[&[BEN]],
        meanwhile: |company| set(company, "out_of_scope", "\"keep\""),
        now: &["2||Ben|OBrien|active|Board|Chairman||2020-01-01|"],
        ..ROW
    },
    Row {
        name: "kept, then ended: not managed any more",
        before: &[&[BEN]],
        meanwhile: |company| kept(company, &[BOARD]),
        now: &["2||Ben|OBrien|terminated|Board|Clerk||2020-01-01|2026-11-01"],
        ..ROW
    },
    Row {
        name: "kept, then gone from the source: not managed any more",
        before: &[&[BEN]],
        meanwhile: |company| kept(company, &[BOARD]),
        now: &[],
        ..ROW
    },
    Row {
        name: "kept, then in scope again: managed again",
        before: &[&[BEN]],
        meanwhile: |company| kept(company, &[BOARD]),
        now: &["2||Ben|OBrien|active|Sales|Chief Clerk||2020-01-01|"],
        expected: &["update Ben OBrien [title]"],
        ..ROW
    },
    Row {
        name: "kept, in scope again, then ended: disabled",
        before: &[&[BEN]],
        meanwhile: |company| {
            kept(company, &[BOARD]);
            kept(company, &[BEN]);
        },
        now: &[ENDED],
        expected: &[DISABLED],
        ..ROW
    },
    Row {
        name: "ended and out of scope at once: nobody is kept by leaving",
        before: &[&[BEN]],
        meanwhile: |company| set(company, "out_of_scope", "\"keep\""),
        now: &["2||Ben|OBrien|terminated|Board|Clerk||2020-01-01|2026-11-01"],
        expected: &[DISABLED],
        ..ROW
    },
    Row {
        name: "soft-deleted in the source: disabled",
        before: &[&[BEN]],
        now: &[SOFT],
        expected: &[DISABLED],
        ..ROW
    },
    Row {
        name: "soft-deleted, and the target can only delete: deleted if the rule says so",
        before: &[&[BEN]],
        meanwhile: |company| {
            company.directory_has_state = false;
            set(
                company,
                "leaver",
                r#"[{ disable = "end of last day", delete_after = "0 days" }]"#,
            );
        },
        now: &[ENDED],
        expected: &["delete Ben OBrien"],
        ..ROW
    },
    Row {
        name: "soft-deleted, and the target can only delete: else it waits for a person",
        before: &[&[BEN]],
        meanwhile: |company| {
            company.directory_has_state = false;
            set(company, "leaver", r#"[{ disable = "end of last day" }]"#);
        },
        now: &[ENDED],
        finding: Some(FindingKind::Invalid),
        ..ROW
    },
    Row {
        name: "gone from the source: as a leaver",
        before: &[&[BEN]],
        now: &[],
        expected: &[DISABLED],
        ..ROW
    },
    Row {
        name: "gone from the source, to be deleted: deleted",
        before: &[&[BEN]],
        meanwhile: |company| set(company, "gone", "\"delete\""),
        now: &[],
        expected: &["delete Ben OBrien"],
        ..ROW
    },
    Row {
        name: "gone from the source, to be disabled: disabled",
        before: &[&[BEN]],
        meanwhile: |company| set(company, "gone", "\"disable\""),
        now: &[],
        expected: &[DISABLED],
        ..ROW
    },
    Row {
        name: "gone from the source, to be kept: nothing",
        before: &[&[BEN]],
        meanwhile: |company| set(company, "gone", "\"keep\""),
        now: &[],
        ..ROW
    },
    Row {
        name: "gone, said by a read that is not complete: nothing",
        before: &[&[BEN]],
        meanwhile: |company| {
            set(company, "gone", "\"delete\"");
            company.hr_is_complete = false;
        },
        now: &[],
        ..ROW
    },
    Row {
        name: "back: enabled, updated, and in the groups again",
        before: &[&[ENGINEER], &[ENDED]],
        now: &["2||Ben|OBrien|active|Engineering|Chief Clerk||2026-11-20|"],
        expected: &[
            "enable Ben OBrien",
            "update Ben OBrien [title]",
            "add-member Ben OBrien cn=eng,ou=groups,dc=x",
        ],
        ..ROW
    },
    Row {
        name: "the manager comes first",
        now: &[UNDER_ANA, ANA],
        expected: &["create Ben OBrien", "create Ana Kovac"],
        ..ROW
    },
    Row {
        name: "the manager appears later: linked",
        before: &[&[UNDER_ANA]],
        now: &[UNDER_ANA, ANA],
        expected: &["create Ana Kovac", "update Ben OBrien [manager]"],
        ..ROW
    },
    Row {
        name: "the manager could not be made before: linked when it is",
        meanwhile: |company| {
            company.hr(&[UNDER_ANA, ANA]);
            let plan = company.plan();
            company.apply_but(&plan, |operation: &Operation| operation.subject == "Ana Kovac");
        },
        now: &[UNDER_ANA, ANA],
        expected: &["create Ana Kovac", "update Ben OBrien [manager]"],
        ..ROW
    },
    Row {
        name: "managers of each other: both linked",
        now: &[UNDER_ANA, "1||Ana|Kovac|active|Sales|Head|2|2020-01-01|"],
        expected: &[
            "create Ben OBrien",
            "create Ana Kovac",
            "update Ana Kovac [manager]",
        ],
        ..ROW
    },
];

/// Keeps accounts out of scope from now on, and lives through a day.
fn kept(company: &mut Company, hr: &[&str]) {
    if !company.rules.contains("out_of_scope = \"keep\"") {
        set(company, "out_of_scope", "\"keep\"");
    }
    day(company, hr);
}

/// Lives through a day: plans what HR says and applies it.
fn day(company: &mut Company, hr: &[&str]) {
    company.hr(hr);
    for _ in 0..2 {
        let plan = company.plan();
        company.apply(&plan);
    }
}

#[test]
fn each_row_of_the_table() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let mut company = Company::new(&[]);
        company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
        for hr in row.before {
            day(&mut company, hr);
        }
        (row.meanwhile)(&mut company);
        company.hr(row.now);
        let plan = company.plan();
        let done: Vec<String> = lines(&plan.operations)
            .iter()
            .map(|line| {
                let (_, line) = line.split_once(": ").unwrap();
                line.split(" @").next().unwrap().to_owned()
            })
            .collect();
        let found: Vec<_> = plan.findings.iter().map(|finding| finding.kind).collect();
        if done != row.expected || row.finding.is_some_and(|kind| !found.contains(&kind)) {
            wrong.push(format!("{}: {done:?} {found:?}", row.name));
        }
        let unwanted = |kind: &FindingKind| matches!(kind, FindingKind::Invalid | FindingKind::Missing);
        if row.finding.is_none() && found.iter().any(unwanted) {
            wrong.push(format!("{}: {found:?}", row.name));
        }
        if company.directory_has_state {
            company.apply(&plan);
            let again = company.plan();
            if !again.operations.is_empty() {
                wrong.push(format!("{}: again {:?}", row.name, lines(&again.operations)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rail_that_is_exceeded_stops_every_one_of_them() {
    let hr: Vec<String> = (0..25)
        .map(|number| format!("{number}||Ben|OBrien{number}|active|Sales|Clerk||2020-01-01|"))
        .collect();
    let hr: Vec<&str> = hr.iter().map(String::as_str).collect();
    let mut company = Company::new(&[]);
    company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
    day(&mut company, &hr);
    set(&mut company, "gone", "\"delete\"");
    company.hr(&hr[..2]);
    let plan = company.plan();
    let deletes = plan.operations.iter().filter(|it| it.kind == Kind::Delete);
    let rail = plan.rails.iter().find(|rail| rail.is_exceeded()).unwrap();
    assert_eq!((deletes.count(), rail.stopped.len()), (23, 23), "{}", rail.rail);
}
