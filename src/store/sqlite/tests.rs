//! What is special about the embedded store; what every store promises is tested with what they share.

mod damage;
mod leases;
mod many;
mod opening;
mod signing;
mod speed;

use super::*;
use crate::{
    model::{Decision, MemoryChange, PlanId, SystemName},
    store::{
        Journal, Store,
        sql::{statements::ALL, tests::*},
    },
};

#[test]
fn every_statement_is_understood() {
    let store = SqliteStore::open_in_memory().unwrap();
    let writer = store.writer.lock().unwrap();
    for (name, text) in ALL {
        writer
            .prepare(text.sqlite)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn no_statement_is_made_anew_for_other_values() {
    let store = SqliteStore::open_in_memory().unwrap();
    let writer = store.writer.lock().unwrap();
    for (name, text) in ALL {
        let mut statement = writer.prepare(text.sqlite).unwrap();
        for round in 0..3 {
            for at in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(at, round).unwrap();
            }
            // what it answers, or refuses, is another matter
            let mut rows = statement.raw_query();
            while let Ok(Some(_)) = rows.next() {}
            drop(rows);
            statement.clear_bindings();
        }
        let again = statement.get_status(rusqlite::StatementStatus::RePrepare);
        assert_eq!(again, 0, "{name}");
    }
}

#[test]
fn the_trail_cannot_be_changed_by_mistake() {
    let store = SqliteStore::open_in_memory().unwrap();
    store.append(&trail("a")).unwrap();
    let writer = store.writer.lock().unwrap();
    for statement in [
        "DELETE FROM audit",
        "UPDATE audit SET hash = 'x'",
        "UPDATE audit SET sequence = 7",
    ] {
        assert!(
            writer
                .execute(statement, [])
                .unwrap_err()
                .to_string()
                .contains("append-only")
        );
    }
}
