//! A wall clock that jumps: between plan and apply, and in the midst of a run.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use usher::{
    engine::{clock::Clock, event::Event},
    store,
};

use super::office::{self, Office};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

fn jump(clock: &Clock, by: SignedDuration) -> Timestamp {
    let then = clock.now().checked_add(by).unwrap();
    clock.set(then);
    then
}

/// How many writes the day's work takes when no clock jumps.
async fn undisturbed() -> u64 {
    let calm = Office::open().await;
    let before = calm.writes();
    calm.approve_and_apply().await;
    calm.writes() - before
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_approved_is_applied_once_whatever_the_clock_says_then() {
    let expected = undisturbed().await;
    for by in [-HOUR, YEAR] {
        let office = Office::open().await;
        let due = office.due().await;
        let ids: Vec<_> = due.iter().map(|row| row.id).collect();
        office.decide(&due, usher::model::Verdict::Approve, None).await;
        let before = office.writes();
        jump(&office.clock, by);
        let run = office.engine.apply(None).await.unwrap();
        assert_eq!(run.failures, [], "{by}");
        assert_eq!(office.writes() - before, expected, "{by}");
        assert!(office.times_applied(&ids).iter().all(|times| *times == 1), "{by}");
        // and back again: nothing of it is proposed a second time
        jump(&office.clock, -by);
        office.plan().await;
        assert_eq!(office.due().await, [], "{by}");
        office.verify_audit();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_keeps_its_systems_when_the_clock_jumps_in_the_midst_of_it() {
    let expected = undisturbed().await;
    let office = Office::found(Duration::from_millis(200)).await;
    office.plan().await;
    office.tomorrow().await;
    let due = office.due().await;
    office.decide(&due, usher::model::Verdict::Approve, None).await;
    let before = office.writes();
    let mut events = office.engine.events();
    let engine = office.engine.clone();
    let run = tokio::spawn(async move { engine.apply(None).await });
    while !matches!(events.recv().await.unwrap(), Event::Progress(_)) {}
    // another process, for which a year has passed since the run has shown that it is alive; then the run's own clock
    for by in [YEAR, -YEAR, -HOUR] {
        let other = Clock::wall();
        other.set(office.clock.now());
        jump(&other, by);
        let second = office::engine_as(&office.sandbox, &other, "ben");
        let lease = second.store().lease(&"directory".into(), "ben 99", second.now());
        assert!(
            matches!(&lease, Err(store::Error::Busy(words)) if words.contains("is being written by")),
            "{by}: {lease:?}"
        );
        jump(&office.clock, by);
    }
    let run = run.await.unwrap().unwrap();
    assert_eq!(run.failures, []);
    assert_eq!(office.writes() - before, expected);
    let ids: Vec<_> = due.iter().map(|row| row.id).collect();
    assert!(office.times_applied(&ids).iter().all(|times| *times == 1));
    office.verify_audit();
}
