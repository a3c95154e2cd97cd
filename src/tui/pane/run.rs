//! The pane Run: a gauge a system, what is in flight, what failed and why.

mod canary;
mod line;

use crate::{
    engine::{
        command::Command,
        view::{CanaryView, Failure, RunState, RunView, SystemProgress},
    },
    tui::{
        model::Model,
        overlay::Overlay,
        paint::{Painter, gauge},
        scroll::Scroll,
        text::{self, Align, count},
        theme::Role,
        view::{
            layout,
            table::{self, Column, Width, column},
        },
        when,
    },
};

const COLUMNS: [Column; 5] = [
    column("", Width::Fixed(1)),
    column("Failed", Width::Share(2)),
    column("What", Width::Fixed(13)).from(60),
    column("System", Width::Fixed(12)).from(60),
    column("Why", Width::Share(5)),
];

/// Lines for what is in flight; always the same number, so that nothing jumps.
const IN_FLIGHT: u16 = 3;

/// The state of the pane.
#[derive(Debug, Default)]
pub struct Run {
    /// The current or last run.
    pub view: Option<RunView>,
    /// Where the cursor is among the failures.
    pub scroll: Scroll,
    starting: bool,
}

impl Run {
    /// Takes over how the run stands.
    pub fn load(&mut self, view: Option<RunView>) {
        self.starting = false;
        self.view = view;
    }

    /// Notes that a run was asked for.
    pub fn begin(&mut self) {
        self.starting = true;
        self.view = None;
    }

    /// Reports whether a run is in progress.
    pub fn is_active(&self) -> bool {
        self.starting
            || self
                .view
                .as_ref()
                .is_some_and(|view| view.state != RunState::Ended)
    }

    /// Reports whether the run is paused.
    pub fn is_paused(&self) -> bool {
        self.view
            .as_ref()
            .is_some_and(|view| view.state == RunState::Paused)
    }

    /// Returns the command that pauses the run, or goes on with it.
    pub fn pause_or_resume(&self) -> Command {
        if self.is_paused() {
            Command::Resume
        } else {
            Command::Pause
        }
    }

    /// Returns what was tried first, if the run waits for a word or was left off there.
    pub fn canary(&self) -> Option<&CanaryView> {
        self.view.as_ref()?.canary.as_ref()
    }

    /// Returns what failed.
    pub fn failures(&self) -> &[Failure] {
        self.view.as_ref().map_or(&[], |view| &view.failures)
    }

    /// Returns the failure under the cursor.
    pub fn failure(&self) -> Option<&Failure> {
        self.failures().get(self.scroll.cursor)
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        let length = self.failures().len();
        self.scroll.step(by, length);
    }
}

/// Shows the failure under the cursor in full.
pub fn open(model: &mut Model) {
    let Some(failure) = model.run.failure() else {
        return;
    };
    let title = format!("{} {}", failure.kind.word(), text::clean(&failure.subject));
    let lines = vec![
        format!(
            "in {}, {}, tried {} times",
            failure.system,
            failure.state.word(),
            failure.attempts
        ),
        age(model, failure),
        String::new(),
        failure.reason.clone(),
    ];
    model.overlays.push(Overlay::Page {
        title,
        lines,
        offset: 0,
    });
}

/// Returns how many rows stand above the failures.
pub fn head_rows(model: &Model) -> u16 {
    let systems = model
        .run
        .view
        .as_ref()
        .map_or(0, |view| view.systems.len() as u16);
    let flight = if model.size.1 >= 20 { IN_FLIGHT + 1 } else { 0 };
    let canary = model.run.canary().map_or(0, canary::rows);
    2 + systems + canary + flight + 1
}

/// Says since when an operation fails, if it has failed in earlier runs.
fn age(model: &Model, failure: &Failure) -> String {
    match failure.first {
        Some(first) if failure.earlier > 0 => format!(
            "failed {} times before, first {} ({} ago)",
            failure.earlier,
            model.settings.clock.list(first).trim(),
            when::age(model.engine_now(), first)
        ),
        _ => String::new(),
    }
}

/// Draws the pane.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let area = layout::body(model);
    let Some(run) = &model.run.view else {
        let key = model.settings.keymap.shown(crate::tui::action::Action::Apply);
        let (title, words) = if model.run.starting {
            ("the run begins", String::new())
        } else {
            (
                "Nothing has been applied yet.",
                format!("Approve operations in review, then press {key}."),
            )
        };
        painter.text(
            area.x + 2,
            area.y + 1,
            area.width.saturating_sub(3),
            title,
            Role::Title,
        );
        painter.text(
            area.x + 2,
            area.y + 2,
            area.width.saturating_sub(3),
            &words,
            Role::Muted,
        );
        return;
    };
    heading(model, painter, run, area.y);
    let mut y = area.y + 2;
    let widest = run
        .systems
        .iter()
        .map(|system| text::width(system.system.as_str()))
        .max()
        .unwrap_or(0)
        .min(20);
    for system in &run.systems {
        if y < area.bottom() {
            progress(painter, system, y, area.width, widest);
        }
        y += 1;
    }
    if let Some(canary) = &run.canary {
        canary::draw(model, painter, canary, y + 1);
        y += canary::rows(canary);
    }
    if model.size.1 >= 20 {
        let flying = format!("{} ", painter.symbols.running);
        let flying = run
            .in_flight
            .iter()
            .map(|words| (format!("{flying}{words}"), Role::Running));
        // what keeps a system from answering comes before what waits for it
        let words = line::words(run, IN_FLIGHT, area.width.saturating_sub(2));
        for (y, (words, role)) in (y + 1..).zip(words.into_iter().chain(flying).take(usize::from(IN_FLIGHT)))
        {
            painter.text(1, y, area.width.saturating_sub(2), &words, role);
        }
    }
    failures(model, painter, run);
}

