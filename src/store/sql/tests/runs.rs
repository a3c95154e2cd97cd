//! Leases, intents, outcomes.

use super::*;

pub(in crate::store) fn intent(number: u32) -> Intent {
    Intent {
        operation: id(number),
        write: format!("{{\"number\":{number}}}"),
        is_marked: false,
    }
}

pub(in crate::store) fn outcome(number: u32, state: OperationState) -> Outcome {
    Outcome {
        operation: id(number),
        state,
        message: "as asked".to_owned(),
        anchor: None,
        location: None,
        link: None,
        unlink: None,
        grant: None,
        revoke: None,
        undone: None,
    }
}

pub(super) fn apply(store: &dyn Store, run: i64, number: u32, state: OperationState) {
    store.intend(run, &[], &[intent(number)], at(5)).unwrap();
    store
        .conclude(run, &[outcome(number, state)], at(6), &drafts("written"))
        .unwrap();
}

fn approved(numbers: std::ops::Range<u32>) -> (Either, i64) {
    let store = store();
    let plan = save(&store, &plan(numbers.clone()));
    numbers.for_each(|number| approve(&store, number));
    let run = store.start_run(plan, 1, &trail("run")).unwrap();
    (store, run)
}

#[test]
fn a_write_goes_from_intent_to_outcome() {
    let (store, run) = approved(0..2);
    store.intend(run, &[], &[intent(0), intent(1)], at(5)).unwrap();
    assert_eq!(state(&store, 0), OperationState::Running);
    assert_eq!(store.unsettled().unwrap(), {
        let mut expected = vec![(run, intent(0)), (run, intent(1))];
        expected.sort_by_key(|(_, intent)| intent.operation);
        expected
    });
    store
        .conclude(
            run,
            &[
                outcome(0, OperationState::Applied),
                outcome(1, OperationState::Unknown),
            ],
            at(6),
            &[],
        )
        .unwrap();
    // an unknown outcome is still to be settled
    assert_eq!(store.unsettled().unwrap(), vec![(run, intent(1))]);
    store
        .conclude(run, &[outcome(1, OperationState::Approved)], at(7), &[])
        .unwrap();
    assert!(store.unsettled().unwrap().is_empty());
    assert_eq!(state(&store, 0), OperationState::Applied);
    // certainly not written: still approved, may be tried again
    assert_eq!(state(&store, 1), OperationState::Approved);
    apply(&store, run, 1, OperationState::Failed);

    let states =
        |entries: Vec<JournalEntry>| entries.iter().map(|entry| entry.state.word()).collect::<Vec<_>>();
    assert_eq!(states(store.journal(id(0)).unwrap()), ["applied", "running"]);
    assert_eq!(store.run_journal(run).unwrap().len(), 7);
    let newest = store.journal(id(1)).unwrap().remove(0);
    assert_eq!(
        (newest.run, newest.at, newest.message.as_str()),
        (run, at(6), "as asked")
    );
    assert_eq!(store.last_run().unwrap(), Some((run, at(0), None)));
    store.end_run(run, &trail("done")).unwrap();
    assert_eq!(store.last_run().unwrap(), Some((run, at(0), Some(at(0)))));
    let day = at(0).to_zoned(jiff::tz::TimeZone::UTC).date();
    assert_eq!(store.history(at(0)).unwrap(), vec![(day, 1, 1)]);
    assert!(store.history(at(100)).unwrap().is_empty());
}

#[test]
fn an_approval_is_used_up_by_its_outcome() {
    for (used, after) in [
        (OperationState::Applied, OperationState::Proposed),
        (OperationState::Verified, OperationState::Proposed),
        (OperationState::Conflict, OperationState::Proposed),
        (OperationState::Unknown, OperationState::Unknown),
    ] {
        let (store, run) = approved(0..1);
        apply(&store, run, 0, used);
        assert_eq!(state(&store, 0), used);
        save(&store, &plan(0..1));
        assert_eq!(state(&store, 0), after, "{used:?}");
        if after == OperationState::Proposed {
            // taking the used approval back, or intending without a new one, does not bring it back to life
            decide(&store, 0, Verdict::Withdraw).unwrap();
            assert_eq!(state(&store, 0), OperationState::Proposed);
            assert!(matches!(
                store.intend(run, &[], &[intent(0)], at(9)),
                Err(Error::NotApproved(_))
            ));
            approve(&store, 0);
            apply(&store, run, 0, OperationState::Applied);
        }
        assert!(!store.journal(id(0)).unwrap().is_empty());
    }
}

