//! What the engine reports.

use jiff::Timestamp;

use crate::{
    engine::{
        command::Query,
        event::{Event, Level},
        view::{ReviewView, RunView, View},
    },
    model::RailReading,
    tui::{
        editor,
        message::Effect,
        model::{Model, Planning},
        overlay::{Overlay, undo},
        pane::{Pane, mappings},
        review::{Spot, bundle::plural},
        text::count,
        update::decide,
    },
};

/// Takes over what the engine reports.
pub fn report(model: &mut Model, event: Event, now: Timestamp) -> Vec<Effect> {
    match event {
        Event::Reading {
            system,
            records,
            silent,
            ended,
        } => {
            model.planning = Some(Planning {
                reading: (!ended).then_some((system, records)),
                silent,
            });
        }
        Event::Planned { plan, summary } => {
            model.planning = None;
            let total: usize = summary.kinds.values().sum();
            let words = format!("plan {plan}: {} {} due", count(total), plural(total, "operation"));
            model.toasts.show(Level::Info, words, now);
            if let Some(editor) = &mut model.mappings.editor {
                editor.again(now);
            }
            return refresh(model);
        }
        Event::PlanFailed { messages } => {
            model.planning = None;
            if let [first, rest @ ..] = &messages[..] {
                let more = if rest.is_empty() {
                    String::new()
                } else {
                    format!(" (and {} more)", rest.len())
                };
                model
                    .toasts
                    .show(Level::Error, format!("no plan: {first}{more}"), now);
                if !rest.is_empty() {
                    let title = "no plan could be made".to_owned();
                    // under what is being typed, if anything is
                    model.overlays.insert(
                        0,
                        Overlay::Page {
                            title,
                            lines: messages,
                            offset: 0,
                        },
                    );
                }
            }
            // a read may wait for somebody now, or a system be in quarantine
            return vec![Effect::Ask(Query::Today)];
        }
        Event::Changed { operations } => {
            model.review.change(&operations);
            return match model.pane {
                Pane::Audit => vec![model.audit.ask()],
                Pane::Today if !model.run.is_active() => vec![Effect::Ask(Query::Today)],
                _ => Vec::new(),
            };
        }
        Event::Approvals { operations } => model.review.approve(&operations),
        Event::Released | Event::Restrained => return refresh(model),
        Event::Undone { outcome } => return undo::found(model, outcome, now),
        Event::Progress(run) => model.run.load(Some(run)),
        Event::RunEnded(run) => {
            model.toasts.show(level(&run), ended(&run), now);
            model.run.load(Some(run));
            return refresh(model);
        }
        Event::Configured { outcome } => return mappings::configured(model, outcome, now),
        Event::View(view) => return show(model, *view, now),
        Event::Notice { level, text } => model.toasts.show(level, text, now),
    }
    Vec::new()
}

/// Asks again for what a plan or a run changes.
fn refresh(model: &mut Model) -> Vec<Effect> {
    let mut effects = vec![
        Effect::Ask(Query::Review),
        Effect::Ask(Query::Today),
        Effect::Ask(Query::Rights),
    ];
    match model.pane {
        Pane::Audit => effects.push(model.audit.ask()),
        Pane::People => effects.push(Effect::Ask(Query::People)),
        _ => {}
    }
    effects
}

fn level(run: &RunView) -> Level {
    if run.failures.is_empty() {
        Level::Info
    } else {
        Level::Error
    }
}

fn ended(run: &RunView) -> String {
    let done: usize = run.systems.iter().map(|system| system.done).sum();
    let failed: usize = run.systems.iter().map(|system| system.failed).sum();
    if failed == 0 {
        format!("the run is over: {} applied and verified", count(done))
    } else {
        format!(
            "the run is over: {} applied, {} failed; t puts them back to approved",
            count(done),
            count(failed)
        )
    }
}

fn show(model: &mut Model, view: View, now: Timestamp) -> Vec<Effect> {
    match view {
        View::Today(today) => model.today.load(today),
        View::Review(review) => return load_review(model, review, now),
        View::Rails(rails) => model.rails = rails,
        View::Rights(refusals) => model.refusals = refusals,
        View::Operation(Some(operation)) => model.review.details.keep(operation),
        View::Operation(None) => {}
        View::Awaited { operations, awaited } => {
            return decide::approve_with(model, operations, awaited, now);
        }
        View::Run(run) => model.run.load(run),
        View::Audit(audit) => model.audit.load(audit),
        View::Chain(chain) => model.audit.verified(chain),
        View::AuditRecord { sequence, json } => {
            let lines = json.lines().map(ToOwned::to_owned).collect();
            let title = format!("audit record {sequence}");
            model.overlays.push(Overlay::Page {
                title,
                lines,
                offset: 0,
            });
        }
        View::People(people) => model.people.load(people),
        View::Person(person) => model.people.show(person),
        View::Rules(rules) => model.mappings.load(rules),
        View::Names { block, names } => {
            let editor = model.mappings.editor.as_mut();
            if let Some(editor) = editor.filter(|editor| editor.place.block == block) {
                editor.know(names);
            }
        }
        View::Tried { ticket, outcome } => {
            if let Some(editor) = &mut model.mappings.editor {
                editor.trial.take(ticket, outcome);
            }
        }
        View::Impact { ticket, outcome } => {
            let editor = model.mappings.editor.as_mut();
            let taken = editor
                .zip(outcome)
                .is_some_and(|(editor, outcome)| editor.impact.take(ticket, outcome) && editor.wants_save);
            if taken {
                editor::keys::confirm(model);
            }
        }
    }
    Vec::new()
}

/// Takes over a plan; where a rail is exceeded, it is asked who let what pass.
fn load_review(model: &mut Model, view: ReviewView, now: Timestamp) -> Vec<Effect> {
    let before = model.review.spot();
    let plan = |model: &Model| model.review.head.as_ref().map(|head| head.id);
    let earlier = plan(model);
    model.review.load(view);
    if plan(model) != earlier {
        model.rails = None;
    }
    let head = model.review.head.as_ref();
    let is_exceeded = head.is_some_and(|head| head.rails.iter().any(RailReading::is_exceeded));
    let wants = is_exceeded
        || model
            .overlays
            .iter()
            .any(|over| matches!(over, Overlay::Rails(_)));
    if let Some(id) = model.remembered.take() {
        model.review.go(Some(&Spot::Operation(id, false)));
    } else if let Some(Spot::Operation(id, _)) = before
        && model.review.row(id).is_none()
    {
        model.toasts.show(
            Level::Info,
            "the operation under the cursor is not in the new plan",
            now,
        );
    }
    if wants {
        vec![Effect::Ask(Query::Rails)]
    } else {
        Vec::new()
    }
}
