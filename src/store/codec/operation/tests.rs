use std::borrow::Cow;

use uuid::Uuid;

use super::*;
use crate::model::{PersonId, Reference, RuleName, Value};

/// An operation that uses every form of every part.
fn rich() -> Operation {
    let person = PersonId(Uuid::from_u128(7));
    let all = Value::List(vec![
        Value::Absent,
        Value::Null,
        Value::text("李小龍"),
        Value::Integer(-3),
        Value::Boolean(true),
        Value::Boolean(false),
        Value::Date(jiff::civil::date(2026, 2, 28)),
        Value::Instant("2026-11-21T09:14:00.123456789Z".parse().unwrap()),
        Value::Binary(Cow::Owned(vec![0, 255])),
        Value::Reference(Reference::Account {
            person,
            rule: "staff".into(),
        }),
        Value::Reference(Reference::Object("x".into())),
        Value::Complex(vec![(Cow::Borrowed("type"), Value::text("work"))]),
    ]);
    let change = |attribute: &str, after| Change {
        attribute: attribute.to_owned(),
        before: all.clone(),
        after,
        marked: attribute == "b",
    };
    let deferred = |prediction| {
        After::Deferred(Box::new(Deferred {
            person,
            rule: RuleName::from("staff"),
            attribute: "mail".to_owned(),
            prediction,
        }))
    };
    Operation {
        fingerprint: Fingerprint([9; 32]),
        person: Some(person),
        subject: "Ana Kovač".repeat(40),
        rule: "staff".into(),
        system: "directory".into(),
        class: vec!["inetOrgPerson".to_owned(), "top".to_owned()],
        kind: Kind::RemoveMember,
        situation: Situation::Leaving,
        event: Some(LifecycleEvent::Leaver),
        target: Target {
            anchor: Some("1".into()),
            location: "uid=akovac".to_owned(),
            container: Some("ou=people".to_owned()),
            name: Some("People".to_owned()),
        },
        changes: vec![
            change("a", After::Known(all.clone())),
            change("b", deferred(None)),
            change("c", deferred(Some(Value::text("a@b")))),
            change(
                "d",
                After::Secret {
                    policy: "initial".to_owned(),
                    recipient: "manager".to_owned(),
                },
            ),
        ],
        usable: Some(true),
        precondition: Precondition::Absent(vec![("uid".to_owned(), Value::text("akovac"))]),
        waits_for: vec![Fingerprint([1; 32]), Fingerprint([2; 32])],
        due: Some("2026-11-22T00:00:00Z".parse().unwrap()),
        risk: RISKS.to_vec(),
        why: "people.csv line 482".to_owned(),
        undoes: Some(Fingerprint([3; 32])),
    }
}

/// What a list shows is the same, read from the blob or taken from the operation.
fn glanced_at(operation: &Operation) {
    let blob = encode(operation, None);
    let mut names = Names::default();
    let brief = brief::decode(operation.fingerprint, &blob, &mut names);
    assert_eq!(brief, Some(crate::store::Brief::of(operation)));
}

#[test]
fn every_part_comes_back() {
    let mut operation = rich();
    for precondition in [
        operation.precondition.clone(),
        Precondition::Membership,
        Precondition::Unchanged { enabled: None },
        Precondition::Unchanged { enabled: Some(true) },
        Precondition::Unchanged { enabled: Some(false) },
    ] {
        operation.precondition = precondition;
        let back = decode(
            operation.fingerprint,
            &encode(&operation, None),
            &mut Names::default(),
            &|_, _| None,
        );
        assert_eq!(back.as_ref(), Some(&operation));
        glanced_at(&operation);
    }
    for kind in Kind::ALL {
        for (situation, event) in Situation::ALL
            .into_iter()
            .zip(LifecycleEvent::ALL.into_iter().map(Some).chain([None; 3]))
        {
            let operation = Operation {
                kind,
                situation,
                event,
                person: None,
                due: None,
                undoes: None,
                ..operation.clone()
            };
            let back = decode(
                operation.fingerprint,
                &encode(&operation, None),
                &mut Names::default(),
                &|_, _| None,
            );
            glanced_at(&operation);
            assert_eq!(back, Some(operation));
        }
    }
}

#[test]
fn what_earlier_stores_have_comes_back_too() {
    let mut operation = rich();
    for (undoes, form) in [(operation.undoes, 3), (None, 2)] {
        operation.undoes = undoes;
        let mut blob = encode(&operation, None);
        blob.truncate(blob.len() - 8);
        blob[0] = form;
        let back = decode(operation.fingerprint, &blob, &mut Names::default(), &|_, _| None);
        assert_eq!(back.as_ref(), Some(&operation));
    }
}

#[test]
fn damaged_blobs_end_as_nothing_and_never_panic() {
    let operation = rich();
    let blob = encode(&operation, None);
    let nowhere = Operation {
        kind: Kind::Create,
        target: Target {
            location: String::new(),
            ..operation.target.clone()
        },
        ..operation.clone()
    };
    glanced_at(&nowhere);
    for cut in 0..blob.len() {
        assert!(
            decode(
                operation.fingerprint,
                &blob[..cut],
                &mut Names::default(),
                &|_, _| None
            )
            .is_none()
        );
        let _ = brief::decode(operation.fingerprint, &blob[..cut], &mut Names::default());
    }
    for place in 0..blob.len() {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = blob.clone();
            damaged[place] ^= flip;
            assert!(
                decode(operation.fingerprint, &damaged, &mut Names::default(), &|_, _| {
                    None
                })
                .is_none()
            );
        }
    }
    // a sound blob beside the fingerprint of another operation
    assert!(decode(Fingerprint([8; 32]), &blob, &mut Names::default(), &|_, _| None).is_none());
    let mut deep = [11, 1].repeat(100);
    deep.push(0);
    assert!(value::read(&mut Reader::new(&deep, &mut Names::default())).is_none());
}

#[test]
fn marked_values_are_taken_out_and_put_back() {
    let mut operation = rich();
    operation.changes.truncate(3);
    operation
        .changes
        .iter_mut()
        .for_each(|change| change.marked = false);
    assert!(marks::take(&operation).is_none());
    operation
        .changes
        .iter_mut()
        .for_each(|change| change.marked = true);
    for undoes in [operation.undoes, None] {
        operation.undoes = undoes;
        let (rest, values) = marks::take(&operation).unwrap();
        assert_ne!(rest, operation);
        let blob = encode(&rest, Some(&values));
        let names = &mut Names::default();
        let back = decode(operation.fingerprint, &blob, names, &|_, sealed| {
            Some(sealed.to_vec())
        });
        assert_eq!(back.as_ref(), Some(&operation));
        let cannot = decode(operation.fingerprint, &blob, names, &|_, _| None);
        assert_eq!(cannot, None);
        let cut = decode(operation.fingerprint, &blob, names, &|_, sealed| {
            Some(sealed[..sealed.len() - 1].to_vec())
        });
        assert_eq!(cut, None);
        assert_eq!(
            brief::decode(operation.fingerprint, &blob, names),
            Some(crate::store::Brief::of(&rest))
        );
    }
}
