//! Which account is whose.
//!
//! By its link, else by the match rules in their order. Everybody is looked for exactly first; only then, and only
//! among the records that nobody matches exactly, in normal form: a number without its leading zeros never takes an
//! account from the one who has that very number. What is not clear is left to a person: several records match, or
//! one record several people, or the record is somebody else's already.

mod doubt;
mod index;
pub(super) mod normal;
mod search;

use std::sync::OnceLock;

use rayon::prelude::*;

pub(super) use self::{
    doubt::{is_marked, matched},
    index::{Built, ColumnIndex},
};
use self::{
    index::{AnchorIndex, Form},
    search::Search,
};
use super::{
    Inputs,
    aside::Aside,
    compile::{Compiled, CompiledAccounts},
    draft::{NO_RECORD, RulePlan},
    people::People,
};
use crate::model::{LinkOwner, RecordSet, record::Places};

/// Marks a person without a link; below [`NO_RECORD`].
const NO_LINK: u32 = NO_RECORD - 1;

/// What the why of a link begins with that was made by a match.
pub(super) const BY: &str = "matched by ";

/// How a person's account was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// By its link.
    Linked(u32),
    /// It has a link, and a complete read does not have the record; with the records that match now.
    Missing(Box<Doubt>),
    /// It has a link, and the read cannot tell.
    Untold,
    /// By a match rule.
    Found(u32, Hit),
    /// Several records match, or the record matches several people.
    Ambiguous(Box<Doubt>),
    /// The only record that matches is linked to somebody else.
    Taken(Box<Doubt>),
    /// There is none.
    None,
}

/// By what a record was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hit {
    /// The match rule, by its place.
    pub rule: u16,
    /// Whether only the normal forms are the same.
    pub normalised: bool,
}

/// Records and people between which a person has to decide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Doubt {
    /// The records, by their places.
    pub records: Vec<u32>,
    /// The other people who match them, or have them.
    pub people: Vec<u32>,
    /// By what they match: `employeeNumber = 42`.
    pub why: String,
}

/// Finds everybody's account under a rule.
pub(super) fn find<'a>(
    compiled: &'a Compiled,
    inputs: &'a Inputs<'a>,
    people: &'a People<'a>,
    before: &'a [RulePlan<'a>],
    rule: usize,
    aside: Option<&'a Aside<'a>>,
) -> Vec<Match> {
    let accounts = &compiled.accounts[rule];
    let read = inputs.read(&accounts.rule.system);
    let anchors = Anchors {
        records: &read.records,
        known: aside.map(|aside| aside.places(rule)),
        index: OnceLock::new(),
    };
    let linked = linked(accounts, inputs, people, &anchors);
    let mut taken = of_other_rules(compiled, inputs, before, rule, &anchors);
    if let Some(aside) = aside {
        aside.take(compiled, &accounts.rule.system, &mut taken);
    }
    for found in linked.iter().filter(|found| **found < NO_LINK) {
        taken[*found as usize] = true;
    }
    let exact = Search::new(
        compiled,
        inputs,
        people,
        before,
        rule,
        Form::Exact,
        &taken,
        &linked,
        aside,
    );
    let mut matches: Vec<Match> = (0..people.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|person| match linked[person] {
            NO_RECORD if read.proves_absence() => Match::Missing(Box::new(exact.candidates(person))),
            NO_RECORD => Match::Untold,
            NO_LINK if people.faulty[person] => Match::None,
            NO_LINK => exact.find(person),
            record => Match::Linked(record),
        })
        .collect();
    drop(exact);
    doubt::refuse_shared(accounts, &mut matches, &read.records);
    doubt::claim(&matches, &mut taken);
    if accounts.matches.iter().any(|rule| rule.normalised) && taken.contains(&false) {
        let normal = Search::new(
            compiled,
            inputs,
            people,
            before,
            rule,
            Form::Normal,
            &taken,
            &linked,
            aside,
        );
        matches
            .par_iter_mut()
            .with_min_len(1024)
            .enumerate()
            .for_each(|(person, found)| match found {
                Match::None if !people.faulty[person] => *found = normal.find(person),
                Match::Missing(doubt) if doubt.records.is_empty() => **doubt = normal.candidates(person),
                _ => {}
            });
        drop(normal);
        doubt::refuse_shared(accounts, &mut matches, &read.records);
    }
    matches
}

/// The records of a target, by their ids; looked at when one is first asked for.
struct Anchors<'a> {
    records: &'a RecordSet,
    known: Option<&'a Places>,
    index: OnceLock<AnchorIndex<'a>>,
}

impl<'a> Anchors<'a> {
    fn index(&self) -> &AnchorIndex<'a> {
        self.index
            .get_or_init(|| AnchorIndex::of(self.records, self.known))
    }
}

/// The linked record of each person: [`NO_LINK`], or [`NO_RECORD`] if it was not read.
fn linked(
    accounts: &CompiledAccounts,
    inputs: &Inputs<'_>,
    people: &People<'_>,
    anchors: &Anchors<'_>,
) -> Vec<u32> {
    let mut linked = vec![NO_LINK; people.len()];
    let owner = LinkOwner::Account(accounts.rule.name.clone());
    for group in inputs.memory.links.of(&owner) {
        let by_anchor = anchors.index();
        let found: Vec<(u32, u32)> = (0..group.len())
            .into_par_iter()
            .with_min_len(1024)
            .filter_map(|link| {
                let person = people.find(group.people()[link])?;
                Some((person, by_anchor.find(group.anchor(link)).unwrap_or(NO_RECORD)))
            })
            .collect();
        for (person, record) in found {
            linked[person as usize] = record;
        }
    }
    linked
}

/// Which records are accounts under another rule of the same system, by link or by what this plan found.
fn of_other_rules(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    before: &[RulePlan<'_>],
    rule: usize,
    anchors: &Anchors<'_>,
) -> Vec<bool> {
    let mut taken = vec![false; anchors.records.len()];
    let system = &compiled.accounts[rule].rule.system;
    for (at, other) in compiled.accounts.iter().enumerate() {
        if at == rule || other.rule.system != *system {
            continue;
        }
        if let Some(plan) = before.get(at) {
            for found in plan.record_of.iter().filter(|found| **found != NO_RECORD) {
                taken[*found as usize] = true;
            }
            continue;
        }
        let owner = LinkOwner::Account(other.rule.name.clone());
        for group in inputs.memory.links.of(&owner) {
            let by_anchor = anchors.index();
            for found in (0..group.len()).filter_map(|link| by_anchor.find(group.anchor(link))) {
                taken[found as usize] = true;
            }
        }
    }
    taken
}
