//! What the console shows when the demo opens.

use usher::model::{FindingKind, Fingerprint, Kind, LifecycleEvent, OperationState};

use super::office::Office;

#[tokio::test]
async fn on_the_eve_all_is_in_order() {
    let office = Office::on_the_eve().await;
    let report = office.plan().await;
    assert_eq!(Office::counts(&report), []);
    assert!(
        report.summary.scheduled > 0,
        "nobody is about to leave or to come"
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of the day")]
async fn the_first_day_brings_every_event() {
    let office = Office::open().await;
    let report = office.plan().await;
    let expected = [
        ("joiner", 10),
        ("leave-start", 1),
        ("leaver", 7),
        ("mover", 18),
        ("name-change", 2),
        ("none", 4),
        ("pre-hire", 12),
        ("rehire", 10),
        ("create", 9),
        ("update", 18),
        ("enable", 4),
        ("disable", 5),
        ("add-member", 21),
        ("remove-member", 7),
    ];
    assert_eq!(
        Office::counts(&report),
        expected.map(|(word, count)| (word.to_owned(), count))
    );

    let review = office.review().await;
    let has = |subject: &str, system: &str, kind: Kind, event: LifecycleEvent, what: &str| {
        let found = review.rows.iter().any(|row| {
            row.subject == subject
                && row.system.as_str() == system
                && row.kind == kind
                && row.event == Some(event)
                && row.what == what
                && row.state == OperationState::Proposed
        });
        assert!(found, "{subject} {kind:?} in {system}");
    };
    has(
        "Nadia Petrova",
        "directory",
        Kind::Create,
        LifecycleEvent::Joiner,
        "uid=npetrova",
    );
    has(
        "Nadia Petrova",
        "chat",
        Kind::AddMember,
        LifecycleEvent::Joiner,
        "Engineering",
    );
    has(
        "小龍 李",
        "directory",
        Kind::Create,
        LifecycleEvent::PreHire,
        "uid=xiaoli",
    );
    has(
        "Anna Schmidt",
        "directory",
        Kind::Create,
        LifecycleEvent::PreHire,
        "uid=aschmidt2",
    );
    has(
        "Clara Patel",
        "chat",
        Kind::Disable,
        LifecycleEvent::LeaveStart,
        "",
    );
    has(
        "Adam Almeida",
        "directory",
        Kind::Disable,
        LifecycleEvent::Leaver,
        "→ ou=disabled",
    );
    has(
        "Ana Kovač",
        "directory",
        Kind::Disable,
        LifecycleEvent::Leaver,
        "→ ou=disabled",
    );
    has(
        "Greta Holm",
        "directory",
        Kind::Enable,
        LifecycleEvent::Rehire,
        "→ ou=people",
    );
    has(
        "Tariq Aziz",
        "directory",
        Kind::Update,
        LifecycleEvent::Rehire,
        "employeeNumber",
    );
    has(
        "Cecilia Kaya",
        "chat",
        Kind::RemoveMember,
        LifecycleEvent::Mover,
        "Sales",
    );
    has(
        "Georg Kumar-Sommer",
        "directory",
        Kind::Update,
        LifecycleEvent::NameChange,
        "cn, displayName, sn",
    );

    let mut findings: Vec<_> = review
        .findings
        .iter()
        .map(|finding| (finding.kind, finding.system.to_string(), finding.subject.clone()))
        .collect();
    findings.sort();
    let finding = |kind, system: &str, subject: &str| (kind, system.to_owned(), subject.to_owned());
    let mut expected = [
        finding(FindingKind::Ambiguous, "directory", "Maya Stern"),
        finding(FindingKind::Orphan, "chat", "/Users/u10231"),
        finding(
            FindingKind::Orphan,
            "directory",
            "uid=ocontractor,ou=people,dc=acme,dc=example",
        ),
    ];
    expected.sort();
    assert_eq!(findings, expected);
}

#[tokio::test]
async fn service_accounts_are_in_no_operation() {
    let office = Office::open().await;
    let store = office.engine.store();
    let plan = store.current_plan().unwrap().unwrap();
    let mut seen = 0;
    store
        .operations(plan.id, &mut |stored| {
            seen += 1;
            let operation = &stored.operation;
            assert_ne!(operation.fingerprint, Fingerprint([0; 32]));
            for text in [
                operation.target.location.clone(),
                format!("{:?}", operation.changes),
            ] {
                assert!(!text.contains("svc-") && !text.contains("ou=service"), "{text}");
            }
        })
        .unwrap();
    assert!(seen > 60, "{seen}");
}
