//! Targets that could not be read, while others were: a plan is made for the others.
//!
//! Their last good read stands in for them, so that the plan is the same as it was for them; nothing is written to them,
//! nor by a rule that takes values from them, until they are read in full again. What people are made of is never
//! stood in for: without a source there is no plan.

use std::collections::BTreeSet;

use super::{Error, Inner, completeness::not_whole, failing::minute, quarantine, reading};
use crate::{
    model::{Cause, Completeness, Read, ReadKind, RuleName, SystemName},
    planning::rules::{Rules, Source},
};

/// A target that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unread {
    /// The target.
    pub(super) system: SystemName,
    /// Why, in words.
    pub(super) reason: String,
}

/// Finds the targets that were not read in full and can be stood in for; none if no account rule would be left.
pub(super) fn find(inner: &Inner, reads: &reading::Reads) -> Result<Vec<Unread>, Error> {
    let rules = inner.rules();
    let mut found = Vec::new();
    for read in &reads.accounts {
        let system = &read.system;
        let groups = reads.groups.iter().find(|groups| groups.system == *system);
        let Some(reason) = not_whole(read).or_else(|| groups.and_then(not_whole)) else {
            continue;
        };
        let is_source = rules.people.iter().any(|rule| rule.from == *system);
        let store = &inner.setup.store;
        let has_groups = groups.is_none() || store.last_groups(system)?.is_some();
        if is_source || store.last_read(system)?.is_none() || !has_groups {
            return Ok(Vec::new());
        }
        found.push(Unread {
            system: system.clone(),
            reason,
        });
    }
    let concerned = rules_concerned(&rules, &found);
    if concerned.len() == rules.accounts.len() {
        return Ok(Vec::new());
    }
    Ok(found)
}

/// Puts the last good reads of systems in the place of what was read of them; returns what that was.
pub(super) fn stand_in(
    inner: &Inner,
    reads: &mut reading::Reads,
    unread: &[Unread],
) -> Result<Vec<Read>, Error> {
    let mut bad = Vec::new();
    for Unread { system, .. } in unread {
        if let Some(read) = reads.accounts.iter_mut().find(|read| read.system == *system)
            && let Some(last) = last(inner, system, false)?
        {
            bad.push(std::mem::replace(read, last));
        }
        if let Some(groups) = reads.groups.iter_mut().find(|read| read.system == *system)
            && let Some(last) = last(inner, system, true)?
        {
            *groups = last;
        }
    }
    // one attempt a system is noted: why it was not read
    for read in &mut bad {
        let why = unread.iter().find(|one| one.system == read.system);
        if let (Completeness::Complete, Some(why)) = (&read.completeness, why) {
            read.completeness = Completeness::Partial(why.reason.clone());
        }
    }
    Ok(bad)
}

fn last(inner: &Inner, system: &SystemName, groups: bool) -> Result<Option<Read>, Error> {
    let store = &inner.setup.store;
    let (Some(last), Some(records)) = (store.last_read(system)?, store.last_records(system, groups)?) else {
        return Ok(None);
    };
    Ok(Some(Read {
        system: system.clone(),
        kind: ReadKind::Full,
        coverage: last.coverage,
        completeness: Completeness::Complete,
        records,
        problems: Vec::new(),
        started: last.ended,
        ended: last.ended,
    }))
}

/// Lets nothing be written to what was not read, and by rules that take values from there; what was read again, and
/// what was left alone for its sake, may be written to.
pub(super) fn restrain(inner: &Inner, unread: &[Unread]) -> Result<(), Error> {
    let rules = inner.rules();
    let store = &inner.setup.store;
    let mut out = Vec::new();
    for Unread { system, reason } in unread {
        let since = store.last_read(system)?.map(|last| minute(last.ended));
        let since = since.unwrap_or_default();
        out.push((
            (system.clone(), None),
            format!("{reason}; planned on the read of {since}"),
        ));
    }
    let is_unread = |system: &SystemName| unread.iter().any(|one| one.system == *system);
    let concerned = rules_concerned(&rules, unread);
    let accounts = rules
        .accounts
        .iter()
        .filter(|rule| concerned.contains(&rule.name));
    let accounts = accounts.map(|rule| (&rule.system, &rule.name));
    let entitlements = rules.entitlements.iter();
    let entitlements = entitlements.filter(|rule| mentions(&rule.when, &concerned));
    let entitlements =
        entitlements.flat_map(|rule| rule.grants.iter().map(|(system, _)| (system, &rule.name)));
    let mirrors = rules.mirrors.iter().filter(|rule| is_unread(&rule.from));
    let mirrors = mirrors.map(|rule| (&rule.system, &rule.name));
    let mut parts: Vec<_> = accounts.chain(entitlements).chain(mirrors).collect();
    parts.retain(|(system, _)| !is_unread(system));
    parts.sort_unstable();
    parts.dedup();
    for (system, rule) in parts {
        let reason = "it takes values from a system that was not read".to_owned();
        out.push(((system.clone(), Some(rule.clone())), reason));
    }
    let known = store.quarantines()?;
    for one in known.iter().filter(|one| one.cause == Cause::Unread) {
        if !out
            .iter()
            .any(|((system, rule), _)| one.system == *system && one.rule == *rule)
        {
            quarantine::leave(inner, one, "it was read in full again", None)?;
        }
    }
    for (scope, reason) in out {
        let mut before = known.iter();
        let before = before.find(|one| (&one.system, &one.rule) == (&scope.0, &scope.1));
        // what is in quarantine for another cause stays so, and what is said already is not said again
        if before.is_none_or(|one| one.cause == Cause::Unread && one.reason != reason) {
            quarantine::enter(inner, scope, Cause::Unread, &reason)?;
        }
    }
    Ok(())
}

/// The account rules of systems that were not read, and those that take values from their accounts or groups.
fn rules_concerned(rules: &Rules, unread: &[Unread]) -> BTreeSet<RuleName> {
    let is_unread = |system: &SystemName| unread.iter().any(|one| one.system == *system);
    let own = rules.accounts.iter().filter(|rule| is_unread(&rule.system));
    let mut concerned: BTreeSet<_> = own.map(|rule| rule.name.clone()).collect();
    loop {
        let before = concerned.len();
        for rule in &rules.accounts {
            let assigned = rule.assigned.iter().any(|group| is_unread(&group.system));
            if assigned || reading::sources(rule).any(|source| mentions(source, &concerned)) {
                concerned.insert(rule.name.clone());
            }
        }
        if concerned.len() == before {
            return concerned;
        }
    }
}

/// Whether an expression takes values from accounts under one of these rules, or asks for groups of whatever system.
fn mentions(source: &Source, rules: &BTreeSet<RuleName>) -> bool {
    let is_one = |path: &str| {
        let rest = path.trim().strip_prefix("accounts.");
        rest.is_some_and(|rest| rules.iter().any(|rule| rest.starts_with(&format!("{rule}."))))
    };
    !rules.is_empty()
        && (reading::mentions_groups(&source.text) || reading::bracketed(&source.text).any(is_one))
}
