//! What waits at the systems: reads to be accepted, quarantines to be released, a quarantine to be begun.

pub mod draw;

use jiff::Timestamp;

use super::{Overlay, ask::Ask, ask::Field, ask::Purpose};
use crate::{
    engine::{
        command::Query,
        event::Level,
        view::{SystemView, TodayView},
    },
    model::{HeldRead, Quarantine, Right},
    tui::{
        action::Action,
        availability,
        key::{Code, Key},
        message::Effect,
        model::Model,
        pane::today::notes,
        text,
    },
};

/// Which line the cursor is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Systems {
    /// Its place.
    pub cursor: usize,
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Item<'a> {
    /// A system.
    System(&'a SystemView),
    /// A quarantine of it.
    Quarantine(&'a Quarantine),
    /// A read of it that waits, or was accepted.
    Held(&'a HeldRead),
}

/// Shows the systems, with the cursor on the first thing that waits for somebody.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let waiting = items(model).iter().position(|item| can(model, *item).is_ok());
    let cursor = waiting.unwrap_or(0);
    model.overlays.push(Overlay::Systems(Systems { cursor }));
    vec![Effect::Ask(Query::Today)]
}

/// Reports whether something waits at a system that somebody can let go.
pub fn waits(model: &Model) -> bool {
    let of = |item: &Item<'_>| match item {
        Item::System(_) => false,
        Item::Quarantine(_) => true,
        Item::Held(read) => read.accepted.is_none(),
    };
    items(model).iter().any(of)
}

/// Returns the lines: each system, then what waits there.
pub fn items(model: &Model) -> Vec<Item<'_>> {
    let systems = model.today.view.iter().flat_map(|view: &TodayView| &view.systems);
    let mut items = Vec::new();
    for system in systems {
        items.push(Item::System(system));
        items.extend(system.quarantines.iter().map(Item::Quarantine));
        items.extend(system.held.iter().map(Item::Held));
    }
    items
}

/// Handles a key.
pub fn key(model: &mut Model, mut systems: Systems, key: Key, now: Timestamp) -> Vec<Effect> {
    let last = items(model).len().saturating_sub(1);
    let action = model.settings.keymap.resolve(model.pane.context(), key);
    let by = match (key.code, action) {
        (Code::Char('q'), _) | (_, Some(Action::Systems)) => return Vec::new(),
        (_, Some(Action::Release)) => return let_go(model, systems, now),
        (Code::Char('Q'), _) => return begin(model, systems, now),
        (_, action) => action.map_or(0, Action::rows),
    };
    systems.cursor = systems.cursor.saturating_add_signed(by).min(last);
    model.overlays.push(Overlay::Systems(systems));
    Vec::new()
}

/// Reports whether what a line tells of can be accepted or released; the error is the reason.
pub fn can(model: &Model, item: Item<'_>) -> Result<(), String> {
    let right = match item {
        Item::System(_) => return Err("nothing waits on this line: go to one that does".into()),
        Item::Held(HeldRead {
            accepted: Some(accepted),
            ..
        }) => return Err(format!("{} has accepted it already: plan again", accepted.by)),
        Item::Held(_) => Right::Configure,
        Item::Quarantine(_) => Right::Apply,
    };
    allowed(model, right)
}

/// Reports whether a system can be put in quarantine; the error is the reason.
pub fn can_begin(model: &Model, item: Item<'_>) -> Result<(), String> {
    let Item::System(system) = item else {
        return Err("go to the line of a system to put it in quarantine".into());
    };
    if system.quarantines.iter().any(|one| one.rule.is_none()) {
        return Err(format!("{} is in quarantine already", system.system));
    }
    allowed(model, Right::Apply)
}

fn allowed(model: &Model, right: Right) -> Result<(), String> {
    if model.settings.read_only {
        return Err(availability::READ_ONLY.into());
    }
    match model.refusal(right) {
        Some(refusal) => Err(refusal.to_owned()),
        None => Ok(()),
    }
}

fn let_go(model: &mut Model, systems: Systems, now: Timestamp) -> Vec<Effect> {
    let items = items(model);
    let asked = match items.get(systems.cursor).copied() {
        None => Err("no system is known yet".to_owned()),
        Some(item) => can(model, item).map(|()| match item {
            Item::Held(read) => Some(accept(model, read)),
            Item::Quarantine(one) => Some(release(model, one)),
            Item::System(_) => None,
        }),
    };
    put(model, systems, asked, now)
}

fn begin(model: &mut Model, systems: Systems, now: Timestamp) -> Vec<Effect> {
    let items = items(model);
    let asked = match items.get(systems.cursor).copied() {
        None => Err("no system is known yet".to_owned()),
        Some(item) => can_begin(model, item).map(|()| match item {
            Item::System(system) => Some(enter(system)),
            Item::Quarantine(_) | Item::Held(_) => None,
        }),
    };
    put(model, systems, asked, now)
}

/// Asks, or says why not.
fn put(
    model: &mut Model,
    systems: Systems,
    asked: Result<Option<Ask>, String>,
    now: Timestamp,
) -> Vec<Effect> {
    model.overlays.push(Overlay::Systems(systems));
    match asked {
        Ok(ask) => model.overlays.extend(ask.map(Overlay::Ask)),
        Err(reason) => model.toasts.show(Level::Warning, reason, now),
    }
    Vec::new()
}

/// Breaks what is told into lines that a question has room for.
fn wrapped(model: &Model, told: &str) -> Vec<String> {
    text::wrap(told, usize::from(model.size.0.clamp(10, 90)) - 6)
}

fn why() -> Vec<Field> {
    vec![Field::new("why", "it goes into the audit, with your name")]
}

fn accept(model: &Model, read: &HeldRead) -> Ask {
    let told = format!(
        "It {}. Whoever is missing from it counts as gone: the next plan says what that means. Exactly these \
         records are accepted; another read waits again.",
        read.why
    );
    Ask::new(
        Purpose::Accept {
            system: read.system.clone(),
            read: read.id.clone(),
        },
        format!("accept the read {} of {}", read.id, read.system),
        wrapped(model, &told),
        why(),
    )
}

fn release(model: &Model, one: &Quarantine) -> Ask {
    let view = model.today.view.as_ref();
    let told = view.map_or_else(String::new, |view| notes::quarantine(model, view, one));
    let told = format!(
        "{}: {told}. The next run writes to it again; if it still fails, it goes back.",
        one.place()
    );
    Ask::new(
        Purpose::EndQuarantine {
            system: one.system.clone(),
            rule: one.rule.clone(),
        },
        format!("release {} from quarantine", one.place()),
        wrapped(model, &told),
        why(),
    )
}

fn enter(system: &SystemView) -> Ask {
    Ask::new(
        Purpose::Quarantine {
            system: system.system.clone(),
        },
        format!("put {} in quarantine", system.system),
        vec!["Nothing more is written to it until somebody releases it; the others go on.".to_owned()],
        why(),
    )
}
