//! Who had access: what the audit tells, completed by the links and the last reads.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::Serialize;

use super::{Engine, Error, Inner};
use crate::{
    audit::{
        Record,
        access::{Access, Evidence, Holding, Holdings},
        each_json_line,
        erasure::Erasure,
    },
    model::{LinkOwner, PersonId, SystemName, dn},
};

/// What somebody had at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessReport {
    /// Who.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
    /// The accounts.
    pub accounts: Vec<Holding>,
    /// The memberships.
    pub memberships: Vec<Holding>,
    /// What could not be looked at.
    pub gaps: Vec<String>,
}

impl Engine {
    /// Tells which accounts and memberships somebody had at an instant, as far as the audit, the archives named, the
    /// links and the last reads tell.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be read, [`Error::Refused`] if an archive cannot.
    pub async fn who_had_access(
        &self,
        person: PersonId,
        at: Timestamp,
        archives: Vec<PathBuf>,
    ) -> Result<AccessReport, Error> {
        self.may(crate::model::Right::View)?;
        self.inner
            .blocking(move |inner| report(inner, person, at, &archives))
            .await
    }
}

fn report(
    inner: &Inner,
    person: PersonId,
    at: Timestamp,
    archives: &[PathBuf],
) -> Result<AccessReport, Error> {
    let mut access = Access::new(person.to_string(), at);
    let mut first = None;
    each_record(inner, archives, &mut |record| {
        first.get_or_insert(record.sequence);
        access.follow(record);
    })?;
    let mut holdings = access.finish();
    each_record(inner, archives, &mut |record| holdings.approved(record))?;
    let mut gaps: Vec<_> = holdings.erasures.iter().map(erased).collect();
    if let Some(first) = first.filter(|first| *first > 1) {
        gaps.push(format!(
            "the records before number {first} are in archives: name them with --archive, the oldest first"
        ));
    }
    add_links(inner, person, &mut holdings, at)?;
    add_reads(inner, &mut holdings, &mut gaps)?;
    Ok(AccessReport {
        person,
        at,
        accounts: holdings.accounts.into_values().flatten().collect(),
        memberships: holdings.memberships.into_values().flatten().collect(),
        gaps,
    })
}

/// Says that what the audit told was erased.
fn erased(erasure: &Erasure) -> String {
    format!(
        "erased: what {} records told was erased at {} by {} ({}); nobody can tell it any more",
        erasure.records, erasure.at, erasure.by, erasure.reason
    )
}

/// Hands out the records of archives and then of the store, each once.
fn each_record(inner: &Inner, archives: &[PathBuf], each: &mut dyn FnMut(&Record)) -> Result<(), Error> {
    let mut last = 0;
    for path in archives {
        from_archive(path, &mut |record| {
            if record.sequence > last {
                last = record.sequence;
                each(record);
            }
        })?;
    }
    inner.setup.store.audit_all(&mut |record| {
        if record.sequence > last {
            each(&record);
        }
        true
    })?;
    Ok(())
}

fn from_archive(path: &Path, each: &mut dyn FnMut(&Record)) -> Result<(), Error> {
    let refused =
        |reason: String| Error::Refused(format!("the archive {} cannot be read: {reason}", path.display()));
    let file = File::open(path).map_err(|error| refused(error.to_string()))?;
    each_json_line(BufReader::new(file), |record| {
        each(record);
        Ok(())
    })
    .map_err(|error| refused(error.to_string()))
}

/// Adds accounts that a plan has found to be the person's, and no run has written since.
fn add_links(inner: &Inner, person: PersonId, holdings: &mut Holdings, at: Timestamp) -> Result<(), Error> {
    let rules = inner.rules();
    for link in inner.setup.store.accounts_of(person)? {
        let LinkOwner::Account(rule) = &link.owner else {
            continue;
        };
        let Some(system) = rules
            .accounts
            .iter()
            .find(|one| one.name == *rule)
            .map(|one| &one.system)
        else {
            continue;
        };
        let key = (system.to_string(), link.anchor.to_string());
        if link.since > at || holdings.accounts.contains_key(&key) {
            continue;
        }
        let holding = Holding {
            system: system.to_string(),
            rule: Some(rule.to_string()),
            anchor: link.anchor.to_string(),
            place: link.anchor.to_string(),
            usable: None,
            since: Some(link.since),
            run: None,
            operation: None,
            approvals: Vec::new(),
            record: None,
            evidence: Evidence::Linked(link.why),
        };
        holdings.accounts.insert(key, Some(holding));
    }
    Ok(())
}

/// Looks the accounts up in the last reads: whether they are usable where nothing else tells, and which groups they
/// are in that usher never gave them.
fn add_reads(inner: &Inner, holdings: &mut Holdings, gaps: &mut Vec<String>) -> Result<(), Error> {
    let store = &inner.setup.store;
    let mut found: Vec<Holding> = Vec::new();
    for account in holdings.accounts.values_mut().flatten() {
        let system = SystemName::from(account.system.as_str());
        let Some(read) = store.last_read(&system)? else {
            gaps.push(format!("{system} was never read in full"));
            continue;
        };
        let Some(records) = store.last_records(&system, false)? else {
            continue;
        };
        if let Some(record) = records.iter().find(|record| record.anchor() == account.anchor) {
            if matches!(account.evidence, Evidence::Linked(_)) {
                record.location().clone_into(&mut account.place);
            }
            if account.usable.is_none() && record.enabled().is_some() {
                account.usable = record.enabled();
                gaps.push(format!(
                    "whether {} in {system} was usable is known only from the read of {}",
                    account.place, read.ended
                ));
            }
        }
        let Some(groups) = store.last_records(&system, true)? else {
            continue;
        };
        let Some(member) = groups.schema().position("member") else {
            continue;
        };
        for group in groups.iter() {
            let is_member = group.cell(member).each().any(|value| {
                value == account.anchor
                    || value.eq_ignore_ascii_case(&account.place)
                    || dn::same(value, &account.place)
            });
            if is_member {
                found.push(Holding {
                    system: account.system.clone(),
                    rule: None,
                    anchor: group.anchor().to_owned(),
                    place: group.location().to_owned(),
                    usable: None,
                    since: None,
                    run: None,
                    operation: None,
                    approvals: Vec::new(),
                    record: None,
                    evidence: Evidence::Read(read.ended),
                });
            }
        }
    }
    for membership in found {
        let key = (membership.system.clone(), membership.anchor.clone());
        holdings.memberships.entry(key).or_insert(Some(membership));
    }
    Ok(())
}
