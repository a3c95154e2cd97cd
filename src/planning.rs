//! Planning: records → people → desired accounts → match → diff → guard rails → plan.
//!
//! A pure function of its [`Inputs`]: the same reads, the same memory and the same instant give the same plan, to
//! the octet. After a few changes [`replan`] gives the same at the cost of the changes. Each step is a module that takes plain data and returns plain data:
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
mod aside;
mod assignment;
mod circles;
pub mod compare;
pub mod compile;
mod course;
mod draft;
mod events;
mod groups;
pub mod guard;
mod holding;
mod lifecycle;
mod located;
mod lost;
mod matching;
mod members;
pub mod names;
mod order;
mod people;
mod places;
pub mod policy;
mod privileged;
mod protected;
mod random;
mod references;
pub mod replan;
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

use jiff::Timestamp;

use self::{
    aside::Aside,
    compile::Compiled,
    course::Course,
    draft::RulePlan,
    events::Events,
    people::People,
    seal::{Digests, Origin},
};
use crate::model::{
    Finding, FindingKind, LifecycleEvent, LifecycleState, Memory, MemoryChange, OpenEvent, Plan, Read,
    RuleName, SettledChange, Situation, SystemName, record::SetFull,
};

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
    let course = Course::of_everybody(compiled, inputs);
    let origin = || Digests::of(inputs).origin(compiled, inputs);
    course.follow(&origin, |_| ()).map(|(planned, ())| planned)
}

/// Appends, without copying what is the first.
fn join<T>(all: &mut Vec<T>, mut more: Vec<T>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.append(&mut more);
    }
}

fn count_situations(
    compiled: &Compiled,
    plans: &[RulePlan<'_>],
    aside: Option<&Aside<'_>>,
) -> BTreeMap<RuleName, BTreeMap<Situation, usize>> {
    let mut situations: BTreeMap<RuleName, BTreeMap<Situation, usize>> = BTreeMap::new();
    for (rule, (accounts, plan)) in compiled.accounts.iter().zip(plans).enumerate() {
        let counts = situations.entry(accounts.rule.name.clone()).or_default();
        if let Some(aside) = aside {
            counts.clone_from(&aside.situations[rule]);
        }
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
