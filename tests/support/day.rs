//! What the company's other panes show: the day, the trail, the people, the rules.

#![allow(dead_code, reason = "each test takes what it needs")]

use jiff::SignedDuration;
use usher::{
    engine::view::{
        AuditRow, AuditView, DayCount, EventColumn, EventPerson, PersonRow, PersonView, ReviewView, RuleView,
        SystemView, TodayView, UpcomingDay,
    },
    model::{
        Kind::{Delete, Disable, Enable},
        LifecycleEvent as E, LifecycleState, PersonId,
    },
};

use crate::company::{CASES, Case, findings, id, now, person, rows};

pub fn today(view: &ReviewView) -> TodayView {
    let mut events: Vec<EventColumn> = Vec::new();
    for event in [E::Joiner, E::Mover, E::Leaver, E::Rehire, E::NameChange] {
        let mut people: Vec<EventPerson> = Vec::new();
        for row in view.rows.iter().filter(|row| row.event == Some(event)) {
            match people
                .iter_mut()
                .rev()
                .take(8)
                .find(|known| Some(known.person) == row.person)
            {
                Some(known) => known.operations += 1,
                None => people.push(EventPerson {
                    person: row.person.unwrap(),
                    name: row.subject.to_string(),
                    detail: format!(
                        "{} · {}",
                        row.department,
                        if event == E::Mover {
                            "was Sales"
                        } else {
                            "Engineer"
                        }
                    ),
                    due: row.due,
                    operations: 1,
                }),
            }
        }
        if !people.is_empty() {
            events.push(EventColumn {
                event,
                total: people.len(),
                open: people.len(),
                people,
            });
        }
    }
    TodayView {
        now: now(),
        time_zone: "Europe/Berlin".into(),
        plan: view.plan.clone(),
        events,
        systems: vec![
            system("hr", "csv", 3, 431, None),
            system("directory", "ldap", 3, 12_408, None),
            system(
                "chat",
                "scim",
                60 * 26,
                398,
                Some("the last read was partial: 503 after 200 of 398 users"),
            ),
            SystemView {
                last_good_read: None,
                ..system("tickets", "manual", 0, 0, None)
            },
        ],
        history: (0..30)
            .map(|day: usize| DayCount {
                date: "2026-10-23".parse::<jiff::civil::Date>().unwrap() + jiff::Span::new().days(day as i64),
                applied: if day % 7 > 4 { 0 } else { (day * 37 + 11) % 60 + 2 },
                failed: usize::from(day == 9) * 3,
            })
            .collect(),
        upcoming: vec![
            UpcomingDay {
                date: "2026-11-26".parse().unwrap(),
                kinds: vec![(Enable, 2)],
                names: vec!["Emma Nilsson".into(), "عبد الرحمن".into()],
            },
            UpcomingDay {
                date: "2026-11-30".parse().unwrap(),
                kinds: vec![(Disable, 2), (Delete, 1)],
                names: vec!["Hiroshi 田中".into()],
            },
        ],
        findings: findings(),
    }
}

fn system(name: &str, connector: &str, minutes: i64, records: usize, trouble: Option<&str>) -> SystemView {
    SystemView {
        system: name.into(),
        connector: connector.into(),
        last_good_read: Some(now() - SignedDuration::from_mins(minutes)),
        records,
        trouble: trouble.map(Into::into),
    }
}

pub fn audit(actions: &[(&str, &str, &str)], offset: usize, limit: usize) -> AuditView {
    let rows: Vec<AuditRow> = actions
        .iter()
        .enumerate()
        .map(|(number, (action, subject, summary))| AuditRow {
            sequence: number as u64 + 1,
            at: now() + SignedDuration::from_secs(number as i64 * 20),
            actor: "ana@adminhost".into(),
            action: (*action).into(),
            subject: (*subject).into(),
            summary: (*summary).into(),
            hash: id(number as u64).to_string(),
        })
        .rev()
        .collect();
    AuditView {
        total: rows.len(),
        offset,
        head: rows.first().map(|row| row.hash.clone()).unwrap_or_default(),
        rows: rows.into_iter().skip(offset).take(limit).collect(),
        broken: None,
    }
}

pub fn people() -> Vec<PersonRow> {
    let row = |(number, case): (usize, &Case)| PersonRow {
        person: person(number as u128 + 1),
        name: case.0.into(),
        state: if case.2 == Some(E::Joiner) {
            LifecycleState::PreHire
        } else {
            LifecycleState::Active
        },
        department: case.1.into(),
        title: "Engineer".into(),
        accounts: case.4.len() % 3,
    };
    CASES.iter().enumerate().map(row).collect()
}

pub fn person_view(who: PersonId) -> Option<PersonView> {
    let row = people().into_iter().find(|row| row.person == who)?;
    Some(PersonView {
        attributes: vec![
            ("givenName".into(), row.name.clone()),
            ("employeeNumber".into(), "000482".into()),
            ("manager".into(), "Olga Ivanova".into()),
        ],
        accounts: vec![
            (
                "staff".into(),
                "uid=akovac,ou=people,dc=example,dc=org".into(),
                "confirmed".into(),
            ),
            ("chat".into(), "Users/31f0".into(), "drifted".into()),
        ],
        operations: rows()
            .into_iter()
            .filter(|other| other.person == Some(who))
            .collect(),
        row,
    })
}

pub fn rules() -> Vec<RuleView> {
    vec![
        RuleView {
            rule: "staff".into(),
            system: "directory".into(),
            scope: "[department] <> \"Board\"".into(),
            matches: vec![
                ("employeeNumber".into(), "[employeeNumber]".into()),
                ("mail".into(), "[mail]".into()),
            ],
            mappings: vec![
                (
                    "uid".into(),
                    "SelectUniqueValue(NormalizeDiacritics(Left([givenName], 1) & [sn]))".into(),
                    "at creation only".into(),
                ),
                ("title".into(), "[title]".into(), "nothing clears it".into()),
                ("manager".into(), "[manager]".into(), "a reference".into()),
                ("mobile".into(), "[mobile]".into(), "marked".into()),
            ],
        },
        RuleView {
            rule: "chat".into(),
            system: "chat".into(),
            scope: "everybody".into(),
            matches: vec![("userName".into(), "[accounts.staff.mail]".into())],
            mappings: vec![("userName".into(), "[accounts.staff.mail]".into(), String::new())],
        },
    ]
}
