//! Erasing what the audit tells of somebody.

use super::*;
use crate::audit::{Examiner, Flaw, Record, Trust};

fn entry(action: &str, details: serde_json::Value) -> Entry {
    Entry {
        action: action.to_owned(),
        details,
        ..trail("done").remove(0)
    }
}

fn records(store: &dyn Store) -> Vec<Record> {
    let mut found = Vec::new();
    store
        .audit_all(&mut |record| {
            found.push(record);
            true
        })
        .unwrap();
    found
}

#[test]
fn what_is_erased_of_somebody_is_gone_and_the_chain_holds() {
    let store = store();
    let (ana_id, ben_id) = (person(1), person(2));
    store
        .append(&[
            entry("approve", json!({"operation": "aa", "reason": "secretly ill"})),
            entry(
                "write",
                json!({"operation": "aa", "person": ana_id.to_string(), "changes": ["+49 1234"]}),
            ),
            entry("approve", json!({"operation": "bb", "reason": "of course"})),
            entry(
                "write",
                json!({"operation": "bb", "person": ben_id.to_string(), "changes": ["+49 5678"]}),
            ),
            // ends with a checkpoint that signs all of it
            entry("run-end", json!({"done": 2})),
        ])
        .unwrap();
    let before = records(&store);
    let request = entry("erase", serde_json::Value::Null);
    assert_eq!(store.erase_audit(ana_id, "asked to", request.clone()).unwrap(), 2);

    let after = records(&store);
    assert_eq!(after.len(), before.len() + 1, "the erasure is a record");
    let told = &after.last().unwrap().entry;
    assert_eq!(
        (told.action.as_str(), &told.details["records"]),
        ("erase", &json!(2))
    );
    assert_eq!(told.details["reason"], "asked to");
    for (number, record) in after[..before.len()].iter().enumerate() {
        if number < 2 {
            assert!(record.is_erased(), "{number}");
            assert_eq!(
                (&record.hash, &record.entry.actor, record.entry.at),
                (
                    &before[number].hash,
                    &before[number].entry.actor,
                    before[number].entry.at
                )
            );
            let line = crate::audit::json_line(record);
            assert!(!line.contains("Kovač") && !line.contains("done"), "{line}");
        } else {
            assert_eq!(*record, before[number]);
        }
    }
    for word in ["ill", "1234"] {
        assert_eq!(store.audit(0, 10, word).unwrap().0, 0, "{word} is found still");
    }
    assert_eq!(store.audit(0, 10, "5678").unwrap().0, 1);

    let mut examiner = Examiner::new(Trust::default(), Vec::new());
    for record in &after {
        examiner.check(record).unwrap();
    }
    let examined = examiner.finish().unwrap();
    assert_eq!(examined.head.erased, 2);
    assert_eq!(examined.erasures, [(after.last().unwrap().sequence, 2)]);
    assert!(
        !examined.signed.is_empty(),
        "the checkpoint covers what was erased"
    );

    // whoever removes more than that is found out, whatever they leave
    for number in [2, 3] {
        let mut more = after.clone();
        more[number].erase();
        let mut examiner = Examiner::new(Trust::default(), Vec::new());
        for record in &more {
            examiner.check(record).unwrap();
        }
        let broken = examiner.finish().unwrap_err();
        assert_eq!(
            (broken.sequence, broken.flaw),
            (number as u64 + 1, Flaw::Unaccounted)
        );
    }
    // and so is whoever removes the record of the erasure
    let mut examiner = Examiner::new(Trust::default(), Vec::new());
    for record in &after[..before.len()] {
        examiner.check(record).unwrap();
    }
    assert_eq!(examiner.finish().unwrap_err().flaw, Flaw::Unaccounted);

    // nothing is left to erase, and no record says that something was
    assert_eq!(store.erase_audit(ana_id, "again", request).unwrap(), 0);
    assert_eq!(records(&store).len(), after.len());
}
