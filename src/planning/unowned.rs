//! The records of a target that nobody owns.

use std::collections::BTreeMap;

use super::{
    Inputs,
    aside::Aside,
    compile::Compiled,
    draft::{NO_RECORD, RulePlan},
};
use crate::model::{Finding, FindingKind, RecordView, RuleName, Situation, SystemName};

/// Tells how each record stands that nobody owns; they count under the first rule of their system.
pub(super) fn find(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    plans: &[RulePlan<'_>],
    protected: &[Vec<bool>],
    aside: Option<&Aside<'_>>,
    situations: &mut BTreeMap<RuleName, BTreeMap<Situation, usize>>,
    findings: &mut Vec<Finding>,
) {
    each(
        compiled,
        inputs,
        plans,
        protected,
        aside,
        &mut |rule, record, situation| {
            let accounts = &compiled.accounts[rule].rule;
            let counts = situations.entry(accounts.name.clone()).or_default();
            *counts.entry(situation).or_default() += 1;
            if situation == Situation::Orphan {
                findings.push(Finding {
                    kind: FindingKind::Orphan,
                    person: None,
                    subject: record.location().to_owned(),
                    rule: Some(accounts.name.clone()),
                    system: accounts.system.clone(),
                    anchors: vec![record.owned_anchor()],
                    candidates: vec![],
                    message:
                        "no person owns this account: link it to somebody, protect it, or delete it by hand"
                            .to_owned(),
                });
            }
        },
    );
}

/// Hands out every record that nobody owns, with the first rule of its system and how it stands.
pub(super) fn each<'a>(
    compiled: &Compiled,
    inputs: &'a Inputs<'a>,
    plans: &[RulePlan<'_>],
    protected: &[Vec<bool>],
    aside: Option<&Aside<'_>>,
    tell: &mut dyn FnMut(usize, RecordView<'a>, Situation),
) {
    let mut seen: Vec<&SystemName> = Vec::new();
    for (rule, accounts) in compiled.accounts.iter().enumerate() {
        let system = &accounts.rule.system;
        if seen.contains(&system) {
            continue;
        }
        seen.push(system);
        let records = &inputs.read(system).records;
        let mut owned = vec![false; records.len()];
        let of_system = || {
            let all = compiled.accounts.iter().zip(plans);
            all.filter(|(other, _)| other.rule.system == *system)
        };
        for (_, plan) in of_system() {
            for record in plan.record_of.iter().filter(|record| **record != NO_RECORD) {
                owned[*record as usize] = true;
            }
        }
        if let Some(aside) = aside {
            aside.take(compiled, system, &mut owned);
        }
        for record in records.iter().filter(|record| !owned[record.index()]) {
            let place = record.index() as u32;
            let situation = if protected[rule][record.index()] {
                Situation::Protected
            } else if of_system().any(|(_, plan)| plan.doubtful.contains(&place)) {
                Situation::Candidate
            } else {
                Situation::Orphan
            };
            tell(rule, record, situation);
        }
    }
}
