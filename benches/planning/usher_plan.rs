//! usher's way through the same files: the connector, the store, the planner, the store again.

use std::{fs, path::Path, sync::Arc, time::Instant};

use jiff::Timestamp;
use usher::{
    config::Config,
    connectors::{ReadRequest, csv},
    model::{Comparison, Coverage, Read, ReadKind, RecordSet, Schema, SystemName, record::RecordHead},
    planning::{
        Inputs,
        compile::{SystemSchema, compile},
        plan,
        replan::{Again, Changed, News, plan_all, replan},
    },
    store::{Store, sqlite::SqliteStore},
};

const RULES: &str = include_str!("rules.toml");

/// The account attribute for each column of the files.
const ATTRIBUTES: [&str; 8] = [
    "employeeNumber",
    "givenName",
    "sn",
    "mail",
    "departmentNumber",
    "title",
    "l",
    "managerNumber",
];

/// Stores the accounts as the last good read of the directory, and plans once more on top for "again".
pub fn prepare(folder: &Path) {
    let fresh = folder.join("fresh");
    if fresh.exists() {
        return;
    }
    let rows = read(folder, "directory", "accounts.csv").records;
    let store = open(&fresh);
    store
        .save_reads(&[(&directory(as_directory(&rows)), None)], &[])
        .expect("the accounts are stored");
}

/// Plans with a store that knows nobody yet.
pub fn first(folder: &Path) {
    let run = folder.join("run");
    copy(&folder.join("fresh"), &run);
    measure(folder, &run);
}

/// Plans with a store that knows everybody: links, settled facts, the plan before. Runs after [`first`].
pub fn again(folder: &Path) {
    measure(folder, &folder.join("run"));
}

/// Plans in a company that is as it should be, changes a thousand of its people, and plans again, in one process:
/// what the full plan and the second one cost from the records in hand to the stored plan.
pub fn changes(folder: &Path) {
    let home = folder.join("changes");
    let _ = fs::remove_dir_all(&home);
    let config = Config::parse(&folder.join("usher.toml"), RULES).expect("sound rules");
    let store = open(&home);
    let people = read(folder, "hr", "people.csv");
    let mut reads = [directory(as_directory(&people.records)), people];
    reads.reverse();
    let schemas: Vec<_> = reads
        .iter()
        .map(|read| SystemSchema {
            system: read.system.clone(),
            schema: (**read.records.schema()).clone(),
        })
        .collect();
    let compiled = compile(&config.rules, &schemas).expect("rules that fit");
    let now = "2026-11-21T08:00:00Z".parse().expect("an instant");
    let mut full = 0.0;
    let mut carried = None;
    // the first finds and links the accounts
    for _ in 0..2 {
        let since = Instant::now();
        let memory = store.memory().expect("a sound store");
        let (planned, left) = plan_all(&compiled, now, &reads, &[], memory).expect("a plan");
        store
            .save_plan(&planned.plan, &planned.change, &[])
            .expect("the plan is stored");
        full = since.elapsed().as_secs_f64();
        carried = left;
    }
    let mut carried = carried.expect("something to build on");
    let changed = promoted(&reads[0].records);
    let since = Instant::now();
    let lap = Laps {
        since,
        told: std::env::var_os("LAPS").is_some(),
    };
    let mut changes = Vec::new();
    for read in &mut reads {
        let mut places = carried.lend(&read.system, false).expect("places");
        let is_source = read.system.as_str() == "hr";
        let none = RecordSet::new(read.records.schema().clone());
        let rows = if is_source { &changed } else { &none };
        let merged = read.records.merge_at(&mut places, rows, []).expect("room");
        changes.push(Changed {
            system: read.system.clone(),
            of_groups: false,
            merged,
            places,
        });
    }
    lap.tell("merged");
    let news = News {
        now,
        reads: &reads,
        groups: &[],
        changes,
        recent: Vec::new(),
    };
    let again = replan(&compiled, news, carried).expect("a plan");
    let Again::Planned { planned, people, .. } = again else {
        panic!("{again:?}");
    };
    lap.tell("planned");
    store
        .save_plan(&planned.plan, &planned.change, &[])
        .expect("the plan is stored");
    lap.tell("stored");
    let remark = format!(
        "{} operations, {people} people planned; everybody in {full:.2} s: {:.1} % of it",
        planned.plan.operations.len(),
        since.elapsed().as_secs_f64() / full * 100.0
    );
    super::report(since, &remark);
    std::process::exit(0);
}

