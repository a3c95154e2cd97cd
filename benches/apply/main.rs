//! Writes over LDAP: usher beside `ldapmodify` and a bare pipelined client, on the same OpenLDAP.
//!
//! ```sh
//! cargo bench --bench apply                    # 10,000 people, three rounds
//! cargo bench --bench apply -- 2000 1 changes  # fewer people, one round, changes without creates
//! cargo bench --bench apply -- 1000 3 samba    # creates with passwords in a domain, beside `ldapadd`
//! ```
//!
//! Needs `slapd` and `ldap-utils`. The server has all its overlays and flushes every write; its data are in memory
//! (`/dev/shm`) where there is such a place. In every round each contender adds the same entries to an empty
//! directory, or replaces one attribute of each: `ldapmodify` one after the other over one connection, the bare client
//! with 64 in flight over one connection, and usher as it is if nothing is said, with as many in flight over several,
//! from a plan that was approved before, journal and audit flushed, its store once in memory and once on disk. What
//! counts for usher is all of `usher apply`, from the start of the process to its end. At last the run alone, its store
//! on disk, with the durable journal beside one that does nothing: what safety costs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::type_complexity,
    reason = "a benchmark that cannot go on has nothing to report"
)]

mod bare;
mod company;
mod domain;
#[path = "../../tests/support/engine.rs"]
mod engine;
mod journals;
#[expect(dead_code, reason = "tests need more of it")]
#[path = "../../tests/support/ldif.rs"]
mod ldif;
#[path = "../../tests/support/paths.rs"]
mod paths;
#[path = "../../tests/support/ports.rs"]
mod ports;
#[expect(dead_code, reason = "tests need more of it")]
#[path = "../../tests/support/samba.rs"]
mod samba;
mod server;
mod ushers;

use std::{path::Path, time::Instant};

use self::{
    company::{Company, Work},
    server::Server,
};

/// Operations in flight, for the bare client; as many as usher has if nothing else is said.
const IN_FLIGHT: usize = 64;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = words.iter().filter_map(|word| word.parse::<usize>().ok());
    let (people, rounds) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(3));
    let is_wanted = |word: &str| {
        let names = ["creates", "changes", "samba"];
        words.iter().any(|given| given == word) || !words.iter().any(|given| names.contains(&given.as_str()))
    };
    let memory = tempfile::tempdir_in(if Path::new("/dev/shm").is_dir() {
        "/dev/shm"
    } else {
        "/tmp"
    })
    .expect("a folder");
    let disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    // only where it is asked for: the first time on a machine a domain takes a while to make
    if words.iter().any(|word| word == "samba") {
        return domain::compare(people, rounds, memory.path());
    }
    let server = Server::start(&memory.path().join("ldap"));
    let arena = Arena {
        company: Company::new(people, &server),
        server,
        people,
        rounds,
        memory: memory.path(),
        disk: disk.path(),
    };
    if is_wanted("creates") {
        arena.compare(Work::Creates);
        arena.journals();
    }
    if is_wanted("changes") {
        arena.compare(Work::Changes);
    }
}

/// Where the contenders meet.
struct Arena<'a> {
    server: Server,
    company: Company,
    people: usize,
    rounds: usize,
    /// Homes of usher, with the store in memory and on disk.
    memory: &'a Path,
    disk: &'a Path,
}

impl Arena<'_> {
    /// Lets all contenders do the same work, and prints how fast they are.
    fn compare(&self, work: Work) {
        let (server, company) = (&self.server, &self.company);
        let ldif = self.memory.join("work.ldif");
        std::fs::write(&ldif, company.ldif(work)).expect("the work as LDIF");
        let contenders: [(&str, Box<dyn Fn()>); 4] = [
            ("ldapmodify", Box::new(|| server.ldapmodify(&ldif))),
            ("bare client", Box::new(|| bare::run(server, company, work))),
            ("usher, store in memory", Box::new(|| ushers::apply(self.memory))),
            ("usher, store on disk", Box::new(|| ushers::apply(self.disk))),
        ];
        let mut best = [f64::MAX; 4];
        println!("{} {work:?}, how many a second", self.people);
        for _ in 0..self.rounds {
            for ((name, contender), best) in contenders.iter().zip(&mut best) {
                self.prepare(work);
                for home in [self.memory, self.disk] {
                    ushers::plan(home, &company.csv(work), &company.rules());
                }
                let since = Instant::now();
                contender();
                let seconds = since.elapsed().as_secs_f64();
                *best = best.min(seconds);
                self.check(work, name);
                println!("  {name:<24} {:>6.0}", self.people as f64 / seconds);
            }
        }
        println!(
            "the best of {}, beside ldapmodify and the bare client",
            self.rounds
        );
        for ((name, _), seconds) in contenders.iter().zip(&best) {
            let rate = self.people as f64 / seconds;
            println!(
                "  {name:<24} {rate:>6.0}   {:.2} x   {:.2} x",
                best[0] / seconds,
                best[1] / seconds
            );
        }
    }

    /// Says what the journal costs.
    fn journals(&self) {
        let people = self.company.csv(Work::Creates);
        let [mut durable, mut nothing] = [f64::MAX; 2];
        for _ in 0..self.rounds {
            for (best, is_durable) in [(&mut durable, true), (&mut nothing, false)] {
                self.prepare(Work::Creates);
                ushers::plan(self.disk, &people, &self.company.rules());
                let took = journals::apply(self.disk, is_durable).as_secs_f64();
                self.check(Work::Creates, "the run");
                *best = best.min(took);
            }
        }
        println!(
            "the run alone: {durable:.2} s with the journal, {nothing:.2} s with one that does nothing: {:+.1} %",
            (durable / nothing - 1.0) * 100.0
        );
    }

    /// Makes the directory what it is before the work.
    fn prepare(&self, work: Work) {
        self.server.reset();
        if work == Work::Changes {
            bare::run(&self.server, &self.company, Work::Creates);
        }
    }

    fn check(&self, work: Work, name: &str) {
        let done = self.server.count(&format!("(title={})", work.title()));
        assert_eq!(done, self.people, "{name} left something out");
    }
}
