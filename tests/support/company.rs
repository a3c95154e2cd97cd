//! A company with hard names: a plan of some forty operations, and a large one made by counting.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use usher::{
    engine::approval::{Approvals, Lack},
    engine::view::{
        Attempt, ChangeLine, OperationView, PlanHead, ReviewRow, ReviewView, Shown, SourceField, Step,
        Verdict, WaitsFor, Why,
    },
    model::{
        Finding, FindingKind, Fingerprint, Kind, LifecycleEvent, Operation, OperationState, PersonId, PlanId,
        PlanSummary, Precondition, RailReading, Risk, Situation, Target,
    },
};

pub fn now() -> Timestamp {
    "2026-11-21T08:14:00Z".parse().unwrap()
}

pub fn id(number: u64) -> Fingerprint {
    let mut octets = [0; 32];
    let mixed = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    octets[..8].copy_from_slice(&mixed.to_be_bytes());
    octets[24..].copy_from_slice(&number.to_be_bytes());
    Fingerprint(octets)
}

pub fn person(number: u128) -> PersonId {
    PersonId(uuid::Uuid::from_u128(number))
}

/// (name, department, event, due in hours, systems and operations)
pub type Case = (
    &'static str,
    &'static str,
    Option<LifecycleEvent>,
    Option<i64>,
    &'static [(&'static str, Kind, &'static str)],
);

use Kind::{AddMember, Create, Delete, Disable, Enable, Move, RemoveMember, Task, Update};
use LifecycleEvent as E;

pub const CASES: &[Case] = &[
    (
        "Ana Kovač",
        "Engineering",
        Some(E::Leaver),
        Some(15),
        &[
            ("directory", Disable, ""),
            ("directory", RemoveMember, "cn=eng"),
            ("directory", RemoveMember, "cn=vpn"),
            ("directory", RemoveMember, "cn=admins"),
            ("directory", RemoveMember, "cn=all"),
            ("chat", Disable, ""),
        ],
    ),
    (
        "Ben O'Brien",
        "Sales",
        Some(E::Leaver),
        Some(15),
        &[("directory", Disable, "")],
    ),
    (
        "Çelik, Deniz",
        "Sales",
        Some(E::Leaver),
        None,
        &[("chat", Disable, "")],
    ),
    (
        "李小龍",
        "Facilities",
        Some(E::Leaver),
        None,
        &[("directory", Delete, "after 90 days")],
    ),
    (
        "Zoë Ångström",
        "Engineering",
        Some(E::Joiner),
        None,
        &[
            ("directory", Create, ""),
            ("directory", AddMember, "cn=eng"),
            ("directory", AddMember, "cn=all"),
            ("chat", Create, ""),
            ("hr", Update, "work_email"),
        ],
    ),
    (
        "Nguyễn Thị Minh Khai",
        "Finance",
        Some(E::Joiner),
        None,
        &[("directory", Create, ""), ("chat", Create, "")],
    ),
    (
        "Maximilian-Alexander von und zu Hohenstein-Wittelsbach",
        "Legal",
        Some(E::Joiner),
        None,
        &[("directory", Create, "")],
    ),
    (
        "عبد الرحمن",
        "Sales",
        Some(E::Joiner),
        Some(120),
        &[("directory", Enable, "")],
    ),
    (
        "admin\u{202E}nimda",
        "Engineering",
        Some(E::Mover),
        None,
        &[("directory", Update, "title")],
    ),
    (
        "John\u{200B} Smith",
        "Marketing",
        Some(E::Mover),
        None,
        &[
            ("directory", Update, "title, department"),
            ("directory", Move, "ou=marketing"),
            ("directory", RemoveMember, "cn=sales"),
        ],
    ),
    (
        "Olga Ivanova",
        "Finance",
        Some(E::Mover),
        None,
        &[("directory", Update, "manager"), ("chat", Update, "title")],
    ),
    (
        "Renée du Pré",
        "Finance",
        Some(E::NameChange),
        None,
        &[("directory", Move, "uid=rdupre"), ("chat", Update, "userName")],
    ),
    (
        "Tomás Ó Súilleabháin",
        "Legal",
        Some(E::Rehire),
        None,
        &[("directory", Enable, ""), ("chat", Enable, "")],
    ),
    (
        "Priya Raghunathan",
        "Engineering",
        Some(E::LeaveStart),
        None,
        &[("chat", Disable, "")],
    ),
    (
        "Key return",
        "Facilities",
        None,
        None,
        &[("tickets", Task, "collect the badge of Ben O'Brien")],
    ),
    (
        "Jürgen Groß",
        "Facilities",
        None,
        None,
        &[("directory", Update, "telephoneNumber")],
    ),
    (
        "Sofía Álvarez",
        "Sales",
        None,
        None,
        &[("directory", Update, "mobile")],
    ),
    (
        "Hiroshi 田中",
        "Engineering",
        Some(E::Leaver),
        Some(24 * 9),
        &[("directory", Disable, ""), ("chat", Disable, "")],
    ),
    (
        "Emma Nilsson",
        "Finance",
        Some(E::PreHire),
        Some(24 * 5),
        &[("directory", Enable, "")],
    ),
];

