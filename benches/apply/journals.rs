//! What the journal costs: the same run with the durable one and with one that does nothing.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use usher::{
    audit,
    config::Config,
    engine::{Engine, Setup, SystemSetup, clock::Clock},
    model::Actor,
    store::{Error, Intent, Journal, Lease, Outcome, Progress, sqlite::SqliteStore},
};

/// A journal that does nothing. With it a run that is cut off could not be told from one that never was.
struct Nothing;

impl Journal for Nothing {
    fn intend(&self, _: i64, _: &[Lease], _: &[Intent], _: Timestamp) -> Result<(), Error> {
        Ok(())
    }

    fn conclude(&self, _: i64, _: &[Outcome], _: Timestamp, _: &[audit::Entry]) -> Result<(), Error> {
        Ok(())
    }

    fn progress(
        &self,
        _: i64,
        _: &[Lease],
        _: Progress<'_>,
        _: Timestamp,
        _: &[audit::Entry],
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// Applies what was approved in this process, and returns how long the run took.
pub fn apply(home: &Path, durable: bool) -> Duration {
    let config = Config::load(&home.join("usher.toml")).expect("the rules");
    let systems = config.systems.values().map(|system| SystemSetup {
        connector: system
            .section
            .open(system.name.clone(), &config.folder)
            .expect("a connector"),
        kind: system.section.kind().to_owned(),
        observe: false,
    });
    let mut engine = Engine::new(Setup {
        systems: systems.collect(),
        store: Arc::new(SqliteStore::open(&config.store).expect("the store")),
        clock: Clock::wall(),
        actor: Actor {
            user: "bench".to_owned(),
            ssh_client: None,
        },
        next_day: None,
        rules: config.rules,
    });
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
