//! Makes the operations that adopt accounts.

use ahash::AHashSet;
use rayon::prelude::*;

use super::{
    compile::Compiled,
    draft::{Adoptable, RulePlan},
    matching,
    people::People,
    seal::{MarkKey, fingerprint},
};
use crate::model::{
    Adoptions, Fingerprint, Operation, Schema,
    links::{Adoption, proposed},
};

/// How many are made at a time: their texts are made side by side, and never all at once.
const CHUNK: usize = 8192;

/// The fingerprints of the adoptions of each account rule, in the order of people.
pub(super) fn fingerprints(
    compiled: &Compiled,
    people: &People<'_>,
    plans: &[RulePlan<'_>],
    marks: &MarkKey,
) -> Vec<Vec<Fingerprint>> {
    let schema = Schema::default();
    let rules = compiled.accounts.iter().zip(plans);
    rules
        .map(|(accounts, plan)| {
            let rule = &accounts.rule;
            let adoptable = plan.adoptable.par_iter().with_min_len(256);
            adoptable
                .map(|adoptable| {
                    let anchor = plan.records.get(adoptable.record as usize).anchor();
                    let person = people.ids[adoptable.person as usize];
                    fingerprint(
                        &proposed(&rule.name, &rule.system, person, anchor),
                        &schema,
                        marks,
                    )
                })
                .collect()
        })
        .collect()
}

/// Makes the adoptions of all rules; `operations` are all others of the plan.
pub(super) fn make(
    compiled: &Compiled,
    people: &People<'_>,
    plans: &[RulePlan<'_>],
    fingerprints: &[Vec<Fingerprint>],
    operations: &[Operation],
) -> Adoptions {
    let mut adoptions = Adoptions::default();
    if fingerprints.iter().all(Vec::is_empty) {
        return adoptions;
    }
    let needed: AHashSet<&Fingerprint> = operations
        .iter()
        .flat_map(|operation| &operation.waits_for)
        .collect();
    for ((accounts, plan), ids) in compiled.accounts.iter().zip(plans).zip(fingerprints) {
        let texts = |adoptable: &Adoptable| {
            let record = plan.records.get(adoptable.record as usize);
            let by = matching::matched(accounts, adoptable.hit, record);
            let why = match plan.normalised.get(&adoptable.person) {
                Some(from) => format!("{}{by}, normalised from {from}", matching::BY),
                None => format!("{}{by}", matching::BY),
            };
            (people.name(adoptable.person as usize), why)
        };
        let mut own = Adoptions::default();
        for (chunk, ids) in plan.adoptable.chunks(CHUNK).zip(ids.chunks(CHUNK)) {
            let texts: Vec<(String, String)> = chunk.par_iter().with_min_len(64).map(texts).collect();
            let made = chunk.iter().zip(&texts).map(|(adoptable, (subject, why))| {
                let person = adoptable.person as usize;
                let record = plan.records.get(adoptable.record as usize);
                Adoption {
                    person: people.ids[person],
                    subject,
                    anchor: record.anchor(),
                    location: record.location(),
                    situation: plan.situation[person],
                    why,
                }
            });
            own.add(
                &accounts.rule.name,
                &accounts.rule.system,
                made.zip(ids.iter().copied()),
            );
        }
        own.arrange(|place| needed.contains(&ids[place]));
        adoptions.append(own);
    }
    adoptions
}
