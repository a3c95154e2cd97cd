//! Links in packs and in rows are one memory.

use super::*;

/// More links than are kept in rows.
const MANY: u128 = 70_000;

fn account(who: u128, anchor: &str) -> Link {
    link(
        LinkOwner::Account("staff".into()),
        who,
        anchor,
        "created by run 1",
    )
}

fn link(owner: LinkOwner, who: u128, anchor: &str, why: &str) -> Link {
    Link {
        person: person(who),
        owner,
        anchor: anchor.into(),
        why: why.to_owned(),
        since: at(7),
    }
}

fn many() -> Links {
    let mut links = Links::default();
    for number in 0..MANY {
        let value = format!("{number}@x");
        let why = Why {
            words: "matched by mail = ",
            value: &value,
        };
        let owner = LinkOwner::Account("staff".into());
        links.add(&owner, person(number), &format!("a{number}"), why, at(1));
        let owner = LinkOwner::Source("hr".into());
        links.add(
            &owner,
            person(number),
            &format!("s{number}"),
            Why::default(),
            at(1),
        );
    }
    links
}

fn keep(store: &dyn Store, links: Links) {
    let change = MemoryChange {
        links,
        ..MemoryChange::default()
    };
    store.save_plan(&plan(0..0), &change, &[]).unwrap();
}

fn conclude(store: &dyn Store, link: Option<Link>, unlink: Option<Link>) {
    let id = store
        .save_plan(&plan(0..1), &MemoryChange::default(), &[])
        .unwrap();
    let run = store.start_run(id, 1, &[]).unwrap();
    let outcome = Outcome {
        link,
        unlink,
        ..runs::outcome(0, OperationState::Applied)
    };
    approve(store, 0);
    store.intend(run, &[], &[runs::intent(0)], at(8)).unwrap();
    store.conclude(run, &[outcome], at(9), &[]).unwrap();
}

fn account_of(store: &dyn Store, who: u128) -> Vec<String> {
    let links = store.accounts_of(person(who)).unwrap();
    let all = store.memory().unwrap().links;
    let listed: Vec<_> = all
        .iter()
        .filter(|link| link.person == person(who) && matches!(link.owner, LinkOwner::Account(_)))
        .map(|link| link.anchor.to_owned())
        .collect();
    let anchors: Vec<_> = links.iter().map(|link| link.anchor.as_str().to_owned()).collect();
    assert_eq!(anchors, listed, "one by one and all together");
    anchors
}

#[test]
fn what_is_made_one_by_one_takes_the_place_of_what_is_packed() {
    let store = store();
    keep(&store, many());
    let found = store.accounts_of(person(MANY - 1)).unwrap();
    assert_eq!(found[0].why, format!("matched by mail = {}@x", MANY - 1));
    assert_eq!(store.sources_of(person(3)).unwrap()[0].anchor.as_str(), "s3");
    assert_eq!(store.memory().unwrap().links.len(), MANY as usize * 2);

    // another account of a person
    conclude(&store, Some(account(1, "new")), None);
    assert_eq!(account_of(&store, 1), ["new"]);
    // another person's record
    conclude(&store, Some(account(3, "a2")), None);
    assert_eq!(
        (account_of(&store, 2), account_of(&store, 3)),
        (vec![], vec!["a2".to_owned()])
    );
    // and another account again: nothing comes back
    conclude(&store, Some(account(3, "newer")), None);
    assert_eq!(
        (account_of(&store, 2), account_of(&store, 3)),
        (vec![], vec!["newer".to_owned()])
    );
    // dropped, from a pack and from the rows; a link of somebody else is not dropped
    conclude(&store, None, Some(account(4, "a4")));
    conclude(&store, None, Some(account(1, "new")));
    conclude(&store, None, Some(account(6, "a5")));
    assert!(account_of(&store, 4).is_empty() && account_of(&store, 1).is_empty());
    assert_eq!(account_of(&store, 5), ["a5"]);

    // many more: all are packed together
    let before = store.memory().unwrap().links.len();
    let mut more = Links::default();
    for number in 0..20_000_u128 {
        more.push(&account(number + 10, &format!("b{number}")));
    }
    keep(&store, more);
    assert_eq!(store.memory().unwrap().links.len(), before);
    assert_eq!(account_of(&store, 10), ["b0"]);
    assert_eq!(store.accounts_of(person(10)).unwrap()[0].why, "created by run 1");
    assert_eq!(account_of(&store, 3), ["newer"]);
    assert!(account_of(&store, 4).is_empty());
    assert_eq!(store.sources_of(person(4)).unwrap().len(), 1);
}

#[test]
fn only_what_changed_of_the_people_is_stored() {
    let store = store();
    let all = MemoryChange {
        settled: SettledChange::All(records(5)),
        ..MemoryChange::default()
    };
    store.save_plan(&plan(0..0), &all, &[]).unwrap();
    store
        .save_plan(&plan(0..0), &MemoryChange::default(), &[])
        .unwrap();
    let anchors = || -> Vec<String> {
        let settled = store.settled().unwrap().unwrap();
        settled.iter().map(|record| record.anchor().to_owned()).collect()
    };
    let before = anchors();
    let mut rows = records(2);
    rows.retain(|record| record.index() == 1);
    let some = MemoryChange {
        settled: SettledChange::Some {
            rows,
            forgotten: vec![],
        },
        ..MemoryChange::default()
    };
    store.save_plan(&plan(0..0), &some, &[]).unwrap();
    let mut expected = before;
    let moved = expected.remove(1);
    expected.push(moved);
    assert_eq!(anchors(), expected);
}
