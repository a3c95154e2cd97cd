//! Rejecting and holding.

use usher::model::{Kind, OperationState, Verdict};

use super::office::{Office, TODAY, morning};

#[tokio::test]
async fn what_is_rejected_stays_rejected() {
    let office = Office::open().await;
    let due = office.due().await;
    let is_georg = |row: &&usher::engine::view::ReviewRow| row.subject == "Georg Kumar-Sommer";
    let rejected: Vec<_> = due.iter().filter(is_georg).cloned().collect();
    assert_eq!(rejected.len(), 2);
    let ids = || rejected.iter().map(|row| row.id).collect();
    let refused = office.engine.decide(ids(), Verdict::Reject, Some(" ".to_owned())).await;
    assert!(refused.unwrap_err().to_string().contains("reason"));
    office.decide(&rejected, Verdict::Reject, Some("the wedding is off")).await;
    let run = office.approve_and_apply().await;
    assert_eq!(run.systems.iter().map(|system| system.done).sum::<usize>(), due.len() - 2);

    for _ in 0..2 {
        let left = office.due().await;
        let states: Vec<_> = left.iter().filter(is_georg).map(|row| row.state).collect();
        assert_eq!(states, [OperationState::Rejected; 2]);
        office.plan().await;
        assert_eq!(office.due().await.len(), 2);
    }
    assert!(office.engine.apply(None).await.is_err(), "there was something to apply");
    assert!(!office.sandbox.directory_ldif().contains("-Sommer"));
}

#[tokio::test]
async fn what_is_held_returns_on_its_day() {
    let office = Office::open().await;
    let due = office.due().await;
    let held: Vec<_> = due.iter().filter(|row| row.subject == "Mei Sousa").cloned().collect();
    assert_eq!(held.len(), 1);
    let until = morning(TODAY.tomorrow().unwrap());
    office.decide(&held, Verdict::Hold { until }, None).await;
    office.approve_and_apply().await;
    office.plan().await;
    let left = office.due().await;
    assert_eq!(left.iter().map(|row| row.state).collect::<Vec<_>>(), [OperationState::Held]);

    office.tomorrow().await;
    let back = office.due().await;
    let back = back.iter().find(|row| row.id == held[0].id);
    assert_eq!(back.map(|row| row.state), Some(OperationState::Proposed));
}

#[tokio::test]
async fn what_waits_for_something_rejected_is_blocked() {
    let office = Office::open().await;
    let due = office.due().await;
    let nadia = |row: &&usher::engine::view::ReviewRow| row.subject == "Nadia Petrova";
    let create = due
        .iter()
        .filter(nadia)
        .find(|row| row.kind == Kind::Create && row.system.as_str() == "directory");
    let create = create.unwrap().clone();
    office.decide(std::slice::from_ref(&create), Verdict::Reject, Some("not before Monday")).await;
    let states: Vec<_> = office
        .due()
        .await
        .iter()
        .filter(nadia)
        .filter(|row| row.id != create.id)
        .map(|row| row.state)
        .collect();
    assert!(states.len() >= 4, "{states:?}");
    assert!(states.iter().all(|state| *state == OperationState::Blocked), "{states:?}");
    // even an approval does not get them past it
    office.approve_and_apply().await;
    assert!(!office.sandbox.directory_ldif().contains("npetrova"));
    assert!(office.verify_audit() > 0);
}
