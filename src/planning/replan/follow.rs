//! Takes the changes of the reads along, and notes whom they concern.

use std::sync::OnceLock;

use super::{Carried, Cause, News, carried::System};
use crate::{
    model::{Read, record::Merged},
    planning::{compile::Compiled, people::NOBODY, protected::protection},
};

impl Carried {
    /// Takes the changes along; adds to `core` whom they concern.
    pub(super) fn follow(
        &mut self,
        compiled: &Compiled,
        news: News<'_>,
        core: &mut Vec<u32>,
    ) -> Result<(), Cause> {
        self.memory.recent = news.recent;
        let mut known = 0;
        let mut groups = Vec::new();
        let mut targets_change = false;
        for change in news.changes {
            let (system, merged) = (&change.system, &change.merged);
            let (systems, reads) = if change.of_groups {
                (&mut self.groups, news.groups)
            } else {
                (&mut self.systems, news.reads)
            };
            let found = systems
                .iter_mut()
                .zip(reads)
                .position(|(known, _)| known.name == *system);
            let at = found.ok_or(Cause::Unknown)?;
            let read = &reads[at];
            if merged.before + merged.added - merged.gone.len() != read.records.len() {
                return Err(Cause::Unknown);
            }
            known += 1;
            systems[at].take_back(change.places);
            if change.of_groups {
                self.digests.groups[at].follow(&read.records, merged);
                groups.push((at, change.merged));
                continue;
            }
            follow_places(&mut systems[at], read, merged);
            self.digests.accounts[at].follow(&read.records, merged);
            if merged.is_nothing() {
                continue;
            }
            for (rule, people) in compiled.people.iter().enumerate() {
                if people.rule.from == *system {
                    concerned(&self.whose[rule], merged, core);
                    merged.follow(&mut self.whose[rule], NOBODY);
                    let loose = self.loose[rule].iter().filter_map(|place| merged.now(*place));
                    self.loose[rule] = loose.collect();
                }
            }
            for (at, accounts) in compiled.accounts.iter().enumerate() {
                if accounts.rule.system != *system {
                    continue;
                }
                targets_change = true;
                concerned(&self.owners[at], merged, core);
                merged.follow(&mut self.owners[at], NOBODY);
                merged.follow(&mut self.protected[at], false);
                if let Some(protects) = protection(compiled, news.now, system) {
                    for place in merged.fresh() {
                        self.protected[at][place as usize] = protects(read.records.get(place as usize));
                    }
                }
                for (way, kept) in accounts.matches.iter().zip(&mut self.indexes[at]) {
                    let index = way.exactly(&read.records);
                    let followed = kept.take().filter(|_| merged.gone.is_empty());
                    let followed = followed.and_then(|built| index.follow(built, merged.fresh()));
                    *kept = followed.map_or_else(OnceLock::new, OnceLock::from);
                }
            }
            for place in merged.fresh() {
                self.fresh.push((at, place));
            }
        }
        if known != self.systems.len() + self.groups.len() {
            return Err(Cause::Unknown);
        }
        for (at, merged) in groups {
            let members = self.members(compiled, &news.groups[at], &merged, news.reads)?;
            core.extend(members);
        }
        if targets_change {
            core.extend(self.without_account());
        }
        Ok(())
    }

    /// Who has no account under some rule: any record that is new or another one may be theirs.
    pub(super) fn without_account(&self) -> impl Iterator<Item = u32> + '_ {
        let people = self.unlinked.iter().zip(0..);
        people
            .filter(|(unlinked, _)| **unlinked)
            .map(|(_, person)| person)
    }
}

fn follow_places(system: &mut System, read: &Read, merged: &Merged) {
    let located = system.located.take().filter(|_| merged.gone.is_empty());
    let located = located.and_then(|located| located.follow(&read.records, merged.fresh()));
    system.located = located.map_or_else(OnceLock::new, OnceLock::from);
}

/// Adds those whose records changed or are gone.
fn concerned(whose: &[u32], merged: &Merged, core: &mut Vec<u32>) {
    let places = merged.replaced.iter().chain(&merged.gone);
    let people = places.filter_map(|place| whose.get(*place as usize).copied());
    core.extend(people.filter(|person| *person != NOBODY));
}