pub fn rows() -> Vec<ReviewRow> {
    let mut rows = Vec::new();
    for (number, (subject, department, event, due, operations)) in CASES.iter().enumerate() {
        for (system, kind, what) in *operations {
            let scheduled = due.is_some_and(|hours| hours > 24);
            let mut risk = Vec::new();
            if *what == "cn=admins" {
                risk.push(Risk::Privileged);
            }
            if *kind == Delete {
                risk.push(Risk::Irreversible);
            }
            if matches!(kind, Delete | Disable | RemoveMember) {
                risk.push(Risk::Destructive);
            }
            rows.push(ReviewRow {
                id: id(rows.len() as u64),
                person: Some(person(number as u128 + 1)),
                subject: (*subject).into(),
                system: (*system).into(),
                rule: if *system == "directory" {
                    "staff".into()
                } else {
                    (*system).into()
                },
                kind: *kind,
                event: *event,
                situation: situation(*kind),
                state: OperationState::Proposed,
                note: String::new().into(),
                lack: Lack::Nothing,
                due: due.map(|hours| now() + SignedDuration::from_hours(hours)),
                scheduled,
                risk,
                what: (*what).into(),
                department: (*department).into(),
            });
        }
    }
    rows
}

fn situation(kind: Kind) -> Situation {
    match kind {
        Create => Situation::New,
        Disable | Delete | RemoveMember => Situation::Leaving,
        Enable => Situation::Retired,
        _ => Situation::Confirmed,
    }
}

pub fn findings() -> Vec<Finding> {
    vec![
        Finding {
            kind: FindingKind::Ambiguous,
            person: Some(person(900)),
            subject: "Łukasz Żak".into(),
            rule: Some("staff".into()),
            system: "directory".into(),
            anchors: vec!["5f0c1b0a".into(), "77ab9310".into()],
            candidates: vec![],
            message: "two accounts match employeeNumber 000731; set the link of one of them".into(),
        },
        Finding {
            kind: FindingKind::Refused,
            person: None,
            subject: "people.csv line 77".into(),
            rule: None,
            system: "hr".into(),
            anchors: vec![],
            candidates: vec![],
            message: "hire_date “31.02.2026” is no date; correct it in HR".into(),
        },
    ]
}

pub fn head(rows: &[ReviewRow], findings: usize) -> PlanHead {
    let mut kinds = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.scheduled) {
        *kinds.entry(row.kind).or_insert(0) += 1;
    }
    let disables = kinds.get(&Disable).copied().unwrap_or(0);
    PlanHead {
        id: PlanId(42),
        seal: Fingerprint([0x7f; 32]),
        made: now(),
        summary: PlanSummary {
            kinds,
            events: BTreeMap::new(),
            scheduled: rows.iter().filter(|row| row.scheduled).count(),
            findings,
        },
        rails: vec![
            rail("disable · directory", Disable, disables, 20),
            rail("members · directory", RemoveMember, 5, 60),
            rail("delete · directory", Delete, 1, 5),
        ],
    }
}

fn rail(name: &str, kind: Kind, count: usize, limit: usize) -> RailReading {
    RailReading {
        rail: name.into(),
        kind,
        system: "directory".into(),
        count,
        earlier: 0,
        window_hours: None,
        limit,
        population: 412,
        stopped: vec![],
    }
}

