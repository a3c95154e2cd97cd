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
    let right = secret(&mut office, "chat", "wrong");
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

    secret(&mut office, "chat", &right);
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
    assert!(office.engine.quarantines().await.unwrap().is_empty());
}
