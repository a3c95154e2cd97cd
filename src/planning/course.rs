//! One planning from the beginning to the end, of everybody or of a few.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::{
    Inputs, Planned,
    accounts::{Byproducts, Since, Stage},
    adoptions,
    aside::Aside,
    assignment::Assignment,
    compile::Compiled,
    count_situations, dangling,
    draft::{Draft, RulePlan},
    events::{self, Events},
    guard, join, members, open_events, order,
    people::{self, People},
    policy, privileged,
    protected::protected,
    random::Kept,
    refused,
    seal::{self, MarkKey, Origin},
    settle,
    unique::Uniques,
    unowned, what_happened,
};
use crate::model::{Kind, LifecycleEvent, MemoryChange, Operation, Plan, record::SetFull};

/// How long before the end of the last day somebody is called a leaver.
const IN_SIGHT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What one planning goes through.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    pub compiled: &'a Compiled,
    pub inputs: &'a Inputs<'a>,
    /// What people are put together from: the inputs, or those of the few who are planned.
    pub sources: &'a Inputs<'a>,
    /// Those who are not planned.
    pub aside: Option<&'a Aside<'a>>,
}

/// What became of everybody in a plan.
pub(super) struct Outcome<'o, 'a> {
    pub compiled: &'a Compiled,
    pub inputs: &'a Inputs<'a>,
    pub people: &'o People<'a>,
    pub plans: &'o [RulePlan<'a>],
    /// Whom operations are about, due or scheduled.
    pub busy: &'o [u32],
    pub planned: &'o Planned,
}

impl<'a> Course<'a> {
    /// Everybody is planned.
    pub(super) fn of_everybody(compiled: &'a Compiled, inputs: &'a Inputs<'a>) -> Self {
        Self {
            compiled,
            inputs,
            sources: inputs,
            aside: None,
        }
    }

    /// Plans; `note` looks at what became of everybody.
    pub(super) fn follow<N>(
        self,
        origin: &dyn Fn() -> Origin,
        note: impl FnOnce(&Outcome<'_, '_>) -> N,
    ) -> Result<(Planned, N), SetFull> {
        let Self {
            compiled,
            inputs,
            sources,
            aside,
        } = self;
        let mut people = people::gather(compiled, sources)?;
        let events = events::compare(compiled, &people, inputs.memory.settled.as_ref());
        let mut by = Byproducts {
            findings: std::mem::take(&mut people.findings),
            ..Byproducts::default()
        };
        by.links = std::mem::take(&mut people.new_links);
        let protected = match aside {
            Some(aside) => Cow::Borrowed(aside.protected),
            None => Cow::Owned(protected(compiled, inputs)),
        };
        let protected = &*protected;
        let mut uniques = Uniques::default();
        let mut plans = self.stages(&people, &events, protected, &mut uniques, &mut by);
        let memberships = members::plan(compiled, inputs, &people, &events, &plans, &mut by);
        let mut situations = count_situations(compiled, &plans, aside);
        unowned::find(
            compiled,
            inputs,
            &plans,
            protected,
            aside,
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
        let pending = tell_events(inputs.now, &happened, &mut drafts);
        let busy: Vec<u32> = drafts.iter().filter_map(|draft| draft.person).collect();
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
        let origin = origin();
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
        let planned = Planned { plan, change, origin };
        let noted = note(&Outcome {
            compiled,
            inputs,
            people: &people,
            plans: &plans,
            busy: &busy,
            planned: &planned,
        });
        Ok((planned, noted))
    }

    /// Plans the accounts of every rule, each on what the rules before it give.
    pub(super) fn stages(
        self,
        people: &'a People<'a>,
        events: &'a Events,
        protected: &'a [Vec<bool>],
        uniques: &mut Uniques<'a>,
        by: &mut Byproducts,
    ) -> Vec<RulePlan<'a>> {
        let Self {
            compiled,
            inputs,
            aside,
            ..
        } = self;
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
                aside,
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
}

/// Tells operations what happened to their people, and returns to whom something is due.
fn tell_events(now: Timestamp, happened: &[Option<LifecycleEvent>], drafts: &mut [Draft]) -> Vec<bool> {
    let mut pending = vec![false; happened.len()];
    for draft in drafts {
        let operation = &mut draft.operation;
        operation.event = draft.person.and_then(|person| happened[person as usize]);
        // nothing but a last day disables later: the leaver is in sight before the event
        let is_in_sight = |due: Timestamp| due > now && due.duration_since(now) <= IN_SIGHT;
        if operation.kind == Kind::Disable && operation.due.is_some_and(is_in_sight) {
            operation.event = Some(LifecycleEvent::Leaver);
        }
        if let Some(person) = draft.person
            && operation.due.is_none_or(|due| due <= now)
        {
            pending[person as usize] = true;
        }
    }
    pending
}
