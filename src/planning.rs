//! Planning: records → people → desired accounts → match → diff → guard rails → plan.
//!
//! A pure function of its [`Inputs`]: the same reads, the same memory and the same instant give the same plan, to
//! the octet. Each step is a module that takes plain data and returns plain data:
//!
//! | step | module | takes | gives |
//! |---|---|---|---|
//! | compile | [`compile`] | rules, schemas | rules that are ready, or every error in them |
//! | gather | `people` | source records | people, with where they stand today |
//! | compare | `events` | people, settled facts | lifecycle events |
//! | match | `matching` | people, target records | whose account is which |
//! | adopt | `adoptions` | accounts nobody has linked | proposed links |
//! | want, diff | `wanted`, `assignment`, `accounts`, `references`, `circles` | the above | situations, findings, drafts of operations |
//! | entitle | `members` | the above, groups | drafts of memberships |
//! | finish | `places`, `order`, [`seal`], `guard` | drafts | operations with fingerprints, guard rails, the seal |

mod accounts;
mod adoptions;
mod assignment;
mod circles;
pub mod compare;
pub mod compile;
mod draft;
mod events;
mod groups;
pub mod guard;
mod holding;
mod lifecycle;
mod lost;
mod matching;
mod members;
pub mod names;
mod order;
mod people;
mod places;
pub mod policy;
mod privileged;
mod random;
mod references;
pub mod restraint;
pub mod rules;
pub mod seal;
pub mod standing;
pub mod undo;
mod unique;
mod unowned;
mod wanted;
pub mod why;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use self::{
    accounts::{Byproducts, Since, Stage},
    assignment::Assignment,
    compile::Compiled,
    draft::RulePlan,
    events::Events,
    names::RecordRow,
    people::People,
    random::Kept,
    seal::{MarkKey, Origin},
    unique::Uniques,
};
use crate::{
    expression::Moment,
    model::{
        Finding, FindingKind, Fingerprint, Kind, LifecycleEvent, LifecycleState, Memory, MemoryChange,
        OpenEvent, Operation, Plan, Read, RuleName, SettledChange, Situation, SystemName, record::SetFull,
    },
};

/// How long before the end of the last day somebody is called a leaver.
const IN_SIGHT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What a plan is computed from.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The instant the plan is for.
    pub now: Timestamp,
    /// One read of each system that a rule names.
    pub reads: &'a [Read],
    /// One read of the groups of each system that has groups.
    pub groups: &'a [Read],
    /// What is remembered.
    pub memory: &'a Memory,
}

impl<'a> Inputs<'a> {
    /// Returns the read of a system. Compiling made sure that there is one.
    fn read(&self, system: &SystemName) -> &'a Read {
        self.reads
            .iter()
            .find(|read| read.system == *system)
            .unwrap_or(&self.reads[0])
    }
}

/// A plan, and what it changes in the memory when it is stored.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What it changes.
    pub change: MemoryChange,
    /// What it was computed from.
    pub origin: Origin,
}

