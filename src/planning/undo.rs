//! Undo: what was applied → the plan that takes it back.
//!
//! Each applied operation has an inverse, or a reason why it has none. An inverse takes back only what is still as it
//! was written: what somebody changed since is left alone and listed. The order of the run is turned round, and so is
//! what waits for what: an account moves back before it returns to its groups, a member leaves before its account is
//! deleted. The plan is sealed, decided about and applied like any other.
//!
//! | applied | taken back by |
//! |---|---|
//! | create | delete where the rule may delete, else disable |
//! | update, move | the same with the old values, the old place |
//! | enable, disable | disable, enable, with the old values and the old place |
//! | add member, remove member | remove member, add member |
//! | adopt, unlink | unlink, adopt |
//! | delete | restore, where the system has something left of it, and what it has lost set again |
//! | restore | delete where the rule may delete, else disable |
//! | task | nothing |

mod inverse;
mod restore;
mod state;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use self::{
    inverse::{Inverse, Taken},
    state::State,
};
use super::{Inputs, Planned, compile::Compiled, guard, policy, privileged, rules::AccountRule, seal};
use crate::model::{
    Adoptions, After, Anchor, Fingerprint, Kind, MemoryChange, Operation, PersonId, Plan, Reference, Remains,
    RuleName, SystemName, Value,
};

/// An operation that a run has applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// As it was planned.
    pub operation: Operation,
    /// The object that was written.
    pub anchor: Anchor,
    /// Where it was afterwards.
    pub location: String,
    /// What its system has left of it, if it was deleted and the system was asked.
    pub remains: Option<Remains>,
}

/// What of an applied operation is not taken back, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The operation.
    pub operation: Fingerprint,
    /// What it did.
    pub kind: Kind,
    /// Where.
    pub system: SystemName,
    /// Whose account.
    pub subject: String,
    /// Why it stays.
    pub reason: String,
    /// Whether there is nothing to take back: everything is as it was before.
    pub is_back: bool,
}

/// A plan of inverses, and what it leaves out.
#[derive(Debug)]
pub struct Undoing {
    /// The plan.
    pub planned: Planned,
    /// What is not taken back, in the order it was applied in.
    pub left: Vec<Left>,
}

/// Plans to take back what was applied; `applied` is in the order of the run, `run` its number.
pub fn undo(compiled: &Compiled, inputs: &Inputs<'_>, applied: &[Applied], run: i64) -> Undoing {
    let state = State::new(compiled, inputs);
    let mut places: HashMap<(&SystemName, &Anchor), &str> = HashMap::new();
    let mut left = Vec::new();
    let mut inverses: Vec<(&Operation, Operation)> = Vec::new();
    let mut memberships = Vec::new();
    let (restored, leaves) = (restored(applied), leaves(applied));
    for written in applied {
        let done = &written.operation;
        let key = (&done.system, &written.anchor);
        let former = places.get(&key).copied().unwrap_or(&done.target.location);
        let inverse = Inverse {
            state: &state,
            written,
            former,
            run,
            restored: &restored,
            leaves: &leaves,
        };
        let Taken {
            inverse,
            more,
            left: stays,
        } = inverse.plan();
        inverses.extend(inverse.map(|operation| (done, operation)));
        memberships.extend(more);
        left.extend(stays);
        if !matches!(done.kind, Kind::AddMember | Kind::RemoveMember) {
            places.insert(key, &written.location);
        }
    }
    inverses.reverse();
    let mut operations = in_turned_order(inverses);
    let_referred_come_first(&mut operations);
    operations.append(&mut memberships);
    privileged::mark(compiled, inputs, &mut operations);
    let scene = guard::Scene {
        compiled,
        inputs,
        people: None,
    };
    let rails = guard::read(&scene, &operations, &Adoptions::default());
    let demands = policy::demands(compiled, inputs, None, operations.iter(), &Adoptions::default());
    let origin = seal::Digests::of(inputs).origin(compiled, inputs);
    let seal = seal::seal(operations.iter().map(|operation| operation.fingerprint), &origin);
    let memory = inputs.memory;
    Undoing {
        planned: Planned {
            plan: Plan {
                now: inputs.now,
                seal,
                operations,
                scheduled: Vec::new(),
                adoptions: Adoptions::default(),
                findings: Vec::new(),
                situations: BTreeMap::new(),
                rails,
                demands,
            },
            // nothing has happened to anybody: what is remembered stays as it is
            change: MemoryChange {
                events: memory.events.clone(),
                timers: memory.timers.clone(),
                reservations: memory.reservations.clone(),
                ..MemoryChange::default()
            },
            origin,
        },
        left,
    }
}

