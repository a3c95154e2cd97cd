//! Plan after plan in one process: what one carries to the next changes nothing but the cost.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use usher::{
    config::Config,
    connectors::{
        ConnectError, Connector, Probe, Progress, ReadRequest, Settled, Task, Write, WriteError, Written,
    },
    engine::{Engine, PlanOptions, PlanReport, Setup, SystemSetup, clock::Clock},
    model::{
        Actor, Column, Completeness, Coverage, Fingerprint, Read, ReadKind, RecordSet, Schema, SystemName,
        Verdict, record::RecordHead,
    },
    store::sqlite::SqliteStore,
};

const RULES: &str = r#"
version = 1
time_zone = "UTC"

[systems.hr]
connector = "csv"
path = "people.csv"
anchor = "id"

[systems.directory]
connector = "csv"
path = "accounts.csv"
anchor = "id"

[[people]]
name = "employees"
from = "hr"
creates = true
references = { manager = "[manager]" }
attributes = { number = "[id]", name = "[name]", title = "[title]" }

[[accounts]]
name = "staff"
in = "directory"
class = ["person"]
actions = ["create", "update", "delete"]
adopt = "automatic"
match = [["number", "[number]"]]
[accounts.attributes]
number = "[number]"
name = "[name]"
title = { value = "[title]", null = "clear" }

[guard]
create = "unlimited"
"#;

/// What a system holds, by ids, and when each row was changed last.
#[derive(Default)]
struct Rows {
    now: usize,
    held: BTreeMap<String, (usize, Vec<String>)>,
    gone: BTreeMap<String, usize>,
}

/// A system that tells what changed.
struct Teller {
    name: SystemName,
    columns: &'static [&'static str],
    rows: Arc<Mutex<Rows>>,
}

impl Teller {
    fn tell(&self, request: &ReadRequest) -> Read {
        let rows = self.rows.lock().unwrap();
        let columns = self.columns.iter().map(|name| Column::text(*name)).collect();
        let mut records = RecordSet::new(Arc::new(Schema { columns }));
        let since = request.since.as_ref().and_then(|since| since.coverage.cursor());
        let since: Option<usize> = since.map(|cursor| cursor.parse().unwrap());
        let is_meant = |at: usize| since.is_none_or(|since| at > since);
        for (anchor, (_, row)) in rows.held.iter().filter(|(_, (at, _))| is_meant(*at)) {
            let location = format!("row {anchor}");
            let head = RecordHead {
                anchor,
                location: &location,
                enabled: None,
            };
            let mut writer = records.begin(head).unwrap();
            for text in row {
                writer.one(text).unwrap();
            }
        }
        let gone = rows.gone.iter().filter(|(_, at)| is_meant(**at));
        let cursor = rows.now.to_string();
        Read {
            system: self.name.clone(),
            kind: match since {
                None => ReadKind::Full,
                Some(_) => ReadKind::Delta {
                    cursor: cursor.clone(),
                    tombstones: gone.map(|(anchor, _)| anchor.clone()).collect(),
                },
            },
            coverage: Coverage::new("all", None).with_cursor(&cursor),
            completeness: Completeness::Complete,
            records,
            problems: Vec::new(),
            started: Timestamp::UNIX_EPOCH,
            ended: Timestamp::UNIX_EPOCH,
        }
    }
}

impl Connector for Teller {
    fn system(&self) -> &SystemName {
        &self.name
    }

    fn probe(&self) -> Task<'_, Result<Probe, ConnectError>> {
        panic!("nobody asks what it is")
    }

    fn schema(&self) -> Task<'_, Result<Schema, ConnectError>> {
        panic!("nobody asks what it has")
    }

    fn read<'a>(&'a self, request: &'a ReadRequest, _progress: Progress<'a>) -> Task<'a, Read> {
        Box::pin(async { self.tell(request) })
    }

    fn full_every(&self) -> Option<Duration> {
        Some(Duration::from_secs(1 << 30))
    }

    fn read_groups<'a>(&'a self, _progress: Progress<'a>) -> Task<'a, Option<Read>> {
        Box::pin(async { None })
    }

    fn write<'a>(&'a self, _write: &'a Write) -> Task<'a, Result<Written, WriteError>> {
        panic!("nothing is written")
    }

    fn settle<'a>(&'a self, _write: &'a Write) -> Task<'a, Settled> {
        panic!("nothing is written")
    }

    fn command(&self, _write: &Write) -> String {
        String::new()
    }

    fn has_containers(&self) -> bool {
        false
    }
}

