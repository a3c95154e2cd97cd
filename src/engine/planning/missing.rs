//! Says of linked accounts that are gone what is still known about them.
//!
//! The plan knows only that the record is not there. Where it was is in the read before, and after that in the
//! finding of the plan before; by what it was linked, and since when, is in the link.

use std::collections::HashMap;

use crate::{
    engine::{Error, Inner},
    model::{Anchor, Candidate, Finding, FindingKind, Link, LinkOwner, Read, RecordView, SystemName, dn},
};

/// Completes the findings about linked accounts that are gone; the read before this one is still the stored one.
pub(super) fn explain(inner: &Inner, findings: &mut [Finding], reads: &[Read]) -> Result<(), Error> {
    let store = &inner.setup.store;
    let mut lost: Vec<(usize, Link)> = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        let (FindingKind::Missing, Some(person), Some(rule)) = (finding.kind, finding.person, &finding.rule)
        else {
            continue;
        };
        let owner = LinkOwner::Account(rule.clone());
        let links = store.accounts_of(person)?;
        lost.extend(
            links
                .into_iter()
                .find(|link| link.owner == owner)
                .map(|link| (at, link)),
        );
    }
    if lost.is_empty() {
        return Ok(());
    }
    let former = former(inner, findings, &lost)?;
    for (at, link) in lost {
        let finding = &mut findings[at];
        let was = former.get(&(finding.system.clone(), link.anchor.clone()));
        let place = was.map_or("the record", |(location, _)| location);
        let known = format!(
            "; it was {place} ({}), {}, linked since {}",
            link.anchor, link.why, link.since
        );
        finding.message.push_str(&known);
        let Some((location, name)) = was else { continue };
        let read = reads.iter().find(|read| read.system == finding.system);
        if let Some(other) = read.and_then(|read| at_same_place(read, location)) {
            finding
                .message
                .push_str("; another account stands at the same place now, and it is not the same");
            let anchor = other.owned_anchor();
            if !finding.anchors.contains(&anchor) {
                finding.candidates.push(Candidate {
                    anchor: Some(anchor.clone()),
                    location: other.location().to_owned(),
                    name: name.clone(),
                    person: None,
                    is_gone: false,
                });
                finding.anchors.push(anchor);
            }
        }
        let gone = Candidate {
            anchor: Some(link.anchor),
            location: location.clone(),
            name: name.clone(),
            person: None,
            is_gone: true,
        };
        finding.candidates.insert(0, gone);
    }
    Ok(())
}

/// Where records were and what they were called, as far as anything still tells.
type Former = HashMap<(SystemName, Anchor), (String, String)>;

fn former(inner: &Inner, findings: &[Finding], lost: &[(usize, Link)]) -> Result<Former, Error> {
    let store = &inner.setup.store;
    let mut former = Former::new();
    let before = store
        .current_plan()?
        .map(|plan| plan.findings)
        .unwrap_or_default();
    for finding in before {
        for candidate in finding
            .candidates
            .into_iter()
            .filter(|candidate| candidate.is_gone)
        {
            if let Some(anchor) = candidate.anchor {
                former.insert(
                    (finding.system.clone(), anchor),
                    (candidate.location, candidate.name),
                );
            }
        }
    }
    let mut systems: Vec<&SystemName> = lost.iter().map(|(at, _)| &findings[*at].system).collect();
    systems.sort_unstable();
    systems.dedup();
    for system in systems {
        let Some(records) = inner.last_records(system)? else {
            continue;
        };
        let anchors: HashMap<&str, &Finding> = lost
            .iter()
            .map(|(at, link)| (link.anchor.as_str(), &findings[*at]))
            .filter(|(_, finding)| finding.system == *system)
            .collect();
        for record in records.iter() {
            if let Some(finding) = anchors.get(record.anchor()) {
                let place = (record.location().to_owned(), finding.subject.clone());
                former.insert((system.clone(), record.owned_anchor()), place);
            }
        }
    }
    Ok(former)
}

/// The record that is where another one was.
fn at_same_place<'a>(read: &'a Read, location: &str) -> Option<RecordView<'a>> {
    let mut records = read.records.iter().filter(|_| !location.is_empty());
    records.find(|record| record.location() == location || dn::same(record.location(), location))
}
