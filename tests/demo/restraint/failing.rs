//! Operations that failed and are tried again.

use super::*;

#[tokio::test]
async fn what_failed_is_tried_again_on_schedule_and_its_age_is_shown() {
    let (office, mood) = moody("[quarantine]\nrun = \"none\"").await;
    let all = in_system(&office, "directory").await.len();
    let is_update =
        |write: &Write| matches!(write, Write::Change { attributes, .. } if !attributes.is_empty());
    mood.refuse(move |write| is_update(write).then(refused));
    office.engine.apply(None).await.unwrap();
    let failed = standing(&office, "directory", OperationState::Failed).await;
    assert!(failed > 0 && failed < all, "{failed} of {all}");
    let note = |rows: &[ReviewRow]| {
        let row = rows.iter().find(|row| row.state == OperationState::Failed);
        row.unwrap().note.to_string()
    };
    let said = note(&in_system(&office, "directory").await);
    assert!(
        said.starts_with("failed once") && said.ends_with("the next run tries it again"),
        "{said}"
    );

    // it is still approved in the next plan, and the next run tries it once more
    later(&office, 60);
    office.plan().await;
    assert_eq!(
        standing(&office, "directory", OperationState::Failed).await,
        failed
    );
    let run = office.engine.apply(None).await.unwrap();
    assert_eq!(progress(&run, "directory").failed, failed);
    assert!(
        run.failures
            .iter()
            .all(|failure| failure.earlier == 1 && failure.first.is_some())
    );
    let said = note(&in_system(&office, "directory").await);
    assert!(
        said.starts_with("failed twice") && said.contains("(1 h ago); tried again after"),
        "{said}"
    );

    // then not before its time, unless somebody names it
    let refusal = office.engine.apply(None).await.unwrap_err().to_string();
    assert!(refusal.contains("the next try is after"), "{refusal}");
    mood.relent();
    let rows = in_system(&office, "directory").await;
    let one = rows
        .iter()
        .find(|row| row.state == OperationState::Failed)
        .unwrap()
        .id;
    let run = office.engine.apply(Some(vec![one])).await.unwrap();
    assert_eq!(progress(&run, "directory").done, 1);
    later(&office, 6 * 60);
    if failed > 1 {
        let run = office.engine.apply(None).await.unwrap();
        assert_eq!(progress(&run, "directory").done, failed - 1);
    }
    let report = office.plan().await;
    assert_eq!(Office::counts(&report), []);
}

#[tokio::test]
async fn a_failed_operation_that_is_rejected_is_not_tried_again() {
    let (office, mood) = moody("[quarantine]\nrun = \"none\"").await;
    mood.refuse(|_| Some(refused()));
    office.engine.apply(None).await.unwrap();
    let mut failed = in_system(&office, "directory").await;
    failed.retain(|row| row.state == OperationState::Failed);
    office
        .decide(&failed, Verdict::Reject, Some("not wanted any more"))
        .await;
    mood.relent();
    // what waits for them is left out, too
    let _ = office.engine.apply(None).await;
    assert_eq!(standing(&office, "directory", OperationState::Failed).await, 0);
    let rows = in_system(&office, "directory").await;
    for row in &failed {
        let now = rows.iter().find(|other| other.id == row.id).unwrap();
        assert_eq!(now.state, OperationState::Rejected);
    }
}