/// Two systems, and two engines that plan on them: one that carries what it found, one that does not.
struct House {
    hr: Arc<Mutex<Rows>>,
    directory: Arc<Mutex<Rows>>,
    carrying: Engine,
    plain: Engine,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl House {
    fn new(people: usize, clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (hr, directory) = (Arc::<Mutex<Rows>>::default(), Arc::<Mutex<Rows>>::default());
        let engine = |name: &str| {
            let teller = |system: &str, columns, rows: &Arc<Mutex<Rows>>| SystemSetup {
                connector: Arc::new(Teller {
                    name: SystemName::from(system),
                    columns,
                    rows: rows.clone(),
                }) as Arc<dyn Connector>,
                kind: "teller".to_owned(),
                observe: false,
            };
            let config = Config::parse(Path::new("/company/usher.toml"), RULES).unwrap();
            Engine::new(Setup {
                rules: config.rules,
                systems: vec![
                    teller("hr", &["id", "name", "title", "manager"], &hr),
                    teller("directory", &["number", "name", "title"], &directory),
                ],
                store: Arc::new(SqliteStore::open(&folder.path().join(name)).unwrap()),
                clock: clock.clone(),
                actor: Actor {
                    user: "tester".to_owned(),
                    ssh_client: None,
                },
                next_day: None,
            })
        };
        let (carrying, plain) = (engine("carrying.db"), engine("plain.db"));
        let house = Self {
            hr,
            directory,
            carrying,
            plain,
            clock,
            _folder: folder,
        };
        for person in 0..people {
            let (id, manager) = (format!("{person}"), format!("{}", person / 10));
            house.put(&house.hr, &id, &[&id, "Ann", "Clerk", &manager]);
            house.put(&house.directory, &format!("a{id}"), &[&id, "Ann", "Clerk"]);
        }
        house
    }

    #[expect(clippy::unused_self, reason = "reads like the others")]
    fn put(&self, rows: &Mutex<Rows>, anchor: &str, row: &[&str]) {
        let mut rows = rows.lock().unwrap();
        rows.now += 1;
        let now = rows.now;
        let row = row.iter().map(|text| (*text).to_owned()).collect();
        rows.held.insert(anchor.to_owned(), (now, row));
        rows.gone.remove(anchor);
    }

    #[expect(clippy::unused_self, reason = "reads like the others")]
    fn remove(&self, rows: &Mutex<Rows>, anchor: &str) {
        let mut rows = rows.lock().unwrap();
        rows.now += 1;
        let now = rows.now;
        rows.held.remove(anchor);
        rows.gone.insert(anchor.to_owned(), now);
    }

    /// Plans with both engines; both plans must be the same. Returns how many people were planned.
    async fn plan(&self) -> (PlanReport, Option<usize>) {
        let few = self.few().await;
        let all = self.plain.plan(&PlanOptions::default()).await.unwrap();
        assert_eq!(few.summary, all.summary);
        let (few_plan, all_plan) = (current(&self.carrying), current(&self.plain));
        assert_eq!(few_plan.seal, all_plan.seal, "another plan, or of other reads");
        assert_eq!(few_plan.findings, all_plan.findings);
        assert_eq!(few_plan.rails, all_plan.rails);
        assert_eq!(few_plan.situations, all_plan.situations);
        assert_eq!(all.people, None);
        let people = few.people;
        (few, people)
    }

    /// Plans with the engine that carries.
    async fn few(&self) -> PlanReport {
        let carries = PlanOptions {
            carries: true,
            ..PlanOptions::default()
        };
        self.carrying.plan(&carries).await.unwrap()
    }
}

fn current(engine: &Engine) -> usher::store::StoredPlan {
    engine.store().current_plan().unwrap().unwrap()
}

fn operations(engine: &Engine) -> Vec<Fingerprint> {
    let mut all = Vec::new();
    let plan = current(engine).id;
    let mut note = |stored: usher::store::StoredOperation| all.push(stored.operation.fingerprint);
    engine.store().operations(plan, &mut note).unwrap();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_after_a_few_changes_looks_at_a_few_people() {
    let house = House::new(2000, Clock::Fixed("2026-11-21T08:00:00Z".parse().unwrap()));
    // accounts are found and linked, then they are confirmed
    assert_eq!(house.plan().await.1, None);
    house.plan().await;
    let (_, people) = house.plan().await;
    assert_eq!(people, Some(0), "nothing changed");

    house.put(&house.hr, "700", &["700", "Ann", "Boss", "70"]);
    house.put(&house.hr, "5000", &["5000", "Ben", "Clerk", "71"]);
    house.remove(&house.hr, "900");
    let (report, people) = house.plan().await;
    assert_eq!(
        report.summary.kinds.values().sum::<usize>(),
        2,
        "{:?}",
        report.summary
    );
    assert!(people.is_some_and(|people| people < 30), "{people:?}");

    // somebody else writes to the target
    house.put(&house.directory, "a701", &["701", "Eve", "Clerk"]);
    house.remove(&house.directory, "a702");
    let (_, people) = house.plan().await;
    assert!(people.is_some_and(|people| people < 60), "{people:?}");

    // decisions change nothing that planning builds on
    for engine in [&house.carrying, &house.plain] {
        let all = operations(engine);
        engine.decide(all, Verdict::Approve, None).await.unwrap();
    }
    let (_, people) = house.plan().await;
    assert!(people.is_some_and(|people| people < 60), "{people:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_else_writes_to_the_store_has_everybody_planned() {
    let house = House::new(50, Clock::wall());
    for _ in 0..3 {
        house.few().await;
    }
    assert_eq!(house.few().await.people, Some(0));
    let entry = usher::audit::Entry {
        at: house.clock.now(),
        actor: Actor {
            user: "other".to_owned(),
            ssh_client: None,
        },
        action: "link".to_owned(),
        subject: "somebody".to_owned(),
        summary: "linked".to_owned(),
        details: serde_json::Value::Null,
    };
    house.carrying.store().append(&[entry]).unwrap();
    assert_eq!(house.few().await.people, None);
    assert_eq!(house.few().await.people, Some(0));
    // and so has a day
    house
        .clock
        .set(house.clock.now() + SignedDuration::from_hours(24));
    assert_eq!(house.few().await.people, None);
    assert_eq!(house.few().await.people, Some(0));
    // and so has a read of everything
    let full = PlanOptions {
        carries: true,
        full: true,
        ..PlanOptions::default()
    };
    assert_eq!(house.carrying.plan(&full).await.unwrap().people, None);
}
