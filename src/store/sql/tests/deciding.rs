//! Plans, their operations and decisions about them.

use super::*;
use crate::model::{Finding, FindingKind, RailReading};

#[test]
fn a_plan_comes_back_in_its_order() {
    let store = store();
    assert!(store.current_plan().unwrap().is_none());
    let mut made = plan(0..5);
    made.operations.reverse();
    made.scheduled = vec![Operation {
        due: Some(at(99)),
        ..operation(50)
    }];
    made.findings = vec![Finding {
        kind: FindingKind::Orphan,
        person: None,
        subject: "ghost".to_owned(),
        rule: None,
        system: "directory".into(),
        anchors: vec![Anchor::from("x")],
        candidates: vec![],
        message: "nobody owns it".to_owned(),
    }];
    made.rails = vec![RailReading {
        rail: "disable · directory".to_owned(),
        kind: Kind::Disable,
        system: "directory".into(),
        count: 3,
        window_hours: None,
        earlier: 0,
        limit: 2,
        population: 10,
        stopped: vec![id(1)],
    }];
    made.situations
        .entry("staff".into())
        .or_default()
        .insert(Situation::OutOfScope, 4);
    let plan = save(&store, &made);

    let current = store.current_plan().unwrap().unwrap();
    assert_eq!(
        (current.id, current.seal, current.now),
        (plan, made.seal, made.now)
    );
    assert_eq!(current.findings, made.findings);
    assert_eq!(current.rails, made.rails);
    assert_eq!(current.situations, made.situations);
    let mut operations = Vec::new();
    store
        .operations(plan, &mut |stored| operations.push(stored))
        .unwrap();
    let due: Vec<_> = operations[..5]
        .iter()
        .map(|stored| stored.operation.clone())
        .collect();
    assert_eq!(due, made.operations);
    assert_eq!(operations[5].operation, made.scheduled[0]);
    assert_eq!(
        operations
            .iter()
            .map(|stored| stored.scheduled)
            .collect::<Vec<_>>(),
        [false, false, false, false, false, true]
    );
    assert_eq!(operations[0].state, OperationState::Proposed);
    assert_eq!(store.operation(plan, id(77)).unwrap(), None);
    assert_eq!(store.operation(PlanId(99), id(1)).unwrap(), None);
}

#[test]
fn operations_are_found_by_the_start_of_their_fingerprint() {
    let store = store();
    let plan = save(&store, &plan(0..40));
    let whole = id(3).to_string();
    for length in 8..=64 {
        assert_eq!(
            store.find_operations(plan, &whole[..length]).unwrap(),
            vec![id(3)],
            "{length}"
        );
    }
    assert_eq!(
        store.find_operations(plan, &whole[..7].to_uppercase()).unwrap(),
        vec![id(3)]
    );
    assert_eq!(store.find_operations(plan, "").unwrap().len(), 40);
    for nonsense in ["xyz", "0'", &"0".repeat(65), "é"] {
        assert!(store.find_operations(plan, nonsense).unwrap().is_empty());
    }
}

#[test]
fn decisions_can_be_taken_back_one_by_one() {
    let store = store();
    let plan = save(&store, &plan(0..2));
    let before = store.version().unwrap();
    approve(&store, 1);
    assert_eq!(store.version().unwrap(), before + 1);
    assert_eq!(state(&store, 1), OperationState::Approved);
    decide(&store, 1, Verdict::Reject).unwrap();
    assert_eq!(state(&store, 1), OperationState::Rejected);
    decide(&store, 1, Verdict::Hold { until: at(500) }).unwrap();
    let held = store.operation(plan, id(1)).unwrap().unwrap();
    assert_eq!(
        (held.state, held.held_until),
        (OperationState::Held, Some(at(500)))
    );
    for expected in [
        OperationState::Rejected,
        OperationState::Approved,
        OperationState::Proposed,
    ] {
        decide(&store, 1, Verdict::Withdraw).unwrap();
        let stored = store.operation(plan, id(1)).unwrap().unwrap();
        assert_eq!((stored.state, stored.held_until), (expected, None));
    }
    decide(&store, 1, Verdict::Withdraw).unwrap();
    assert_eq!(state(&store, 1), OperationState::Proposed);
    let words: Vec<_> = store
        .decisions(id(1))
        .unwrap()
        .into_iter()
        .map(|decision| decision.verdict.word())
        .collect();
    assert_eq!(
        words.join(" "),
        "withdraw withdraw withdraw withdraw hold reject approve"
    );
    let first = store.decisions(id(1)).unwrap().pop().unwrap();
    assert_eq!(
        (first.by, first.at, first.reason.as_deref()),
        (ana(), at(2), Some("seen"))
    );
    assert_eq!(store.audit(0, 100, "decided").unwrap().0, 7);
}

#[test]
fn decisions_belong_to_the_operation_and_outlive_the_plan() {
    let store = store();
    save(&store, &plan(0..4));
    approve(&store, 0);
    decide(&store, 1, Verdict::Reject).unwrap();
    decide(&store, 2, Verdict::Hold { until: at(9) }).unwrap();
    save(&store, &plan(10..11));
    save(&store, &plan(0..4));
    let states: Vec<_> = (0..4).map(|number| state(&store, number)).collect();
    assert_eq!(
        states,
        [
            OperationState::Approved,
            OperationState::Rejected,
            OperationState::Held,
            OperationState::Proposed
        ]
    );
}

