//! A few first, the others on somebody's word.

use usher::engine::{
    ApplyOptions,
    command::Command,
    event::{Event, Level},
    view::{CanaryVerdict, RunState},
};

use super::*;

fn canary(first: usize, go_on: bool) -> ApplyOptions {
    ApplyOptions {
        canary: Some(first),
        go_on,
        ..ApplyOptions::default()
    }
}

/// How many operations of each kind in the directory are verified.
async fn verified(office: &Office, kind: Kind) -> usize {
    let rows = in_system(office, "directory").await;
    let is = |row: &&ReviewRow| row.kind == kind && row.state == OperationState::Verified;
    rows.iter().filter(is).count()
}

#[tokio::test]
async fn the_first_of_each_kind_are_written_then_somebody_lets_the_rest_go_on() {
    let (office, _) = moody("").await;
    let due = office.due().await;
    let run = office.engine.apply_with(canary(1, false)).await.unwrap();
    let shown = run.canary.expect("a canary");
    let done: usize = run.systems.iter().map(|system| system.done).sum();
    assert_eq!(done + shown.waiting, due.len());
    for lane in &shown.lanes {
        assert_eq!((lane.tried, lane.worked), (1, 1), "{lane:?}");
    }
    assert!(verified(&office, Kind::Create).await <= 1);
    // another engine, as another process would be, goes on; kinds that it meets first are tried first, too
    let mut left = shown.waiting;
    let other = engine(&office, &Mood::default());
    while left > 0 {
        let run = other.apply_with(canary(1, true)).await.unwrap();
        let waiting = run.canary.map_or(0, |canary| canary.waiting);
        assert!(waiting < left, "{waiting} of {left}");
        left = waiting;
    }
    let states: Vec<_> = office.due().await.iter().map(|row| row.state).collect();
    assert_eq!(states, vec![OperationState::Verified; due.len()]);
    let refusal = other.apply_with(canary(1, true)).await.unwrap_err().to_string();
    assert!(refusal.contains("nothing that is due is approved"), "{refusal}");
    assert!(office.engine.store().audit(0, 0, "canary worked wait").unwrap().0 > 0);
    office.verify_audit();
}

#[tokio::test]
async fn a_canary_that_fails_stops_its_kind_and_system_only() {
    let (office, mood) = moody("").await;
    mood.refuse(|write| matches!(write, Write::Create { .. }).then(refused));
    let run = office.engine.apply_with(canary(1, false)).await.unwrap();
    let lanes = run.canary.expect("a canary").lanes;
    let verdict = |kind, system: &str| {
        let lane = lanes
            .iter()
            .find(|lane| lane.kind == kind && lane.system.as_str() == system);
        lane.map(|lane| lane.verdict)
    };
    assert_eq!(verdict(Kind::Create, "directory"), Some(CanaryVerdict::Stopped));
    assert_eq!(verdict(Kind::Update, "directory"), Some(CanaryVerdict::Waits));
    let creates = || async {
        let mut rows = in_system(&office, "directory").await;
        rows.retain(|row| row.kind == Kind::Create);
        let failed = rows
            .iter()
            .filter(|row| row.state == OperationState::Failed)
            .count();
        (rows.len(), failed)
    };
    let (all, failed) = creates().await;
    assert!(all > 1, "{all}");
    assert_eq!(failed, 1);
    // who goes on goes on with what worked; the creates stay approved
    mood.relent();
    let mut run = office.engine.apply_with(canary(1, true)).await.unwrap();
    while run.canary.is_some() {
        run = office.engine.apply_with(canary(1, true)).await.unwrap();
    }
    assert_eq!(verified(&office, Kind::Create).await, 0);
    assert!(verified(&office, Kind::Update).await > 1);
    // a run of its own begins anew with them
    office.engine.apply_with(canary(0, false)).await.unwrap();
    assert_eq!(verified(&office, Kind::Create).await, all);
}

#[tokio::test]
async fn only_what_was_left_off_after_a_canary_goes_on() {
    let (office, _) = moody("[apply]\ncanary = 2").await;
    let refusal = office
        .engine
        .apply_with(ApplyOptions {
            go_on: true,
            ..ApplyOptions::default()
        })
        .await;
    assert!(
        refusal
            .unwrap_err()
            .to_string()
            .contains("not left off after a canary")
    );
    // as configured
    let run = office.engine.apply(None).await.unwrap();
    assert!(
        run.canary
            .expect("a canary")
            .lanes
            .iter()
            .all(|lane| lane.tried <= 2)
    );
    // a new plan has not been tried
    office.plan().await;
    let refusal = office.engine.apply_with(canary(2, true)).await;
    assert!(
        refusal
            .unwrap_err()
            .to_string()
            .contains("not left off after a canary")
    );
}

#[tokio::test]
async fn in_the_console_a_run_waits_for_a_word() {
    let (office, _) = moody("[apply]\ncanary = 1").await;
    let all = office.due().await.len();
    for (word, is_done) in [(Command::Stop, false), (Command::Resume, true)] {
        let mut events = office.engine.events();
        office.engine.command(Command::Apply { only: None });
        let ended = loop {
            match events.recv().await.unwrap() {
                Event::Progress(run) if run.state == RunState::Paused && run.canary.is_some() => {
                    let refused = crate::office::plan(&office.engine).await.unwrap_err();
                    assert!(refused[0].starts_with("a run is paused"), "{refused:?}");
                    office.engine.command(word.clone());
                }
                Event::RunEnded(run) => break run,
                Event::Notice {
                    level: Level::Error,
                    text,
                } => panic!("{text}"),
                _ => {}
            }
        };
        let done: usize = ended.systems.iter().map(|system| system.done).sum();
        assert!(done > 0);
        assert_eq!(ended.canary.is_none(), is_done);
        let verified = office.due().await;
        let verified = verified
            .iter()
            .filter(|row| row.state == OperationState::Verified);
        assert_eq!(verified.count() == all, is_done);
    }
    let actions = office.audited_actions();
    assert!(actions["canary"] >= 2 && actions["continue"] >= 1, "{actions:?}");
    office.verify_audit();
}
