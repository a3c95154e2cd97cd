//! Puts operations into the order of the run, and names what each waits for.
//!
//! Dependencies first; then what takes access away, what gives it back or for the first time, what changes it, what
//! is cosmetic. An object before its memberships; never two writes in flight for one object.

use ahash::AHashMap;
use rayon::prelude::*;

use super::{
    compile::Compiled,
    draft::Draft,
    places,
    seal::{MarkKey, fingerprint, schema_of},
};
use crate::model::{Fingerprint, Kind, Operation, Schema};

/// Gives drafts their fingerprints and dependencies, in the order of the run.
///
/// `adoption` returns what must be applied before an account, of (person, account rule), is touched or named.
pub(super) fn finish(
    compiled: &Compiled,
    mut drafts: Vec<Draft>,
    marks: &MarkKey,
    adoption: &dyn Fn(u32, u16) -> Option<Fingerprint>,
) -> Vec<Operation> {
    places::settle(compiled, &mut drafts);
    drafts.sort_by_key(|draft| (rank(draft.operation.kind), draft.operation.due));
    let group_schema = Schema::default();
    drafts.par_iter_mut().with_min_len(64).for_each(|draft| {
        let accounts = &compiled.accounts[usize::from(draft.rule)].schema;
        draft.operation.fingerprint = fingerprint(
            &draft.operation,
            schema_of(&draft.operation, accounts, &group_schema),
            marks,
        );
    });
    let waits = dependencies(compiled, &drafts, adoption);
    for (draft, mut waits) in drafts.iter_mut().zip(waits) {
        waits.sort_unstable();
        waits.dedup();
        waits.retain(|other| *other != draft.operation.fingerprint);
        draft.operation.waits_for = waits;
    }
    // in place: nothing is copied beside it
    drafts.into_iter().map(|draft| draft.operation).collect()
}

fn dependencies(
    compiled: &Compiled,
    drafts: &[Draft],
    adoption: &dyn Fn(u32, u16) -> Option<Fingerprint>,
) -> Vec<Vec<Fingerprint>> {
    let numbered: AHashMap<u32, Fingerprint> = drafts
        .iter()
        .filter_map(|draft| Some((draft.number?, draft.operation.fingerprint)))
        .collect();
    let mut of_account: AHashMap<(u32, u16), Vec<usize>> = AHashMap::new();
    let mut removals: AHashMap<(u32, &str), Vec<Fingerprint>> = AHashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(person) = draft.person else { continue };
        match draft.operation.kind {
            Kind::AddMember => {}
            Kind::RemoveMember => {
                let place = (person, draft.operation.system.as_str());
                removals
                    .entry(place)
                    .or_default()
                    .push(draft.operation.fingerprint);
            }
            // nothing waits for it
            _ if is_second_pass(draft) => {}
            _ => of_account.entry((person, draft.rule)).or_default().push(at),
        }
    }
    for own in of_account.values_mut() {
        own.sort_by_key(|at| (drafts[*at].operation.due, sequence(drafts[*at].operation.kind)));
    }
    drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| {
            let Some(person) = draft.person else {
                return Vec::new();
            };
            let mut waits: Vec<Fingerprint> = Vec::new();
            waits.extend(adoption(person, draft.rule));
            waits.extend(
                draft
                    .waits
                    .iter()
                    .filter_map(|(other, rule)| adoption(*other, *rule)),
            );
            waits.extend(draft.after.iter().filter_map(|number| numbered.get(number)));
            let own_create = is_second_pass(draft).then_some((person, draft.rule));
            for other in draft.waits.iter().chain(&own_create) {
                // what a value or a reference needs is there once the account is made and updated
                let needed = of_account
                    .get(other)
                    .into_iter()
                    .flatten()
                    .map(|at| &drafts[*at].operation);
                waits.extend(
                    needed
                        .filter(|o| matches!(o.kind, Kind::Create | Kind::Update))
                        .map(|o| o.fingerprint),
                );
            }
            if let Some(own) = of_account.get(&(person, draft.rule))
                && let Some(place) = own.iter().position(|other| *other == at)
                && place > 0
            {
                waits.push(drafts[own[place - 1]].operation.fingerprint);
            }
            if draft.operation.kind == Kind::AddMember {
                // a member may be named by its place: it is added when it is where it will be
                let own = of_account.get(&(person, draft.rule)).into_iter().flatten();
                let moves = own.map(|at| &drafts[*at].operation).filter(|other| {
                    matches!(other.kind, Kind::Enable | Kind::Move)
                        && other.target.container.is_some()
                        && other.due <= draft.operation.due
                });
                waits.extend(moves.map(|other| other.fingerprint));
            }
            let leaves_its_place = draft.operation.kind == Kind::Delete
                || (matches!(draft.operation.kind, Kind::Disable | Kind::Move)
                    && draft.operation.target.container.is_some());
            if leaves_its_place {
                let system = compiled.accounts[usize::from(draft.rule)].rule.system.as_str();
                waits.extend(removals.get(&(person, system)).into_iter().flatten());
            }
            waits
        })
        .collect()
}

/// Whether a draft writes references of an account that the same plan makes, when the accounts are there. They close
/// circles: if anything waited for it, everything would wait for each other.
fn is_second_pass(draft: &Draft) -> bool {
    draft.operation.kind == Kind::Update && draft.operation.target.anchor.is_none()
}

/// The place of a kind in the run.
const fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::RemoveMember => 0,
        Kind::Disable => 1,
        Kind::Enable => 2,
        Kind::Create | Kind::Restore => 3,
        Kind::Move => 4,
        Kind::Update => 5,
        Kind::AddMember => 6,
        Kind::Task => 7,
        Kind::Delete => 8,
        Kind::Adopt | Kind::Unlink => 9,
    }
}

/// The order of several operations on one account.
const fn sequence(kind: Kind) -> u8 {
    match kind {
        Kind::Create | Kind::Restore => 0,
        Kind::Enable => 1,
        Kind::Move => 2,
        Kind::Update => 3,
        Kind::Disable => 4,
        _ => 5,
    }
}
