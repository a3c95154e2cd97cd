//! Opens configuration, systems, store and engine.

use std::sync::Arc;

use color_eyre::eyre::{Result, bail, eyre};

use super::{DONE, Global, output};
use crate::{
    audit,
    config::{Config, Mode},
    connectors::tls,
    engine::{Engine, Setup, SystemSetup, actor, alerts::Alerts, clock::Clock, governance::Governance},
    model::Right,
    store::{
        Store,
        postgres::{Address, PostgresStore},
        sqlite::SqliteStore,
    },
};

/// An error whose words have been printed already.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has errors")]
pub(super) struct Said;

/// Loads the configuration; errors are printed as they are.
pub(super) fn config(global: &Global) -> Result<Config> {
    let path = global.config.clone().unwrap_or_else(Config::default_path);
    match Config::load(&path) {
        Ok(config) => {
            if !config.warnings.is_empty() && !global.json {
                eprintln!("{}", config.warnings.render(output::colour()));
            }
            Ok(config)
        }
        Err(errors) => {
            eprintln!("{}", errors.render(output::colour()));
            Err(Said.into())
        }
    }
}

/// Opens everything a configuration names.
pub(super) fn engine(global: &Global, config: &Config) -> Result<Engine> {
    let clock = match global.instant(&config.rules.time_zone)? {
        Some(instant) => Clock::Fixed(instant),
        None => Clock::wall(),
    };
    let engine = Engine::new(setup(config, clock)?)
        .editing(config.clone())
        .governed(governance(config));
    Ok(match &config.alerts {
        None => engine,
        Some((command, limit)) => engine.alerting(Alerts {
            command: command.clone(),
            limit: *limit,
            label: config.label.clone(),
        }),
    })
}

/// Opens what an engine works with.
pub(super) fn setup(config: &Config, clock: Clock) -> Result<Setup> {
    let mut systems = Vec::with_capacity(config.systems.len());
    let mut troubles = Vec::new();
    for system in config.systems.values() {
        match system.section.open(system.name.clone(), &config.folder) {
            Ok(connector) => systems.push(SystemSetup {
                connector,
                kind: system.section.kind().to_owned(),
                observe: config.mode_of(&system.name) == Mode::Observe,
            }),
            Err(error) => troubles.push(error.to_string()),
        }
    }
    if !troubles.is_empty() {
        bail!("{}", troubles.join("\n"));
    }
    let store = store(config)?;
    let identity = actor::current(&config.roles.on_behalf);
    Ok(Setup {
        rules: config.rules.clone(),
        systems,
        store,
        clock,
        actor: identity.actor,
        next_day: None,
    })
}

/// Makes sure that who acts has a right, for what needs no engine; a refusal is audited.
pub(super) fn may(global: &Global, config: &Config, right: Right) -> Result<()> {
    let Some(refusal) = governance(config).refusal(right) else {
        return Ok(());
    };
    let entry = audit::Entry {
        at: global
            .instant(&config.rules.time_zone)?
            .unwrap_or_else(jiff::Timestamp::now),
        actor: actor::current(&config.roles.on_behalf).actor,
        action: "refuse".to_owned(),
        subject: right.word().to_owned(),
        summary: refusal.clone(),
        details: serde_json::Value::Null,
    };
    store(config)?.append(&[entry])?;
    bail!(refusal)
}

/// Finds out who is in charge of what.
pub(super) fn governance(config: &Config) -> Governance {
    let name = actor::current(&config.roles.on_behalf).name;
    let automatic = config.systems.keys();
    let automatic = automatic
        .filter(|system| config.mode_of(system) == Mode::Automatic)
        .cloned()
        .collect();
    let by = config.rules.policy.rules.iter().flat_map(|rule| &rule.by);
    let by: Vec<_> = by.map(String::as_str).collect();
    Governance::of(name, config.roles.clone(), automatic, &by)
}

/// Opens the store that a configuration names.
pub(super) fn store(config: &Config) -> Result<Arc<dyn Store>> {
    Ok(match team_store(config)? {
        Some(store) => Arc::new(store),
        None => Arc::new(SqliteStore::open(&config.store)?),
    })
}

/// Opens the store on a server, if the configuration names one.
pub(super) fn team_store(config: &Config) -> Result<Option<PostgresStore>> {
    let Some(server) = &config.store_server else {
        return Ok(None);
    };
    let mut address = Address::parse(&server.url)?;
    if let Some(password) = &server.password {
        address = address.with_password(password.fetch(&config.folder)?);
    }
    address = address.with_kept_password();
    if address.is_encrypted() {
        let authorities = address.authorities().map(|path| config.folder.join(path));
        address = address.with_tls(tls::client_config(authorities.as_deref(), None, None)?);
    }
    Ok(Some(PostgresStore::open(address, &config.store)?))
}

/// Makes the runtime that everything asynchronous runs on.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| eyre!("the runtime cannot be started: {error}"))
}

/// `usher` without a command: the console.
pub(super) fn console(global: &Global) -> Result<u8> {
    let config = config(global)?;
    let engine = engine(global, &config)?;
    super::settings::run_console(&engine, &config, false)?;
    Ok(DONE)
}
