//! What is remembered, once a plan is stored, and whose it is.

use rayon::prelude::*;

use super::Carried;
use crate::{
    model::{Grant, MemoryChange, PersonId, RecordSet, SettledChange, links::LinkGroup, record::SetFull},
    planning::people::{NOBODY, person_of},
};

impl Carried {
    /// Makes the changes of a plan in what is remembered; `all` if the settled facts are looked through anew.
    pub(super) fn remember(&mut self, change: &MemoryChange, all: bool) -> Result<(), SetFull> {
        self.memory.links.append(change.links.clone());
        self.memory.events.clone_from(&change.events);
        self.memory.timers.clone_from(&change.timers);
        self.memory.reservations.clone_from(&change.reservations);
        self.memory.grants.extend(change.adopted.iter().cloned());
        self.memory.recent = Vec::new();
        let known = self.memory.settled.as_ref().map_or(0, RecordSet::len);
        match &change.settled {
            SettledChange::Nothing => {}
            SettledChange::All(rows) => self.memory.settled = Some(rows.clone()),
            SettledChange::Some { rows, forgotten } => {
                match &mut self.memory.settled {
                    Some(settled) => settled.append(rows)?,
                    None => self.memory.settled = Some(rows.clone()),
                }
                for person in forgotten.iter().filter_map(|id| self.by_id.find(&self.ids, *id)) {
                    self.settled[person as usize] = NOBODY;
                }
            }
        }
        self.note_settled(if all { 0 } else { known });
        if let (true, SettledChange::Some { forgotten, .. }) = (all, &change.settled) {
            for person in forgotten.iter().filter_map(|id| self.by_id.find(&self.ids, *id)) {
                self.settled[person as usize] = NOBODY;
            }
        }
        self.note_links();
        Ok(())
    }

    /// Finds out whose the settled facts from a place on are; the last of somebody's count.
    fn note_settled(&mut self, from: usize) {
        let Some(settled) = &self.memory.settled else {
            return;
        };
        let ids: Vec<Option<PersonId>> = (from..settled.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|at| person_of(settled.get(at).anchor()))
            .collect();
        for (at, id) in (from..).zip(ids) {
            if let Some(id) = id {
                let person = self.person(id);
                self.settled[person as usize] = at as u32;
            }
        }
    }

    /// Finds out whose the links and memberships are that came last.
    fn note_links(&mut self) {
        let mut unknown: Vec<PersonId> = Vec::new();
        let all = self.memory.links.groups().iter().map(LinkGroup::people);
        for (group, people) in all.enumerate() {
            let known = self.linked.get(group).map_or(0, Vec::len);
            let new = people[known..].iter();
            unknown.extend(new.filter(|id| self.by_id.find(&self.ids, **id).is_none()));
        }
        let new = self.memory.grants[self.granted.len()..].iter();
        unknown.extend(new.map(|grant| grant.person));
        for id in unknown {
            self.person(id);
        }
        let find = |id: &PersonId| self.by_id.find(&self.ids, *id).unwrap_or(NOBODY);
        for (group, links) in self.memory.links.groups().iter().enumerate() {
            if self.linked.len() <= group {
                self.linked.push(Vec::new());
            }
            let known = self.linked[group].len();
            let new: Vec<u32> = links.people()[known..]
                .par_iter()
                .with_min_len(1024)
                .map(find)
                .collect();
            self.linked[group].extend(new);
        }
        let new = self.memory.grants[self.granted.len()..].iter();
        self.granted.extend(new.map(|grant: &Grant| find(&grant.person)));
    }
}
