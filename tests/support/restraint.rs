//! A day with a system in quarantine and a read that waits, and a run that waits after its canary.

use jiff::SignedDuration;
use usher::{
    engine::view::{
        CanaryLane, CanaryVerdict, CanaryView, Failure, RunState, RunView, SystemView, TodayView,
    },
    model::{Cause, HeldRead, Kind, Quarantine},
};

use crate::{company::now, fake};

/// The day, with one system more, in trouble.
pub fn today(mut view: TodayView) -> TodayView {
    let wiki = SystemView {
        system: "wiki".into(),
        quarantines: vec![quarantine()],
        held: Some(held()),
        trouble: None,
        ..view.systems[2].clone()
    };
    view.systems.insert(3, wiki);
    view
}

/// A run that waits for a word.
pub fn run() -> RunView {
    let mut run = fake::failing();
    run.state = RunState::Paused;
    run.in_flight.clear();
    run.systems[1].quarantine = Some(quarantine().reason);
    run.failures[0] = Failure {
        earlier: 2,
        first: Some(now() - SignedDuration::from_hours(30)),
        ..run.failures[0].clone()
    };
    let lane = |kind, system: &str, worked, verdict| CanaryLane {
        system: system.into(),
        kind,
        tried: 5,
        worked,
        verdict,
    };
    run.canary = Some(CanaryView {
        lanes: vec![
            lane(Kind::Create, "directory", 5, CanaryVerdict::Waits),
            lane(Kind::Update, "directory", 5, CanaryVerdict::GoesOn),
            lane(Kind::Disable, "chat", 4, CanaryVerdict::Stopped),
        ],
        waiting: 385,
    });
    run
}

fn quarantine() -> Quarantine {
    Quarantine {
        system: "wiki".into(),
        rule: None,
        cause: Cause::Credentials,
        reason: "the service answered 401; the token is refused: renew it".to_owned(),
        since: now() - SignedDuration::from_mins(50),
        tries: 1,
        next: Some(now() + SignedDuration::from_mins(10)),
    }
}

fn held() -> HeldRead {
    HeldRead {
        system: "wiki".into(),
        id: "7f3a9c21d0e4".to_owned(),
        records: 120,
        before: Some(391),
        why: "has 120 records, 391 before: 69 % fewer, at most 20 % are taken for granted".to_owned(),
        at: now(),
        accepted: None,
    }
}