/// Computes a plan.
pub fn plan(compiled: &Compiled, inputs: &Inputs<'_>) -> Result<Planned, SetFull> {
    let mut people = people::gather(compiled, inputs)?;
    let events = events::compare(compiled, &people, inputs.memory.settled.as_ref());
    let mut by = Byproducts {
        findings: std::mem::take(&mut people.findings),
        ..Byproducts::default()
    };
    by.links = std::mem::take(&mut people.new_links);
    let protected = protected(compiled, inputs);
    let mut uniques = Uniques::default();
    let mut plans = stages(
        compiled,
        inputs,
        &people,
        &events,
        &protected,
        &mut uniques,
        &mut by,
    );
    let memberships = members::plan(compiled, inputs, &people, &events, &plans, &mut by);
    let mut situations = count_situations(compiled, &plans);
    unowned::find(
        compiled,
        inputs,
        &plans,
        &protected,
        &mut situations,
        &mut by.findings,
    );
    dangling(compiled, &people, &mut by.findings);
    by.findings.extend(refused(inputs));

    let mut drafts = Vec::new();
    for plan in &mut plans {
        join(&mut drafts, std::mem::take(&mut plan.drafts));
    }
    join(&mut drafts, memberships.drafts);
    let happened = what_happened(inputs, &people, &plans, &events);
    for draft in &mut drafts {
        let operation = &mut draft.operation;
        operation.event = draft.person.and_then(|person| happened[person as usize]);
        // nothing but a last day disables later: the leaver is in sight before the event
        let is_in_sight = |due: Timestamp| due > inputs.now && due.duration_since(inputs.now) <= IN_SIGHT;
        if operation.kind == Kind::Disable && operation.due.is_some_and(is_in_sight) {
            operation.event = Some(LifecycleEvent::Leaver);
        }
    }
    let mut pending = vec![false; people.len()];
    for draft in &drafts {
        if let Some(person) = draft.person
            && draft.operation.due.is_none_or(|due| due <= inputs.now)
        {
            pending[person as usize] = true;
        }
    }
    let marks = MarkKey::of(&inputs.memory.seed);
    let ids = adoptions::fingerprints(compiled, &people, &plans, &marks);
    let adoption = |person: u32, rule: u16| {
        let rule = usize::from(rule);
        plans[rule].adoption(person).map(|place| ids[rule][place])
    };
    let mut operations = order::finish(compiled, drafts, &marks, &adoption);
    privileged::mark(compiled, inputs, &mut operations);
    let adoptions = adoptions::make(compiled, &people, &plans, &ids, &operations);
    let is_later = |operation: &mut Operation| operation.due.is_some_and(|due| due > inputs.now);
    let scheduled: Vec<_> = operations.extract_if(.., is_later).collect();
    let scene = guard::Scene {
        compiled,
        inputs,
        people: Some((&people, &plans)),
    };
    let rails = guard::read(&scene, &operations, &adoptions);
    let all = operations.iter().chain(&scheduled);
    let demands = policy::demands(compiled, inputs, Some(&people), all, &adoptions);
    let change = MemoryChange {
        settled: settle(compiled, inputs, &people, &plans, &events, &pending)?,
        events: open_events(inputs, &people, &happened, &pending),
        links: by.links,
        timers: by.timers,
        reservations: uniques.reservations,
        adopted: memberships.adopted,
    };
    let origin = origin(compiled, inputs);
    let all = operations.iter().chain(&scheduled);
    let ids = all.map(|operation| operation.fingerprint);
    let seal = seal::seal(ids.chain(adoptions.fingerprints()), &origin);
    let plan = Plan {
        now: inputs.now,
        seal,
        operations,
        scheduled,
        adoptions,
        findings: by.findings,
        situations,
        rails,
        demands,
    };
    Ok(Planned { plan, change, origin })
}

/// Appends, without copying what is the first.
fn join<T>(all: &mut Vec<T>, mut more: Vec<T>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.append(&mut more);
    }
}

/// Plans the accounts of every rule, each on what the rules before it give.
fn stages<'a>(
    compiled: &'a Compiled,
    inputs: &'a Inputs<'a>,
    people: &'a People<'a>,
    events: &'a Events,
    protected: &'a [Vec<bool>],
    uniques: &mut Uniques<'a>,
    by: &mut Byproducts,
) -> Vec<RulePlan<'a>> {
    let kept = Kept::of(&inputs.memory.reservations);
    let mut plans: Vec<RulePlan<'a>> = Vec::new();
    for (rule, protected) in protected.iter().enumerate() {
        let stage = Stage {
            compiled,
            inputs,
            people,
            events,
            kept: &kept,
            before: &plans,
            rule,
            protected,
            assignment: Assignment::of(compiled, inputs, rule),
            since: Since::of(&compiled.accounts[rule].rule.name, people, inputs.memory),
        };
        let planned = stage.plan(uniques, by);
        plans.push(planned);
    }
    plans
}

/// Which records are protected, for each account rule.
fn protected(compiled: &Compiled, inputs: &Inputs<'_>) -> Vec<Vec<bool>> {
    compiled
        .accounts
        .iter()
        .map(|accounts| {
            let system = &accounts.rule.system;
            let moment = Moment {
                now: inputs.now,
                time_zone: &compiled.time_zone,
            };
            let conditions: Vec<_> = compiled
                .protected
                .iter()
                .filter(|(known, _)| known == system)
                .collect();
            let records = &inputs.read(system).records;
            if conditions.is_empty() {
                return vec![false; records.len()];
            }
            records
                .iter()
                // a protection that cannot be evaluated protects: the safe side is not to touch
                .map(|record| {
                    conditions
                        .iter()
                        .any(|(_, when)| when.holds(&RecordRow(record), &moment).unwrap_or(true))
                })
                .collect()
        })
        .collect()
}

