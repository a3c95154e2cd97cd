//! Opens the console on an engine, as configuration and environment want it.

use std::path::Path;

use color_eyre::eyre::{Result, eyre};
use jiff::tz::TimeZone;
use tokio::sync::mpsc::UnboundedReceiver;

use super::open;
use crate::{
    config::{Config, Symbols},
    console::{self, EnginePort, Settings, ThemeChoice},
    engine::{
        Engine,
        command::{Command, Query},
        event::Event,
    },
};

impl EnginePort for Engine {
    fn command(&self, command: Command) {
        Self::command(self, command);
    }

    fn ask(&self, query: Query) {
        Self::ask(self, query);
    }

    fn events(&self) -> UnboundedReceiver<Event> {
        let events = Self::events(self);
        self.follow();
        events
    }
}

/// Runs the console until the user leaves.
pub(super) fn run_console(engine: &Engine, config: &Config, demo: bool) -> Result<()> {
    let runtime = open::runtime()?;
    let shown = runtime.block_on(show_console(engine, config, demo));
    // a run that is still going on is cut off here; its intents are settled when usher starts again
    runtime.shutdown_background();
    shown
}

/// Runs the console inside a runtime that is there already.
pub(super) async fn show_console(engine: &Engine, config: &Config, demo: bool) -> Result<()> {
    let settings = settings(config, demo)?;
    engine.log_in()?;
    let shown = console::run(engine, settings).await;
    // also a console that failed was open
    engine.log_out()?;
    Ok(shown?)
}

fn settings(config: &Config, demo: bool) -> Result<Settings> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL")
        .or_else(|| set("LC_CTYPE"))
        .or_else(|| set("LANG"))
        .unwrap_or_default();
    let speaks_unicode = locale.to_lowercase().replace('-', "").contains("utf8");
    let unicode = config.ui.symbols == Symbols::Unicode && speaks_unicode;
    let theme = if Path::new(&config.ui.theme).extension().is_some() {
        let path = config.folder.join(&config.ui.theme);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| eyre!("the theme {} cannot be read: {error}", path.display()))?;
        ThemeChoice::Text(text)
    } else {
        ThemeChoice::Named(config.ui.theme.clone())
    };
    Ok(Settings {
        theme,
        no_color: set("NO_COLOR").is_some(),
        unicode,
        keys: config
            .ui
            .keys
            .iter()
            .map(|(action, keys)| (action.clone(), keys.clone()))
            .collect(),
        label: config.label.clone().unwrap_or_default(),
        mode: format!("{} mode", config.mode.word()),
        time_zone: TimeZone::get(&config.rules.time_zone).unwrap_or(TimeZone::UTC),
        demo,
        read_only: config.mode == crate::config::Mode::Observe,
        session: config.store.parent().map(|folder| folder.join("session.json")),
    })
}
