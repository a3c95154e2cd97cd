//! Names in containers: who leaves one comes before who takes it.
//!
//! Two people who swap names, or three who pass them round, wait for each other. One of them then takes a temporary
//! name first: an operation of its own, in the plan for everybody to see.

use ahash::AHashMap;

use super::{compile::Compiled, draft::Draft};
use crate::model::{After, Change, Kind, SystemName, Value, dn};

/// How many name changes in a row are followed; a longer chain is no circle anybody waits in.
const LONGEST: usize = 10_000;

/// A name in its normal form, in its system.
type Place = (SystemName, String);

/// Lets who takes a name wait for who leaves it.
pub(super) fn settle(compiled: &Compiled, drafts: &mut Vec<Draft>) {
    let mut left: AHashMap<Place, usize> = AHashMap::new();
    for (at, draft) in drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| leaves(compiled, draft))
    {
        if let Some(place) = place(draft, &draft.operation.target.location) {
            let first = left.entry(place).or_insert(at);
            if drafts[*first].operation.due > draft.operation.due {
                *first = at;
            }
        }
    }
    if left.is_empty() {
        return;
    }
    let mut waits: AHashMap<usize, usize> = AHashMap::new();
    for (taker, draft) in drafts.iter().enumerate() {
        let taken = takes(compiled, draft).and_then(|name| left.get(&place(draft, &name)?).copied());
        if let Some(leaver) = taken
            && !is_same_account(draft, &drafts[leaver])
            && drafts[leaver].operation.due <= draft.operation.due
        {
            waits.insert(taker, leaver);
        }
    }
    let mut takers: Vec<usize> = waits.keys().copied().collect();
    takers.sort_unstable();
    for taker in &mut takers {
        let first = *taker;
        if !is_in_a_circle(&waits, first) {
            continue;
        }
        let Some(leaver) = waits.remove(&first) else {
            continue;
        };
        // whoever waits for the first one's place waits for its temporary name only; where it cannot have one, the
        // target will say that the name is taken
        if let Some(rest) = step_aside(compiled, drafts, first) {
            waits.insert(rest, leaver);
            wait(drafts, rest, first);
            *taker = rest;
        }
    }
    for taker in takers {
        if let Some(leaver) = waits.get(&taker) {
            wait(drafts, taker, *leaver);
        }
    }
}

/// Lets one draft wait for another.
fn wait(drafts: &mut [Draft], taker: usize, leaver: usize) {
    drafts[leaver].number = Some(leaver as u32);
    drafts[taker].after.push(leaver as u32);
}

/// Whether a taker waits for itself in the end.
fn is_in_a_circle(waits: &AHashMap<usize, usize>, taker: usize) -> bool {
    let mut at = taker;
    for _ in 0..LONGEST {
        match waits.get(&at) {
            None => return false,
            Some(leaver) if *leaver == taker => return true,
            Some(leaver) => at = *leaver,
        }
    }
    false
}

fn is_same_account(one: &Draft, other: &Draft) -> bool {
    one.operation.target.anchor.is_some() && one.operation.target.anchor == other.operation.target.anchor
}

fn place(draft: &Draft, name: &str) -> Option<Place> {
    Some((draft.operation.system.clone(), dn::normalise(name)?))
}

/// Whether the object is somewhere else afterwards, or nowhere.
fn leaves(compiled: &Compiled, draft: &Draft) -> bool {
    match draft.operation.kind {
        Kind::Delete => true,
        Kind::Update => naming(compiled, draft).is_some(),
        Kind::Move | Kind::Enable | Kind::Disable => draft.operation.target.container.is_some(),
        _ => false,
    }
}

/// The name that an object has afterwards and had not before.
fn takes(compiled: &Compiled, draft: &Draft) -> Option<String> {
    let target = &draft.operation.target;
    match draft.operation.kind {
        Kind::Create | Kind::Restore => Some(target.location.clone()).filter(|name| !name.is_empty()),
        Kind::Update => {
            let change = &draft.operation.changes[naming(compiled, draft)?];
            let After::Known(value) = &change.after else {
                return None;
            };
            let container = dn::parent(&target.location)?;
            Some(dn::join(&change.attribute, &value.as_text()?, container))
        }
        Kind::Move | Kind::Enable | Kind::Disable => {
            let container = target.container.as_ref()?;
            Some(format!("{},{container}", dn::rdn(&target.location)?))
        }
        _ => None,
    }
}

/// Which change gives the object another name.
fn naming(compiled: &Compiled, draft: &Draft) -> Option<usize> {
    let naming = compiled
        .accounts
        .get(usize::from(draft.rule))?
        .rule
        .naming
        .as_deref()?;
    let mut changes = draft.operation.changes.iter();
    changes.position(|change| change.attribute.eq_ignore_ascii_case(naming))
}

/// Lets a draft only give a temporary name; returns the draft with all the rest of it.
fn step_aside(compiled: &Compiled, drafts: &mut Vec<Draft>, first: usize) -> Option<usize> {
    let draft = drafts
        .get(first)
        .filter(|draft| draft.operation.kind == Kind::Update)?;
    let at = naming(compiled, draft)?;
    let change = draft.operation.changes.get(at)?;
    let draft_of = (draft.person, draft.rule);
    let mut away = draft.operation.clone();
    let name = change.before.as_text()?.into_owned();
    let anchor = away.target.anchor.as_ref()?.as_str();
    let sign: String = anchor
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    let temporary = format!("{name}.{sign}");
    let container = dn::parent(&away.target.location)?;
    let place = dn::join(&change.attribute, &temporary, container);
    away.changes = vec![Change {
        attribute: change.attribute.clone(),
        before: change.before.clone(),
        after: After::Known(Value::from(temporary.clone())),
        marked: change.marked,
    }];
    away.why = format!("a temporary name: {name} and others exchange theirs");
    let mut rest = Draft {
        operation: std::mem::replace(&mut drafts[first].operation, away),
        person: draft_of.0,
        rule: draft_of.1,
        waits: std::mem::take(&mut drafts[first].waits),
        number: None,
        after: Vec::new(),
    };
    rest.operation.changes[at].before = Value::from(temporary);
    rest.operation.target.location = place;
    drafts.push(rest);
    Some(drafts.len() - 1)
}
