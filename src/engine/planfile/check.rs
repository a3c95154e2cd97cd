//! Whether a plan file may be applied, and if not, what differs and what to do.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    PlanFile,
    compare::{Difference, compare, differences},
    read::name,
};
use crate::{
    config::RulesDigest,
    engine::{
        Error, Inner,
        apply::is_left_off,
        no_plan, rails,
        standing::{Standings, same_policy},
    },
    model::{Fingerprint, Operation, OperationState, PlanId},
    planning::seal,
    store::{StoredOperation, StoredPlan},
};

/// How many things a refusal lists.
const LISTED: usize = 10;

/// The operations of a file by what was decided about them.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// May be applied.
    pub approved: Vec<Fingerprint>,
    /// Nobody has decided.
    pub open: Vec<Operation>,
}

/// Makes sure that the file says what a plan of this store says.
pub(in crate::engine) fn genuine(inner: &Inner, file: &PlanFile) -> Result<StoredPlan, Error> {
    let store = &inner.setup.store;
    let (id, identity) = (file.head.plan, store.identity()?);
    if file.head.store != identity {
        return refuse(format!(
            "the plan file is of another store ({}; this one is {identity}): apply it with the configuration it was \
             made with, or make a plan here",
            file.head.store
        ));
    }
    let Some(plan) = store.plan(id)? else {
        return refuse(format!(
            "plan {id} is not kept in this store any more: make a new plan with `usher plan -o FILE`"
        ));
    };
    if plan.seal != file.head.seal {
        return refuse(format!(
            "the plan file was edited: its seal is {}, that of plan {id} is {}; export a new one with `usher plan -o FILE`",
            file.head.seal.short(),
            plan.seal.short()
        ));
    }
    let mut edits = edits(inner, file, &plan)?;
    if edits.is_empty() {
        edits.clone_from(&file.flaws);
    }
    if edits.is_empty() {
        return Ok(plan);
    }
    refuse(listed(
        &format!("the plan file was edited and is not applied; it differs from plan {id} here"),
        &edits,
        "get the file as it was written, or make a new one with `usher plan -o FILE`",
    ))
}

/// What the file says otherwise than the store.
fn edits(inner: &Inner, file: &PlanFile, plan: &StoredPlan) -> Result<Vec<String>, Error> {
    let due = file.operations.iter().map(|operation| (operation, false));
    let later = file.scheduled.iter().map(|operation| (operation, true));
    let mut of_file: HashMap<_, _> = due
        .chain(later)
        .map(|(operation, scheduled)| (operation.fingerprint, (operation, scheduled)))
        .collect();
    let mut edits = Vec::new();
    inner.setup.store.operations(plan.id, &mut |stored| {
        let Some((operation, scheduled)) = of_file.remove(&stored.operation.fingerprint) else {
            edits.push(format!("{} is missing from the file", name(&stored.operation)));
            return;
        };
        for Difference { field, old, new } in differences(&stored.operation, operation, true) {
            edits.push(format!(
                "{}: {field} is “{new}” in the file and “{old}” in the plan",
                name(&stored.operation)
            ));
        }
        if scheduled != stored.scheduled {
            edits.push(format!(
                "{} is {} in the file and {} in the plan",
                name(&stored.operation),
                when(scheduled),
                when(stored.scheduled)
            ));
        }
    })?;
    let mut added: Vec<_> = of_file
        .values()
        .map(|(operation, _)| format!("{} is not in the plan", name(operation)))
        .collect();
    added.sort_unstable();
    edits.extend(added);
    if file.findings != plan.findings {
        edits.push("its findings are not those of the plan".to_owned());
    }
    if file.head.rails != plan.rails {
        edits.push("its guard rails are not those of the plan".to_owned());
    }
    if file.head.now != plan.now {
        edits.push(format!(
            "it says the plan is for {}, and it is for {}",
            file.head.now, plan.now
        ));
    }
    Ok(edits)
}

const fn when(scheduled: bool) -> &'static str {
    if scheduled { "scheduled" } else { "due" }
}

/// Makes sure that the plan was not applied yet.
pub(super) fn unused(inner: &Inner, file: &PlanFile) -> Result<(), Error> {
    let id = file.head.plan;
    let Some(at) = inner.setup.store.plan_used(id)? else {
        return Ok(());
    };
    refuse(format!(
        "plan {id} was applied already, at {at}: a plan file is applied once; make a new plan with `usher plan -o FILE`"
    ))
}