#[test]
fn released_rails_belong_to_one_plan() {
    let store = store();
    let first = save(&store, &plan(0..1));
    let part = Release {
        rail: "disable · directory".to_owned(),
        operations: Some(vec![id(3), id(1)]),
        by: "ana@host".to_owned(),
        at: at(4),
        reason: "half of them".to_owned(),
    };
    store.release(first, &part, &trail("released")).unwrap();
    assert_eq!(store.releases(first).unwrap(), std::slice::from_ref(&part));
    let all = Release {
        operations: None,
        by: "ben@host".to_owned(),
        ..part
    };
    store.release(first, &all, &[]).unwrap();
    let second = save(&store, &plan(0..1));
    assert_eq!(store.releases(first).unwrap(), std::slice::from_ref(&all));
    assert!(store.releases(second).unwrap().is_empty());
    assert!(matches!(
        store.release(PlanId(99), &all, &[]),
        Err(Error::Database { .. })
    ));
}

#[test]
fn old_plans_go_and_what_was_tried_of_them_stays() {
    let store = store();
    let first = save(&store, &plan(0..3));
    approve(&store, 1);
    let run = store.start_run(first, 1, &[]).unwrap();
    super::runs::apply(&store, run, 1, OperationState::Failed);
    let second = save(&store, &plan(0..3));
    for _ in 0..25 {
        save(&store, &plan(0..3));
    }
    let count = |plan| {
        let mut count = 0;
        store.operations(plan, &mut |_| count += 1).unwrap();
        count
    };
    assert_eq!((count(first), count(second)), (1, 0));
    assert_eq!(count(PlanId(27)), 3);
    assert_eq!(count(PlanId(8)), 3);
    assert_eq!(count(PlanId(7)), 0);
    assert!(store.operation(first, id(1)).unwrap().is_some());
}

#[test]
fn the_first_of_two_approvals_leaves_an_operation_proposed() {
    let store = store();
    save(&store, &plan(0..2));
    let live = || {
        let plan = store.current_plan().unwrap().unwrap();
        let mut live = Vec::new();
        store
            .live_decisions(plan.id, &mut |decision| {
                live.push((decision.operation, decision.verdict));
            })
            .unwrap();
        live
    };
    decide(&store, 1, Verdict::FirstApproval).unwrap();
    assert_eq!(state(&store, 1), OperationState::Proposed);
    approve(&store, 1);
    assert_eq!(state(&store, 1), OperationState::Approved);
    let both = [(id(1), Verdict::FirstApproval), (id(1), Verdict::Approve)];
    assert_eq!(live(), both);
    // also in the middle of a run: one is not two
    decide(&store, 1, Verdict::Withdraw).unwrap();
    assert_eq!(state(&store, 1), OperationState::Proposed);
    assert_eq!(live(), both[..1]);
    let mut about = Vec::new();
    let mut note = |decision: Decision| about.push((decision.operation, decision.verdict));
    store.live_decisions_about(&[id(0), id(1)], &mut note).unwrap();
    assert_eq!(about, both[..1]);
    let until = at(9);
    decide(&store, 0, Verdict::RejectUntil { until }).unwrap();
    let stored = store.current_plan().unwrap().unwrap();
    let stored = store.operation(stored.id, id(0)).unwrap().unwrap();
    assert_eq!(
        (stored.state, stored.held_until),
        (OperationState::Rejected, Some(until))
    );
    assert_eq!(live()[1], (id(0), Verdict::RejectUntil { until }));
}

#[test]
fn what_policy_demands_is_kept_with_the_plan() {
    let store = store();
    let mut made = plan(0..3);
    made.demands = crate::model::Demands {
        policy: Some(id(9)),
        by_rule: vec![(
            crate::model::Demand {
                needs: crate::model::Needs::Two,
                rule: Some("deletes".into()),
            },
            vec![id(1)],
        )],
        ..crate::model::Demands::default()
    };
    save(&store, &made);
    assert_eq!(store.current_plan().unwrap().unwrap().demands, made.demands);
}

#[test]
fn what_was_applied_lately_is_found() {
    let store = store();
    let first = save(&store, &plan(0..3));
    approve(&store, 1);
    approve(&store, 2);
    let run = store.start_run(first, 2, &[]).unwrap();
    super::runs::apply(&store, run, 1, OperationState::Verified);
    super::runs::apply(&store, run, 2, OperationState::Failed);
    let written = store.journal(id(1)).unwrap()[0].at;
    save(&store, &plan(5..6));
    let applied = |since| {
        let found = store.applied_since(since).unwrap();
        found
            .into_iter()
            .map(|(at, operation)| (at, operation.fingerprint))
            .collect::<Vec<_>>()
    };
    assert_eq!(applied(written), [(written, id(1))]);
    assert_eq!(applied(written + jiff::SignedDuration::from_secs(1)), []);
}
