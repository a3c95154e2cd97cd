//! `usher demo`

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use color_eyre::eyre::{Result, eyre};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokio::sync::Mutex;

use super::{DONE, Global, open, output::say, settings};
use crate::{
    config::Config,
    engine::{Engine, PlanError, PlanOptions, clock::Clock},
    sandbox::{Options, Sandbox, TIME_ZONE},
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
        let now = global.instant(TIME_ZONE)?.unwrap_or_else(Timestamp::now);
        let today = now.to_zoned(zone(TIME_ZONE)).date();
        let runtime = open::runtime()?;
        let shown = runtime.block_on(async {
            let sandbox = Sandbox::start(Options {
                today,
                keep: self.keep.clone(),
                write_latency: LATENCY,
            })
            .await?;
            let config =
                Config::load(&sandbox.config_path()).map_err(|errors| eyre!("{}", errors.render(false)))?;
            let clock = Clock::wall();
            clock.set(morning(sandbox.today(), &config.rules.time_zone));
            let sandbox = Arc::new(Mutex::new(sandbox));
            let mut setup = open::setup(&config, clock.clone())?;
            setup.next_day = Some(next_day(sandbox.clone(), config.rules.time_zone.clone()));
            let engine = Engine::new(setup)
                .editing(config.clone())
                .governed(open::governance(&config));
            self.open(&sandbox, &engine, &clock, &config).await?;
            if self.serve {
                serve(&*sandbox.lock().await).await?;
            } else {
                settings::show_console(&engine, &config, true).await?;
            }
            Ok(DONE)
        });
        // a run that is still going on is cut off here, as in a console on systems that are real
        runtime.shutdown_background();
        shown
    }

    /// Brings a new company to its first day, with a plan on the eve to compare that day with: usher has been
    /// looking after it. A kept company goes on as it was left.
    async fn open(
        &self,
        sandbox: &Mutex<Sandbox>,
        engine: &Engine,
        clock: &Clock,
        config: &Config,
    ) -> Result<()> {
        let sandbox = sandbox.lock().await;
        if !sandbox.is_eve() {
            return Ok(());
        }
        plan(engine).await?;
        for _ in 0..=self.day {
            let today = sandbox.next_day()?;
            clock.set(morning(today, &config.rules.time_zone));
        }
        plan(engine).await
    }
}

async fn plan(engine: &Engine) -> Result<()> {
    match engine.plan(&PlanOptions::default()).await {
        Ok(_) => Ok(()),
        Err(PlanError::Failed(messages)) => Err(eyre!("{}", messages.join("; "))),
        Err(PlanError::Rules(errors)) => {
            let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Err(eyre!("{}", messages.join("; ")))
        }
    }
}

/// Says how to work on the company, and waits for the interrupt.
async fn serve(sandbox: &Sandbox) -> Result<()> {
    say!(
        "usher --config {} --now {}T12:00:00Z show",
        sandbox.config_path().display(),
        sandbox.today()
    );
    say!("it is {} there; interrupt to end", sandbox.today());
    Ok(tokio::signal::ctrl_c().await?)
}

fn next_day(sandbox: Arc<Mutex<Sandbox>>, time_zone: String) -> crate::engine::NextDay {
    Box::new(move || {
        let (sandbox, time_zone) = (sandbox.clone(), time_zone.clone());
        Box::pin(async move {
            let today = sandbox
                .lock()
                .await
                .next_day()
                .map_err(|error| error.to_string())?;
            Ok(morning(today, &time_zone))
        })
    })
}

/// Nine o'clock on a day.
fn morning(day: Date, time_zone: &str) -> Timestamp {
    day.at(9, 0, 0, 0)
        .to_zoned(zone(time_zone))
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}
