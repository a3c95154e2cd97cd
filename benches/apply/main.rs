//! Creates over LDAP: usher beside `ldapadd` and a bare pipelined client, on the same OpenLDAP.
//!
//! ```sh
//! cargo bench --bench apply            # 10,000 people, three rounds
//! cargo bench --bench apply -- 2000 1  # fewer people, one round
//! ```
//!
//! Needs `slapd` and `ldap-utils`. The server has all its overlays and flushes every write; its data are in memory
//! (`/dev/shm`) where there is such a place. In every round each contender adds the same entries to an empty
//! directory over one connection: `ldapadd` one after the other, the bare client with 32 in flight, and usher from a
//! plan that was approved before, journal and audit flushed, its store once in memory and once on disk. What counts
//! for usher is all of `usher apply`, from the start of the process to its end. At last the run alone, its store on
//! disk, with the durable journal beside one that does nothing: what safety costs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::type_complexity,
    reason = "a benchmark that cannot go on has nothing to report"
)]

mod bare;
mod company;
#[path = "../../tests/support/engine.rs"]
mod engine;
mod journals;
#[path = "../../tests/support/ports.rs"]
mod ports;
mod server;
mod ushers;

use std::{path::Path, time::Instant};

use self::{company::Company, server::Server};

/// Operations in flight, for the bare client and for usher.
const IN_FLIGHT: usize = 32;

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse::<usize>().ok());
    let (people, rounds) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(3));
    let memory = tempfile::tempdir_in(if Path::new("/dev/shm").is_dir() {
        "/dev/shm"
    } else {
        "/tmp"
    })
    .expect("a folder");
    let disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let server = Server::start(&memory.path().join("ldap"));
    let company = Company::new(people, &server);
    let ldif = memory.path().join("people.ldif");
    std::fs::write(&ldif, company.ldif()).expect("the entries as LDIF");
    let mut contenders: Vec<(&str, Box<dyn Fn()>)> = vec![
        ("ldapadd", Box::new(|| server.ldapadd(&ldif))),
        ("bare client", Box::new(|| bare::add(&server, &company))),
        (
            "usher, store in memory",
            Box::new(|| ushers::apply(memory.path())),
        ),
        ("usher, store on disk", Box::new(|| ushers::apply(disk.path()))),
    ];
    let mut best = vec![f64::MAX; contenders.len()];
    println!("{people} creates, creates a second");
    for _ in 0..rounds {
        for ((name, contender), best) in contenders.iter_mut().zip(&mut best) {
            server.reset();
            for home in [memory.path(), disk.path()] {
                ushers::plan(home, &company);
            }
            let since = Instant::now();
            contender();
            let seconds = since.elapsed().as_secs_f64();
            *best = best.min(seconds);
            assert_eq!(server.count(), people, "{name} left something out");
            println!("  {name:<24} {:>6.0}", people as f64 / seconds);
        }
    }
    let journals = [true, false].map(|durable| {
        let runs = (0..rounds).map(|_| {
            server.reset();
            ushers::plan(disk.path(), &company);
            let took = journals::apply(disk.path(), durable);
            assert_eq!(server.count(), people, "something was left out");
            took.as_secs_f64()
        });
        runs.fold(f64::MAX, f64::min)
    });
    println!("the best of {rounds}, beside ldapadd and the bare client");
    for ((name, _), seconds) in contenders.iter().zip(&best) {
        let rate = people as f64 / seconds;
        println!(
            "  {name:<24} {rate:>6.0}   {:.2} x   {:.2} x",
            best[0] / seconds,
            best[1] / seconds
        );
    }
    let [durable, nothing] = journals;
    println!(
        "the run alone: {durable:.2} s with the journal, {nothing:.2} s with one that does nothing: {:+.1} %",
        (durable / nothing - 1.0) * 100.0
    );
}
