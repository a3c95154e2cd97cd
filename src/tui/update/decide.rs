//! Decisions, selections and runs.

use jiff::Timestamp;

use crate::{
    engine::{
        command::{Command, Query},
        event::Level,
    },
    model::{Fingerprint, OperationState, Verdict},
    tui::{
        action::Action,
        input::Input,
        message::Effect,
        model::Model,
        overlay::{Ask, Confirm, Field, Overlay, Purpose, Then, answer, rails, systems, undo},
        pane::Pane,
        review::{bundle::plural, decide, summary},
        text::count,
        update,
    },
};

/// Does an action of Review or Run.
pub fn act(model: &mut Model, action: Action, now: Timestamp) -> Vec<Effect> {
    let review = &mut model.review;
    match action {
        Action::Approve => return approve(model),
        Action::Reject | Action::Hold => ask(model, action),
        Action::Undo => return withdraw(model, now),
        Action::Select => review.select(),
        Action::Range => review.toggle_range(),
        Action::SelectAll => review.select_all(),
        Action::Invert => review.invert(),
        Action::Group => {
            review.group = review.group.next();
            review.rearrange();
        }
        Action::Sort => {
            (review.sort, review.reversed) = (review.sort.next(), false);
            review.rearrange();
        }
        Action::SortReverse => {
            review.reversed = !review.reversed;
            review.rearrange();
        }
        Action::Why => {
            review.why = !review.why;
            review.detail_offset = 0;
        }
        Action::Apply => confirm_run(model),
        Action::Pause => return vec![Effect::Engine(model.run.pause_or_resume())],
        Action::Stop => model.overlays.push(Overlay::Confirm(question(
            Then::Stop,
            "stop the run",
            vec!["What is in flight ends; the rest stays approved.".into()],
        ))),
        Action::Retry => return retry(model, now),
        Action::Release => return release(model),
        Action::Rails => return rails::open(model),
        Action::Systems => return systems::open(model),
        Action::TakeBack => return undo::open(model),
        Action::Quit if model.run.is_active() => model.overlays.push(Overlay::Confirm(question(
            Then::Quit,
            "leave during a run",
            vec!["A run is in progress. What is in flight ends; the rest stays approved.".into()],
        ))),
        Action::Quit => return vec![Effect::SaveSession, Effect::Quit],
        _ => {}
    }
    Vec::new()
}

fn question(then: Then, title: &str, lines: Vec<String>) -> Confirm {
    Confirm {
        then,
        title: title.to_owned(),
        lines,
        number: None,
        input: Input::default(),
        error: None,
    }
}

/// Asks the engine first what the operations wait for: see [`approve_with`].
fn approve(model: &mut Model) -> Vec<Effect> {
    let targets = decide::targets(&model.review);
    let operations = decide::eligible(&model.review, Action::Approve, &targets);
    vec![Effect::Ask(Query::Awaited(operations))]
}

/// Approves operations, or offers to approve what they wait for, too.
pub fn approve_with(
    model: &mut Model,
    operations: Vec<Fingerprint>,
    awaited: Vec<Fingerprint>,
    now: Timestamp,
) -> Vec<Effect> {
    if !model.overlays.is_empty() {
        // somebody went on to something else: nothing is put under their fingers
        let words = "nothing was approved: press the key again";
        model.toasts.show(Level::Warning, words, now);
        return Vec::new();
    }
    if awaited.is_empty() {
        return approve_these(model, operations);
    }
    let (some, more) = (operations.len(), awaited.len());
    let it = if some == 1 { "It waits" } else { "They wait" };
    let mut lines = vec![format!(
        "{it} for {} {} that nobody has approved yet:",
        count(more),
        plural(more, "operation")
    )];
    if more <= 6 {
        for id in &awaited {
            if let Some((row, _)) = model.review.row(*id) {
                lines.push(format!("  {} {} in {}", row.kind.word(), row.subject, row.system));
            }
        }
    } else {
        let listed = summary::lines(&model.review, &awaited).into_iter();
        lines.extend(listed.map(|line| format!("  {line}")));
    }
    lines.push(String::new());
    lines.push(if some == 1 && more == 1 {
        "y approves both   n approves this alone   Esc goes back".into()
    } else {
        let this = if some == 1 { "this" } else { "these" };
        format!(
            "y approves all {}   n approves {this} {} alone   Esc goes back",
            count(some + more),
            count(some)
        )
    });
    let then = Then::Approve { operations, awaited };
    model.overlays.push(Overlay::Confirm(question(
        then,
        "approve what it waits for?",
        lines,
    )));
    Vec::new()
}

