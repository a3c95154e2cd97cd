//! Taking back what was applied: what that would do, and what cannot be taken back, before a plan of it is made.

use jiff::Timestamp;

use crate::{
    engine::{
        command::Command,
        event::Level,
        undo::{Left, UndoReport, What},
    },
    model::Fingerprint,
    tui::{
        key::{Code, Key},
        message::Effect,
        model::Model,
        paint::Painter,
        pane::Pane,
        review::{bundle::plural, summary},
        symbols::Symbols,
        text::{self, Align, count},
        theme::Role,
        update,
    },
};

use super::{Overlay, draw::middle};

/// What taking back would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    /// What is asked about.
    pub what: What,
    /// What it would do; `None` until the engine has answered.
    pub report: Option<Box<UndoReport>>,
    /// The first line of what stays that is seen.
    pub offset: usize,
}

/// Returns what would be taken back from where the cursor is: the run that is shown, the record, else the last run.
pub fn meant(model: &Model) -> Result<What, String> {
    match model.pane {
        Pane::Run => model
            .run
            .view
            .as_ref()
            .map_or(Ok(What::Last), |run| Ok(What::Run(run.id))),
        Pane::Audit => {
            let row = model.audit.row().ok_or("there is no record here")?;
            let is_write = matches!(row.action.as_str(), "write" | "settle");
            match (row.operation, row.run) {
                (Some(id), Some(_)) if is_write => Ok(What::Operation(id.to_string())),
                (_, Some(run)) => Ok(What::Run(run)),
                _ => Err(format!(
                    "a record of “{}” tells of nothing that was applied: go to a write or a run",
                    row.action
                )),
            }
        }
        _ => Ok(What::Last),
    }
}

/// Asks the engine what taking back would do.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Ok(what) = meant(model) else {
        return Vec::new();
    };
    model.overlays.push(Overlay::Undo(Undo {
        what: what.clone(),
        report: None,
        offset: 0,
    }));
    vec![Effect::Engine(Command::Undo { what, store: false })]
}

/// Takes over what the engine found: it is shown, or the plan that was made of it is.
pub fn found(
    model: &mut Model,
    outcome: Result<Box<UndoReport>, Vec<String>>,
    now: Timestamp,
) -> Vec<Effect> {
    let waiting = model
        .overlays
        .iter()
        .position(|overlay| matches!(overlay, Overlay::Undo(undo) if undo.report.is_none()));
    model.planning = None;
    match outcome {
        Err(messages) => {
            if let Some(place) = waiting {
                model.overlays.remove(place);
            }
            let text = messages.join("; ");
            model
                .toasts
                .show(Level::Error, format!("nothing was undone: {text}"), now);
            Vec::new()
        }
        Ok(report) if report.plan.is_some() => {
            let words = format!(
                "this plan takes back run {}: decide about it like any other, then run it",
                report.run
            );
            model.toasts.show(Level::Info, words, now);
            let effects = update::enter(model, Pane::Review);
            update::filter::apply(model, "");
            effects
        }
        Ok(report) => {
            let shown = waiting.and_then(|place| model.overlays.get_mut(place));
            if let Some(Overlay::Undo(undo)) = shown {
                undo.report = Some(report);
            }
            Vec::new()
        }
    }
}

/// Handles a key.
pub fn key(model: &mut Model, mut undo: Undo, key: Key) -> Vec<Effect> {
    let stays = undo.report.as_ref().map_or(0, |report| stays(report).count());
    let by: isize = match key.code {
        Code::Char('y') if !key.ctrl && !key.alt && can_make(&undo) => {
            model.planning = Some(crate::tui::model::Planning::default());
            return vec![Effect::Engine(Command::Undo {
                what: undo.what,
                store: true,
            })];
        }
        Code::Char('q') => return Vec::new(),
        Code::Enter if !can_make(&undo) && undo.report.is_some() => return Vec::new(),
        Code::Down | Code::Char('j') => 1,
        Code::Up | Code::Char('k') => -1,
        Code::PageDown => 10,
        Code::PageUp => -10,
        _ => 0,
    };
    undo.offset = undo.offset.saturating_add_signed(by).min(stays.saturating_sub(1));
    model.overlays.push(Overlay::Undo(undo));
    Vec::new()
}

fn can_make(undo: &Undo) -> bool {
    undo.report
        .as_ref()
        .is_some_and(|report| !report.operations.is_empty())
}

