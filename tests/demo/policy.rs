//! Approvals by policy: by rule, by one person, by two different ones, and what never happens.

use usher::{
    engine::{Engine, view::ReviewRow},
    model::{Fingerprint, Kind, OperationState, Verdict},
};

use super::{
    office::{Office, TODAY, due, morning, plan},
    plan_files::{on_day_one, refused},
};

/// Leavers and group removals take two people; titles go by rule; chat accounts are never made.
const POLICY: &str = r#"
[policy]
expire = "3 days"
same_person = [["ana", "a.kovac@example.org"]]

[[policy.rules]]
name = "leavers"
needs = "two"
kinds = ["disable"]
in = "directory"

[[policy.rules]]
name = "titles"
needs = "rule"
kinds = ["update"]
attributes = ["title", "departmentNumber", "manager", "l", "roomNumber", "telephoneNumber"]

[[policy.rules]]
name = "no chat"
needs = "never"
kinds = ["create"]
in = "chat"
"#;

fn of(rows: &[ReviewRow], kind: Kind, system: &str) -> Vec<ReviewRow> {
    let is = |row: &&ReviewRow| row.kind == kind && row.system.as_str() == system;
    rows.iter().filter(is).cloned().collect()
}

fn ids(rows: &[ReviewRow]) -> Vec<Fingerprint> {
    rows.iter().map(|row| row.id).collect()
}

async fn approve(engine: &Engine, rows: &[ReviewRow]) -> Result<Vec<OperationState>, String> {
    let decided = engine.decide(ids(rows), Verdict::Approve, None).await;
    let decided = decided.map_err(|error| error.to_string())?;
    Ok(decided.into_iter().map(|(_, state)| state).collect())
}

async fn note(engine: &Engine, id: Fingerprint) -> (OperationState, String) {
    let rows = due(engine).await;
    let row = rows.iter().find(|row| row.id == id).unwrap();
    (row.state, row.note.to_string())
}

#[tokio::test]
async fn four_eyes_are_those_of_two_different_people() {
    let office = Office::with(POLICY).await;
    let leavers = of(&office.due().await, Kind::Disable, "directory");
    let leaver = leavers[..1].to_vec();
    let (ana, ben) = (office.colleague("ana@one"), office.colleague("ben@one"));
    let proposed = [OperationState::Proposed];
    assert_eq!(approve(&ana, &leaver).await.unwrap(), proposed);
    let one_more = (
        OperationState::Proposed,
        "needs two: ana approved, one more".to_owned(),
    );
    assert_eq!(note(&office.engine, leaver[0].id).await, one_more);
    // neither once more, nor from elsewhere, nor as root, nor under another name
    for user in [
        "ana@one",
        "ana@two",
        "ana as root@one",
        "a.kovac@example.org (SSH key SHA256:x)",
    ] {
        let refused = approve(&office.colleague(user), &leaver).await.unwrap_err();
        assert!(refused.contains("second, different person"), "{user}: {refused}");
    }
    let writes = office.writes();
    let refused = office.engine.apply(None).await.unwrap_err().to_string();
    assert!(refused.contains("needs two: ana approved, one more"), "{refused}");
    assert_eq!(office.writes(), writes);

    assert_eq!(approve(&ben, &leaver).await.unwrap(), [OperationState::Approved]);
    // whoever takes one of the two back leaves one
    ben.decide(ids(&leaver), Verdict::Withdraw, None).await.unwrap();
    assert_eq!(note(&ana, leaver[0].id).await, one_more);
    assert!(office.engine.apply(None).await.is_err());
    approve(&ben, &leaver).await.unwrap();
    let run = office.engine.apply(None).await.unwrap();
    assert_eq!(run.systems.iter().map(|system| system.done).sum::<usize>(), 1);
    assert!(office.verify_audit() > 0);
}

#[tokio::test]
async fn what_never_happens_cannot_be_approved() {
    let office = Office::with(POLICY).await;
    let creates = of(&office.due().await, Kind::Create, "chat");
    assert!(!creates.is_empty());
    for row in &creates {
        assert_eq!(row.state, OperationState::Blocked);
        assert_eq!(row.note, "never, by policy rule `no chat`");
    }
    let refused = approve(&office.engine, &creates).await.unwrap_err();
    assert!(
        refused.contains("never happens, says policy rule `no chat`"),
        "{refused}"
    );
    office.approve_and_apply().await;
    let left = of(&office.due().await, Kind::Create, "chat");
    assert_eq!(left.len(), creates.len());
}

#[tokio::test]
async fn approvals_expire() {
    let office = Office::with(POLICY).await;
    let creates = of(&office.due().await, Kind::Create, "directory");
    assert_eq!(
        approve(&office.engine, &creates[..1]).await.unwrap(),
        [OperationState::Approved]
    );
    let mut day = TODAY;
    for _ in 0..4 {
        day = day.tomorrow().unwrap();
    }
    office.clock.set(morning(day));
    let expired = (
        OperationState::Proposed,
        "the approval of tester has expired".to_owned(),
    );
    assert_eq!(note(&office.engine, creates[0].id).await, expired);
    let refused = office.engine.apply(None).await.unwrap_err().to_string();
    assert!(
        refused.contains("1: the approval of tester has expired"),
        "{refused}"
    );
    approve(&office.engine, &creates[..1]).await.unwrap();
    assert_eq!(
        note(&office.engine, creates[0].id).await,
        (OperationState::Approved, String::new())
    );
    office.engine.apply(None).await.unwrap();
}