/// A thousand people, spread over all, with another title.
fn promoted(records: &RecordSet) -> RecordSet {
    let step = records.len() / 1000;
    let title = records.schema().position("title").expect("a title");
    let mut changed = RecordSet::new(records.schema().clone());
    for at in (0..1000).map(|at| at * step) {
        let record = records.get(at);
        let head = RecordHead {
            anchor: record.anchor(),
            location: record.location(),
            enabled: record.enabled(),
        };
        let mut writer = changed.begin(head).expect("room");
        for column in 0..records.schema().columns.len() {
            if column == title {
                writer.one("Director").expect("room");
            } else {
                writer.cell(record.cell(column)).expect("room");
            }
        }
    }
    changed
}

fn measure(folder: &Path, home: &Path) {
    let config = Config::parse(&folder.join("usher.toml"), RULES).expect("sound rules");
    let since = Instant::now();
    let lap = Laps {
        since,
        told: std::env::var_os("LAPS").is_some(),
    };
    let store = open(home);
    let people = read(folder, "hr", "people.csv");
    lap.tell("people read");
    let stored = store
        .last_records(&SystemName::from("directory"), false)
        .expect("a sound store");
    let reads = [people, directory(stored.expect("prepared accounts"))];
    lap.tell("accounts loaded");
    let memory = store.memory().expect("a sound store");
    lap.tell("memory loaded");
    let schemas: Vec<_> = reads
        .iter()
        .map(|read| SystemSchema {
            system: read.system.clone(),
            schema: (**read.records.schema()).clone(),
        })
        .collect();
    let compiled = compile(&config.rules, &schemas).expect("rules that fit");
    let now = "2026-11-21T08:00:00Z".parse().expect("an instant");
    let inputs = Inputs {
        now,
        reads: &reads,
        groups: &[],
        memory: &memory,
    };
    let planned = plan(&compiled, &inputs).expect("a plan");
    lap.tell("planned");
    drop((memory, reads));
    store
        .save_plan(&planned.plan, &planned.change, &[])
        .expect("the plan is stored");
    lap.tell("stored");
    let remark = format!(
        "{} operations, {} findings",
        planned.plan.operations.len(),
        planned.plan.findings.len()
    );
    super::report(since, &remark);
    // a store that is not closed is looked through when it is opened again
    drop(store);
    // what the process gives back at its end is not part of the plan, for the floor neither
    std::process::exit(0);
}

/// Tells how far it is, if asked to by `LAPS=1`.
struct Laps {
    since: Instant,
    told: bool,
}

impl Laps {
    fn tell(&self, what: &str) {
        if self.told {
            eprintln!(
                "{:>8.3} s {:>6.0} MiB  {what}",
                self.since.elapsed().as_secs_f64(),
                super::peak()
            );
        }
    }
}

fn open(home: &Path) -> SqliteStore {
    fs::create_dir_all(home).expect("a folder");
    SqliteStore::open(&home.join("usher.db")).expect("the store opens")
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).expect("a folder");
    fs::copy(from.join("usher.db"), to.join("usher.db")).expect("a copy of the store");
}

fn read(folder: &Path, system: &str, file: &str) -> Read {
    let section = csv::Section {
        path: file.into(),
        anchor: "id".to_owned(),
        separator: None,
        encoding: None,
    };
    let connector = csv::open(SystemName::from(system), &section, folder);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let read = runtime.block_on(connector.read(&ReadRequest::default(), &|_| {}));
    assert!(
        read.proves_absence(),
        "{file}: {:?} {:?}",
        read.completeness,
        read.problems.first()
    );
    read
}

/// The rows as a directory would have brought them: its names, its comparison rules, DNs, usable accounts.
fn as_directory(rows: &RecordSet) -> RecordSet {
    let mut schema = Schema::clone(rows.schema());
    for (column, name) in schema.columns.iter_mut().zip(ATTRIBUTES) {
        name.clone_into(&mut column.name);
        column.comparison = Comparison::IgnoreCase;
        column.writable = true;
    }
    let mut set = RecordSet::with_capacity(Arc::new(schema), rows.len(), 128);
    for row in rows.iter() {
        let anchor = row.anchor();
        let location = format!("employeeNumber={anchor},ou=people,dc=example,dc=org");
        let head = RecordHead {
            anchor,
            location: &location,
            enabled: Some(true),
        };
        let mut writer = set.begin(head).expect("room");
        for column in 0..ATTRIBUTES.len() {
            match row.cell(column).first() {
                Some(text) => writer.one(text).expect("room"),
                None => writer.absent().expect("room"),
            }
        }
    }
    set
}

fn directory(records: RecordSet) -> Read {
    Read {
        system: SystemName::from("directory"),
        kind: ReadKind::Full,
        coverage: Coverage {
            question: "all accounts".to_owned(),
        },
        completeness: usher::model::Completeness::Complete,
        records,
        problems: Vec::new(),
        started: Timestamp::UNIX_EPOCH,
        ended: Timestamp::UNIX_EPOCH,
    }
}