#[test]
fn what_is_being_written_or_was_cannot_be_decided() {
    let (store, run) = approved(0..2);
    store.intend(run, &[], &[intent(0)], at(5)).unwrap();
    let refuse = |store: &dyn Store| match decide(store, 0, Verdict::Reject) {
        Err(Error::Busy(reason)) => assert!(reason.contains(&id(0).short()), "{reason}"),
        other => panic!("{other:?}"),
    };
    refuse(&store);
    for state in [OperationState::Unknown, OperationState::Applied] {
        store.conclude(run, &[outcome(0, state)], at(6), &[]).unwrap();
        refuse(&store);
    }
    // what failed may be approved again in the same plan
    apply(&store, run, 1, OperationState::Failed);
    approve(&store, 1);
    assert_eq!(state(&store, 1), OperationState::Approved);
    assert_eq!(
        store.decisions(id(0)).unwrap().len(),
        1,
        "a refused decision leaves nothing"
    );
}

#[test]
fn an_approval_taken_back_during_the_run_stops_the_whole_batch() {
    let (store, run) = approved(0..3);
    decide(&store, 2, Verdict::Withdraw).unwrap();
    let refused = store.intend(run, &[], &[intent(0), intent(1), intent(2)], at(5));
    assert!(refused.unwrap_err().to_string().contains("no longer approved"));
    assert!(store.unsettled().unwrap().is_empty());
    assert_eq!(state(&store, 0), OperationState::Approved);
}

#[test]
fn outcomes_make_and_drop_links_and_grants() {
    let (store, run) = approved(0..2);
    let link = Link {
        person: person(1),
        owner: LinkOwner::Account("staff".into()),
        anchor: "new".into(),
        why: "created by run 1".to_owned(),
        since: at(5),
    };
    let grant = Grant {
        person: person(1),
        rule: "engineering".into(),
        system: "directory".into(),
        group: "cn=eng".into(),
    };
    let made = Outcome {
        link: Some(link.clone()),
        grant: Some(grant.clone()),
        ..outcome(0, OperationState::Applied)
    };
    store.intend(run, &[], &[intent(0), intent(1)], at(5)).unwrap();
    store.conclude(run, &[made], at(5), &[]).unwrap();
    assert_eq!(store.accounts_of(person(1)).unwrap(), vec![link.clone()]);
    assert_eq!(store.memory().unwrap().grants, vec![grant.clone()]);
    let gone = Outcome {
        unlink: Some(link),
        revoke: Some(grant),
        undone: None,
        ..outcome(1, OperationState::Applied)
    };
    store.conclude(run, &[gone], at(6), &[]).unwrap();
    let memory = store.memory().unwrap();
    assert!(memory.links.is_empty() && memory.grants.is_empty());
}

#[test]
fn a_failed_transaction_leaves_neither_outcome_nor_trail() {
    let (store, run) = approved(0..2);
    store.intend(run, &[], &[intent(0)], at(5)).unwrap();
    let before = (store.version().unwrap(), store.audit(0, 0, "").unwrap().0);
    let both = [0, 1].map(|number| outcome(number, OperationState::Applied));
    let refused = store.conclude(run, &both, at(6), &drafts("never"));
    assert!(
        matches!(refused, Err(Error::Busy(_))),
        "the second was never begun"
    );
    assert_eq!(
        (store.version().unwrap(), store.audit(0, 0, "").unwrap().0),
        before
    );
    assert_eq!(state(&store, 0), OperationState::Running);
}

#[test]
fn what_was_settled_by_who_took_over_is_not_concluded_again() {
    let (store, run) = approved(0..2);
    store.intend(run, &[], &[intent(0), intent(1)], at(5)).unwrap();
    // somebody else finds out that neither was written, and begins one of them
    let found = [0, 1].map(|number| outcome(number, OperationState::Approved));
    store.conclude(run, &found, at(40), &[]).unwrap();
    let other = store
        .start_run(store.current_plan().unwrap().unwrap().id, 1, &trail("run"))
        .unwrap();
    store.intend(other, &[], &[intent(0)], at(41)).unwrap();
    for number in [0, 1] {
        for late in [
            OperationState::Verified,
            OperationState::Unknown,
            OperationState::Approved,
        ] {
            let refused = store.conclude(run, &[outcome(number, late)], at(42), &drafts("late"));
            let words = refused.unwrap_err().to_string();
            assert!(words.contains("another usher"), "{words}");
        }
    }
    assert_eq!(state(&store, 0), OperationState::Running);
    assert_eq!(state(&store, 1), OperationState::Approved);
    store
        .conclude(other, &[outcome(0, OperationState::Verified)], at(43), &[])
        .unwrap();
}

