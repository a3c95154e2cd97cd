//! Whole days at the company: plan, approve, apply, and nothing is left.

use usher::{engine::view::RunView, model::OperationState};

use super::office::Office;

fn assert_all_verified(run: &RunView) -> usize {
    assert_eq!(run.failures, []);
    let (mut total, mut done) = (0, 0);
    for system in &run.systems {
        total += system.total;
        done += system.done;
    }
    assert_eq!(done, total);
    done
}

#[tokio::test]
async fn what_is_applied_leaves_nothing_to_do() {
    let office = Office::open().await;
    let due = office.due().await;
    let scheduled = office.review().await.rows.len() - due.len();
    assert_eq!(assert_all_verified(&office.approve_and_apply().await), due.len());
    let states: Vec<_> = office.due().await.iter().map(|row| row.state).collect();
    assert_eq!(states, vec![OperationState::Verified; due.len()]);

    let report = office.plan().await;
    assert_eq!(Office::counts(&report), []);
    assert_eq!(report.summary.findings, 3);
    assert_eq!(report.summary.scheduled, scheduled);
    office.verify_audit();
    let due = due.len();
    // two plans on the eve and the day, one after, each with its reads: people; accounts and groups of both targets
    let expected = [
        ("approve", due),
        ("checkpoint", 1),
        ("plan", 3),
        ("read", 3 * 5),
        ("run", 1),
        ("run-end", 1),
        ("write", due),
    ];
    assert_eq!(
        office.audited_actions(),
        expected.map(|(action, count)| (action.to_owned(), count)).into()
    );
}

#[tokio::test]
async fn three_more_days_go_by() {
    let office = Office::open().await;
    for day in 0..=3 {
        if day > 0 {
            office.tomorrow().await;
        }
        let due = office.due().await;
        assert!(!due.is_empty(), "nothing happened on day {day}");
        assert!(
            due.iter().any(|row| row.event.is_some()),
            "no event was found on day {day}"
        );
        assert_all_verified(&office.approve_and_apply().await);
        let report = office.plan().await;
        assert_eq!(Office::counts(&report), [], "day {day}");
    }
    office.verify_audit();
}

#[tokio::test]
async fn days_that_nobody_looked_at_are_seen_at_once() {
    let office = Office::on_the_eve().await;
    office.plan().await;
    for _ in 0..=3 {
        office.sandbox.next_day().unwrap();
    }
    office.clock.set(super::office::morning(office.sandbox.today()));
    let report = office.plan().await;
    for event in [
        "joiner",
        "pre-hire",
        "leaver",
        "mover",
        "name-change",
        "rehire",
        "leave-start",
    ] {
        assert!(
            report.summary.events.contains_key(event),
            "{event}: {:?}",
            report.summary.events
        );
    }
    assert_all_verified(&office.approve_and_apply().await);
    assert_eq!(Office::counts(&office.plan().await), []);
}
