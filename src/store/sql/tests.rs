//! What every method promises, on every store: `USHER_TEST_POSTGRES` names a server to run them on.

mod deciding;
mod erasing;
mod links;
mod lookup;
mod marked;
mod relinking;
mod restraint;
pub(in crate::store) mod runs;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::*;
pub(in crate::store) use crate::{
    audit::verify,
    model::{
        Actor, Anchor, Completeness, Coverage, Kind, LifecycleEvent, Link, LinkOwner, Operation,
        OperationState, PersonId, Precondition, ReadKind, Schema, Situation, Target, Verdict,
        record::RecordHead,
    },
    model::{Grant, LinkView, Links, OpenEvent, Reservation, SettledChange, Timer, Why},
    store::{postgres::PostgresStore, sqlite::SqliteStore},
};

/// An empty store: the embedded one, or one on the server that `USHER_TEST_POSTGRES` names.
fn store() -> Either {
    match std::env::var("USHER_TEST_POSTGRES") {
        Ok(server) => Either::Postgres(PostgresStore::open_for_test(&server)),
        Err(_) => Either::Sqlite(SqliteStore::open_in_memory().unwrap()),
    }
}

enum Either {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Database for Either {
    fn lend<T>(&self, work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        match self {
            Self::Sqlite(store) => store.lend(work),
            Self::Postgres(store) => store.lend(work),
        }
    }

    fn commit<T>(&self, work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        match self {
            Self::Sqlite(store) => store.commit(work),
            Self::Postgres(store) => store.commit(work),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::Sqlite(store) => Database::place(store),
            Self::Postgres(store) => Database::place(store),
        }
    }

    fn locks(&self) -> &Locks {
        match self {
            Self::Sqlite(store) => store.locks(),
            Self::Postgres(store) => store.locks(),
        }
    }