/// What would stay although it should not.
fn stays(report: &UndoReport) -> impl Iterator<Item = &Left> {
    report.left.iter().filter(|left| !left.is_back)
}

fn named(what: &What) -> String {
    match what {
        What::Last => "the last run".to_owned(),
        What::Run(run) => format!("run {run}"),
        What::Operation(id) => {
            let short = Fingerprint::parse(id).map_or_else(|| id.clone(), |id| id.short());
            format!("operation {short}")
        }
    }
}

/// Draws it.
pub fn draw(model: &Model, undo: &Undo, painter: &mut Painter<'_>) {
    let title = format!("take back {}", named(&undo.what));
    let Some(report) = &undo.report else {
        let inner = painter.frame(middle(model, 78, 5), &title);
        let words = "reading every system, to see what is still as it was written";
        painter.text(inner.x, inner.y + 1, inner.width, words, Role::Running);
        return;
    };
    let width = usize::from(model.size.0.saturating_sub(6)).min(100);
    let mut lines = said(report, width);
    lines.extend(left(report, undo.offset, width, painter.symbols));
    let inner = painter.frame(middle(model, width as u16 + 4, lines.len() as u16 + 4), &title);
    let last = inner.bottom().saturating_sub(1);
    for ((line, role), y) in lines.iter().zip(inner.y..last) {
        painter.text(inner.x, y, inner.width, line, *role);
    }
    let pieces: &[(&str, Role)] = if can_make(undo) {
        &[
            ("y", Role::Key),
            (" make this plan, to be decided about   ", Role::Text),
            ("Esc", Role::Key),
            (" go back", Role::Text),
        ]
    } else {
        &[("Esc", Role::Key), (" go back", Role::Text)]
    };
    painter.pieces(inner.x, last, inner.width, pieces);
}

/// What stays, from the one on that the user has scrolled to: what it was, and why it cannot be taken back.
fn left(report: &UndoReport, offset: usize, width: usize, symbols: &Symbols) -> Vec<(String, Role)> {
    let all: Vec<_> = stays(report).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let head = match offset {
        0 => format!("{} cannot be taken back in full:", count(all.len())),
        hidden => format!(
            "{} cannot be taken back in full, the first {} are above:",
            count(all.len()),
            count(hidden)
        ),
    };
    let mut lines = vec![(String::new(), Role::Text), (head, Role::Warning)];
    let what = |left: &Left| {
        format!(
            "{} {} in {}",
            left.kind.word(),
            text::clean(&left.subject),
            left.system
        )
    };
    let seen = &all[offset.min(all.len() - 1)..];
    let longest = seen
        .iter()
        .map(|left| text::width(&what(left)))
        .max()
        .unwrap_or(0);
    let column = longest.min(width * 2 / 5);
    for left in seen {
        let what = text::fit(&what(left), column, Align::Left, symbols.ellipsis);
        let reason = text::wrap(&left.reason, width.saturating_sub(column + 4));
        for (number, part) in reason.into_iter().enumerate() {
            let line = if number == 0 {
                format!("{} {what}  {part}", symbols.failed)
            } else {
                format!("{:indent$}{part}", "", indent = column + 4)
            };
            lines.push((line, Role::Text));
        }
    }
    lines
}

/// What the plan would do, in lines.
fn said(report: &UndoReport, width: usize) -> Vec<(String, Role)> {
    if report.operations.is_empty() {
        let words = format!("Nothing of run {} is left to take back.", report.run);
        return vec![(words, Role::Title)];
    }
    let number = report.operations.len();
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut add = |words: &str, role| {
        lines.extend(text::wrap(words, width).into_iter().map(|line| (line, role)));
    };
    let lead = format!(
        "A plan of {} {} takes run {} back. It is decided about and run like any other:",
        count(number),
        plural(number, "operation"),
        report.run
    );
    add(&lead, Role::Text);
    add("", Role::Text);
    let cells: Vec<_> = report
        .operations
        .iter()
        .map(|operation| (operation.kind, operation.system.as_str(), 1))
        .collect();
    for line in summary::table(&cells) {
        add(&line, Role::Text);
    }
    for rail in &report.exceeded {
        let words = format!(
            "The guard rail {} will stop it: {} of at most {}.",
            rail.rail,
            count(rail.count),
            count(rail.limit)
        );
        add(&words, Role::Warning);
    }
    add("", Role::Text);
    let words = "The sources still want what is taken back: later plans show that as rejected.";
    add(words, Role::Muted);
    lines
}
