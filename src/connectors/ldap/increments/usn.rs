//! Update sequence numbers: the objects that a domain controller took in since a number, and those it deleted.
//!
//! Any account may ask, but few see what is deleted: one that sees no deleted object at all cannot tell that there are
//! none, so it reads the ids of all accounts instead, which tell who is gone.

use ldap3::{Ldap, Scope, SearchOptions};

use super::{
    super::{connection::Session, entry::Entry, failure::Failure, reading::walk_with},
    Cursor, Found, Job, Stop,
    domain::{self, Position},
    fetch::present,
};
use crate::model::Completeness;

/// The container of deleted objects by the name that every domain knows (MS-ADTS, section 6.1.1.4).
const DELETED_OBJECTS: &str = "18E2EA80684F11D2B9AA00C04F79F805";

/// Tells which objects were changed or deleted since a number.
pub(super) async fn changes(job: &mut Job<'_>, cursor: &Cursor) -> Result<Found, Stop> {
    let (before, now) = Position::resume(job, cursor).await?;
    let mut found = Found {
        position: now.to_string(),
        ..Found::default()
    };
    if now.number == before.number {
        return Ok(found);
    }
    let top = domain::top(job.session).await?;
    let since = before.number.saturating_add(1);
    let filter = format!("({}>={since})", domain::CHANGED);
    let section = job.section();
    let attributes = [
        section.anchor.as_str(),
        domain::DELETED,
        domain::PARENT,
        domain::CREATED,
    ];
    let attributes = attributes.map(str::to_owned);
    let search = domain::search(&top, &filter, &attributes);
    let controls = [domain::with_deleted()];
    let mut entries = Vec::new();
    let limit = job.limit;
    let ended = walk_with(job.session, job.ldap, &search, &controls, async |page, _| {
        entries.extend(page);
        entries.len() <= limit
    })
    .await?;
    job.worth(entries.len())?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("what changed cannot be read in full"));
    }
    for entry in entries.into_iter().filter(|entry| !entry.is_ref()) {
        let entry = Entry::from_tag(entry.0)
            .map_err(|_| Stop::everything("an object that changed cannot be understood"))?;
        let created = entry
            .text(domain::CREATED)
            .and_then(|number| number.parse::<u64>().ok());
        let renamed = created.is_none_or(|number| number < since);
        found.saw(job, &entry, renamed)?;
    }
    if found.gone.is_empty() && !sees_deleted(job.session, job.ldap, &top).await? {
        found.present = Some(present(job).await?);
    }
    Ok(found)
}

/// Reports whether the account sees any deleted object: that there are none cannot be told from none being shown.
pub(super) async fn sees_deleted(session: &Session, ldap: &mut Ldap, top: &str) -> Result<bool, Failure> {
    let base = format!("<WKGUID={DELETED_OBJECTS},{top}>");
    let found = ldap
        .with_timeout(session.timeout())
        .with_controls(vec![domain::with_deleted()])
        .with_search_options(SearchOptions::new().sizelimit(1))
        .search(&base, Scope::OneLevel, "(isDeleted=TRUE)", vec!["1.1"])
        .await;
    let found = found.map_err(|error| Failure::during(&error, session.section.timeout))?;
    Ok(found.0.iter().any(|entry| !entry.is_ref()))
}