    fn key(&self) -> &KeyFile {
        match self {
            Self::Sqlite(store) => store.key(),
            Self::Postgres(store) => store.key(),
        }
    }
}

pub(in crate::store) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(in crate::store) fn ana() -> Actor {
    Actor {
        user: "ana@adminhost".to_owned(),
        ssh_client: Some("192.0.2.7".to_owned()),
    }
}

pub(in crate::store) fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

pub(in crate::store) fn id(number: u32) -> Fingerprint {
    let mut octets = [0; 32];
    // spread like a digest, so that indexes see what they will see
    octets[..8].copy_from_slice(
        &u64::from(number)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_be_bytes(),
    );
    octets[28..].copy_from_slice(&number.to_be_bytes());
    Fingerprint(octets)
}

pub(in crate::store) fn trail(summary: &str) -> Vec<Entry> {
    vec![Entry {
        at: at(0),
        actor: ana(),
        action: "test".to_owned(),
        subject: "Ana Kovač".to_owned(),
        summary: summary.to_owned(),
        details: json!({"reason": "because", "share": 0.5}),
    }]
}

pub(in crate::store) fn drafts(summary: &str) -> Vec<Draft> {
    trail(summary).iter().map(Draft::from).collect()
}

pub(in crate::store) fn operation(number: u32) -> Operation {
    Operation {
        fingerprint: id(number),
        person: Some(person(u128::from(number))),
        subject: format!("Person {number}"),
        rule: "staff".into(),
        system: "directory".into(),
        class: vec!["inetOrgPerson".to_owned()],
        kind: Kind::Update,
        situation: Situation::Confirmed,
        event: Some(LifecycleEvent::Mover),
        target: Target {
            anchor: Some(format!("anchor-{number}").into()),
            location: format!("uid=u{number},ou=people,dc=example,dc=org"),
            container: None,
            name: None,
        },
        changes: ["title", "department"]
            .map(|attribute| crate::model::Change {
                attribute: attribute.to_owned(),
                before: "Engineer".to_owned().into(),
                after: crate::model::After::Known(format!("Lead {number}").into()),
                marked: false,
            })
            .to_vec(),
        usable: Some(true),
        precondition: Precondition::Unchanged { enabled: Some(true) },
        waits_for: vec![],
        due: None,
        risk: vec![],
        why: format!("people.csv line {number}: department Engineering"),
        undoes: None,
    }
}

pub(in crate::store) fn plan(numbers: std::ops::Range<u32>) -> Plan {
    Plan {
        now: at(1),
        seal: id(7),
        operations: numbers.map(operation).collect(),
        adoptions: crate::model::Adoptions::default(),
        scheduled: vec![],
        findings: vec![],
        situations: std::collections::BTreeMap::default(),
        rails: vec![],
        demands: crate::model::Demands::default(),
    }
}

pub(in crate::store) fn save(store: &dyn Store, plan: &Plan) -> PlanId {
    store
        .save_plan(plan, &MemoryChange::default(), &trail("planned"))
        .unwrap()
}

pub(in crate::store) fn decide(store: &dyn Store, number: u32, verdict: Verdict) -> Result<(), Error> {
    let decision = Decision {
        operation: id(number),
        verdict,
        by: ana(),
        at: at(2),
        reason: Some("seen".to_owned()),
    };
    store.decide(&[decision], &trail("decided"))
}

pub(in crate::store) fn approve(store: &dyn Store, number: u32) {
    decide(store, number, Verdict::Approve).unwrap();
}

pub(in crate::store) fn state(store: &dyn Store, number: u32) -> OperationState {
    let plan = store.current_plan().unwrap().unwrap();
    store.operation(plan.id, id(number)).unwrap().unwrap().state
}

pub(in crate::store) fn records(rows: usize) -> RecordSet {
    let columns = [
        "uid",
        "givenName",
        "sn",
        "mail",
        "title",
        "department",
        "manager",
        "l",
    ];
    let schema = Schema {
        columns: columns.map(crate::model::Column::text).to_vec(),
    };
    let mut set = RecordSet::with_capacity(Arc::new(schema), rows, 100);
    for row in 0..rows {
        let anchor = format!("{row:08}-0000-4000");
        let mut writer = set
            .begin(RecordHead {
                anchor: &anchor,
                location: "ou=people",
                enabled: Some(row % 2 == 0),
            })
            .unwrap();
        writer.one(&format!("u{row}")).unwrap();
        writer.one("Łukasz").unwrap();
        writer.null().unwrap();
        writer.many(["a@example.org", "b@example.org"]).unwrap();
        writer.one("Engineer of things").unwrap();
    }
    set
}

pub(in crate::store) fn read(completeness: Completeness, rows: usize, second: i64) -> Read {
    Read {
        system: "directory".into(),
        kind: ReadKind::Full,
        coverage: Coverage {
            question: "base".to_owned(),
        },
        completeness,
        records: records(rows),
        problems: vec![],
        started: at(second - 1),
        ended: at(second),
    }
}

#[test]
fn only_good_reads_are_kept_and_every_attempt_is_noted() {
    let store = store();
    let system = SystemName::from("directory");
    assert_eq!(store.last_read(&system).unwrap(), None);
    let good = read(Completeness::Complete, 3, 10);
    let groups = read(Completeness::Complete, 2, 12);
    store
        .save_reads(&[(&good, Some(&groups))], &trail("read"))
        .unwrap();
    let half = read(Completeness::Partial("lost the line".to_owned()), 1, 20);
    store.save_reads(&[(&half, None)], &[]).unwrap();

    let last = store.last_read(&system).unwrap().unwrap();
    assert_eq!((last.records, last.ended), (3, at(10)));
    let attempt = store.read_attempts().unwrap().remove(0);
    assert_eq!(
        (attempt.ended, attempt.trouble.as_deref()),
        (at(20), Some("lost the line"))
    );
    let kept = store.last_records(&system, false).unwrap().unwrap();
    assert_eq!(kept.parts(), good.records.parts());
    assert_eq!(kept.schema(), good.records.schema());
    assert_eq!(store.last_records(&system, true).unwrap().unwrap().len(), 2);

    let mut delta = read(Completeness::Complete, 1, 30);
    delta.kind = ReadKind::Delta {
        cursor: "7".to_owned(),
        tombstones: vec![],
    };
    store.save_reads(&[(&delta, None)], &[]).unwrap();
    assert_eq!(store.last_read(&system).unwrap().unwrap().records, 3);

    // the same records again are not written again, but the read is newer; groups are no longer read
    let again = read(Completeness::Complete, 3, 40);
    store.save_reads(&[(&again, None)], &[]).unwrap();
    assert_eq!(store.last_read(&system).unwrap().unwrap().ended, at(40));
    assert!(store.last_records(&system, true).unwrap().is_none());
}

#[test]
fn of_a_changed_read_only_the_changes_are_written() {
    let store = store();
    let system = SystemName::from("directory");
    let base = read(Completeness::Complete, 400, 10);
    store.save_reads(&[(&base, None)], &[]).unwrap();
    let mut since = store.last_read(&system).unwrap().unwrap();
    let mut expected = base.records;
    for (second, cursor) in [(20, "one"), (30, "two")] {
        // one more, one gone, and then nothing
        let is_last = second == 30;
        let rows = usize::from(!is_last);
        let mut delta = read(Completeness::Complete, rows, second);
        let gone = if is_last {
            vec![]
        } else {
            vec!["00000007-0000-4000".to_owned()]
        };
        let names: Vec<&str> = gone.iter().map(String::as_str).collect();
        expected.merge(&delta.records, names).unwrap();
        delta.kind = ReadKind::Delta {
            cursor: cursor.to_owned(),
            tombstones: gone.clone(),
        };
        let mut merged = read(Completeness::Complete, 0, second);
        merged.records = expected.clone();
        merged.coverage = merged.coverage.with_cursor(cursor);
        let changes = Changes {
            read: &delta,
            since: &since,
            of_groups: false,
        };
        store
            .save_changed_reads(&[(&merged, None)], &[changes], &[])
            .unwrap();
        // what was built on another read is written in full
        let stale = Changes {
            read: &delta,
            since: &since,
            of_groups: false,
        };
        let last = store.last_read(&system).unwrap().unwrap();
        assert_eq!((last.records, last.ended), (399, at(second)));
        assert_eq!(last.coverage.cursor(), Some(cursor));
        let kept = store.last_records(&system, false).unwrap().unwrap();
        assert_eq!(kept.len(), 399);
        let first = |set: &RecordSet| set.get(0).get("givenName").first().map(str::to_owned);
        assert_eq!(first(&kept), first(&expected));
        assert!(kept.iter().all(|record| record.anchor() != "00000007-0000-4000"));
        if is_last {
            store
                .save_changed_reads(&[(&merged, None)], &[stale], &[])
                .unwrap();
            let kept = store.last_records(&system, false).unwrap().unwrap();
            assert_eq!(kept.parts(), expected.parts());
        }
        since = last;
    }
}

#[test]
fn memory_comes_back_as_it_was_stored() {
    let store = store();
    assert!(store.memory().unwrap().settled.is_none());
    let link = |owner, who, anchor: &str| Link {
        person: person(who),
        owner,
        anchor: anchor.into(),
        why: "matched by mail".to_owned(),
        since: "2026-11-21T09:14:00.123456789Z".parse().unwrap(),
    };
    let source = || LinkOwner::Source("employees".into());
    let account = || LinkOwner::Account("staff".into());
    let grant = Grant {
        person: person(1),
        rule: "engineering".into(),
        system: "directory".into(),
        group: "cn=eng".into(),
    };
    let links = [
        link(source(), 1, "000482"),
        link(source(), 1, "000999"),
        link(account(), 1, "a"),
    ];
    let change = MemoryChange {
        links: links.iter().collect(),
        settled: SettledChange::All(records(5)),
        events: LifecycleEvent::ALL
            .map(|event| OpenEvent {
                person: person(1),
                event,
                since: at(3),
            })
            .to_vec(),
        timers: vec![Timer {
            person: person(1),
            rule: "staff".into(),
            kind: "delete".to_owned(),
            base: jiff::civil::date(2026, 2, 28),
        }],
        reservations: vec![Reservation {
            person: person(1),
            rule: "staff".into(),
            attribute: "uid".to_owned(),
            value: "akovac2".to_owned(),
        }],
        adopted: vec![grant.clone()],
    };
    store.save_plan(&plan(0..0), &change, &[]).unwrap();
    let memory = store.memory().unwrap();
    assert_eq!(of(&memory.links), without_reasons(&links));
    assert_eq!(store.sources_of(person(1)).unwrap(), links[..2]);
    assert_eq!(store.accounts_of(person(1)).unwrap(), links[2..]);
    assert_eq!(memory.events, change.events);
    assert_eq!(memory.timers, change.timers);
    assert_eq!(memory.reservations, change.reservations);
    assert_eq!(memory.grants, change.adopted);
    assert_eq!(memory.settled.unwrap().parts(), records(5).parts());

    // another account replaces the person's; another person takes over a record; what a plan does not name goes
    let next = MemoryChange {
        links: [link(account(), 1, "b"), link(source(), 2, "000999")]
            .iter()
            .collect(),
        ..MemoryChange::default()
    };
    store.save_plan(&plan(0..0), &next, &[]).unwrap();
    let memory = store.memory().unwrap();
    assert_eq!(
        of(&memory.links),
        without_reasons(&[
            link(source(), 1, "000482"),
            link(source(), 2, "000999"),
            link(account(), 1, "b")
        ])
    );
    assert!(memory.events.is_empty() && memory.timers.is_empty() && memory.reservations.is_empty());
    assert_eq!(memory.grants, vec![grant]);
    assert_eq!(memory.settled.unwrap().len(), 5);
}

#[test]
fn the_trail_is_chained_paged_and_filtered() {
    let store = store();
    store.append(&trail("Łukasz Żak was \"disabled\" 100%_")).unwrap();
    for number in 0..9 {
        store.append(&trail(&format!("number {number}"))).unwrap();
    }
    let mut all = Vec::new();
    store
        .audit_all(&mut |record| {
            all.push(record);
            true
        })
        .unwrap();
    assert_eq!(verify(all.clone()).unwrap().sequence, 10);
    let mut seen = 0;
    store
        .audit_all(&mut |_| {
            seen += 1;
            seen < 3
        })
        .unwrap();
    assert_eq!(seen, 3);

    let (count, page) = store.audit(1, 2, "").unwrap();
    assert_eq!((count, page[0].sequence, page[1].sequence), (10, 9, 8));
    assert_eq!(page[0], all[8]);
    for (filter, found) in [
        ("łukasz ŻAK", 1),
        ("\"disabled\" 100%_", 1),
        ("number ana@adminhost", 9),
        ("because", 10),
        ("number nobody", 0),
        ("details_digest", 0),
    ] {
        assert_eq!(store.audit(0, 100, filter).unwrap().0, found, "{filter}");
        assert_eq!(store.audit(0, 100, filter).unwrap().1.len(), found, "{filter}");
    }
    assert!(store.audit(usize::MAX, usize::MAX, "x").unwrap().1.is_empty());
}

/// Links as planning gets them.
fn of(links: &Links) -> Vec<Link> {
    links.iter().map(LinkView::to_link).collect()
}

fn without_reasons(links: &[Link]) -> Vec<Link> {
    let without = |link: &Link| Link {
        why: String::new(),
        ..link.clone()
    };
    links.iter().map(without).collect()
}
