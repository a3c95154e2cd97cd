//! `usher demo`

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use color_eyre::eyre::{Result, eyre};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokio::sync::Mutex;

use super::{DONE, Global, open, settings, output::say};
use crate::{
    config::Config,
    engine::{Engine, clock::Clock},
    sandbox::{Options, Sandbox},
};

/// How long the demo's servers take for a write, so that a run can be watched.
const LATENCY: Duration = Duration::from_millis(15);

/// Opens the console on a demo company with a directory and an application of its own.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Starts so many working days later
    #[arg(long, default_value_t = 0, value_name = "N")]
    day: u32,
    /// Keeps the company and its configuration in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Runs the company without the console, until interrupted: for other commands to work on
    #[arg(long)]
    serve: bool,
}

impl Demo {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let now = global.instant("UTC")?.unwrap_or_else(Timestamp::now);
        let runtime = open::runtime()?;
        runtime.block_on(async {
            let sandbox = Sandbox::start(Options {
                today: now.to_zoned(TimeZone::UTC).date(),
                day: self.day,
                keep: self.keep.clone(),
                write_latency: LATENCY,
            })
            .await?;
            let config = Config::load(&sandbox.config_path()).map_err(|errors| eyre!("{}", errors.render(false)))?;
            if self.serve {
                say!("usher --config {} plan", sandbox.config_path().display());
                say!("it is {} there; interrupt to end", sandbox.today());
                tokio::signal::ctrl_c().await?;
                return Ok(DONE);
            }
            let clock = Clock::wall();
            clock.set(morning(sandbox.today(), &config.rules.time_zone));
            let sandbox = Arc::new(Mutex::new(sandbox));
            let mut setup = open::setup(&config, clock)?;
            setup.next_day = Some(next_day(sandbox.clone(), config.rules.time_zone.clone()));
            settings::show_console(&Engine::new(setup), &config, true).await?;
            Ok(DONE)
        })
    }
}

fn next_day(sandbox: Arc<Mutex<Sandbox>>, time_zone: String) -> crate::engine::NextDay {
    Box::new(move || {
        let (sandbox, time_zone) = (sandbox.clone(), time_zone.clone());
        Box::pin(async move {
            let today = sandbox.lock().await.next_day().map_err(|error| error.to_string())?;
            Ok(morning(today, &time_zone))
        })
    })
}

/// Nine o'clock on a day.
fn morning(day: Date, time_zone: &str) -> Timestamp {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    day.at(9, 0, 0, 0).to_zoned(zone).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}
