//! Whom changes of groups concern.

use ahash::AHashSet;

use super::{Carried, Cause};
use crate::{
    model::{Comparison, Read, RecordView, record::Merged},
    planning::{compare::key, compile::Compiled, located::Located, people::NOBODY},
};

impl Carried {
    /// Finds out whose accounts came into a group or left one. A group that rules give is not to come, go, or be
    /// called otherwise: that concerns everybody.
    pub(super) fn members(
        &self,
        compiled: &Compiled,
        groups: &Read,
        merged: &Merged,
        reads: &[Read],
    ) -> Result<Vec<u32>, Cause> {
        let schema = groups.records.schema();
        let Some(member) = schema.position("member") else {
            return Ok(Vec::new());
        };
        let comparison = schema.columns[member].comparison;
        let is_given = |group: RecordView<'_>| is_given(compiled, groups, group, comparison);
        let mut moved: AHashSet<String> = AHashSet::new();
        let mut old = merged.old.iter();
        let mut known = AHashSet::new();
        for (place, was) in merged.replaced.iter().zip(old.by_ref()) {
            let Some(place) = merged.now(*place) else { continue };
            known.insert(place);
            let is = groups.records.get(place as usize);
            if (is_given(was) || is_given(is)) && !is_called_the_same(was, is) {
                return Err(Cause::Change);
            }
            let keys = |group: RecordView<'_>| -> AHashSet<String> {
                let members = group.cell(member).each();
                members.map(|text| key(text, comparison).into_owned()).collect()
            };
            let (before, now) = (keys(was), keys(is));
            if is_called_the_same(was, is) {
                moved.extend(before.symmetric_difference(&now).cloned());
            } else {
                moved.extend(before);
                moved.extend(now);
            }
        }
        let fresh = merged.fresh().filter(|place| !known.contains(place));
        for group in old.chain(fresh.map(|place| groups.records.get(place as usize))) {
            if is_given(group) {
                return Err(Cause::Change);
            }
            let members = group.cell(member).each();
            moved.extend(members.map(|text| key(text, comparison).into_owned()));
        }
        if !moved.is_empty() && !matches!(comparison, Comparison::DistinguishedName | Comparison::Exact) {
            // who is meant is told by ids as they are in one place, and by ids brought into a form in another
            return Err(Cause::Change);
        }
        Ok(self.owners_of(compiled, groups, comparison, &moved, reads))
    }

    /// Whose the accounts are that groups call so.
    fn owners_of(
        &self,
        compiled: &Compiled,
        groups: &Read,
        comparison: Comparison,
        names: &AHashSet<String>,
        reads: &[Read],
    ) -> Vec<u32> {
        let system = self.system(&groups.system);
        let Some(read) = reads.iter().find(|read| read.system == groups.system) else {
            return Vec::new();
        };
        let mut people = Vec::new();
        for name in names {
            let records: Vec<u32> = if comparison == Comparison::DistinguishedName {
                let located = system.located.get_or_init(|| Located::of(&read.records));
                located.all(&read.records, name).collect()
            } else {
                let place = system.places.find(&read.records, name);
                place.map(|place| place as u32).into_iter().collect()
            };
            for (accounts, owners) in compiled.accounts.iter().zip(&self.owners) {
                if accounts.rule.system == groups.system {
                    people.extend(records.iter().map(|record| owners[*record as usize]));
                }
            }
        }
        people.retain(|person| *person != NOBODY);
        people
    }
}

/// Whether a rule gives a group, by its place, its name or its id.
fn is_given(compiled: &Compiled, groups: &Read, group: RecordView<'_>, comparison: Comparison) -> bool {
    let rules = compiled.rules.entitlements.iter().flat_map(|rule| &rule.grants);
    let mut wanted = rules
        .filter(|(system, _)| *system == groups.system)
        .map(|(_, wanted)| wanted);
    let by_place = comparison == Comparison::DistinguishedName;
    wanted.any(|wanted| {
        let mut names = group.get("name").each();
        group.anchor() == wanted
            || names.any(|name| name.eq_ignore_ascii_case(wanted))
            || by_place && key(group.location(), comparison) == key(wanted, comparison)
    })
}

/// Whether only members of a group are others, if anything.
fn is_called_the_same(one: RecordView<'_>, other: RecordView<'_>) -> bool {
    one.anchor() == other.anchor()
        && one.location() == other.location()
        && one.get("name") == other.get("name")
}