pub fn review() -> ReviewView {
    let rows = rows();
    ReviewView {
        plan: Some(head(&rows, 2)),
        rows: Arc::new(rows),
        findings: Arc::new(findings()),
    }
}

/// A plan with a rail that stops its disables in the directory.
pub fn stopped() -> ReviewView {
    let mut view = review();
    let rows = Arc::make_mut(&mut view.rows);
    let mut stops = Vec::new();
    for row in rows
        .iter_mut()
        .filter(|row| row.kind == Disable && !row.scheduled)
    {
        row.note = "stopped by the guard rail disable · directory (8 of at most 6)".into();
        stops.push(row.id);
    }
    let plan = view.plan.as_mut().unwrap();
    plan.rails[0] = RailReading {
        count: stops.len() + 1,
        earlier: 1,
        window_hours: Some(24),
        limit: stops.len() - 1,
        stopped: stops,
        ..plan.rails[0].clone()
    };
    view
}

/// A plan of any size: names, kinds and systems by counting.
pub fn large(operations: usize) -> ReviewView {
    const GIVEN: [&str; 8] = ["Ana", "Ben", "Çağla", "Deniz", "Eva", "Łukasz", "小龍", "Zoë"];
    const FAMILY: [&str; 7] = [
        "Kovač",
        "O'Brien",
        "Żak",
        "李",
        "Ångström",
        "von der Heide",
        "Smith",
    ];
    let kinds = [Update, Create, Disable, AddMember];
    let rows: Vec<ReviewRow> = (0..operations)
        .map(|number| ReviewRow {
            id: id(number as u64),
            person: Some(person(number as u128 / 2)),
            subject: format!(
                "{} {} {}",
                GIVEN[number / 2 % 8],
                FAMILY[number / 16 % 7],
                number / 2
            )
            .into(),
            system: if number % 2 == 0 {
                "directory".into()
            } else {
                "chat".into()
            },
            rule: "staff".into(),
            kind: kinds[number / 2 % 4],
            event: LifecycleEvent::ALL.get(number / 2 % 12).copied(),
            situation: Situation::Confirmed,
            state: OperationState::Proposed,
            note: String::new().into(),
            lack: Lack::Nothing,
            due: None,
            scheduled: false,
            risk: vec![],
            what: "title, department".into(),
            department: FAMILY[number % 7].into(),
        })
        .collect();
    ReviewView {
        plan: Some(head(&rows, 0)),
        rows: Arc::new(rows),
        findings: Arc::default(),
    }
}

/// An operation in full.
pub fn operation(row: &ReviewRow, state: OperationState) -> OperationView {
    let login: String = row
        .subject
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    let location = match row.kind {
        AddMember | RemoveMember => format!("{},ou=groups,dc=example,dc=org", row.what),
        _ if row.system.as_str() == "directory" => format!("uid={login},ou=people,dc=example,dc=org"),
        _ => format!("Users/{}", row.id.short()),
    };
    let waits_for = match (row.kind, row.system.as_str()) {
        (AddMember, _) | (Create, "chat") => rows()
            .iter()
            .find(|other| {
                other.person == row.person && other.kind == Create && other.system.as_str() == "directory"
            })
            .map(|other| WaitsFor {
                id: other.id,
                what: format!("create {} in directory", other.subject),
                state: None,
            }),
        _ => None,
    };
    OperationView {
        lines: lines(row, &login),
        state,
        note: String::new(),
        demand: usher::model::Demand::default(),
        approvals: Approvals::default(),
        scheduled: row.scheduled,
        decisions: vec![],
        waits_for: waits_for.iter().cloned().collect(),
        command: format!("modify {location}"),
        undo: if row.kind == Delete {
            "no: a deleted object has another id".into()
        } else {
            "yes, for 90 days".into()
        },
        attempts: if state == OperationState::Failed {
            vec![Attempt {
                at: now(),
                state,
                message: "insufficientAccessRights (50)".into(),
            }]
        } else {
            vec![]
        },
        whys: whys(row),
        operation: Operation {
            fingerprint: row.id,
            person: row.person,
            subject: row.subject.to_string(),
            rule: row.rule.clone(),
            system: row.system.clone(),
            class: vec!["inetOrgPerson".into()],
            kind: row.kind,
            situation: row.situation,
            event: row.event,
            target: Target {
                anchor: None,
                location,
                container: None,
                name: None,
            },
            changes: vec![],
            usable: None,
            precondition: Precondition::Unchanged { enabled: Some(true) },
            waits_for: waits_for.iter().map(|other| other.id).collect(),
            due: row.due,
            risk: row.risk.clone(),
            why: why(row),
            undoes: None,
        },
    }
}

