//! Progress bars on standard error, when that is a terminal.

use std::{collections::HashMap, io::IsTerminal};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    engine::{
        Engine,
        event::{Event, Level},
        view::{LineState, RunView, span},
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
            let mut troubled = Troubled::default();
            while let Some(event) = events.recv().await {
                match event {
                    Event::Notice {
                        level: Level::Warning | Level::Error,
                        text,
                    } => {
                        bars.suspend(|| eprintln!("usher: {text}"));
                    }
                    Event::Progress(run) | Event::RunEnded(run) if !is_terminal => {
                        for sentence in troubled.news(&run) {
                            eprintln!("usher: {sentence}");
                        }
                    }
                    _ if !is_terminal => {}
                    Event::Reading {
                        system,
                        records,
                        silent,
                        ended,
                    } => {
                        let bar = lanes
                            .entry(system.clone())
                            .or_insert_with(|| reading(&bars, &system));
                        bar.set_position(records as u64);
                        bar.set_message(
                            silent
                                .map_or_else(String::new, |silent| format!("no answer for {}", span(silent))),
                        );
                        if ended {
                            bar.finish_and_clear();
                        }
                    }
                    Event::Progress(run) | Event::RunEnded(run) => {
                        for system in &run.systems {
                            let bar = lanes
                                .entry(system.system.clone())
                                .or_insert_with(|| bars.add(ProgressBar::new(0)));
                            bar.set_style(running(system.line.is_some()));
                            bar.set_prefix(system.system.to_string());
                            bar.set_length(system.total as u64);
                            bar.set_position((system.done + system.failed) as u64);
                            bar.set_message(match &system.line {
                                Some(line) => line.long(),
                                None => format!("{} failed", system.failed),
                            });
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
    let style = ProgressStyle::with_template("reading {prefix} {pos} records {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bars.add(
        ProgressBar::new_spinner()
            .with_style(style)
            .with_prefix(system.to_string()),
    )
}

fn running(is_troubled: bool) -> ProgressStyle {
    let template = if is_troubled {
        "{prefix:12} {pos}/{len} {wide_msg}"
    } else {
        "{prefix:12} {wide_bar} {pos}/{len} {per_sec} {msg}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// What is said of systems that do not answer where nobody watches: that it begins, and how it ends.
#[derive(Default)]
struct Troubled(HashMap<SystemName, LineState>);

impl Troubled {
    fn news(&mut self, run: &RunView) -> Vec<String> {
        let mut news = Vec::new();
        for system in &run.systems {
            let now = system
                .line
                .as_ref()
                .filter(|line| line.state != LineState::Settling);
            let before = match now {
                Some(line) => self.0.insert(system.system.clone(), line.state),
                None => self.0.remove(&system.system),
            };
            let ends = |state| matches!(state, LineState::Over | LineState::GivenUp);
            if let Some(line) = now
                && (before.is_none() || (before != Some(line.state) && ends(line.state)))
            {
                news.push(format!("{}: {}", system.system, line.long()));
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::view::{Condition, RunState, SystemProgress};

    fn run(state: Option<LineState>) -> RunView {
        let line = state.map(|state| Condition {
            state,
            seconds: 3,
            attempts: 0,
            unsettled: 0,
            left: None,
            reason: String::new(),
        });
        RunView {
            id: 1,
            state: RunState::Running,
            started: jiff::Timestamp::UNIX_EPOCH,
            ended: None,
            systems: vec![SystemProgress {
                system: "directory".into(),
                total: 2,
                done: 1,
                failed: 0,
                rate: 0.0,
                remaining: None,
                quarantine: None,
                line,
            }],
            in_flight: Vec::new(),
            failures: Vec::new(),
            canary: None,
        }
    }

    #[test]
    fn trouble_is_told_when_it_begins_and_when_it_ends() {
        let mut troubled = Troubled::default();
        let steps = [
            (None, None),
            (Some(LineState::Silent), Some("directory: no answer for 3 s")),
            (Some(LineState::Waiting { next: 2 }), None),
            (Some(LineState::Connecting), None),
            (Some(LineState::Over), Some("directory: goes on after 3 s")),
            (Some(LineState::Over), None),
            (Some(LineState::Settling), None),
            (None, None),
            (Some(LineState::GivenUp), Some("directory: given up after 3 s")),
        ];
        for (state, said) in steps {
            let news = troubled.news(&run(state));
            assert_eq!(news.first().map(String::as_str), said, "{state:?}");
        }
    }
}