/// Approves operations: many, and those that are worth a second look, only after their number was typed.
pub fn approve_these(model: &mut Model, operations: Vec<Fingerprint>) -> Vec<Effect> {
    if !decide::wants_number(&model.review, &operations) {
        return vec![Effect::Engine(answer::decided(
            model,
            operations,
            Verdict::Approve,
            None,
        ))];
    }
    let mut lines = summary::lines(&model.review, &operations);
    let targets = decide::targets(&model.review);
    lines.extend(summary::left_out(&model.review, &targets, &operations));
    let total = operations.len();
    let title = format!("approve {} {}", count(total), plural(total, "operation"));
    let confirm = Confirm {
        number: Some(total),
        ..question(Then::ApproveThese(operations), &title, lines)
    };
    model.overlays.push(Overlay::Confirm(confirm));
    Vec::new()
}

fn ask(model: &mut Model, action: Action) {
    let targets = decide::targets(&model.review);
    let operations = decide::eligible(&model.review, action, &targets);
    let several = operations.len() > 1;
    let whom = match &operations[..] {
        [only] => model
            .review
            .row(*only)
            .map_or(String::new(), |(row, _)| row.subject.to_string()),
        several => format!("{} operations", count(several.len())),
    };
    let mut lines = Vec::new();
    if several {
        lines = summary::lines(&model.review, &operations);
        lines.extend(summary::left_out(&model.review, &targets, &operations));
    }
    let dates = "2026-11-30, +3d, tomorrow or monday";
    let ask = if action == Action::Reject {
        let fields = vec![
            Field::new("why", "it goes into the audit"),
            Field::new("until", &format!("{dates}; empty is until the facts change")),
        ];
        Ask::new(
            Purpose::Reject(operations),
            format!("reject {whom}"),
            lines,
            fields,
        )
    } else {
        let fields = vec![Field::new("until", dates), Field::new("why", "if you like")];
        Ask::new(Purpose::Hold(operations), format!("hold {whom}"), lines, fields)
    };
    model.overlays.push(Overlay::Ask(ask));
}

fn withdraw(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    let Some(last) = model.review.decided.pop() else {
        return Vec::new();
    };
    let open = |id: &Fingerprint| model.review.row(*id).is_some_and(|(_, state)| state.is_open());
    let operations: Vec<Fingerprint> = last.into_iter().filter(open).collect();
    if operations.is_empty() {
        model
            .toasts
            .show(Level::Warning, "the last decision was carried out already", now);
        return Vec::new();
    }
    let number = count(operations.len());
    let words = format!(
        "took back the decision about {number} {}",
        plural(operations.len(), "operation")
    );
    model.toasts.show(Level::Info, words, now);
    vec![Effect::Engine(Command::Decide {
        operations,
        verdict: Verdict::Withdraw,
        reason: None,
    })]
}

fn confirm_run(model: &mut Model) {
    let operations = decide::applicable(&model.review);
    if operations.is_empty() {
        let words = "nothing of the selection is approved and due";
        model.toasts.show(Level::Warning, words, model.now);
        return;
    }
    let mut lines = summary::lines(&model.review, &operations);
    let open = model.review.count(OperationState::Proposed);
    if open > 0 {
        lines.push(String::new());
        lines.push(format!(
            "{} still wait for a decision and are left alone.",
            count(open)
        ));
    }
    let total = operations.len();
    let number = decide::is_grave(&model.review, &operations).then_some(total);
    let title = format!("apply {} {}", count(total), plural(total, "operation"));
    let confirm = Confirm {
        number,
        ..question(Then::Apply(operations), &title, lines)
    };
    model.overlays.push(Overlay::Confirm(confirm));
}

/// Starts the run of exactly these operations and goes to see it.
pub fn start_run(model: &mut Model, operations: Vec<Fingerprint>, _now: Timestamp) -> Vec<Effect> {
    model.review.selected.clear();
    model.run.begin();
    let mut effects = vec![Effect::Engine(Command::Apply {
        only: Some(operations),
    })];
    effects.extend(update::enter(model, Pane::Run));
    effects
}

fn retry(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    let operations: Vec<Fingerprint> = model.run.failures().iter().map(|failure| failure.id).collect();
    let words = format!("{} back to approved; R runs them", count(operations.len()));
    model.toasts.show(Level::Info, words, now);
    vec![Effect::Engine(Command::Retry { operations })]
}

/// Asks why a rail is to be released; shows all of them where several stop something.
fn release(model: &mut Model) -> Vec<Effect> {
    let mut stopping = rails::known(model).iter().filter(|rail| !rail.stops.is_empty());
    let (first, second) = (stopping.next(), stopping.next());
    match (first, second) {
        (Some(rail), None) => {
            let ask = rails::ask(model, rail, false);
            model.overlays.push(Overlay::Ask(ask));
            Vec::new()
        }
        _ => rails::open(model),
    }
}