/// Makes sure that the plan was applied as far as a canary goes, and that nothing was planned since.
pub(super) fn begun(inner: &Inner, file: &PlanFile) -> Result<(), Error> {
    let id = file.head.plan;
    let store = &inner.setup.store;
    if store.plan_used(id)?.is_none() {
        return refuse(format!(
            "plan {id} was not begun, so there is nothing to continue: apply its file with --canary first"
        ));
    }
    let current = store.current_plan()?.ok_or_else(no_plan)?.id;
    is_left_off(inner, current)
}

/// Makes sure that rules and environment are those the plan was made with.
pub(super) fn usable(inner: &Inner, file: &PlanFile, label: Option<&str>) -> Result<(), Error> {
    let environment = |label: Option<&str>| label.map_or("none".to_owned(), |label| format!("“{label}”"));
    if file.head.label.as_deref() != label {
        return refuse(format!(
            "the plan file is for the environment {}, this one is {}: apply it there, or make a plan here",
            environment(file.head.label.as_deref()),
            environment(label)
        ));
    }
    let rules = inner.rules();
    if seal::rules(&rules) == file.head.rules {
        return Ok(());
    }
    let now = RulesDigest::of(&rules).rules;
    let was = &file.head.rule;
    let mut changed: Vec<String> = was
        .iter()
        .filter_map(|(rule, digest)| match now.get(rule) {
            None => Some(format!("`{rule}` is gone")),
            Some(other) if other != digest => Some(format!("`{rule}` has changed")),
            Some(_) => None,
        })
        .collect();
    let new = now.keys().filter(|rule| !was.contains_key(*rule));
    changed.extend(new.map(|rule| format!("`{rule}` is new")));
    if changed.is_empty() {
        changed.push("the time zone or the order of the rules has changed".to_owned());
    }
    refuse(listed(
        "the plan file is outdated: the rules are not those it was made with",
        &changed,
        "make a new plan with `usher plan -o FILE`",
    ))
}

/// Makes sure that what the file would do is what the newest plan would do; returns that plan and how its
/// operations stand that are in the file.
///
/// A plan made later read the systems later. The file still holds if that plan has each of its operations, due and
/// with the same fingerprint; what the later plan has besides is not the file's and is left alone.
pub(super) fn still_holds(inner: &Inner, file: &PlanFile) -> Result<(PlanId, Vec<StoredOperation>), Error> {
    let store = &inner.setup.store;
    let current = store.current_plan()?.ok_or_else(no_plan)?;
    let wanted: HashSet<_> = file
        .operations
        .iter()
        .map(|operation| operation.fingerprint)
        .collect();
    let mut standing = Vec::with_capacity(wanted.len());
    store.operations(current.id, &mut |stored| {
        // in an older plan of the same now, what was due is due
        if !stored.scheduled && wanted.contains(&stored.operation.fingerprint) {
            standing.push(stored);
        }
    })?;
    if standing.len() < wanted.len() {
        let mut now = Vec::new();
        store.operations(current.id, &mut |stored| {
            if !stored.scheduled {
                now.push(stored.operation);
            }
        })?;
        let comparison = compare(&file.operations, &now);
        let mut differs = Vec::new();
        for changed in &comparison.changed {
            let fields: Vec<_> = changed.differs.iter().map(|one| one.field.clone()).collect();
            let operation = &changed.operation;
            differs.push(format!(
                "changed: {} {} in {} ({})",
                operation.kind.word(),
                operation.subject,
                operation.system,
                if fields.is_empty() {
                    "a marked value".to_owned()
                } else {
                    fields.join(", ")
                }
            ));
        }
        for gone in &comparison.gone {
            differs.push(format!(
                "gone: {} {} in {}",
                gone.kind.word(),
                gone.subject,
                gone.system
            ));
        }
        if !comparison.new.is_empty() {
            differs.push(format!("{} others are new", comparison.new.len()));
        }
        return refuse(listed(
            &format!(
                "the plan file is outdated: plan {} was made since and differs from it",
                current.id
            ),
            &differs,
            "see it all with `usher revalidate FILE`, then make a new plan with `usher plan -o FILE`",
        ));
    }
    Ok((current.id, standing))
}

