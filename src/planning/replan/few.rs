//! Cuts sources and memory down to those who are planned.

use jiff::Timestamp;

use super::{Carried, Loud};
use crate::{
    model::{LinkOwner, Links, Memory, Read, RecordSet, links::Why, record::SetFull},
    planning::{compile::Compiled, people::NOBODY},
};

/// What those who are planned are put together from.
pub(super) struct Few {
    pub(super) memory: Memory,
    /// One read of each system: of sources with the records of those people only, of others without any.
    pub(super) sources: Vec<Read>,
    /// For each people rule, where the records are in the whole read.
    pub(super) places: Vec<Vec<u32>>,
}

impl Few {
    /// Cuts out what concerns those who are planned; what nobody else has is taken out of what is carried.
    pub(super) fn of(
        compiled: &Compiled,
        now: Timestamp,
        reads: &[Read],
        carried: &mut Carried,
        loud: &Loud,
    ) -> Result<Self, SetFull> {
        let mut sources = Vec::with_capacity(reads.len());
        let mut places = vec![Vec::new(); compiled.people.len()];
        for (system, read) in reads.iter().enumerate() {
            let rules =
                (0..compiled.people.len()).filter(|rule| compiled.people[*rule].rule.from == read.system);
            let rules: Vec<usize> = rules.collect();
            let mut picked: Vec<u32> = Vec::new();
            for rule in &rules {
                let whose = carried.whose[*rule].iter().zip(0..);
                let whose = whose.filter(|(person, _)| **person != NOBODY && loud.is[**person as usize]);
                picked.extend(whose.map(|(_, place): (&u32, u32)| place));
                picked.extend(&carried.loose[*rule]);
            }
            if !rules.is_empty() {
                let fresh = carried.fresh.iter().filter(|(of, _)| *of == system);
                picked.extend(fresh.map(|(_, place)| *place));
            }
            picked.sort_unstable();
            picked.dedup();
            sources.push(Read {
                records: read.records.pick(picked.iter().copied())?,
                ..bare(read)
            });
            for rule in rules {
                places[rule].clone_from(&picked);
            }
        }
        let memory = remembered(now, carried, loud)?;
        Ok(Self {
            memory,
            sources,
            places,
        })
    }
}

/// A read without its records.
fn bare(read: &Read) -> Read {
    Read {
        system: read.system.clone(),
        kind: read.kind.clone(),
        coverage: read.coverage.clone(),
        completeness: read.completeness.clone(),
        records: RecordSet::new(read.records.schema().clone()),
        problems: Vec::new(),
        started: read.started,
        ended: read.ended,
    }
}

fn remembered(now: Timestamp, carried: &mut Carried, loud: &Loud) -> Result<Memory, SetFull> {
    let is_loud = |person: u32| person != NOBODY && loud.is[person as usize];
    let mut links = Links::default();
    for (owner, group, people) in carried.link_owners() {
        let of_source = matches!(owner, LinkOwner::Source(_));
        for (at, person) in people.iter().enumerate() {
            let anchor = || group.anchor(at);
            let is_meant =
                is_loud(*person) || of_source && !loud.anchors.is_empty() && loud.anchors.contains(anchor());
            if is_meant {
                links.add(owner, group.people()[at], anchor(), Why::default(), now);
            }
        }
    }
    let settled = match &carried.memory.settled {
        None => None,
        Some(settled) => {
            let rows = loud.list.iter().map(|person| carried.settled[*person as usize]);
            let mut rows: Vec<u32> = rows.filter(|row| *row != NOBODY).collect();
            rows.sort_unstable();
            Some(settled.pick(rows)?)
        }
    };
    let grants = carried.memory.grants.iter().zip(&carried.granted);
    let grants = grants.filter(|(_, person)| is_loud(**person));
    let grants = grants.map(|(grant, _)| grant.clone()).collect();
    let memory = &mut carried.memory;
    Ok(Memory {
        seed: memory.seed,
        links,
        settled,
        events: std::mem::take(&mut memory.events),
        timers: std::mem::take(&mut memory.timers),
        reservations: std::mem::take(&mut memory.reservations),
        grants,
        recent: std::mem::take(&mut memory.recent),
    })
}

impl Carried {
    /// Takes back what [`Few::of`] took out.
    pub(super) fn take_back(&mut self, memory: Memory) {
        self.memory.events = memory.events;
        self.memory.timers = memory.timers;
        self.memory.reservations = memory.reservations;
        self.memory.recent = memory.recent;
    }
}
