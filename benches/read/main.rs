//! Reading a directory: usher beside `ldapsearch`, on the same OpenLDAP; then what changed, and the plan after it.
//!
//! ```sh
//! cargo bench --bench read             # 100,000 entries, five rounds
//! cargo bench --bench read -- 20000 3  # fewer entries, fewer rounds
//! ```
//!
//! Needs `slapd` and `ldap-utils`. The directory is filled offline; its data are in memory (`/dev/shm`) where there is
//! such a place. Both contenders read the same attributes of the same entries, `ldapsearch` in pages of 1000 and usher in
//! those it asks for if nothing is said, and the faster of each one's rounds counts. What usher takes in memory is
//! measured in a process of its own: the most it had at any time, less what it had before it read, less the values
//! themselves. Then one entry in a thousand is changed again and again: what an incremental read takes, what storing it
//! takes beside storing everything, and a whole plan (read, planned, stored) after it beside one after a read of
//! everything.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot go on has nothing to report"
)]

mod changes;
#[path = "../../tests/support/engine.rs"]
mod engine;
mod plans;
#[path = "../../tests/support/ports.rs"]
mod ports;
mod reader;
mod server;

use std::{path::Path, time::Instant};

use self::{reader::Reader, server::Server};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [order, url] = &words[..]
        && order == reader::ALONE
    {
        reader::measure_alone(url);
        return;
    }
    let mut numbers = words.iter().filter_map(|word| word.parse::<usize>().ok());
    let (entries, rounds) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(5));
    let folder = if Path::new("/dev/shm").is_dir() {
        "/dev/shm"
    } else {
        "/tmp"
    };
    let memory = tempfile::tempdir_in(folder).expect("a folder");
    let server = Server::start(&memory.path().join("ldap"));
    let ldif = memory.path().join("people.ldif");
    std::fs::write(&ldif, server::people(entries)).expect("the entries as LDIF");
    server.load(&ldif);

    println!("{entries} entries");
    let (mut theirs, mut ours) = (f64::MAX, f64::MAX);
    let reader = Reader::new(&server.url(), "none");
    for _ in 0..rounds {
        let since = Instant::now();
        assert_eq!(server.ldapsearch(), entries);
        theirs = theirs.min(since.elapsed().as_secs_f64());
        let since = Instant::now();
        assert_eq!(reader.read(None).records.len(), entries);
        ours = ours.min(since.elapsed().as_secs_f64());
    }
    println!("{:<44} {theirs:>8.3} s", "ldapsearch -E pr=1000/noprompt");
    println!(
        "{:<44} {ours:>8.3} s   {:.2} of ldapsearch",
        "usher, everything",
        ours / theirs
    );
    reader::alone(&server.url());
    changes::measure(&server, entries, rounds);
    plans::measure(&server, entries, rounds, memory.path());
}
