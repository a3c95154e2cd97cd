//! Rejecting and holding.

use usher::model::{Kind, OperationState, Verdict};

use super::{
    command_line::CommandLine,
    office::{Office, TODAY, morning},
};

#[tokio::test]
async fn what_is_rejected_stays_rejected() {
    let office = Office::open().await;
    let due = office.due().await;
    let is_georg = |row: &&usher::engine::view::ReviewRow| row.subject == "Georg Kumar-Sommer";
    let rejected: Vec<_> = due.iter().filter(is_georg).cloned().collect();
    assert_eq!(rejected.len(), 2);
    let ids = || rejected.iter().map(|row| row.id).collect();
    let refused = office
        .engine
        .decide(ids(), Verdict::Reject, Some(" ".to_owned()))
        .await;
    assert!(refused.unwrap_err().to_string().contains("reason"));
    office
        .decide(&rejected, Verdict::Reject, Some("the wedding is off"))
        .await;
    let run = office.approve_and_apply().await;
    assert_eq!(
        run.systems.iter().map(|system| system.done).sum::<usize>(),
        due.len() - 2
    );

    for _ in 0..2 {
        let left = office.due().await;
        let states: Vec<_> = left.iter().filter(is_georg).map(|row| row.state).collect();
        assert_eq!(states, [OperationState::Rejected; 2]);
        office.plan().await;
        assert_eq!(office.due().await.len(), 2);
    }
    assert!(
        office.engine.apply(None).await.is_err(),
        "there was something to apply"
    );
    assert!(!office.sandbox.directory_ldif().contains("-Sommer"));
}

#[tokio::test]
async fn what_is_held_returns_on_its_day() {
    let office = Office::open().await;
    let due = office.due().await;
    let held: Vec<_> = due
        .iter()
        .filter(|row| row.subject == "Mei Sousa")
        .cloned()
        .collect();
    assert_eq!(held.len(), 1);
    let until = morning(TODAY.tomorrow().unwrap());
    office.decide(&held, Verdict::Hold { until }, None).await;
    office.approve_and_apply().await;
    office.plan().await;
    let left = office.due().await;
    assert_eq!(
        left.iter().map(|row| row.state).collect::<Vec<_>>(),
        [OperationState::Held]
    );

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
    office
        .decide(
            std::slice::from_ref(&create),
            Verdict::Reject,
            Some("not before Monday"),
        )
        .await;
    let states: Vec<_> = office
        .due()
        .await
        .iter()
        .filter(nadia)
        .filter(|row| row.id != create.id)
        .map(|row| row.state)
        .collect();
    assert!(states.len() >= 4, "{states:?}");
    assert!(
        states.iter().all(|state| *state == OperationState::Blocked),
        "{states:?}"
    );
    // even an approval does not get them past it
    let waiting: Vec<_> = office
        .due()
        .await
        .iter()
        .filter(nadia)
        .filter(|row| row.id != create.id)
        .cloned()
        .collect();
    office.decide(&waiting, Verdict::Approve, None).await;
    let refused = office.engine.apply(None).await.unwrap_err().to_string();
    assert!(refused.contains("wait for"), "{refused}");
    office.approve_and_apply().await;
    assert!(!office.sandbox.directory_ldif().contains("npetrova"));
    assert!(office.verify_audit() > 0);
}

#[tokio::test]
async fn one_plan_is_applied_in_steps() {
    let office = Office::open().await;
    for subject in ["Greta Holm", "Nadia Petrova", "Adam Almeida"] {
        // what comes first, then what waits for it: a run each, without a plan in between
        let mut steps = office.due().await;
        steps.retain(|row| row.subject == subject);
        steps.sort_by_key(|row| match (row.system.as_str(), row.kind) {
            (_, Kind::RemoveMember) => 0,
            ("directory", Kind::Create | Kind::Enable | Kind::Disable) => 1,
            (_, Kind::Create | Kind::Enable | Kind::Disable) => 2,
            _ => 3,
        });
        assert!(steps.len() > 2, "{subject}");
        for step in steps {
            office
                .decide(std::slice::from_ref(&step), Verdict::Approve, None)
                .await;
            let run = office.engine.apply(None).await;
            let run =
                run.unwrap_or_else(|error| panic!("{subject}: {:?} in {}: {error}", step.kind, step.system));
            assert_eq!(run.failures, [], "{subject}: {:?} in {}", step.kind, step.system);
        }
    }
    assert_eq!(office.approve_and_apply().await.failures, []);
    let report = office.plan().await;
    assert_eq!(Office::counts(&report), [], "{:?}", office.due().await);
}

#[tokio::test]
async fn what_is_approved_in_bulk_can_take_along_what_it_waits_for() {
    let mut line = CommandLine::new().await;
    line.settle_the_doubt().await;
    assert_eq!(line.code(&["plan"]).await, 0);
    line.sandbox.next_day().unwrap();
    line.set_clock();
    assert_eq!(line.code(&["plan"]).await, 2);
    let rows = line.json(&["show"]).await["rows"].as_array().unwrap().clone();
    let creates = |system: &str| {
        let is = |row: &&serde_json::Value| {
            row["kind"] == "create" && row["system"] == system && row["scheduled"] == false
        };
        rows.iter().filter(is).count()
    };
    let (chat, directory) = (creates("chat"), creates("directory"));
    assert!(chat > 0 && directory > 0, "{chat} {directory}");
    let approve = ["approve", "--all", "--system", "chat", "--kind", "create"];
    let (code, said) = line.run(&approve).await;
    assert!(
        code == 0 && said.contains(&format!("{chat} approved")) && said.contains("--awaited approves"),
        "{said}"
    );
    assert_eq!(line.code(&["withdraw", "--all"]).await, 0);
    // the number is that of all that is meant
    let with = [&approve[..], &["--awaited"]].concat();
    let few = chat.to_string();
    let counted = [&with[..], &["--count", &few]].concat();
    let (code, said) = line.run(&counted).await;
    assert!(code != 0 && said.contains("nothing was decided"), "{said}");
    let (code, said) = line.run(&with).await;
    assert!(
        code == 0 && !said.contains(&format!("{chat} approved")) && !said.contains("--awaited"),
        "{said}"
    );
    // nothing that was approved waits on
    let (code, said) = line.run(&["apply"]).await;
    assert_eq!(code, 0, "{said}");
}
