//! What is asked about one record or one person only.

use super::*;

#[test]
fn whose_a_record_is_is_known_also_among_many() {
    let store = store();
    let link = |owner: &LinkOwner, number: u32| Link {
        person: person(u128::from(number)),
        owner: owner.clone(),
        anchor: format!("{number:06}").as_str().into(),
        why: "first seen".to_owned(),
        since: at(1),
    };
    let (source, account) = (
        LinkOwner::Source("employees".into()),
        LinkOwner::Account("staff".into()),
    );
    let links: Vec<_> = (0..11_000)
        .map(|number| link(&source, number))
        .chain((0..11_000).map(|number| link(&account, number)))
        .collect();
    let kept = Reservation {
        person: person(7),
        rule: "staff".into(),
        attribute: "uid".to_owned(),
        value: "akovac2".to_owned(),
    };
    let change = MemoryChange {
        links: links.iter().collect(),
        reservations: vec![kept.clone()],
        ..MemoryChange::default()
    };
    store.save_plan(&plan(0..0), &change, &[]).unwrap();
    // one made by itself since, of a record that was somebody else's
    let late = Link {
        person: person(1),
        ..link(&source, 42)
    };
    let change = MemoryChange {
        links: [late.clone()].iter().collect(),
        reservations: vec![kept.clone()],
        ..MemoryChange::default()
    };
    store.save_plan(&plan(0..0), &change, &[]).unwrap();
    for owner in [&source, &account] {
        for number in [0, 41, 10_999] {
            let expected = link(owner, number);
            let found = store.owner_of(owner, expected.anchor.as_str()).unwrap();
            assert_eq!(found, Some(expected));
        }
        assert_eq!(store.owner_of(owner, "nobody's").unwrap(), None);
    }
    assert_eq!(store.owner_of(&source, "000042").unwrap(), Some(late));
    assert_eq!(
        store
            .owner_of(&LinkOwner::Source("staff".into()), "000000")
            .unwrap(),
        None
    );
    assert_eq!(store.reservations_of(person(7)).unwrap(), [kept]);
    assert_eq!(store.reservations_of(person(8)).unwrap(), []);
}
