//! A home with a stored plan: everybody is a joiner, the directory is empty.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use usher::{
    config::Config,
    connectors::{ReadRequest, csv},
    model::{Column, Comparison, Completeness, Coverage, Read, ReadKind, RecordSet, Schema, SystemName},
    planning::{
        Inputs,
        compile::{SystemSchema, compile},
        plan,
    },
    store::{Store, sqlite::SqliteStore},
};

const RULES: &str = include_str!("rules.toml");
const GIVEN: [&str; 8] = [
    "Anna", "Björn", "Dagmar", "Émile", "Fatima", "Giorgos", "Ingeborg", "李",
];
const FAMILY: [&str; 7] = [
    "Müller",
    "Nguyen",
    "Smith",
    "Okonkwo-Adeyemi",
    "Þórsson",
    "Łukasiewicz",
    "van der Berg",
];

/// Returns the home with a plan of so many operations, made if need be.
pub fn home(size: usize) -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/bench/screen-{size}"));
    if !home.join("done").exists() {
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).expect("a folder");
        make(&home, size);
        fs::write(home.join("done"), "").expect("a mark");
    }
    home
}

fn make(home: &Path, size: usize) {
    fs::write(home.join("people.csv"), people(size)).expect("the people");
    fs::write(home.join("usher.toml"), RULES).expect("the rules");
    let config = Config::load(&home.join("usher.toml")).expect("sound rules");
    let store = SqliteStore::open(&config.store).expect("the store opens");
    let reads = [hr(home), directory()];
    let schemas: Vec<_> = reads
        .iter()
        .map(|read| SystemSchema {
            system: read.system.clone(),
            schema: (**read.records.schema()).clone(),
        })
        .collect();
    let compiled = compile(&config.rules, &schemas).expect("rules that fit");
    let memory = store.memory().expect("an empty memory");
    let now = Timestamp::now();
    let planned = plan(
        &compiled,
        &Inputs {
            now,
            reads: &reads,
            groups: &[],
            memory: &memory,
        },
    )
    .expect("a plan");
    assert_eq!(planned.plan.operations.len(), size);
    let pairs: Vec<_> = reads.iter().map(|read| (read, None)).collect();
    store.save_reads(&pairs, &[]).expect("the reads are stored");
    store
        .save_plan(&planned.plan, &planned.change, &[])
        .expect("the plan is stored");
}

fn people(size: usize) -> String {
    let mut text = "id,given,family,department,title\n".to_owned();
    for number in 0..size {
        let (given, family) = (GIVEN[number % GIVEN.len()], FAMILY[number % FAMILY.len()]);
        let _ = writeln!(
            text,
            "E{number:07},{given},{family},Department {:03},Engineer",
            number % 400
        );
    }
    text
}

fn hr(home: &Path) -> Read {
    let section = csv::Section {
        path: "people.csv".into(),
        anchor: "id".to_owned(),
        separator: None,
        encoding: None,
    };
    let connector = csv::open(SystemName::from("hr"), &section, home);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(connector.read(&ReadRequest::default(), &|_| {}))
}

fn directory() -> Read {
    let names = [
        "uid",
        "cn",
        "sn",
        "givenName",
        "employeeNumber",
        "departmentNumber",
        "title",
    ];
    let column = |name: &str| Column {
        comparison: Comparison::IgnoreCase,
        ..Column::text(name)
    };
    let schema = Schema {
        columns: names.map(column).to_vec(),
    };
    Read {
        system: SystemName::from("directory"),
        kind: ReadKind::Full,
        coverage: Coverage {
            question: "all accounts".to_owned(),
        },
        completeness: Completeness::Complete,
        records: RecordSet::new(Arc::new(schema)),
        problems: Vec::new(),
        started: Timestamp::now(),
        ended: Timestamp::now(),
    }
}