fn count_situations(
    compiled: &Compiled,
    plans: &[RulePlan<'_>],
) -> BTreeMap<RuleName, BTreeMap<Situation, usize>> {
    let mut situations: BTreeMap<RuleName, BTreeMap<Situation, usize>> = BTreeMap::new();
    for (accounts, plan) in compiled.accounts.iter().zip(plans) {
        let counts = situations.entry(accounts.rule.name.clone()).or_default();
        for situation in &plan.situation {
            *counts.entry(*situation).or_default() += 1;
        }
    }
    situations
}

/// References that name nobody. Whom somebody reported to who has left is nobody's business any more.
fn dangling(compiled: &Compiled, people: &People<'_>, findings: &mut Vec<Finding>) {
    for (reference, named) in compiled.references.iter().zip(&people.references) {
        for (person, other) in named.iter().enumerate() {
            let is_over = matches!(
                people.standings[person].state,
                LifecycleState::Ended | LifecycleState::Gone
            );
            if *other != people::NOBODY || is_over {
                continue;
            }
            let Some(place) = people.places[person] else {
                continue;
            };
            let source = &compiled.people[usize::from(place.rule)].rule;
            findings.push(Finding {
                kind: FindingKind::DanglingReference,
                person: Some(people.ids[person]),
                subject: people.name(person),
                rule: Some(source.name.clone()),
                system: source.from.clone(),
                anchors: vec![],
                candidates: vec![],
                message: format!(
                    "the {reference} named in {} is nobody there: correct it there",
                    source.from
                ),
            });
        }
    }
}

/// Records that the connectors could not take over.
fn refused<'a>(inputs: &'a Inputs<'_>) -> impl Iterator<Item = Finding> + 'a {
    inputs.reads.iter().chain(inputs.groups).flat_map(|read| {
        read.problems.iter().map(|problem| Finding {
            kind: FindingKind::Refused,
            person: None,
            subject: problem.location.clone(),
            rule: None,
            system: read.system.clone(),
            anchors: vec![],
            candidates: vec![],
            message: problem.message.clone(),
        })
    })
}

/// What happened to everybody, without false joiners: somebody first seen who has accounts already is no joiner;
/// usher is new here, not the person.
fn what_happened(
    inputs: &Inputs<'_>,
    people: &People<'_>,
    plans: &[RulePlan<'_>],
    events: &Events,
) -> Vec<Option<LifecycleEvent>> {
    let open: ahash::AHashSet<_> = inputs.memory.events.iter().map(|open| open.person).collect();
    (0..people.len())
        .map(|person| {
            let comes = || {
                plans
                    .iter()
                    .any(|plan| matches!(plan.situation[person], Situation::New | Situation::Upcoming))
            };
            let first_seen = events.before[person].is_none();
            let is_false = events.of[person] == Some(LifecycleEvent::Joiner)
                && first_seen
                && !comes()
                && !open.contains(&people.ids[person]);
            events.of[person].filter(|_| !is_false)
        })
        .collect()
}

fn settle(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    people: &People<'_>,
    plans: &[RulePlan<'_>],
    events: &Events,
    pending: &[bool],
) -> Result<SettledChange, SetFull> {
    let is_settled = |person: usize| !pending[person] && !people.faulty[person];
    let has_accounts = |person: usize| plans.iter().any(|plan| plan.record(person).is_some());
    let before = inputs.memory.settled.as_ref();
    people::settle(compiled, people, before, events, &is_settled, &has_accounts)
}

fn open_events(
    inputs: &Inputs<'_>,
    people: &People<'_>,
    happened: &[Option<LifecycleEvent>],
    pending: &[bool],
) -> Vec<OpenEvent> {
    let since: ahash::AHashMap<_, _> = inputs
        .memory
        .events
        .iter()
        .map(|open| ((open.person, open.event), open.since))
        .collect();
    (0..people.len())
        .filter(|person| pending[*person])
        .filter_map(|person| {
            let event = happened[person]?;
            let id = people.ids[person];
            let since = since.get(&(id, event)).copied().unwrap_or(inputs.now);
            Some(OpenEvent {
                person: id,
                event,
                since,
            })
        })
        .collect()
}

/// What the plan is computed from: the parsed rules, and what was read.
fn origin(compiled: &Compiled, inputs: &Inputs<'_>) -> Origin {
    let reads = inputs
        .reads
        .iter()
        .chain(inputs.groups)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|read| {
            let asked = [read.system.as_str(), read.coverage.asked()];
            let digest = seal::records(&asked, &read.records);
            (read.system.clone(), Fingerprint(digest))
        })
        .collect();
    Origin {
        rules: seal::rules(&compiled.rules),
        reads,
    }
}
