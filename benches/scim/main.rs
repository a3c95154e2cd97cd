//! Creates over SCIM: usher beside what a load generator gets from the same server.
//!
//! ```sh
//! cargo bench --bench scim             # 2,000 people, three rounds
//! cargo bench --bench scim -- 1000 1   # fewer people, one round
//! ```
//!
//! Needs `wrk`. The server is the sandbox's, in this process; it keeps everything in memory and asks for each new name
//! through all the others, so a create takes it about a tenth of a millisecond. That is far less than a service
//! takes: at no delay the figures show what usher itself costs, on cores it shares with the server; a second set
//! holds each answer back for some milliseconds, as a service over a network does. Both contenders send the same
//! bodies over the same number of connections, which is checked by what the server has in the end. usher works from a
//! plan that was approved before, journal and audit flushed; what counts is all of `usher apply`, from the start of
//! the process to its end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot go on has nothing to report"
)]

mod company;
mod load;
#[path = "../apply/ushers.rs"]
mod ushers;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use usher::sandbox::scim::{Options, Server};

use self::company::Company;

/// Requests in flight, for both.
const IN_FLIGHT: usize = 8;
/// How long answers are held back.
const DELAYS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(5)];

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse::<usize>().ok());
    let (people, rounds) = (numbers.next().unwrap_or(2_000), numbers.next().unwrap_or(3));
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    println!("{people} creates, {IN_FLIGHT} in flight, creates a second");
    for delay in DELAYS {
        println!("answers held back for {} ms", delay.as_millis());
        let mut best = [f64::MAX; 2];
        for _ in 0..rounds {
            let start = || {
                let options = Options {
                    write_latency: delay,
                    port: None,
                };
                runtime
                    .block_on(Server::start_with(&json!({}), company::TOKEN, options))
                    .expect("a SCIM server")
            };
            let server = start();
            let company = Company::new(people, server.url());
            let script = home.path().join("load.lua");
            let seconds = load::post(&company, &script);
            best[0] = best[0].min(seconds);
            let wanted = resources(&server);
            assert_eq!(wanted.len(), people, "wrk left something out");
            println!("  {:<24} {:>6.0}", "wrk", people as f64 / seconds);

            let server = start();
            let company = Company::new(people, server.url());
            let seconds = apply(home.path(), &company);
            best[1] = best[1].min(seconds);
            for (made, wanted) in resources(&server).iter().zip(&wanted) {
                assert_eq!(made, wanted, "usher made something else");
            }
            println!(
                "  {:<24} {:>6.0}",
                "usher, store on disk",
                people as f64 / seconds
            );
        }
        let rates = best.map(|seconds| people as f64 / seconds);
        println!(
            "  the best of {rounds}: {:.0} beside {:.0}, {:.2} x",
            rates[1],
            rates[0],
            best[0] / best[1]
        );
    }
}

fn apply(home: &Path, company: &Company) -> f64 {
    ushers::plan(home, &company.csv(), &company.rules());
    let since = Instant::now();
    ushers::apply(home);
    since.elapsed().as_secs_f64()
}

/// What the server has, without the ids it gave.
fn resources(server: &Server) -> Vec<Value> {
    let mut all = server.to_json();
    let mut users: Vec<Value> = all["Users"]
        .as_array_mut()
        .map(std::mem::take)
        .unwrap_or_default();
    for user in &mut users {
        user.as_object_mut().map(|user| user.remove("id"));
        if let Some(schemas) = user["schemas"].as_array_mut() {
            schemas.sort_by_key(ToString::to_string);
        }
        user.sort_all_objects();
    }
    users.sort_by_key(|user| user["userName"].to_string());
    users
}