/// Sorts the operations of a file by what was decided; refused if one cannot be written at all. Where a run goes on, what
/// the canary has tried is left out.
pub(super) fn decided(
    inner: &Inner,
    plan: PlanId,
    standing: &[StoredOperation],
    go_on: bool,
) -> Result<Decided, Error> {
    let plan = inner.setup.store.plan(plan)?.ok_or_else(no_plan)?;
    same_policy(inner, &plan)?;
    let standings = Standings::load(inner, &plan)?;
    let mut decided = Decided::default();
    let mut stuck = Vec::new();
    for stored in standing {
        let operation = &stored.operation;
        if inner
            .system(&operation.system)
            .is_none_or(|system| system.observe)
        {
            stuck.push(format!(
                "{}: {} is only observed",
                name(operation),
                operation.system
            ));
            continue;
        }
        let stands = standings.of(stored);
        match stands.state {
            OperationState::Approved => decided.approved.push(operation.fingerprint),
            // who applies a file tries again at once what failed and is approved still
            OperationState::Failed if stands.retry.is_some() => decided.approved.push(operation.fingerprint),
            OperationState::Proposed => decided.open.push(operation.clone()),
            OperationState::Blocked | OperationState::Conflict if go_on => {}
            state if go_on && is_over(state) => {}
            OperationState::Blocked => stuck.push(format!("{}: {}", name(operation), stands.note)),
            // a decision is part of what is applied: what was rejected or held is left out
            OperationState::Rejected | OperationState::Held => {}
            state => stuck.push(format!("{} is {} already", name(operation), state.word())),
        }
    }
    if stuck.is_empty() {
        return Ok(decided);
    }
    refuse(listed(
        "the plan file cannot be applied as it is",
        &stuck,
        "make a new plan with `usher plan -o FILE`",
    ))
}

fn is_over(state: OperationState) -> bool {
    matches!(
        state,
        OperationState::Applied | OperationState::Verified | OperationState::Failed
    )
}

/// Refuses what a guard rail stops: the file would be applied in part.
pub(super) fn rails(inner: &Inner, plan: PlanId, file: &PlanFile) -> Result<(), Error> {
    let store = &inner.setup.store;
    let released = store.releases(plan)?;
    let current = store.plan(plan)?.ok_or_else(no_plan)?;
    let all = rails::stopped(&current, &released);
    let of_file = file.operations.iter();
    let stopped: BTreeSet<_> = of_file
        .filter_map(|operation| all.get(&operation.fingerprint))
        .map(|rail| rails::describe(rail))
        .collect();
    let stopped: Vec<_> = stopped.into_iter().collect();
    if stopped.is_empty() {
        return Ok(());
    }
    refuse(listed(
        "guard rails stop the plan file",
        &stopped,
        "release them with `usher release RAIL --reason …`, or make a smaller plan",
    ))
}

/// Refuses what a signature was not enough for: another person has to approve it too.
pub(super) fn enough(inner: &Inner, plan: PlanId, standing: &[StoredOperation]) -> Result<(), Error> {
    let plan = inner.setup.store.plan(plan)?.ok_or_else(no_plan)?;
    let standings = Standings::load(inner, &plan)?;
    let missing: Vec<_> = standing
        .iter()
        .map(|stored| (stored, standings.of(stored)))
        .filter(|(_, stands)| stands.state == OperationState::Proposed)
        .map(|(stored, stands)| format!("{}: {}", name(&stored.operation), stands.note))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    refuse(listed(
        "the signature is noted as an approval, and policy demands another",
        &missing,
        "somebody else approves them with `usher approve`, then apply the file again",
    ))
}

/// Refuses to decide by default.
pub(super) fn undecided(open: &[Operation]) -> Result<(), Error> {
    if open.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = open.iter().map(name).collect();
    refuse(listed(
        &format!("{} operations of the plan file are not decided", open.len()),
        &names,
        "approve, reject or hold each, or sign the file with `usher approve --plan FILE --sign KEY`",
    ))
}

fn refuse<T>(message: String) -> Result<T, Error> {
    Err(Error::Refused(message))
}

/// A message of several lines: what is wrong, in what, and what to do.
fn listed(what: &str, items: &[String], advice: &str) -> String {
    let mut text = format!("{what}:");
    for item in items.iter().take(LISTED) {
        text.push_str("\n  ");
        text.push_str(item);
    }
    if items.len() > LISTED {
        let more = format!("\n  … and {} more", items.len() - LISTED);
        text.push_str(&more);
    }
    text.push('\n');
    text.push_str(advice);
    text
}
