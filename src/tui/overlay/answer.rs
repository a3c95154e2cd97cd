//! What keys do while something lies on top.

use jiff::Timestamp;

use super::{Ask, Confirm, Overlay, Purpose, Then, commands, rails, systems, undo};
use crate::{
    engine::{command::Command, event::Level},
    model::{Fingerprint, Verdict},
    tui::{
        editor,
        key::{Code, Key},
        message::Effect,
        model::Model,
        pane::mappings,
        update,
    },
};

/// Handles a key for the topmost overlay.
pub fn key(model: &mut Model, key: Key, now: Timestamp) -> Vec<Effect> {
    let Some(top) = model.overlays.pop() else {
        return Vec::new();
    };
    let leave = key.code == Code::Escape || (key.ctrl && key.code == Code::Char('c'));
    match top {
        Overlay::Commands(commands) if !leave => commands_key(model, commands, key, now),
        Overlay::Filter { input, before } => filter_key(model, input, before, key, leave, now),
        Overlay::Ask(ask) if !leave => ask_key(model, ask, key, now),
        Overlay::Rails(rails) if !leave => rails::key(model, rails, key, now),
        Overlay::Systems(systems) if !leave => systems::key(model, systems, key, now),
        Overlay::Undo(undo) if !leave => undo::key(model, undo, key),
        Overlay::Confirm(confirm) if !leave => confirm_key(model, confirm, key, now),
        Overlay::Page { title, lines, offset } if !leave => {
            page_key(model, title, lines, offset, key);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn commands_key(model: &mut Model, mut list: commands::Commands, key: Key, now: Timestamp) -> Vec<Effect> {
    let found = commands::entries(model, &list);
    let by = match (key.code, key.ctrl) {
        (Code::Enter, _) => {
            return found
                .get(list.cursor)
                .map_or(Vec::new(), |entry| update::act(model, entry.action, now));
        }
        (Code::Down, _) | (Code::Char('n'), true) => 1,
        (Code::Up, _) | (Code::Char('p'), true) => -1,
        (Code::PageDown, _) => 10,
        (Code::PageUp, _) => -10,
        _ => {
            if list.input.key(key) {
                list.cursor = 0;
            }
            0
        }
    };
    list.cursor = list
        .cursor
        .saturating_add_signed(by)
        .min(found.len().saturating_sub(1));
    model.overlays.push(Overlay::Commands(list));
    Vec::new()
}

fn filter_key(
    model: &mut Model,
    mut input: super::Input,
    before: String,
    key: Key,
    leave: bool,
    now: Timestamp,
) -> Vec<Effect> {
    if leave {
        return update::filter::apply(model, &before);
    }
    if key.code == Code::Enter {
        return update::filter::apply(model, input.text());
    }
    let effects = if input.key(key) {
        update::filter::typed(model, input.text(), now)
    } else {
        Vec::new()
    };
    model.overlays.push(Overlay::Filter { input, before });
    effects
}

fn ask_key(model: &mut Model, mut ask: Ask, key: Key, now: Timestamp) -> Vec<Effect> {
    if key.code != Code::Enter {
        ask.key(key);
        model.overlays.push(Overlay::Ask(ask));
        return Vec::new();
    }
    match answer(model, &ask, now) {
        Ok(command) => vec![Effect::Engine(command)],
        Err((label, error)) => {
            let places = ask.fields.iter();
            ask.at = places
                .clone()
                .position(|field| field.label == label)
                .unwrap_or(ask.at);
            ask.error = Some(error);
            model.overlays.push(Overlay::Ask(ask));
            Vec::new()
        }
    }
}

/// Makes a command of the answers; the error names the field that is wrong.
fn answer(model: &mut Model, ask: &Ask, now: Timestamp) -> Result<Command, (&'static str, String)> {
    let why = ask.text("why");
    let until = |model: &Model| {
        let read = model.settings.clock.until(ask.text("until"), model.engine_now());
        read.map_err(|error| ("until", error))
    };
    if why.is_empty() && !matches!(ask.purpose, Purpose::Hold(_)) {
        return Err(("why", "a reason is needed: it goes into the audit".into()));
    }
    match &ask.purpose {
        Purpose::Hold(operations) => {
            let verdict = Verdict::Hold { until: until(model)? };
            Ok(decided(model, operations.clone(), verdict, Some(why)))
        }
        Purpose::Reject(operations) => {
            let verdict = if ask.text("until").is_empty() {
                Verdict::Reject
            } else {
                Verdict::RejectUntil { until: until(model)? }
            };
            Ok(decided(model, operations.clone(), verdict, Some(why)))
        }
        Purpose::Release { rail, operations } => {
            let text = format!("releasing {rail} for this plan");
            model.toasts.show(Level::Info, text, now);
            Ok(Command::Release {
                rail: rail.clone(),
                operations: operations.clone(),
                reason: why.to_owned(),
            })
        }
        Purpose::Accept { system, read } => Ok(Command::Accept {
            system: system.clone(),
            read: read.clone(),
            reason: why.to_owned(),
        }),
        Purpose::Quarantine { system } => Ok(Command::Quarantine {
            system: system.clone(),
            rule: None,
            reason: why.to_owned(),
        }),
        Purpose::EndQuarantine { system, rule } => Ok(Command::EndQuarantine {
            system: system.clone(),
            rule: rule.clone(),
            reason: why.to_owned(),
        }),
    }
}

/// Notes a decision, so that it can be taken back, and clears the selection it was about.
pub fn decided(
    model: &mut Model,
    operations: Vec<Fingerprint>,
    verdict: Verdict,
    reason: Option<&str>,
) -> Command {
    model.review.decided.push(operations.clone());
    model.review.selected.clear();
    model.review.range = None;
    Command::Decide {
        operations,
        verdict,
        reason: reason.filter(|why| !why.is_empty()).map(ToOwned::to_owned),
    }
}

fn confirm_key(model: &mut Model, mut confirm: Confirm, key: Key, now: Timestamp) -> Vec<Effect> {
    let yes = match (confirm.number, key.code) {
        (None, Code::Char('y')) if !key.ctrl && !key.alt => true,
        (None, Code::Char('n')) if !key.ctrl && !key.alt => {
            return match confirm.then {
                Then::Approve { operations, .. } => update::decide::approve_these(model, operations),
                _ => Vec::new(),
            };
        }
        (Some(number), Code::Enter) => {
            let typed = confirm.input.text().trim().replace([',', ' '], "");
            if typed != number.to_string() {
                confirm.error = Some(format!("this is not {number}; Esc goes back"));
            }
            confirm.error.is_none()
        }
        _ => {
            if confirm.number.is_some() && confirm.input.key(key) {
                confirm.error = None;
            }
            false
        }
    };
    if !yes {
        model.overlays.push(Overlay::Confirm(confirm));
        return Vec::new();
    }
    match confirm.then {
        Then::Apply(operations) => update::decide::start_run(model, operations, now),
        Then::Approve {
            mut operations,
            awaited,
        } => {
            operations.extend(awaited);
            update::decide::approve_these(model, operations)
        }
        Then::ApproveThese(operations) => {
            vec![Effect::Engine(decided(model, operations, Verdict::Approve, None))]
        }
        Then::Stop => vec![Effect::Engine(Command::Stop)],
        Then::Configure => editor::keys::saved(model),
        Then::Discard => {
            model.mappings.editor = None;
            Vec::new()
        }
        Then::PutBack => mappings::puts_back(),
        Then::Quit => vec![Effect::SaveSession, Effect::Quit],
    }
}

fn page_key(model: &mut Model, title: String, lines: Vec<String>, offset: usize, key: Key) {
    let by = match key.code {
        Code::Down | Code::Char('j') => 1,
        Code::Up | Code::Char('k') => -1,
        Code::PageDown | Code::Char(' ' | 'd' | 'f') => 10,
        Code::PageUp | Code::Char('u' | 'b') => -10,
        Code::Home => isize::MIN,
        Code::Enter | Code::Char('q') => return,
        _ => 0,
    };
    let offset = offset
        .saturating_add_signed(by)
        .min(lines.len().saturating_sub(1));
    model.overlays.push(Overlay::Page { title, lines, offset });
}
