//! The people who are not planned, because nothing of them can have changed: what those who are planned must know of
//! them. It is their accounts that count, and whom a question is asked about has to be planned after all.

use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use super::{compile::Compiled, located::Located, matching::Built, people::NOBODY};
use crate::model::{Situation, SystemName, record::Places};

/// What is kept of the records of one system, where account rules look for accounts.
pub(super) struct Looked<'c> {
    /// Where they are by their ids.
    pub places: &'c Places,
    /// Which are where by their locations.
    pub located: &'c OnceLock<Located>,
}

/// People who are not planned. Rules are account rules, by their places.
pub(super) struct Aside<'c> {
    /// For each rule, whose each record is, also of those who are planned.
    pub owners: &'c [Vec<u32>],
    /// Who is planned.
    pub loud: &'c [bool],
    /// For each rule, which records are protected.
    pub protected: &'c [Vec<bool>],
    /// For each rule, what is kept of its system.
    pub looked: Vec<Looked<'c>>,
    /// For each rule and each way it matches by, what was looked through.
    pub indexes: &'c [Vec<OnceLock<Built>>],
    /// For each rule, how those who are not planned stand.
    pub situations: Vec<BTreeMap<Situation, usize>>,
    asked: Mutex<Vec<u32>>,
}

impl<'c> Aside<'c> {
    pub(super) fn new(
        owners: &'c [Vec<u32>],
        loud: &'c [bool],
        protected: &'c [Vec<bool>],
        looked: Vec<Looked<'c>>,
        indexes: &'c [Vec<OnceLock<Built>>],
        situations: Vec<BTreeMap<Situation, usize>>,
    ) -> Self {
        Self {
            owners,
            loud,
            protected,
            looked,
            indexes,
            situations,
            asked: Mutex::default(),
        }
    }

    /// Marks the records of a system that are accounts of people who are not planned.
    pub(super) fn take(&self, compiled: &Compiled, system: &SystemName, taken: &mut [bool]) {
        let rules = compiled.accounts.iter().zip(self.owners);
        for (_, owners) in rules.filter(|(accounts, _)| accounts.rule.system == *system) {
            for (owner, taken) in owners.iter().zip(&mut *taken) {
                *taken |= *owner != NOBODY && !self.loud[*owner as usize];
            }
        }
    }

    /// Returns where the records of a rule's system are.
    pub(super) fn places(&self, rule: usize) -> &'c Places {
        self.looked[rule].places
    }

    /// Returns what was looked through for one way of a rule to match.
    pub(super) fn index(&self, rule: usize, way: usize) -> &'c OnceLock<Built> {
        &self.indexes[rule][way]
    }

    /// Notes that somebody must be planned: whose a record is under a rule, if nobody who is planned.
    pub(super) fn ask_for_owner(&self, rule: usize, record: u32) {
        let owner = self.owners[rule][record as usize];
        if owner != NOBODY && !self.loud[owner as usize] {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(owner);
        }
    }

    /// Returns who must be planned too.
    pub(super) fn asked(self) -> Vec<u32> {
        self.asked.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