/// The accounts that were deleted and can be brought back.
fn restored(applied: &[Applied]) -> HashSet<(PersonId, &RuleName)> {
    let deleted = applied
        .iter()
        .filter(|one| matches!(one.remains, Some(Remains::Whole | Remains::Bare)));
    deleted
        .filter_map(|one| Some((one.operation.person?, &one.operation.rule)))
        .collect()
}

/// Who was taken out of which group.
fn leaves(applied: &[Applied]) -> HashSet<(PersonId, &str)> {
    let removed = applied
        .iter()
        .filter(|one| one.operation.kind == Kind::RemoveMember);
    removed
        .filter_map(|one| Some((one.operation.person?, one.anchor.as_str())))
        .collect()
}

/// Lets accounts that are brought back wait for those they refer to, as far as these come before them anyway: no
/// circle comes of that.
fn let_referred_come_first(operations: &mut [Operation]) {
    let mut before: HashMap<(PersonId, RuleName), Fingerprint> = HashMap::new();
    for operation in operations.iter_mut().filter(|one| one.kind == Kind::Restore) {
        let referred = operation.changes.iter().filter_map(|change| match &change.after {
            After::Known(Value::Reference(Reference::Account { person, rule })) => {
                before.get(&(*person, rule.clone())).copied()
            }
            _ => None,
        });
        let referred: Vec<_> = referred.collect();
        operation.waits_for.extend(referred);
        if let Some(person) = operation.person {
            before.insert((person, operation.rule.clone()), operation.fingerprint);
        }
    }
}

/// Lets each inverse wait for the inverses of what had waited for its operation.
fn in_turned_order(inverses: Vec<(&Operation, Operation)>) -> Vec<Operation> {
    let of: HashMap<Fingerprint, usize> = inverses
        .iter()
        .enumerate()
        .map(|(at, (done, _))| (done.fingerprint, at))
        .collect();
    let mut waits: Vec<Vec<Fingerprint>> = vec![Vec::new(); inverses.len()];
    for (done, inverse) in &inverses {
        for first in done.waits_for.iter().filter_map(|first| of.get(first)) {
            waits[*first].push(inverse.fingerprint);
        }
    }
    inverses
        .into_iter()
        .zip(waits)
        .map(|((_, mut inverse), waits)| {
            inverse.waits_for = waits;
            inverse
        })
        .collect()
}

/// Says what undoing an operation would take: `Ok` how it is taken back, `Err` why it cannot be; `rule` is its account
/// rule, where it has one, and `restores` tells whether its system may have something left of what was deleted.
///
/// # Errors
///
/// The reason, in words, for an operation that has no inverse.
pub fn outlook(
    operation: &Operation,
    rule: Option<&AccountRule>,
    restores: bool,
) -> Result<&'static str, &'static str> {
    let may = |kind| rule.is_none_or(|rule| rule.actions.contains(&kind));
    let is_secret = |change: &crate::model::Change| matches!(change.after, After::Secret { .. });
    match operation.kind {
        Kind::Create if may(Kind::Delete) => Ok("delete the new account"),
        Kind::Create if may(Kind::Disable) => Ok("disable the new account (its rule deletes nothing)"),
        Kind::Create => Err("its rule may neither delete nor disable"),
        Kind::Update if !operation.changes.is_empty() && operation.changes.iter().all(is_secret) => {
            Err("the old secret is not known")
        }
        Kind::Update => Ok("write the old values back"),
        Kind::Enable => Ok("disable it again, and move it back"),
        Kind::Disable => Ok("enable it, and move it back"),
        Kind::Move => Ok("move it back"),
        Kind::AddMember => Ok("remove the member"),
        Kind::RemoveMember => Ok("add the member again"),
        Kind::Delete if restores => Ok(
            "bring it back, for as long as its system keeps what is left of it, and set again what it has lost",
        ),
        Kind::Delete => Err("a deleted object is gone: its system restores nothing"),
        Kind::Restore if may(Kind::Delete) => Ok("delete it again"),
        Kind::Restore => Ok("disable it"),
        Kind::Adopt => Ok("take the link away: the account stays as it is"),
        Kind::Unlink => Ok("link the account again"),
        Kind::Task => Err("it was done by hand, and is undone by hand"),
    }
}

/// The name of the rule an operation's account has, if it is one of these.
fn account_rule(compiled: &Compiled, name: &RuleName) -> Option<usize> {
    compiled
        .accounts
        .iter()
        .position(|accounts| accounts.rule.name == *name)
}
