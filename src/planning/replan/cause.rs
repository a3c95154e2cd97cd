//! Why everybody is planned.

use std::fmt;

use crate::{
    expression::Expression,
    model::Read,
    planning::{
        Inputs,
        compile::{Compiled, CompiledMapping},
    },
};

/// Why everybody is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An expression of the rules asks for the time.
    Time,
    /// Rules of a kind that what becomes of nobody is carried of: account rules for members of groups, mirrored
    /// groups, guard rails by people.
    Rules,
    /// Other rules, or systems with other attributes, than last time.
    OtherRules,
    /// The clock was set back.
    Clock,
    /// A read is not complete, or left records out.
    Incomplete,
    /// It is not known what changed in a system.
    Unknown,
    /// What changed is not of a kind that tells whom it concerns: a group, somebody a source names by the place, a
    /// record that joins a person.
    Change,
    /// Most people would be planned anyway.
    Many,
    /// Question upon question came up about others.
    Questions,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "a rule asks for the time",
            Self::Rules => "the rules look at everybody",
            Self::OtherRules => "rules or systems are others than last time",
            Self::Clock => "the clock was set back",
            Self::Incomplete => "a read is not complete",
            Self::Unknown => "it is not known what changed",
            Self::Change => "it is not known whom a change concerns",
            Self::Many => "most people are concerned",
            Self::Questions => "too many questions came up",
        })
    }
}

/// Why rules have everybody planned, if they do.
pub(super) fn of_rules(compiled: &Compiled) -> Option<Cause> {
    let mut rails = compiled.rails.iter();
    let looks_at_all = compiled
        .accounts
        .iter()
        .any(|accounts| !accounts.rule.assigned.is_empty())
        || !compiled.mirrors.is_empty()
        || rails.any(|(when, for_each)| when.is_some() || for_each.is_some());
    if looks_at_all {
        return Some(Cause::Rules);
    }
    let asks = expressions(compiled).any(Expression::asks_for_time);
    asks.then_some(Cause::Time)
}

/// Why reads have everybody planned, if they do.
pub(super) fn of_reads(compiled: &Compiled, inputs: &Inputs<'_>) -> Option<Cause> {
    let mut all = inputs.reads.iter().chain(inputs.groups);
    let mut sources = compiled
        .people
        .iter()
        .map(|people| inputs.read(&people.rule.from));
    let is_whole = all.all(Read::proves_absence) && sources.all(|read| read.problems.is_empty());
    (!is_whole).then_some(Cause::Incomplete)
}

/// Everything that is evaluated for somebody of whom nothing may change.
fn expressions(compiled: &Compiled) -> impl Iterator<Item = &Expression> {
    let people = compiled.people.iter().flat_map(|people| {
        let one = [
            &people.previous,
            &people.scope,
            &people.active,
            &people.start,
            &people.end,
            &people.leave,
            &people.time_zone,
        ];
        let joins = people.join.iter().map(|(_, expression)| expression);
        let references = people.references.iter().map(|(_, expression)| expression);
        one.into_iter()
            .flatten()
            .chain(people.attributes.iter().flatten())
            .chain(joins)
            .chain(references)
    });
    let accounts = compiled.accounts.iter().flat_map(|accounts| {
        let one = [&accounts.container, &accounts.leaver_container, &accounts.scope];
        let ways = accounts.matches.iter();
        let ways = ways.flat_map(|way| way.all.iter().map(|(_, expression)| expression).chain(&way.when));
        let mappings = accounts.mappings.iter().flat_map(CompiledMapping::expressions);
        one.into_iter().flatten().chain(ways).chain(mappings)
    });
    let entitled = compiled.entitlements.iter().map(|entitlement| &entitlement.when);
    let of_records = compiled.protected.iter().map(|(_, when)| when);
    people.chain(accounts).chain(entitled).chain(of_records)
}
