//! An engine in this process, on the company in a folder.

use std::path::Path;
use std::sync::Arc;

use usher::config::Config;
use usher::engine::clock::Clock;
use usher::engine::{Engine, Setup, SystemSetup};
use usher::model::Actor;
use usher::store::sqlite::SqliteStore;

/// Opens everything that `usher.toml` in the folder names.
pub fn open(folder: &Path, clock: Clock) -> Engine {
    let config = Config::load(&folder.join("usher.toml"));
    let config = config.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let systems = config.systems.values().map(|system| SystemSetup {
        connector: system
            .section
            .open(system.name.clone(), &config.folder)
            .expect("a connector"),
        kind: system.section.kind().to_owned(),
        observe: false,
    });
    Engine::new(Setup {
        systems: systems.collect(),
        store: Arc::new(SqliteStore::open(&config.store).expect("the store")),
        clock,
        actor: Actor {
            user: "tester".to_owned(),
            ssh_client: None,
        },
        next_day: None,
        rules: config.rules,
    })
}