#[test]
fn one_process_at_a_time_writes_to_a_system() {
    let (store, run) = approved(0..4);
    let system = SystemName::from("directory");
    let first = store.lease(&system, "ana 17", at(0)).unwrap();
    let busy = store.lease(&system, "ben 18", at(20)).unwrap_err().to_string();
    assert!(busy.contains("ana 17") && busy.contains("20 s ago"), "{busy}");
    store.renew(&first, at(25)).unwrap();
    store
        .intend(run, std::slice::from_ref(&first), &[intent(0)], at(40))
        .unwrap();
    assert!(
        store.lease(&system, "ben 18", at(70)).is_err(),
        "writing is a sign of life"
    );
    assert!(store.lease(&"chat".into(), "ben 18", at(70)).is_ok());

    let second = store.lease(&system, "ben 18", at(71)).unwrap();
    assert!(second.token > first.token);
    let refused = store
        .intend(run, std::slice::from_ref(&first), &[intent(1)], at(72))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("taken over by ben 18"), "{refused}");
    assert_eq!(state(&store, 1), OperationState::Approved);
    assert!(store.renew(&first, at(72)).is_err());
    store.give_back(&first).unwrap();
    store.renew(&second, at(73)).unwrap();

    let again = store.lease(&system, "ben 18", at(74)).unwrap();
    assert!(
        store.renew(&second, at(74)).is_err(),
        "taking again makes the older token worthless"
    );
    store.give_back(&again).unwrap();
    let refused = store.renew(&again, at(75)).unwrap_err().to_string();
    assert!(refused.contains("given back"), "{refused}");
    assert!(store.lease(&system, "ana 17", at(75)).unwrap().token > again.token);
}

#[test]
fn a_plan_knows_what_its_runs_have_written() {
    let (store, run) = approved(0..3);
    for (number, state, location) in [
        (0, OperationState::Verified, Some("uid=a")),
        (1, OperationState::Conflict, Some("uid=b")),
        (2, OperationState::Applied, None),
    ] {
        store.intend(run, &[], &[intent(number)], at(5)).unwrap();
        let outcome = Outcome {
            anchor: Some("new".into()),
            location: location.map(str::to_owned),
            ..outcome(number, state)
        };
        store.conclude(run, &[outcome], at(6), &[]).unwrap();
    }
    let plan = store.current_plan().unwrap().unwrap().id;
    let placed = store.placed(plan).unwrap();
    assert_eq!(placed.len(), 1);
    assert_eq!(
        (placed[0].operation, placed[0].location.as_str()),
        (id(0), "uid=a")
    );
    assert!(store.placed(PlanId(99)).unwrap().is_empty());
}

#[test]
fn what_is_marked_does_not_lie_in_the_clear_and_comes_back() {
    let (store, run) = approved(0..2);
    let marked = Intent {
        write: r#"{"mobile":"+49 30 1234"}"#.to_owned(),
        is_marked: true,
        ..intent(0)
    };
    store
        .intend(run, &[], &[marked.clone(), intent(1)], at(5))
        .unwrap();
    let kept = Reservation {
        person: person(1),
        rule: "staff".into(),
        attribute: "uid".to_owned(),
        value: "akovac".to_owned(),
    };
    let change = MemoryChange {
        reservations: vec![kept.clone()],
        ..MemoryChange::default()
    };
    store.save_plan(&plan(0..0), &change, &[]).unwrap();
    let stored: Vec<String> = store
        .lend(|connection| {
            let mut found = Vec::new();
            let mut writes = connection.prepare_cached(statements::INTENTS)?;
            let mut rows = writes.query([])?;
            while let Some(row) = rows.next()? {
                found.push(row.get(2)?);
            }
            drop(rows);
            let mut values = connection.prepare_cached(statements::RESERVATIONS)?;
            let mut rows = values.query([])?;
            while let Some(row) = rows.next()? {
                found.push(row.get(3)?);
            }
            Ok(found)
        })
        .unwrap();
    assert_eq!(stored.len(), 3);
    assert!(
        !stored
            .iter()
            .any(|text| text.contains("1234") || text.contains("akovac"))
    );
    assert!(
        store
            .unsettled()
            .unwrap()
            .iter()
            .any(|(_, intent)| *intent == marked)
    );
    assert_eq!(store.memory().unwrap().reservations, std::slice::from_ref(&kept));
    assert_eq!(store.reservations_of(person(1)).unwrap(), [kept]);
}
