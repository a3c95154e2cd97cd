//! Quarantines, reads that wait for a person, failures, canaries.

use super::{runs::apply, *};
use crate::model::{Acceptance, Cause, HeldRead, Quarantine, RuleName};

fn quarantine(rule: Option<&str>, tries: u32) -> Quarantine {
    Quarantine {
        system: "directory".into(),
        rule: rule.map(RuleName::from),
        cause: Cause::Credentials,
        reason: "it refuses the password".to_owned(),
        since: at(1),
        tries,
        next: (tries < 9).then(|| at(60)),
    }
}

#[test]
fn what_is_in_quarantine_stays_until_it_is_ended() {
    let store = store();
    assert!(store.quarantines().unwrap().is_empty());
    store.quarantine(&quarantine(None, 0), &trail("enter")).unwrap();
    store
        .quarantine(&quarantine(Some("staff"), 2), &trail("enter"))
        .unwrap();
    store.quarantine(&quarantine(None, 9), &trail("again")).unwrap();
    let expected = [quarantine(None, 9), quarantine(Some("staff"), 2)];
    assert_eq!(store.quarantines().unwrap(), expected);
    let system = SystemName::from("directory");
    store.end_quarantine(&system, None, &trail("leave")).unwrap();
    assert_eq!(store.quarantines().unwrap(), expected[1..]);
    // who is second changes nothing, and leaves no trail
    let before = store.audit(0, 0, "").unwrap().0;
    let refused = store.end_quarantine(&system, None, &trail("leave"));
    assert!(matches!(refused, Err(Error::Busy(_))), "{refused:?}");
    assert_eq!(store.audit(0, 0, "").unwrap().0, before);
}

fn held(id: &str, records: usize) -> HeldRead {
    HeldRead {
        system: "directory".into(),
        id: id.to_owned(),
        records,
        before: Some(100),
        why: "has fewer".to_owned(),
        at: at(2),
        accepted: None,
    }
}

#[test]
fn a_read_is_accepted_as_it_is_and_only_until_it_is_taken_over() {
    let store = store();
    let system = SystemName::from("directory");
    let acceptance = Acceptance {
        by: "ana".to_owned(),
        at: at(3),
        reason: "site closed".to_owned(),
    };
    let accept = |id| store.accept_read(&system, id, &acceptance, &trail("accept"));
    assert!(matches!(accept("a1"), Err(Error::Busy(_))));
    store.hold_reads(&[held("a1", 40)], &trail("hold")).unwrap();
    assert_eq!(store.held_reads().unwrap(), [held("a1", 40)]);
    assert!(matches!(accept("b2"), Err(Error::Busy(_))));
    accept("a1").unwrap();
    let accepted = || store.held_reads().unwrap()[0].accepted.clone();
    assert_eq!(accepted(), Some(acceptance.clone()));
    // the same read again is accepted still; another one is not
    store.hold_reads(&[held("a1", 40)], &[]).unwrap();
    assert_eq!(accepted(), Some(acceptance.clone()));
    store.hold_reads(&[held("b2", 39)], &[]).unwrap();
    assert_eq!(store.held_reads().unwrap(), [held("b2", 39)]);
    store.hold_reads(&[held("a1", 40)], &[]).unwrap();
    assert_eq!(accepted(), None);
    // a read that is no good takes nothing over
    let partial = read(Completeness::Partial("cut off".to_owned()), 9, 10);
    store.save_reads(&[(&partial, None)], &[]).unwrap();
    assert_eq!(store.held_reads().unwrap().len(), 1);
    let good = read(Completeness::Complete, 40, 10);
    store.save_reads(&[(&good, None)], &[]).unwrap();
    assert!(store.held_reads().unwrap().is_empty());
}

#[test]
fn what_failed_keeps_its_approval_and_its_story_until_it_works() {
    let store = store();
    let first = save(&store, &plan(0..3));
    (0..3).for_each(|number| approve(&store, number));
    let run = store.start_run(first, 3, &trail("run")).unwrap();
    apply(&store, run, 0, OperationState::Failed);
    apply(&store, run, 1, OperationState::Verified);
    assert_eq!(store.failures(first).unwrap(), [(id(0), at(6))]);
    // it is not written again before it is taken up
    assert!(matches!(
        store.intend(run, &[], &[super::runs::intent(0)], at(7)),
        Err(Error::NotApproved(_))
    ));
    let second = save(&store, &plan(0..3));
    assert_eq!(state(&store, 0), OperationState::Failed);
    store.take_up(&[id(0), id(1), id(2)]).unwrap();
    assert_eq!(state(&store, 0), OperationState::Approved);
    // what was applied is not taken up, nor what is approved anyway
    assert_eq!(state(&store, 1), OperationState::Proposed);
    assert_eq!(state(&store, 2), OperationState::Approved);
    apply(&store, run, 0, OperationState::Failed);
    assert_eq!(store.failures(second).unwrap().len(), 2);
    // who takes the approval back ends it
    decide(&store, 0, Verdict::Withdraw).unwrap();
    assert_eq!(state(&store, 0), OperationState::Proposed);
    approve(&store, 0);
    apply(&store, run, 0, OperationState::Verified);
    assert!(store.failures(second).unwrap().is_empty());
}

#[test]
fn a_canary_is_found_for_as_long_as_it_is_the_newest_run() {
    let store = store();
    let plan = save(&store, &plan(0..1));
    assert_eq!(store.canary(plan).unwrap(), None);
    let run = store.start_run(plan, 1, &trail("run")).unwrap();
    assert_eq!(store.canary(plan).unwrap(), None);
    store.note_canary(run, Some("[1]"), &trail("canary")).unwrap();
    assert_eq!(store.canary(plan).unwrap().as_deref(), Some("[1]"));
    store.note_canary(run, None, &[]).unwrap();
    assert_eq!(store.canary(plan).unwrap(), None);
    store.note_canary(run, Some("[2]"), &[]).unwrap();
    store.start_run(plan, 1, &trail("run")).unwrap();
    assert_eq!(store.canary(plan).unwrap(), None);
}
