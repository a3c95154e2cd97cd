//! Several usher processes on one store.

use std::thread;

use super::*;

#[test]
fn two_stores_on_one_file_decide_and_plan_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    let first = SqliteStore::open(&path).unwrap();
    save(&first, &plan(0..200));
    thread::scope(|scope| {
        for half in 0..2 {
            let path = &path;
            scope.spawn(move || {
                let store = SqliteStore::open(path).unwrap();
                for number in (half * 100)..(half * 100 + 100) {
                    approve(&store, number);
                    if number % 25 == 0 {
                        save(&store, &plan(0..200));
                    }
                    assert_eq!(state(&store, number), OperationState::Approved);
                }
            });
        }
        let (first, path) = (&first, &path);
        scope.spawn(move || {
            for _ in 0..50 {
                let plan = first.current_plan().unwrap().unwrap();
                let mut count = 0;
                first.operations(plan.id, &mut |_| count += 1).unwrap();
                assert_eq!(count, 200, "a read sees whole plans only");
                drop(SqliteStore::open(path).unwrap());
            }
        });
    });
    for number in 0..200 {
        assert_eq!(state(&first, number), OperationState::Approved);
    }
    let mut trail = Vec::new();
    first
        .audit_all(&mut |record| {
            trail.push(record);
            true
        })
        .unwrap();
    assert_eq!(verify(trail).unwrap().sequence, 209);
    assert_eq!(first.version().unwrap(), 209);
}

#[test]
fn a_store_may_be_asked_while_it_hands_out_operations() {
    let store = SqliteStore::open_in_memory().unwrap();
    let plan = save(&store, &plan(0..10));
    let mut asked = 0;
    store
        .operations(plan, &mut |stored| {
            approve(&store, 3);
            asked += store.decisions(stored.operation.fingerprint).unwrap().len();
        })
        .unwrap();
    assert_eq!(asked, 4, "the fourth operation, approved four times by then");
}
