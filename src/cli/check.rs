//! `usher check`

use clap::Args;
use color_eyre::eyre::Result;
use futures_util::future::join_all;

use super::{
    DONE, Global, NOT_DONE, open,
    output::{self, say},
    quarantine,
};
use crate::{config::Config, connectors::Probe, model::SystemName, store::sqlite::SqliteStore};

/// Checks the configuration, then connects to every system.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Checks the configuration only
    #[arg(long)]
    offline: bool,
}

impl Check {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = match open::config(global) {
            Ok(config) => config,
            Err(error) if global.json => {
                output::json(&serde_json::json!({ "errors": [error.to_string()] }))?;
                return Ok(NOT_DONE);
            }
            Err(error) => return Err(error),
        };
        if self.offline {
            if !global.json {
                say!("{}: no errors", config.path.display());
            }
            return Ok(DONE);
        }
        let store = store(&config);
        let answers = open::runtime()?.block_on(probe(&config));
        let failed = store.is_err() || answers.iter().any(|(_, answer)| answer.is_err());
        if global.json {
            let mut answers: serde_json::Map<_, _> = answers
                .into_iter()
                .map(|(system, answer)| {
                    let value = match answer {
                        Ok(probe) => serde_json::to_value(probe).unwrap_or_default(),
                        Err(message) => serde_json::json!({ "error": message }),
                    };
                    (system.to_string(), value)
                })
                .collect();
            let store = match store {
                Ok(state) => serde_json::json!({ "state": state }),
                Err(message) => serde_json::json!({ "error": message }),
            };
            // a system of that name comes first: those who read it know their systems
            answers.entry("store").or_insert(store);
            if let Ok(engine) = open::engine(global, &config)
                && let Ok(quarantines) = engine.store().quarantines()
            {
                answers
                    .entry("quarantines")
                    .or_insert(serde_json::to_value(quarantines)?);
            }
            output::json(&answers)?;
        } else {
            say!("{}: no errors", config.path.display());
            match store {
                Ok(state) => say!("✓ store: {state}"),
                Err(message) => say!("✗ store: {message}"),
            }
            answers.iter().try_for_each(print)?;
            if let Ok(engine) = open::engine(global, &config)
                && let Ok(quarantines) = engine.store().quarantines()
            {
                quarantine::print(&engine, &quarantines)?;
            }
        }
        Ok(if failed { NOT_DONE } else { DONE })
    }
}

/// Opens the store and looks through all of it; says where it is and how it is.
fn store(config: &Config) -> Result<String, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    if let Some(store) = open::team_store(config).map_err(|error| said(&error))? {
        let state = store.state().map_err(|error| said(&error))?;
        return Ok(format!("{} · {state}", store.place()));
    }
    let store = SqliteStore::open(&config.store).map_err(|error| said(&error))?;
    store.examine().map_err(|error| said(&error))?;
    Ok(config.store.display().to_string())
}

async fn probe(config: &Config) -> Vec<(SystemName, Result<Probe, String>)> {
    let probes = config.systems.values().map(|system| async {
        let answer = match system.section.open(system.name.clone(), &config.folder) {
            Ok(connector) => connector.probe().await.map_err(|error| error.message),
            Err(error) => Err(error.message),
        };
        (system.name.clone(), answer)
    });
    join_all(probes).await
}

fn print((system, answer): &(SystemName, Result<Probe, String>)) -> Result<()> {
    match answer {
        Err(message) => say!("✗ {system}: {message}"),
        Ok(probe) => {
            let records = probe
                .records
                .map(|count| format!(" · {count} records"))
                .unwrap_or_default();
            let clock = match probe.clock_difference {
                None | Some(0) => String::new(),
                Some(seconds) => format!(" · its clock differs by {seconds} s"),
            };
            say!("✓ {system}: {}{records}{clock}", probe.product);
            if !probe.capabilities.is_empty() {
                say!("  {}", probe.capabilities.join(" · "));
            }
            for warning in &probe.warnings {
                say!("  ! {warning}");
            }
        }
    }
    Ok(())
}
