//! A target that cannot be read stops nobody else.

use usher::model::Cause;

use super::*;

/// Gives the company another secret, and starts anew with it.
fn secret(office: &mut Office, name: &str, secret: &str) -> String {
    let path = office.sandbox.dir().join("secrets").join(name);
    let before = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, secret).unwrap();
    office.configure("");
    before
}

#[tokio::test]
async fn a_target_that_cannot_be_read_stops_nobody_else() {
    let mut office = Office::open().await;
    let (directory, chat) = (
        in_system(&office, "directory").await,
        in_system(&office, "chat").await,
    );
    assert!(!directory.is_empty() && !chat.is_empty());
    // nobody listens there
    let path = office.sandbox.config_path();
    let right = std::fs::read_to_string(&path).unwrap();
    let (before, after) = right.split_once("[systems.chat]").unwrap();
    let (url, rest) = after.split_once("url = \"http").unwrap();
    let (_, rest) = rest.split_once('"').unwrap();
    let wrong = format!("{before}[systems.chat]{url}url = \"http://127.0.0.1:1\"{rest}");
    std::fs::write(&path, wrong).unwrap();
    office.configure("");
    let report = office.plan().await;
    assert!(report.incomplete);
    // the plan is what it was: nobody is called gone, nothing has become new
    let ids = |rows: &[ReviewRow]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&in_system(&office, "chat").await), ids(&chat));
    let found = office.engine.quarantines().await.unwrap();
    assert_eq!(
        (found.len(), found[0].cause, found[0].system.as_str()),
        (1, Cause::Unread, "chat")
    );
    approve_all(&office).await;
    office.engine.apply(None).await.unwrap();
    assert_eq!(
        standing(&office, "directory", OperationState::Verified).await,
        directory.len()
    );
    assert_eq!(
        standing(&office, "chat", OperationState::Approved).await,
        chat.len()
    );
    later(&office, 60 * 24);
    assert!(
        office.engine.apply(None).await.is_err(),
        "time alone reads nothing"
    );

    std::fs::write(&path, right).unwrap();
    office.configure("");
    office.plan().await;
    assert!(office.engine.quarantines().await.unwrap().is_empty());
    office.engine.apply(None).await.unwrap();
    assert_eq!(standing(&office, "chat", OperationState::Approved).await, 0);
    office.verify_audit();
}

#[tokio::test]
async fn where_nothing_would_be_left_there_is_no_plan() {
    let mut office = Office::open().await;
    let before = office.review().await.plan.unwrap().id;
    // the chat takes its values from the directory
    secret(&mut office, "ldap", "wrong");
    assert!(refusal(&office).await.contains("directory was not read"));
    assert_eq!(office.review().await.plan.unwrap().id, before);
}

#[tokio::test]
async fn credentials_refused_in_reading_quarantine_that_system_alone_and_are_tried_ever_more_rarely() {
    let mut office = Office::open().await;
    let (directory, chat) = (
        in_system(&office, "directory").await,
        in_system(&office, "chat").await,
    );
    let right = secret(&mut office, "chat", "wrong");
    let report = office.plan().await;
    assert!(report.incomplete);
    let entered = office.engine.quarantines().await.unwrap();
    assert_eq!(
        (
            entered.len(),
            entered[0].cause,
            entered[0].system.as_str(),
            entered[0].tries
        ),
        (1, Cause::RefusedRead, "chat", 0)
    );
    let minutes = |one: &usher::model::Quarantine| one.next.unwrap().duration_since(one.since).as_mins();
    assert_eq!(minutes(&entered[0]), 15);
    assert!(entered[0].reason.contains("401"), "{}", entered[0].reason);
    // the others go on, and it is not written to, not even to try it
    approve_all(&office).await;
    office.engine.apply(None).await.unwrap();
    assert_eq!(
        standing(&office, "directory", OperationState::Verified).await,
        directory.len()
    );
    assert_eq!(
        standing(&office, "chat", OperationState::Approved).await,
        chat.len()
    );
    later(&office, 10);
    // before its time it is not asked, even if it would answer now
    secret(&mut office, "chat", &right);
    assert!(office.plan().await.incomplete);
    assert_eq!(office.engine.quarantines().await.unwrap(), entered);
    secret(&mut office, "chat", "wrong");
    later(&office, 6);
    office.plan().await;
    let again = office.engine.quarantines().await.unwrap();
    assert_eq!((again[0].tries, again[0].since), (1, entered[0].since));
    assert_eq!(minutes(&again[0]), 16 + 30);
    later(&office, 20);
    assert!(office.engine.apply(None).await.is_err(), "it was written to");

    // it ends by itself, when it is read again
    secret(&mut office, "chat", &right);
    later(&office, 11);
    office.plan().await;
    assert!(office.engine.quarantines().await.unwrap().is_empty());
    office.engine.apply(None).await.unwrap();
    assert_eq!(standing(&office, "chat", OperationState::Approved).await, 0);
    let count = |word: &str| {
        office
            .engine
            .store()
            .audit(0, 0, &format!("quarantine {word}"))
            .unwrap()
            .0
    };
    assert_eq!((count("enters"), count("stays"), count("leaves")), (1, 1, 1));
    office.verify_audit();
}

#[tokio::test]
async fn whoever_corrects_the_credentials_need_not_wait() {
    let mut office = Office::open().await;
    // without the directory nothing would be left: there is no plan, and still it is not asked again and again
    let right = secret(&mut office, "ldap", "wrong");
    assert!(refusal(&office).await.contains("directory was not read"));
    let found = office.engine.quarantines().await.unwrap();
    assert_eq!((found[0].cause, found[0].tries), (Cause::RefusedRead, 0));
    let said = refusal(&office).await;
    assert!(
        said.contains("not asked again before") && said.contains("usher quarantine release directory"),
        "{said}"
    );
    assert_eq!(office.engine.quarantines().await.unwrap(), found);
    secret(&mut office, "ldap", &right);
    let reason = "the password is corrected".to_owned();
    office
        .engine
        .release_quarantine("directory".into(), None, reason)
        .await
        .unwrap();
    office.plan().await;
    assert!(office.engine.quarantines().await.unwrap().is_empty());
}
