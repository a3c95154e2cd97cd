//! usher's reading, and what it takes in memory.

use std::{process::Command, sync::Arc};

use usher::{
    connectors::{Connector, ReadRequest, Since, ldap},
    model::{Completeness, Read},
};

use super::server::{ATTRIBUTES, PASSWORD, SUFFIX, reader_dn};

/// Tells this program to read once and say what that took in memory.
pub const ALONE: &str = "read-alone";

/// A connected directory.
pub struct Reader {
    system: Arc<dyn Connector>,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Reader {
    pub fn new(url: &str, increments: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let section: ldap::Section = serde_json::from_value(serde_json::json!({
            "url": url, "bind_dn": reader_dn(), "password": {"file": "password"}, "base": SUFFIX,
            "increments": increments,
        }))
        .unwrap();
        Self {
            system: ldap::open("directory".into(), &section, folder.path()).unwrap(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
            _folder: folder,
        }
    }

    /// Reads everything, or what changed since.
    pub fn read(&self, since: Option<Since>) -> Read {
        let request = ReadRequest {
            attributes: ATTRIBUTES.map(str::to_owned).to_vec(),
            since,
            ..ReadRequest::default()
        };
        let read = self.runtime.block_on(self.system.read(&request, &|_| ()));
        assert_eq!(read.completeness, Completeness::Complete);
        read
    }
}

/// Has a process of its own read everything, and prints what that took in memory.
pub fn alone(url: &str) {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args([ALONE, url]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

/// Reads everything and says what that took in memory.
pub fn measure_alone(url: &str) {
    let reader = Reader::new(url, "none");
    // what the program has once it is connected and knows the schema
    let _ = reader.runtime.block_on(reader.system.schema());
    let before = peak();
    let read = reader.read(None);
    let taken = peak() - before;
    let columns = read.records.schema().columns.len();
    let values: usize = read
        .records
        .iter()
        .map(|record| {
            let cells = (0..columns).flat_map(|column| record.cell(column).each());
            record.anchor().len() + record.location().len() + cells.map(str::len).sum::<usize>()
        })
        .sum();
    let entries = read.records.len();
    let beyond = (taken as f64 - values as f64) / entries as f64;
    let mib = |octets: usize| octets as f64 / f64::from(1 << 20);
    println!(
        "{:<44} {:>8.1} MiB for {:.1} MiB of values: {beyond:.0} octets an entry beyond them",
        "usher, most memory at any time",
        mib(taken),
        mib(values)
    );
}

/// The most memory that this process had at any time, in octets.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}
