//! What the company's other panes show: the day, the trail, the people, the rules.

#![allow(dead_code, reason = "each test takes what it needs")]

use jiff::SignedDuration;
use usher::{
    engine::{
        Block, Part,
        impact::{AttributeImpact, Example, Impact},
        mappings::{ExpressionView, Gives, RuleView, RulesView},
        trying::Tried,
        undo::{Left, TakesBack, UndoReport},
        view::{
            AuditRow, AuditView, DayCount, EventColumn, EventPerson, PersonRow, PersonView, ReviewView,
            SystemView, TodayView, UpcomingDay,
        },
    },
    model::{
        Kind::{self, Delete, Disable, Enable},
        LifecycleEvent as E, LifecycleState, PersonId, PlanId, PlanSummary,
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
        quarantines: vec![],
        held: None,
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
            run: (*action == "write").then_some(7),
            operation: (*action == "write").then(|| id(number as u64)),
            hash: id(number as u64).to_string(),
        })
        .rev()
        .collect();
    AuditView {
        total: rows.len(),
        offset,
        head: rows.first().map(|row| row.hash.clone()).unwrap_or_default(),
        rows: rows.into_iter().skip(offset).take(limit).collect(),
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

fn expression(part: Part, label: &str, text: &str, gives: Gives, flags: &[&'static str]) -> ExpressionView {
    ExpressionView {
        part: Some(part),
        label: label.into(),
        text: text.into(),
        gives,
        flags: flags.to_vec(),
    }
}

fn attribute(name: &str, text: &str, flags: &[&'static str]) -> ExpressionView {
    expression(Part::Attribute(name.into()), name, text, Gives::Value, flags)
}

pub fn rules() -> RulesView {
    let fact = |what: &str, words: &str| (what.to_owned(), words.to_owned());
    let staff = RuleView {
        block: Block::Accounts("staff".into()),
        system: "directory".into(),
        facts: vec![
            fact("may", "create, update, enable, disable, move"),
            fact("joiner", "made 14 days before, enabled on the first day"),
            fact(
                "leaver",
                "disabled after the last day, groups removed, deleted after 90 days",
            ),
        ],
        expressions: vec![
            expression(
                Part::Scope,
                "scope",
                "[department] <> \"Board\"",
                Gives::Truth,
                &[],
            ),
            expression(
                Part::Match(0),
                "match employeeNumber",
                "[employeeNumber]",
                Gives::Value,
                &[],
            ),
            expression(Part::Match(1), "match mail", "[mail]", Gives::Value, &[]),
            expression(
                Part::Container,
                "container",
                "\"ou=people,dc=example,dc=org\"",
                Gives::Value,
                &[],
            ),
            attribute(
                "uid",
                "SelectUniqueValue(\n  NormalizeDiacritics(Append(Left([givenName], 1), [sn])),\n  Append([sn], Counter()))",
                &["on create only"],
            ),
            attribute("title", "[title]", &["nothing clears it"]),
            expression(
                Part::Attribute("manager".into()),
                "manager",
                "[manager]",
                Gives::Reference,
                &["a reference"],
            ),
            attribute("mobile", "[mobile]", &["marked"]),
            ExpressionView {
                part: None,
                label: "userPassword".into(),
                text: String::new(),
                gives: Gives::Secret,
                flags: vec!["a secret drawn at random"],
            },
        ],
    };
    let chat = RuleView {
        block: Block::Accounts("chat".into()),
        system: "chat".into(),
        facts: vec![],
        expressions: vec![
            expression(Part::Scope, "scope", "", Gives::Truth, &["everybody"]),
            attribute("userName", "[accounts.staff.mail]", &[]),
        ],
    };
    let employees = RuleView {
        block: Block::People("employees".into()),
        system: "hr".into(),
        facts: vec![fact("source", "brings people nobody else knows")],
        expressions: vec![
            expression(Part::Scope, "scope", "", Gives::Truth, &["everybody"]),
            expression(
                Part::Lifecycle("start"),
                "start",
                "[hire_date]",
                Gives::Value,
                &[],
            ),
            attribute("givenName", "[first_name]", &[]),
        ],
    };
    RulesView {
        file: Some("/etc/usher/usher.toml".into()),
        last_change: None,
        rules: vec![staff, chat, employees],
    }
}

pub fn names() -> Vec<String> {
    [
        "givenName",
        "sn",
        "displayName",
        "department",
        "title",
        "mail",
        "mobile",
        "employeeNumber",
        "manager",
        "state",
        "accounts.staff.mail",
        "current.title",
        "manager.title",
    ]
    .map(ToOwned::to_owned)
    .to_vec()
}

/// What an expression gives: its own text, and something that is longer than its place.
pub fn tried(expression: &str) -> Vec<Tried> {
    let row = |(number, case): (usize, &Case)| Tried {
        person: person(number as u128 + 1),
        name: case.0.into(),
        value: match number {
            1 => Ok(String::new()),
            4 => Ok("••••".into()),
            2 => Err("“soon” is no date".into()),
            3 => Ok(
                "a value that is much longer than its place is wide, as descriptions are, and goes on".into(),
            ),
            _ => Ok(format!("{expression} {number}")),
        },
        masked: number == 4,
    };
    CASES.iter().take(6).enumerate().map(row).collect()
}

/// What taking back run 7 would do.
pub fn undo(view: &ReviewView, store: bool) -> UndoReport {
    let taken = view.rows.iter().filter(|row| row.kind != Delete).take(9);
    let stays = [
        (
            "李小龍",
            Delete,
            "a deleted object is gone: its system restores nothing",
        ),
        ("Olga Ivanova", Kind::Update, "in part: title was changed since"),
    ];
    UndoReport {
        run: 7,
        plan: store.then_some(PlanId(43)),
        summary: PlanSummary::default(),
        operations: taken
            .map(|row| TakesBack {
                operation: row.id,
                undoes: Some(row.id),
                kind: match row.kind {
                    Disable => Enable,
                    Kind::RemoveMember => Kind::AddMember,
                    Kind::Create => Delete,
                    other => other,
                },
                system: row.system.clone(),
                subject: row.subject.to_string(),
            })
            .collect(),
        left: stays
            .map(|(subject, kind, reason)| Left {
                operation: id(3),
                kind,
                system: "directory".into(),
                subject: subject.into(),
                reason: reason.into(),
                is_back: false,
            })
            .to_vec(),
        exceeded: vec![],
        incomplete: true,
    }
}

pub fn impact() -> Impact {
    let example = |name: &str, before: &str, after: &str| Example {
        name: name.into(),
        before: before.into(),
        after: after.into(),
    };
    Impact {
        accounts: 412,
        attributes: vec![
            AttributeImpact {
                attribute: "title".into(),
                accounts: 398,
                examples: vec![
                    example("Ana Kovač", "Engineer", "Dr. Engineer"),
                    example(
                        "Ben O'Brien",
                        "Senior Key Account Manager for the whole of the North",
                        "Dr. Senior Key Account Manager for the whole of the North",
                    ),
                    example("李小龍", "", "Dr."),
                ],
            },
            AttributeImpact {
                attribute: AttributeImpact::ACCOUNT.into(),
                accounts: 14,
                examples: vec![example("Olga Ivanova", "", "disable")],
            },
        ],
        kinds: vec![
            (usher::model::Kind::Update, 8, 406),
            (usher::model::Kind::Disable, 5, 19),
        ],
        findings: (2, 3),
        rails: vec![],
        read: Some(crate::company::now()),
    }
}
