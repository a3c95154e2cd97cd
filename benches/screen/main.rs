//! The console with a stored plan, as its user has it before them: 200 columns, 60 rows.
//!
//! ```sh
//! cargo bench --bench screen                    # 10,000 and 100,000 operations
//! cargo bench --bench screen -- 1000000         # another size
//! ```
//!
//! A plan of that many creates is stored once under `target/bench`. Then the real program is started on it in a
//! pseudo-terminal, once on Today and once on Review: the time from the start of the process to the last octet of the
//! first full frame, octets and time of a key, octets while nothing happens for three seconds, memory. Before
//! that the frame alone is measured inside this process: keys into the model, the model onto a terminal that only
//! counts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot go on has nothing to report"
)]

mod frames;
mod plan;
mod session;

use std::path::Path;

use self::session::Session;

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![10_000, 100_000]
    } else {
        sizes
    };
    for size in sizes {
        let home = plan::home(size);
        println!("{size} operations");
        frames::measure(&home);
        for pane in ["today", "review"] {
            show(&home, pane);
        }
    }
}

fn show(home: &Path, pane: &str) {
    let mut first = f64::MAX;
    for _ in 0..5 {
        let mut session = Session::start(home, pane);
        first = first.min(session.first_frame());
        session.end();
    }
    let mut session = Session::start(home, pane);
    session.first_frame();
    let idle = session.idle(std::time::Duration::from_secs(3));
    println!(
        "  {pane:<7} first frame {first:>6.0} ms   idle {idle} octets in 3 s   memory {:.0} MiB",
        session.memory()
    );
    if pane == "review" {
        for (name, key) in [("cursor down", "j"), ("page down", "\x1b[6~")] {
            let typed = session.keys(key, 60);
            println!(
                "  {name:<12} {:>6.0} octets a key, at most {}   first octet p95 {:.1} ms",
                typed.mean, typed.most, typed.p95
            );
        }
        println!("  memory after that {:.0} MiB", session.memory());
    }
    session.end();
}

/// The value that 95 of 100 do not exceed.
fn p95(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() * 95 / 100).copied().unwrap_or(0.0)
}
