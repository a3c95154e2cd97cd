//! Plans from scratch beside the floor of the same work: load, join, compare.
//!
//! ```sh
//! cargo bench --bench planning -- 100000 1000000
//! ```
//!
//! For each size: two CSV files of eight columns (1 % joiners, 1 % leavers, 5 % changed) are made once, then the
//! *floor* reads both into byte arenas, joins on the id and compares eight columns; then usher reads the people with
//! its CSV connector, takes the stored accounts, evaluates eight mappings, matches, compares, reads the guard rails,
//! and stores the operations (60,000 for a million people): once with a store that knows nobody, which also makes and
//! stores two links a person, and once more with what the first plan left there. Last, in a company where all is as it
//! should be, a thousand people change and usher plans again in the same process, from the changed records in hand to
//! the stored plan; that is to take at most 5 % of what the same costs for everybody. Each runs in a process of its own, so that its peak memory is its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot go on has nothing to report"
)]

mod data;
mod floor;
mod usher_plan;

use std::{path::PathBuf, process::Command};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    match arguments.first().map(String::as_str) {
        Some("floor") => floor::run(&PathBuf::from(&arguments[1])),
        Some("first") => usher_plan::first(&PathBuf::from(&arguments[1])),
        Some("again") => usher_plan::again(&PathBuf::from(&arguments[1])),
        Some("changes") => usher_plan::changes(&PathBuf::from(&arguments[1])),
        Some("prepare") => usher_plan::prepare(&PathBuf::from(&arguments[1])),
        _ => compare(&arguments),
    }
}

fn compare(sizes: &[String]) {
    let sizes: Vec<usize> = sizes
        .iter()
        .map(|size| size.parse().expect("a number of people"))
        .collect();
    let sizes = if sizes.is_empty() { vec![100_000] } else { sizes };
    for size in sizes {
        let folder = data::folder(size);
        again("prepare", &folder);
        let floor = best(&folder, "floor");
        println!("{size:>9} people   floor {floor}");
        for (what, words) in [("first", "nobody known"), ("again", "everybody known")] {
            let usher = best(&folder, what);
            let (time, memory) = (usher.seconds / floor.seconds, usher.mebibytes / floor.mebibytes);
            println!("   usher, {words:<15} {usher}   {time:.1} x the time, {memory:.1} x the memory");
        }
        let few = best(&folder, "changes");
        println!("   usher, 1,000 changes    {few}");
    }
}

struct Figures {
    seconds: f64,
    mebibytes: f64,
    remark: String,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.2} s {:>5.0} MiB   {}",
            self.seconds, self.mebibytes, self.remark
        )
    }
}

/// The best of three runs, each a process of its own.
fn best(folder: &std::path::Path, what: &str) -> Figures {
    (0..3)
        .map(|_| {
            let line = again(what, folder);
            let mut words = line.splitn(3, ' ');
            let mut number = || words.next().and_then(|word| word.parse().ok()).expect("a figure");
            Figures {
                seconds: number(),
                mebibytes: number(),
                remark: words.next().unwrap_or("").trim().to_owned(),
            }
        })
        .min_by(|a, b| a.seconds.total_cmp(&b.seconds))
        .expect("three runs")
}

fn again(what: &str, folder: &std::path::Path) -> String {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new(program)
        .arg(what)
        .arg(folder)
        .output()
        .expect("the benchmark runs itself");
    assert!(
        output.status.success(),
        "{what} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Prints seconds, the peak of memory, and a remark.
fn report(since: std::time::Instant, remark: &str) {
    println!("{:.3} {:.1} {remark}", since.elapsed().as_secs_f64(), peak());
}

/// The most memory this process has had so far, in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: f64 = peak
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0);
    kibibytes / 1024.0
}
