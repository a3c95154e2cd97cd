//! What a plan leaves behind of the people it looked at.

use crate::{
    model::{Anchor, LifecycleState, LinkOwner, PersonId, Situation},
    planning::{
        course::Outcome,
        draft::{NO_RECORD, RulePlan},
        people::{NOBODY, Place},
    },
};

/// What a plan leaves behind of the people it looked at. People and records are told by their places in that plan.
pub(super) struct Notes {
    pub(super) ids: Vec<PersonId>,
    /// Of whom nothing came, and comes again as long as nothing of theirs changes.
    pub(super) quiet: Vec<bool>,
    /// Who has no account under some rule.
    pub(super) unlinked: Vec<bool>,
    /// For each account rule, how everybody stands.
    pub(super) situations: Vec<Vec<Situation>>,
    /// For each account rule, everybody's record.
    pub(super) record_of: Vec<Vec<u32>>,
    /// For each reference, whom everybody's names.
    pub(super) references: Vec<Vec<u32>>,
    /// The records that sources have of people.
    pub(super) records: Vec<(u32, Place)>,
    /// For each people rule, the ids of the records that are nobody's and should be somebody's.
    pub(super) loose: Vec<Vec<Anchor>>,
}

impl Notes {
    /// Looks at what became of people.
    pub(super) fn of(outcome: &Outcome<'_, '_>) -> Self {
        let Outcome { people, plans, .. } = outcome;
        let mut quiet: Vec<bool> = (0..people.len())
            .map(|person| {
                let standing = people.standings[person];
                let is_settled = match standing.state {
                    LifecycleState::Active | LifecycleState::OnLeave => standing.end.is_none(),
                    LifecycleState::Ended => true,
                    LifecycleState::PreHire | LifecycleState::Gone => false,
                };
                is_settled && !people.faulty[person] && plans.iter().all(|plan| stays(plan, person))
            })
            .collect();
        disturb(outcome, &mut quiet);
        let without = |person: usize| plans.iter().any(|plan| plan.record_of[person] == NO_RECORD);
        let loose = outcome.compiled.people.iter().map(|people| {
            let findings = outcome.planned.plan.findings.iter();
            let findings = findings.filter(|finding| {
                finding.person.is_none() && finding.rule.as_ref() == Some(&people.rule.name)
            });
            findings
                .flat_map(|finding| finding.anchors.iter().cloned())
                .collect()
        });
        Self {
            quiet,
            unlinked: (0..people.len()).map(without).collect(),
            situations: plans.iter().map(|plan| plan.situation.clone()).collect(),
            record_of: plans.iter().map(|plan| plan.record_of.clone()).collect(),
            references: people.references.clone(),
            records: people.records().collect(),
            loose: loose.collect(),
            ids: people.ids.clone(),
        }
    }
}

/// Marks those of whom something came, or may though no record of theirs changes.
fn disturb(outcome: &Outcome<'_, '_>, quiet: &mut [bool]) {
    let people = outcome.people;
    let mut disturb = |person: u32| quiet[person as usize] = false;
    outcome.busy.iter().copied().for_each(&mut disturb);
    people.vague.iter().copied().for_each(&mut disturb);
    people.doubled().for_each(&mut disturb);
    for plan in outcome.plans {
        plan.foreign.iter().copied().for_each(&mut disturb);
        plan.unsure.iter().copied().for_each(&mut disturb);
        plan.adoptable
            .iter()
            .for_each(|adoptable| disturb(adoptable.person));
    }
    for accounts in &outcome.compiled.accounts {
        // of several links the last counts, and any may go
        let mut seen = vec![false; people.len()];
        let owner = LinkOwner::Account(accounts.rule.name.clone());
        for group in outcome.inputs.memory.links.of(&owner) {
            for person in group.people().iter().filter_map(|id| people.find(*id)) {
                if std::mem::replace(&mut seen[person as usize], true) {
                    disturb(person);
                }
            }
        }
    }
    let change = &outcome.planned.change;
    let found = outcome.planned.plan.findings.iter().flat_map(|finding| {
        let others = finding.candidates.iter().filter_map(|candidate| candidate.person);
        finding.person.into_iter().chain(others)
    });
    let named = found
        .chain(change.links.iter().map(|link| link.person))
        .chain(change.events.iter().map(|open| open.person))
        .chain(change.timers.iter().map(|timer| timer.person))
        .chain(change.reservations.iter().map(|kept| kept.person))
        .chain(change.adopted.iter().map(|grant| grant.person));
    named.filter_map(|id| people.find(id)).for_each(&mut disturb);
    for references in &people.references {
        let nobody = references.iter().zip(0..).filter(|(named, _)| **named == NOBODY);
        nobody.for_each(|(_, person)| disturb(person));
    }
}

/// Whether what somebody has under a rule stays as long as nothing changes.
fn stays(plan: &RulePlan<'_>, person: usize) -> bool {
    let has_account = plan.record_of[person] != NO_RECORD;
    match plan.situation[person] {
        Situation::Confirmed | Situation::Protected | Situation::Retired => has_account,
        Situation::OutOfScope | Situation::Closed => !has_account,
        _ => false,
    }
}
