//! Systems that are not written to until their trouble is gone.

use usher::model::{Cause, OperationState};

use super::*;

#[tokio::test]
async fn refused_credentials_stop_one_system_at_once_and_no_other() {
    let (office, mood) = moody("").await;
    let (all, chat) = (
        in_system(&office, "directory").await.len(),
        in_system(&office, "chat").await.len(),
    );
    mood.refuse(|_| Some(unauthorised()));
    let run = office.engine.apply(None).await.unwrap();
    assert!(progress(&run, "directory").quarantine.is_some());
    assert!(
        standing(&office, "chat", OperationState::Verified).await > 0,
        "of {chat}"
    );
    assert_eq!(
        standing(&office, "directory", OperationState::Approved).await,
        all
    );
    let found = office.engine.quarantines().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].cause, found[0].rule.clone(), found[0].tries),
        (Cause::Credentials, None, 0)
    );

    // nothing is written before it is time, and then one operation only
    let before = office.writes();
    mood.relent();
    let refusal = office.engine.apply(None).await.unwrap_err().to_string();
    assert!(
        refusal.contains("wait for a quarantine to end") && refusal.contains("the password is refused"),
        "{refusal}"
    );
    assert_eq!(office.writes(), before);
    mood.refuse(|_| Some(unauthorised()));
    later(&office, 16);
    let run = office.engine.apply(None).await.unwrap();
    assert_eq!(progress(&run, "directory").done, 0);
    let again = office.engine.quarantines().await.unwrap();
    assert_eq!((again[0].tries, again[0].since), (1, found[0].since));
    later(&office, 16);
    assert!(office.engine.apply(None).await.is_err(), "the pause has grown");

    // it is repaired: the next run that may try finds out, and does all the rest
    mood.relent();
    later(&office, 16);
    let run = office.engine.apply(None).await.unwrap();
    assert_eq!(progress(&run, "directory").done, all);
    assert!(office.engine.quarantines().await.unwrap().is_empty());
    let said: Vec<_> = ["enters", "stays", "leaves"]
        .map(|word| {
            office
                .engine
                .store()
                .audit(0, 0, &format!("quarantine {word}"))
                .unwrap()
                .0
        })
        .into();
    assert_eq!(said, [1, 1, 1]);
    office.verify_audit();
}

#[tokio::test]
async fn a_read_with_the_credentials_ends_the_quarantine_for_them() {
    let (office, mood) = moody("").await;
    mood.refuse(|_| Some(unauthorised()));
    office.engine.apply(None).await.unwrap();
    mood.relent();
    assert_eq!(office.engine.quarantines().await.unwrap().len(), 1);
    office.plan().await;
    assert!(office.engine.quarantines().await.unwrap().is_empty());
    office.engine.apply(None).await.unwrap();
    assert_eq!(standing(&office, "directory", OperationState::Approved).await, 0);
}

#[tokio::test]
async fn too_many_failures_stop_a_system_until_it_works_again() {
    let limits = "[quarantine]\nrun = { failures = 3, percent = 75 }";
    let (office, mood) = moody(limits).await;
    let all = in_system(&office, "directory").await.len();
    mood.refuse(|_| Some(refused()));
    let run = office.engine.apply(None).await.unwrap();
    let found = office.engine.quarantines().await.unwrap();
    assert!(
        !found.is_empty() && found.iter().all(|one| one.cause == Cause::Share),
        "{found:?}"
    );
    assert!(progress(&run, "chat").done > 0);
    let failed = standing(&office, "directory", OperationState::Failed).await;
    assert!(failed >= 3 && failed < all, "{failed} of {all}");
    // nothing was lost, and whoever looks is told
    let rows = in_system(&office, "directory").await;
    let waits = rows.iter().filter(|row| row.state == OperationState::Approved);
    assert!(waits.clone().count() > 0);
    for row in waits {
        assert!(row.note.contains("is in quarantine"), "{}", row.note);
    }

    // a person lets it go, with a reason and the right
    let release = |reason: &str| {
        let (system, rule) = (found[0].system.clone(), found[0].rule.clone());
        office.engine.release_quarantine(system, rule, reason.to_owned())
    };
    assert!(release(" ").await.is_err(), "there was no reason");
    release("the right is given back").await.unwrap();
    assert!(release("again").await.is_err(), "it was released twice");
    assert_eq!(
        office
            .engine
            .store()
            .audit(0, 0, "quarantine released given back")
            .unwrap()
            .0,
        1
    );
    for one in &found[1..] {
        let (system, rule) = (one.system.clone(), one.rule.clone());
        office
            .engine
            .release_quarantine(system, rule, "too".to_owned())
            .await
            .unwrap();
    }
    mood.relent();
    office.engine.apply(None).await.unwrap();
    assert_eq!(
        standing(&office, "directory", OperationState::Verified).await,
        all
    );
}

#[tokio::test]
async fn a_system_put_away_by_hand_is_not_written_to() {
    let (office, _) = moody("").await;
    let all = in_system(&office, "directory").await.len();
    let enter = |reason: &str| {
        office
            .engine
            .quarantine("directory".into(), None, reason.to_owned())
    };
    assert!(enter("").await.is_err(), "there was no reason");
    enter("maintenance until Monday").await.unwrap();
    later(&office, 60 * 24 * 3);
    office.engine.apply(None).await.unwrap();
    assert_eq!(
        standing(&office, "directory", OperationState::Approved).await,
        all
    );
    let release = office
        .engine
        .release_quarantine("directory".into(), None, "done".to_owned());
    release.await.unwrap();
    office.engine.apply(None).await.unwrap();
    assert_eq!(standing(&office, "directory", OperationState::Approved).await, 0);
}
