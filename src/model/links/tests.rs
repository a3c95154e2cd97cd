//! Links are added, filtered, and put together again.

use uuid::Uuid;

use super::*;

fn link(owner: &str, person: u128, anchor: &str, why: &str, second: i64) -> Link {
    Link {
        person: PersonId(Uuid::from_u128(person)),
        owner: LinkOwner::Account(owner.into()),
        anchor: anchor.into(),
        why: why.to_owned(),
        since: Timestamp::from_second(second).unwrap(),
    }
}

fn all(links: &Links) -> Vec<Link> {
    links.iter().map(LinkView::to_link).collect()
}

#[test]
fn links_come_back_owner_by_owner() {
    let some = [
        link("a", 1, "one", "first seen", 1),
        link("b", 1, "x", "", 1),
        link("a", 2, "", "first seen", 1),
        link("a", 3, "žluť", "first seen", 2),
    ];
    let mut links: Links = some.iter().collect();
    let why = Why {
        words: "matched by mail = ",
        value: "a@b",
    };
    let since = Timestamp::from_second(3).unwrap();
    links.add(&some[0].owner, PersonId(Uuid::from_u128(4)), "four", why, since);
    let fifth = link("a", 4, "four", "matched by mail = a@b", 3);
    let expected = [&some[0], &some[2], &some[3], &fifth, &some[1]].map(Clone::clone);
    assert_eq!(all(&links), expected);
    assert_eq!(links.len(), 5);
    assert_eq!(links.groups()[0].runs().len(), 3);

    let mut twice = links.clone();
    twice.append(links.clone());
    let (of_a, of_b) = expected.split_at(4);
    assert_eq!(all(&twice), [of_a, of_a, of_b, of_b].concat());

    links.retain(|link| link.anchor != "žluť" && link.anchor != "x");
    assert_eq!(all(&links), [&expected[..2], &expected[3..4]].concat());
}

#[test]
fn groups_that_do_not_fit_are_refused() {
    let links: Links = [link("a", 1, "one", "", 1), link("a", 2, "two", "", 2)]
        .iter()
        .collect();
    let group = &links.groups()[0];
    let rebuild = |people: &[PersonId], runs: Vec<Run>| {
        let (owner, anchors) = (group.owner().clone(), group.anchors().clone());
        LinkGroup::from_parts(owner, people.to_vec(), anchors, Texts::default(), runs)
    };
    let runs = group.runs().to_vec();
    assert!(rebuild(group.people(), runs.clone()).is_some());
    assert!(rebuild(&group.people()[1..], runs.clone()).is_none());
    assert!(rebuild(group.people(), runs[1..].to_vec()).is_none());
    let (text, ends) = group.anchors().parts();
    assert!(Texts::from_parts(text.to_owned(), ends.to_vec()).is_some());
    assert!(Texts::from_parts(text.to_owned(), vec![7, 6]).is_none());
    assert!(Texts::from_parts("ž".to_owned(), vec![1, 2]).is_none());
}

#[test]
fn a_slice_has_texts_of_its_own() {
    let mut texts = Texts::default();
    for text in ["a", "bc", "", "d"] {
        texts.push(text);
    }
    let middle = texts.slice(1..3);
    assert_eq!((middle.get(0), middle.get(1), middle.len()), ("bc", "", 2));
    assert_eq!(texts.slice(3..9).parts(), ("d", &[1][..]));
    assert_eq!(texts.slice(0..0), Texts::default());
}