#[tokio::test]
async fn a_changed_policy_wants_a_new_plan() {
    let mut office = Office::open().await;
    let leavers = of(&office.due().await, Kind::Disable, "directory");
    approve(&office.engine, &leavers).await.unwrap();
    office.configure(POLICY);
    let refused = office.engine.apply(None).await.unwrap_err().to_string();
    assert!(refused.contains("the policy has changed"), "{refused}");
    plan(&office.engine).await.unwrap();
    // what one person approved before is one of two now
    let one_more = "needs two: tester approved, one more";
    assert_eq!(note(&office.engine, leavers[0].id).await.1, one_more);
    assert!(office.engine.apply(None).await.is_err());
}

#[tokio::test]
async fn in_mode_automatic_rules_approve_and_name_themselves() {
    let office = Office::with(POLICY).await;
    let by_rule = |rows: &[ReviewRow]| {
        let approved = rows.iter().filter(|row| row.state == OperationState::Approved);
        approved.cloned().collect::<Vec<_>>()
    };
    assert_eq!(by_rule(&office.due().await), [], "the mode is review");
    let path = office.sandbox.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    let automatic = text.replacen("mode = \"review\"", "mode = \"automatic\"", 1);
    assert_ne!(automatic, text);
    std::fs::write(&path, automatic).unwrap();
    let engine = office.colleague("usher");
    plan(&engine).await.unwrap();
    let approved = by_rule(&due(&engine).await);
    assert!(!approved.is_empty());
    for row in &approved {
        assert_eq!(row.kind, Kind::Update, "{}", row.what);
        let decisions = engine.store().decisions(row.id).unwrap();
        assert_eq!(decisions[0].by.user, "policy rule titles");
    }
    let run = engine.apply(None).await.unwrap();
    assert_eq!(
        run.systems.iter().map(|system| system.done).sum::<usize>(),
        approved.len()
    );
    // a person may still refuse what a rule would approve
    assert!(office.verify_audit() > 0);
}

#[tokio::test]
async fn what_was_rejected_until_a_day_returns_on_it_with_its_reason() {
    let office = Office::open().await;
    let creates = of(&office.due().await, Kind::Create, "directory");
    let until = morning(TODAY.tomorrow().unwrap());
    let reason = Some("the contract is not signed");
    office
        .decide(&creates[..1], Verdict::RejectUntil { until }, reason)
        .await;
    office.plan().await;
    let (state, said) = note(&office.engine, creates[0].id).await;
    assert_eq!(state, OperationState::Rejected);
    assert!(
        said.starts_with("rejected by tester until") && said.ends_with("the contract is not signed"),
        "{said}"
    );
    office.clock.set(until);
    let (state, said) = note(&office.engine, creates[0].id).await;
    assert_eq!(state, OperationState::Proposed);
    assert!(said.contains("the contract is not signed"), "{said}");
}

/// Who has which role, and what each of them may not do.
#[tokio::test]
async fn roles_are_kept_by_the_engine() {
    let mut office = Office::open().await;
    office.configure(
        "[policy.roles]\nviewer = [\"vera\"]\nreviewer = [\"rosa\"]\noperator = [\"otto\"]\nadmin = [\"tester\"]",
    );
    let creates = of(&office.due().await, Kind::Create, "directory");
    let (vera, rosa, otto) = (
        office.colleague("vera"),
        office.colleague("rosa"),
        office.colleague("otto"),
    );
    let eve = office.colleague("eve");
    let refused = eve
        .show(usher::engine::command::Query::Review)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("eve has no role here"), "{refused}");
    assert!(!due(&vera).await.is_empty());
    assert!(plan(&vera).await.unwrap_err()[0].contains("may not plan"));
    for engine in [&vera, &otto] {
        let refused = approve(engine, &creates).await.unwrap_err();
        assert!(refused.contains("may not approve"), "{refused}");
    }
    approve(&rosa, &creates).await.unwrap();
    for engine in [&vera, &rosa] {
        let refused = engine.apply(None).await.unwrap_err().to_string();
        assert!(refused.contains("may not apply"), "{refused}");
    }
    let reason = || "because".to_owned();
    let refused = otto.release("disable · directory".to_owned(), reason()).await;
    assert!(refused.unwrap_err().to_string().contains("may not release"));
    otto.apply(None).await.unwrap();
    // who was refused left a trace
    let (refusals, _) = office.engine.store().audit(0, 9, "refuse").unwrap();
    assert!(refusals >= 6, "{refusals}");
}

#[tokio::test]
async fn a_system_that_is_only_observed_is_never_written_to() {
    let (line, _) = on_day_one().await;
    let review = std::fs::read_to_string(&line.config).unwrap();
    let observed = review.replace("[systems.chat]\n", "[systems.chat]\nmode = \"observe\"\n");
    assert_ne!(observed, review);
    std::fs::write(&line.config, observed).unwrap();
    assert_eq!(line.code(&["plan"]).await, 2);
    let (before_directory, before_chat) = line.sandbox.writes();
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    line.run(&["apply"]).await;
    let (directory, chat) = line.sandbox.writes();
    assert!(directory > before_directory);
    assert_eq!(chat, before_chat, "it was written to");
    // the whole of it: the same as a plan without a run, whatever is approved
    std::fs::write(
        &line.config,
        review.replace("mode = \"review\"", "mode = \"observe\""),
    )
    .unwrap();
    assert_eq!(line.run(&["plan", "-o", "observed.plan"]).await.0, 2);
    line.run(&["approve", "--all"]).await;
    let (code, said) = line.run(&["apply"]).await;
    assert_eq!((code, line.sandbox.writes()), (1, (directory, chat)), "{said}");
    let said = refused(&line, "observed.plan").await;
    assert!(said.contains("only observed"), "{said}");
}
