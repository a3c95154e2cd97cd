//! What the journal costs: the same run with the durable one and with one that does nothing.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use usher::{
    audit,
    engine::clock::Clock,
    store::{Error, Intent, Journal, Lease, Outcome, Progress},
};

use super::engine;

/// A journal that does nothing. With it a run that is cut off could not be told from one that never was.
struct Nothing;

impl Journal for Nothing {
    fn intend(&self, _: i64, _: &[Lease], _: &[Intent], _: Timestamp) -> Result<(), Error> {
        Ok(())
    }

    fn conclude(&self, _: i64, _: &[Outcome], _: Timestamp, _: &[audit::Draft]) -> Result<(), Error> {
        Ok(())
    }

    fn progress(
        &self,
        _: i64,
        _: &[Lease],
        _: Progress<'_>,
        _: Timestamp,
        _: &[audit::Draft],
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// Applies what was approved in this process, and returns how long the run took.
pub fn apply(home: &Path, durable: bool) -> Duration {
    let mut engine = engine::open(home, Clock::wall());
    if !durable {
        engine = engine.journaling(Arc::new(Nothing));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let since = Instant::now();
    let run = runtime.block_on(engine.apply(None)).expect("a run");
    assert_eq!(run.failures, []);
    since.elapsed()
}