fn heading(model: &Model, painter: &mut Painter<'_>, run: &RunView, y: u16) {
    let waits = line::waits(run);
    let word = match run.state {
        RunState::Running => waits.as_deref().unwrap_or("running"),
        RunState::Paused if run.canary.is_some() => "waits for your word",
        RunState::Paused => "paused: nothing new is sent",
        RunState::Stopping => "stopping after what is in flight",
        RunState::Ended => "over",
    };
    let end = run.ended.unwrap_or_else(|| model.engine_now());
    let took = end.as_second().saturating_sub(run.started.as_second()).max(0) as u64;
    let title = format!("Run {}", run.id);
    let role = match run.state {
        RunState::Running if waits.is_some() => Role::Warning,
        RunState::Running => Role::Running,
        _ => Role::Text,
    };
    let since = format!(
        "   since {}   {}",
        model.settings.clock.hour(run.started),
        when::span(took)
    );
    let pieces = [
        (&*title, Role::Title),
        ("   ", Role::Text),
        (word, role),
        (&since, Role::Muted),
    ];
    painter.pieces(1, y, model.size.0.saturating_sub(2), &pieces);
}

fn progress(painter: &mut Painter<'_>, system: &SystemProgress, y: u16, width: u16, widest: usize) {
    let settled = system.done + system.failed;
    let columns = usize::from(width / 3).clamp(6, 40);
    let (full, empty) = gauge(painter.symbols, columns, settled, system.total);
    let name = text::fit(
        system.system.as_str(),
        widest + 2,
        Align::Left,
        painter.symbols.ellipsis,
    );
    let numbers = format!("  {:>7}/{}", count(settled), count(system.total));
    let failed = if system.failed > 0 {
        format!("   {} failed", count(system.failed))
    } else {
        String::new()
    };
    let quarantine = match &system.quarantine {
        Some(reason) => format!("   in quarantine: {reason}"),
        None => String::new(),
    };
    let line = system.line.as_ref().filter(|_| system.quarantine.is_none());
    let line_words = line
        .map(|line| format!("   {}", line.short()))
        .unwrap_or_default();
    let mut rest = String::new();
    if line.is_none() && system.quarantine.is_none() && settled < system.total && system.rate > 0.0 {
        rest = format!("   {:.0}/s", system.rate);
        if let Some(left) = system.remaining {
            rest.push_str("   ");
            rest.push_str(&when::span(left));
            rest.push_str(" left");
        }
    }
    let look = if settled == system.total && system.failed == 0 {
        Role::Done
    } else {
        Role::Gauge
    };
    let pieces = [
        (&*name, Role::Text),
        (&full, look),
        (&empty, Role::Muted),
        (&numbers, Role::Text),
        (&failed, Role::Failed),
        (&quarantine, Role::Failed),
        (&line_words, line.map_or(Role::Text, line::role)),
        (&rest, Role::Muted),
    ];
    painter.pieces(1, y, width.saturating_sub(2), &pieces);
}

fn failures(model: &Model, painter: &mut Painter<'_>, run: &RunView) {
    let rows = layout::rows(model);
    if rows.height == 0 {
        return;
    }
    if run.failures.is_empty() {
        let words = if run.state == RunState::Ended {
            "nothing failed"
        } else {
            "nothing has failed"
        };
        painter.text(1, rows.y - 1, rows.width.saturating_sub(2), words, Role::Muted);
        return;
    }
    let places = table::places(&COLUMNS, 1, rows.width.saturating_sub(2));
    table::titles(painter, &COLUMNS, &places, rows.y - 1);
    let window = model
        .run
        .scroll
        .window(run.failures.len(), usize::from(rows.height));
    for (y, number) in (rows.y..).zip(window) {
        let failure = &run.failures[number];
        let reason = &failure.reason;
        let why = match failure.first {
            Some(first) if failure.earlier > 0 => {
                let since = model.settings.clock.list(first);
                format!("{}x since {}: {reason}", failure.earlier + 1, since.trim())
            }
            _ if failure.attempts > 1 => format!("{reason} (tried {} times)", failure.attempts),
            _ => reason.clone(),
        };
        let cells = [
            (painter.symbols.state(failure.state), Role::of(failure.state)),
            (&*failure.subject, Role::Text),
            (failure.kind.word(), Role::Text),
            (failure.system.as_str(), Role::Text),
            (&*why, Role::Text),
        ];
        table::row(painter, &COLUMNS, &places, y, &cells);
        if number == model.run.scroll.cursor {
            painter.cursor(0, y, rows.width);
        }
    }
}
