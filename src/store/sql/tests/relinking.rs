//! Links changed by hand.

use super::*;
use crate::store::Relink;

fn link(number: u128, anchor: &str, why: &str) -> Link {
    Link {
        person: person(number),
        owner: LinkOwner::Account("staff".into()),
        anchor: anchor.into(),
        why: why.to_owned(),
        since: at(5),
    }
}

fn change(before: Option<Link>, after: Option<Link>, outdated: &[u32]) -> Relink {
    Relink {
        before,
        after,
        outdated: outdated.iter().map(|number| id(*number)).collect(),
    }
}

fn all_links(store: &dyn Store) -> Vec<Link> {
    let mut links = Vec::new();
    store.links(&mut |link| links.push(link)).unwrap();
    links
}

#[test]
fn a_link_is_set_changed_removed_and_set_back() {
    let store = store();
    let (first, second) = (
        link(1, "a", "matched by mail"),
        link(1, "b", "set by ana: the other Ana"),
    );
    store
        .relink(&change(None, Some(first.clone()), &[]), &trail("set"))
        .unwrap();
    assert_eq!(all_links(&store), std::slice::from_ref(&first), "with its reason");
    store
        .relink(
            &change(Some(first.clone()), Some(second.clone()), &[]),
            &trail("change"),
        )
        .unwrap();
    assert_eq!(
        store.accounts_of(person(1)).unwrap(),
        std::slice::from_ref(&second)
    );
    store
        .relink(&change(Some(second), None, &[]), &trail("remove"))
        .unwrap();
    assert_eq!(all_links(&store), []);
    store
        .relink(&change(None, Some(first.clone()), &[]), &trail("set back"))
        .unwrap();
    assert_eq!(all_links(&store), [first]);
    assert_eq!(store.audit(0, 10, "").unwrap().0, 4);
}

#[test]
fn a_link_that_is_another_one_by_now_is_left_alone() {
    let store = store();
    let held = link(1, "a", "");
    store.relink(&change(None, Some(held.clone()), &[]), &[]).unwrap();
    for stale in [
        change(None, Some(link(1, "b", "")), &[]),
        change(Some(link(1, "c", "")), Some(link(1, "b", "")), &[]),
        change(Some(link(2, "a", "")), None, &[]),
    ] {
        let refused = store.relink(&stale, &trail("never"));
        assert!(matches!(refused, Err(Error::Busy(_))), "{stale:?}");
    }
    assert_eq!(all_links(&store), [held]);
    assert_eq!(store.audit(0, 10, "").unwrap().0, 0);
}

#[test]
fn what_was_planned_with_the_old_link_wants_a_new_plan() {
    let store = store();
    let made = plan(0..3);
    save(&store, &made);
    approve(&store, 0);
    approve(&store, 2);
    store
        .relink(&change(None, Some(link(1, "a", "")), &[0, 1]), &[])
        .unwrap();
    assert_eq!(
        [0, 1, 2].map(|number| state(&store, number)),
        [
            OperationState::Conflict,
            OperationState::Conflict,
            OperationState::Approved
        ]
    );
    // the same operation in the next plan waits for a decision of its own
    save(&store, &made);
    assert_eq!(
        [0, 1].map(|number| state(&store, number)),
        [OperationState::Proposed; 2]
    );
}
