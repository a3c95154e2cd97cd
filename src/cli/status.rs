//! Progress bars on standard error, when that is a terminal.

use std::{collections::HashMap, io::IsTerminal};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    engine::{
        Engine,
        event::{Event, Level},
    },
    model::SystemName,
};

/// Shows what an engine does until it is dropped: bars if standard error is a terminal, notices in any case.
pub(super) struct Status {
    task: tokio::task::JoinHandle<()>,
}

impl Status {
    /// Starts to show. Must be called inside a runtime.
    pub(super) fn show(engine: &Engine) -> Self {
        let mut events = engine.events();
        let task = tokio::spawn(async move {
            let bars = MultiProgress::new();
            let is_terminal = std::io::stderr().is_terminal();
            let mut lanes: HashMap<SystemName, ProgressBar> = HashMap::new();
            while let Some(event) = events.recv().await {
                match event {
                    Event::Notice {
                        level: Level::Warning | Level::Error,
                        text,
                    } => {
                        bars.suspend(|| eprintln!("usher: {text}"));
                    }
                    _ if !is_terminal => {}
                    Event::Reading {
                        system,
                        records,
                        ended,
                    } => {
                        let bar = lanes
                            .entry(system.clone())
                            .or_insert_with(|| reading(&bars, &system));
                        bar.set_position(records as u64);
                        if ended {
                            bar.finish_and_clear();
                        }
                    }
                    Event::Progress(run) | Event::RunEnded(run) => {
                        for system in &run.systems {
                            let bar = lanes
                                .entry(system.system.clone())
                                .and_modify(|bar| bar.set_style(running()))
                                .or_insert_with(|| bars.add(ProgressBar::new(0).with_style(running())));
                            bar.set_prefix(system.system.to_string());
                            bar.set_length(system.total as u64);
                            bar.set_position((system.done + system.failed) as u64);
                            bar.set_message(format!("{} failed", system.failed));
                        }
                    }
                    _ => {}
                }
            }
        });
        Self { task }
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn reading(bars: &MultiProgress, system: &SystemName) -> ProgressBar {
    let style = ProgressStyle::with_template("reading {prefix} {pos} records")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bars.add(
        ProgressBar::new_spinner()
            .with_style(style)
            .with_prefix(system.to_string()),
    )
}

fn running() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:12} {wide_bar} {pos}/{len} {per_sec} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
