//! Links that are proposed: accounts that match somebody and are linked to nobody.
//!
//! Where usher is new there is one for nearly everybody, so they are held by column, and become operations one at a
//! time where they are looked at or stored.

use super::Texts;
use crate::model::{
    Anchor, Fingerprint, Kind, Operation, PersonId, Precondition, RuleName, Situation, SystemName, Target,
};

/// What tells one adoption from the others of its rule.
#[derive(Debug, Clone, Copy)]
pub struct Adoption<'a> {
    /// Whose account it becomes.
    pub person: PersonId,
    /// What the person is called.
    pub subject: &'a str,
    /// Which record.
    pub anchor: &'a str,
    /// Where it is.
    pub location: &'a str,
    /// How the person stands.
    pub situation: Situation,
    /// By what it matches: `matched by employeeNumber = 42, normalised from 0042`.
    pub why: &'a str,
}

/// The adoptions of one account rule.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    rule: RuleName,
    system: SystemName,
    people: Vec<PersonId>,
    fingerprints: Vec<Fingerprint>,
    situations: Vec<Situation>,
    subjects: Texts,
    anchors: Texts,
    locations: Texts,
    whys: Texts,
    /// The places in the order of the run; empty before they are arranged.
    order: Vec<u32>,
    /// How many of them, from the first, something waits for.
    needed: usize,
}

/// All adoptions of a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Adoptions {
    groups: Vec<Group>,
}

impl Adoptions {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.people.len()).sum()
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.people.is_empty())
    }

    /// Adds adoptions of a rule, each with its fingerprint.
    pub fn add<'a>(
        &mut self,
        rule: &RuleName,
        system: &SystemName,
        adoptions: impl Iterator<Item = (Adoption<'a>, Fingerprint)>,
    ) {
        for (adoption, fingerprint) in adoptions {
            let last = self.groups.last();
            if last.is_none_or(|last| last.rule != *rule || !last.has_room(&adoption)) {
                self.groups.push(Group::new(rule, system));
            }
            if let Some(group) = self.groups.last_mut() {
                group.push(&adoption, fingerprint);
            }
        }
    }

    /// Puts them in the order of the run; `is_needed` says of each, by its place among all, whether something waits
    /// for it. Those are done first, the others last: they change nothing yet.
    ///
    /// The order within is that of the fingerprints, which are drawn like lots: nobody is first by name.
    pub fn arrange(&mut self, is_needed: impl Fn(usize) -> bool) {
        let mut first = 0;
        for group in &mut self.groups {
            group.arrange(|at| is_needed(first + at));
            first += group.people.len();
        }
    }

    /// Adds the adoptions of other rules.
    pub fn append(&mut self, mut other: Self) {
        self.groups.append(&mut other.groups);
    }

    /// Returns the fingerprints, in no order.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.groups
            .iter()
            .flat_map(|group| group.fingerprints.iter().copied())
    }

    /// Returns the fingerprints of the adoptions in one system.
    pub fn in_system<'a>(&'a self, system: &'a SystemName) -> impl Iterator<Item = Fingerprint> + 'a {
        let groups = self.groups.iter().filter(move |group| group.system == *system);
        groups.flat_map(|group| group.fingerprints.iter().copied())
    }

    /// Returns the systems there are adoptions in.
    pub fn systems(&self) -> Vec<SystemName> {
        let mut systems: Vec<_> = self.groups.iter().map(|group| group.system.clone()).collect();
        systems.sort_unstable();
        systems.dedup();
        systems
    }

    /// Iterates over those that other operations wait for, as operations.
    pub fn needed(&self) -> impl Iterator<Item = Operation> {
        let groups = self.groups.iter();
        groups.flat_map(|group| {
            group.order[..group.needed]
                .iter()
                .map(|at| group.operation(*at as usize))
        })
    }

    /// Iterates over the others.
    pub fn by_themselves(&self) -> impl Iterator<Item = Operation> {
        let groups = self.groups.iter();
        groups.flat_map(|group| {
            group.order[group.needed..]
                .iter()
                .map(|at| group.operation(*at as usize))
        })
    }

    /// Iterates over all, as operations.
    pub fn iter(&self) -> impl Iterator<Item = Operation> {
        self.needed().chain(self.by_themselves())
    }
}

impl Group {
    fn new(rule: &RuleName, system: &SystemName) -> Self {
        Self {
            rule: rule.clone(),
            system: system.clone(),
            people: Vec::new(),
            fingerprints: Vec::new(),
            situations: Vec::new(),
            subjects: Texts::default(),
            anchors: Texts::default(),
            locations: Texts::default(),
            whys: Texts::default(),
            order: Vec::new(),
            needed: 0,
        }
    }

    fn has_room(&self, adoption: &Adoption<'_>) -> bool {
        self.subjects.has_room(adoption.subject.len())
            && self.anchors.has_room(adoption.anchor.len())
            && self.locations.has_room(adoption.location.len())
            && self.whys.has_room(adoption.why.len())
    }

    fn push(&mut self, adoption: &Adoption<'_>, fingerprint: Fingerprint) {
        self.people.push(adoption.person);
        self.fingerprints.push(fingerprint);
        self.situations.push(adoption.situation);
        self.subjects.push(adoption.subject);
        self.anchors.push(adoption.anchor);
        self.locations.push(adoption.location);
        self.whys.push(adoption.why);
    }

    fn arrange(&mut self, is_needed: impl Fn(usize) -> bool) {
        let (mut order, mut others): (Vec<u32>, Vec<u32>) =
            (0..self.people.len() as u32).partition(|at| is_needed(*at as usize));
        order.sort_unstable_by_key(|at| self.fingerprints[*at as usize]);
        others.sort_unstable_by_key(|at| self.fingerprints[*at as usize]);
        self.needed = order.len();
        order.append(&mut others);
        self.order = order;
    }

    fn operation(&self, at: usize) -> Operation {
        Operation {
            fingerprint: self.fingerprints[at],
            subject: self.subjects.get(at).to_owned(),
            situation: self.situations[at],
            target: Target {
                location: self.locations.get(at).to_owned(),
                ..adopted(self.anchors.get(at))
            },
            why: self.whys.get(at).to_owned(),
            ..proposed(&self.rule, &self.system, self.people[at], self.anchors.get(at))
        }
    }
}

fn adopted(anchor: &str) -> Target {
    Target {
        anchor: Some(Anchor::from(anchor)),
        location: String::new(),
        container: None,
        name: None,
    }
}

/// Returns an adoption as far as its fingerprint goes by it.
pub fn proposed(rule: &RuleName, system: &SystemName, person: PersonId, anchor: &str) -> Operation {
    Operation {
        fingerprint: Fingerprint([0; 32]),
        person: Some(person),
        subject: String::new(),
        rule: rule.clone(),
        system: system.clone(),
        class: Vec::new(),
        kind: Kind::Adopt,
        situation: Situation::Found,
        event: None,
        target: adopted(anchor),
        changes: Vec::new(),
        usable: None,
        precondition: Precondition::Unchanged { enabled: None },
        waits_for: Vec::new(),
        due: None,
        risk: Vec::new(),
        why: String::new(),
        undoes: None,
    }
}