/// How a value of an update and the last day of a leaver came about.
fn whys(row: &ReviewRow) -> Vec<Why> {
    let field = |field: &str, value: &str| SourceField {
        system: "hr".into(),
        record: "people.csv line 482".into(),
        field: field.into(),
        value: Shown::Text(value.into()),
        read_at: now(),
    };
    let step = |depth, text: &str, value: &str, from: &str| Step {
        depth,
        text: text.into(),
        value: Shown::Text(value.into()),
        from: from.into(),
    };
    let text = |text: &str| Shown::Text(text.into());
    match row.kind {
        Update => vec![Why {
            attribute: "title".into(),
            masked: false,
            source: vec![field("grade", "Senior"), field("job", "Account Executive")],
            steps: vec![
                step(0, "[title]", "Senior Account Executive", ""),
                step(
                    1,
                    "Trim(Join(\" \", [grade], [job]))",
                    "Senior Account Executive",
                    "people `employees`",
                ),
                step(2, "Join(\" \", [grade], [job])", "Senior Account Executive", ""),
                step(3, "[grade]", "Senior", "hr, people.csv line 482"),
                step(3, "[job]", "Account Executive", "hr, people.csv line 482"),
            ],
            value: text("Senior Account Executive"),
            normalised: text("senior account executive"),
            target: Some(text("Account Executive")),
            comparison: "without case, spaces folded".into(),
            verdict: Verdict::Replaced,
            remark: String::new(),
        }],
        Disable => vec![Why {
            attribute: "usable".into(),
            masked: false,
            source: vec![field("last_day", "2026-11-21")],
            steps: vec![
                step(0, "[state]", "active", ""),
                step(1, "[last_day]", "2026-11-21", "end, hr, people.csv line 482"),
            ],
            value: text("no"),
            normalised: text("no"),
            target: Some(text("yes")),
            comparison: "exactly".into(),
            verdict: Verdict::Replaced,
            remark: why(row),
        }],
        _ => vec![],
    }
}

fn why(row: &ReviewRow) -> String {
    match row.event {
        Some(E::Leaver) => "people.csv line 482: last_day 2026-11-21 (inclusive)".into(),
        Some(E::Joiner) => "people.csv line 511: hire_date 2026-11-23, created 14 days before".into(),
        Some(E::Mover) => "people.csv line 40: department was Sales".into(),
        _ => "people.csv line 12: the value differs".into(),
    }
}

fn lines(row: &ReviewRow, login: &str) -> Vec<ChangeLine> {
    let line = |mark, attribute: &str, before: &str, after: &str| ChangeLine {
        mark,
        attribute: attribute.into(),
        before: before.into(),
        after: after.into(),
    };
    match row.kind {
        Create => vec![
            line('+', "uid", "", login),
            line('+', "cn", "", &row.subject),
            line('+', "mail", "", &format!("{login}@example.org")),
            line('+', "department", "", &row.department),
            line(
                '+',
                "userPassword",
                "",
                "•••••••• (secret “initial”, handed to the manager)",
            ),
        ],
        Disable => vec![
            line('~', "pwdAccountLockedTime", "", "locked"),
            line('~', "container", "ou=people", "ou=disabled"),
            line(
                '-',
                "memberOf",
                "cn=eng, cn=vpn, cn=admins (privileged), cn=all",
                "",
            ),
        ],
        AddMember => vec![line('+', "member", "", &format!("uid={login}"))],
        RemoveMember => vec![line('-', "member", &format!("uid={login}"), "")],
        Update => vec![
            line('~', "title", "Account Executive", "Senior Account Executive"),
            line('~', "department", "Sales", &row.department),
        ],
        _ => vec![line('~', "description", "", "set by usher")],
    }
}
