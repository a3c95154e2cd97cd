use super::*;
use crate::model::{Deferred, Fingerprint, Precondition, Reference, Situation, Target};

fn person(number: u128) -> PersonId {
    PersonId(uuid::Uuid::from_u128(number))
}

fn operation(number: u8, kind: Kind, anchor: Option<&str>) -> Operation {
    Operation {
        fingerprint: Fingerprint([number; 32]),
        person: Some(person(number.into())),
        subject: String::new(),
        rule: "staff".into(),
        system: "directory".into(),
        class: Vec::new(),
        kind,
        situation: Situation::Leaving,
        event: None,
        target: Target {
            anchor: anchor.map(Into::into),
            location: "uid=a,ou=people".to_owned(),
            container: None,
            name: None,
        },
        changes: Vec::new(),
        usable: None,
        precondition: Precondition::Unchanged { enabled: None },
        waits_for: Vec::new(),
        due: None,
        risk: Vec::new(),
        why: String::new(),
        undoes: None,
    }
}

fn change(after: After) -> Change {
    Change {
        attribute: "manager".to_owned(),
        before: Value::Absent,
        after,
        marked: false,
    }
}

fn directory(operations: &[Operation]) -> Directory {
    Directory {
        accounts: HashMap::new(),
        moved: HashMap::new(),
        former: HashMap::new(),
        uses_locations: HashMap::new(),
        asked: Some(Asked::by(operations.iter())),
    }
}

fn written(anchor: &str, location: &str) -> Written {
    Written {
        anchor: anchor.into(),
        location: location.to_owned(),
        verified: true,
        already: false,
        attributes: vec![
            ("mail".to_owned(), Value::from("a@example.org".to_owned())),
            ("title".to_owned(), Value::from("x".to_owned())),
        ],
    }
}

#[test]
fn what_nobody_asks_for_is_not_kept() {
    let operations = [
        operation(1, Kind::Create, None),
        operation(2, Kind::Update, Some("a2")),
    ];
    let mut directory = directory(&operations);
    directory.note(&operations[0], &written("a1", "uid=a,ou=people"));
    directory.note(&operations[1], &written("a2", "uid=a,ou=people"));
    assert!(directory.accounts.is_empty() && directory.moved.is_empty());
    // it is somewhere else now: what comes after it must look there
    directory.note(&operations[1], &written("a2", "uid=a,ou=former"));
    let object = ("directory".into(), "a2".into());
    assert_eq!(directory.moved[&object], "uid=a,ou=former");
    // and back again
    directory.note(&operations[1], &written("a2", "uid=a,ou=people"));
    assert_eq!(directory.moved[&object], "uid=a,ou=people");
}

#[test]
fn what_others_refer_to_is_kept_with_the_attributes_they_take_over() {
    let manager = operation(1, Kind::Create, None);
    let mut report = operation(2, Kind::Create, None);
    report.changes = vec![change(After::Known(Value::Reference(Reference::Account {
        person: person(1),
        rule: "staff".into(),
    })))];
    let mut mailed = operation(3, Kind::Update, Some("a3"));
    mailed.changes = vec![change(After::Deferred(Box::new(Deferred {
        person: person(2),
        rule: "staff".into(),
        attribute: "Mail".to_owned(),
        prediction: None,
    })))];
    // it is enabled after it was made: by then it has an anchor
    let enabled = operation(4, Kind::Enable, None);
    let operations = [manager, report, mailed, enabled];
    let mut directory = directory(&operations);
    for (operation, anchor) in operations.iter().zip(["a1", "a2", "a3", "a4"]) {
        directory.note(operation, &written(anchor, "uid=b,ou=people"));
    }
    let rule = RuleName::from("staff");
    for (number, anchor) in [(1, "a1"), (2, "a2"), (4, "a4")] {
        let account = directory.account(person(number), &rule).unwrap();
        assert_eq!(account.anchor.as_str(), anchor);
        assert_eq!(account.location, "uid=b,ou=people");
        let names: Vec<_> = account.written.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["mail"]);
    }
    assert!(directory.account(person(3), &rule).is_err());
}
