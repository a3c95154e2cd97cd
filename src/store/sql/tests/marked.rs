//! Marked values at rest: sealed wherever they are stored, and the same when they are read.

use super::*;
use crate::{
    model::{After, Change, Deferred, Value},
    store::sql::statements as sql,
};

const NUMBER: &str = "+49 30 555 0815";

/// Everything that lies in the store of operations and records.
fn octets(store: &Either, plan: PlanId) -> Vec<u8> {
    store
        .lend(|connection| {
            let mut all = Vec::new();
            let mut statement = connection.prepare_cached(sql::OPERATIONS)?;
            let mut rows = statement.query([plan.0])?;
            while let Some(row) = rows.next()? {
                all.extend(row.get::<Vec<u8>>(2)?);
            }
            for set in 0..30_i64 {
                let mut statement = connection.prepare_cached(sql::PIECES)?;
                let mut rows = statement.query([set])?;
                while let Some(row) = rows.next()? {
                    all.extend(row.get::<Vec<u8>>(1)?);
                }
            }
            Ok(all)
        })
        .unwrap()
}

fn has(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|part| part == text.as_bytes())
}

fn marked(number: u32) -> Operation {
    let change = |attribute: &str, after| Change {
        attribute: attribute.to_owned(),
        before: Value::text(NUMBER),
        after,
        marked: true,
    };
    let deferred = After::Deferred(Box::new(Deferred {
        person: person(1),
        rule: "staff".into(),
        attribute: "phone".to_owned(),
        prediction: Some(Value::text(NUMBER)),
    }));
    Operation {
        changes: vec![
            change("phone", After::Known(Value::List(vec![Value::text(NUMBER)]))),
            change("mobile", deferred),
            Change {
                marked: false,
                before: Value::Absent,
                ..change("title", After::Known(Value::text("Engineer")))
            },
        ],
        precondition: Precondition::Absent(vec![
            ("PHONE".to_owned(), Value::text(NUMBER)),
            ("uid".to_owned(), Value::text("akovac")),
        ]),
        ..operation(number)
    }
}

#[test]
fn operations_lie_without_their_marked_values() {
    let store = store();
    let mut plan = plan(1..4);
    plan.operations = vec![operation(1), marked(2), marked(3)];
    let id = save(&store, &plan);
    let stored = octets(&store, id);
    assert!(has(&stored, "Engineer") && has(&stored, "akovac"));
    assert!(!has(&stored, NUMBER));
    let mut back = Vec::new();
    store
        .operations(id, &mut |stored| back.push(stored.operation))
        .unwrap();
    assert_eq!(back, [operation(1), marked(2), marked(3)]);
    let one = store.operation(id, super::id(2)).unwrap().unwrap();
    assert_eq!(one.operation, marked(2));
    let mut attributes = Vec::new();
    let each = &mut |brief: crate::store::StoredBrief<'_>| {
        attributes.extend(brief.operation.attributes.iter().map(|name| (*name).to_owned()));
    };
    store.briefs(id, &mut |_| (), each).unwrap();
    assert!(attributes.contains(&"mobile".to_owned()), "{attributes:?}");
}

/// A read with telephone numbers.
fn numbers(rows: usize, second: i64) -> Read {
    let mut read = read(Completeness::Complete, rows, second);
    let schema = read.records.schema().clone();
    let mut records = RecordSet::new(schema);
    for row in 0..rows {
        let anchor = format!("{row:08}");
        let head = RecordHead {
            anchor: &anchor,
            location: NUMBER,
            enabled: None,
        };
        records.begin(head).unwrap();
    }
    read.records = records;
    read
}

#[test]
fn reads_with_marked_attributes_lie_sealed() {
    let store = store();
    let system = SystemName::from("directory");
    let plan = save(&store, &plan(1..2));
    // what an earlier usher has stored
    let clear = numbers(40, 10);
    store.save_reads(&[(&clear, None)], &[]).unwrap();
    assert!(has(&octets(&store, plan), NUMBER));
    assert!(!store.last_records(&system, false).unwrap().unwrap().is_marked());

    // the same records, marked now
    let mut sealed = numbers(40, 20);
    sealed.records.mark();
    store.save_reads(&[(&sealed, None)], &[]).unwrap();
    assert!(!has(&octets(&store, plan), NUMBER));
    let back = store.last_records(&system, false).unwrap().unwrap();
    assert!(back.is_marked());
    assert_eq!(back.parts(), sealed.records.parts());

    // and what changes in them
    let since = store.last_read(&system).unwrap().unwrap();
    let mut delta = numbers(1, 30);
    let mut merged = numbers(0, 30);
    merged.records = sealed.records.clone();
    merged
        .records
        .merge(&delta.records, std::iter::once("00000007"))
        .unwrap();
    assert!(merged.records.is_marked());
    delta.kind = ReadKind::Delta {
        cursor: "one".to_owned(),
        tombstones: vec!["00000007".to_owned()],
    };
    let changes = Changes {
        read: &delta,
        since: &since,
        of_groups: false,
    };
    store
        .save_changed_reads(&[(&merged, None)], &[changes], &[])
        .unwrap();
    assert!(!has(&octets(&store, plan), NUMBER));
    let back = store.last_records(&system, false).unwrap().unwrap();
    assert!(back.is_marked());
    assert_eq!(back.len(), 39);

    // not marked any more: in the clear again
    store.save_reads(&[(&numbers(39, 40), None)], &[]).unwrap();
    assert!(has(&octets(&store, plan), NUMBER));
}

#[test]
fn people_with_marked_attributes_lie_sealed() {
    let store = store();
    let settle = |settled: SettledChange| {
        let mut change = MemoryChange {
            settled,
            ..MemoryChange::default()
        };
        change.settled.mark();
        store.save_plan(&plan(1..2), &change, &trail("plan")).unwrap()
    };
    settle(SettledChange::All(numbers(3, 10).records));
    let id = settle(SettledChange::Some {
        rows: numbers(1, 20).records,
        forgotten: vec![],
    });
    assert!(!has(&octets(&store, id), NUMBER));
    let settled = store.settled().unwrap().unwrap();
    assert!(settled.is_marked());
    assert_eq!(settled.get(0).location(), NUMBER);
    assert!(store.memory().unwrap().settled.is_some());
}
