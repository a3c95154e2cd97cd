//! The retro change log of 389 Directory Server and its like (draft-good-ldap-changelog): numbered changes.
//!
//! The log tells ids where it is set to (`nsslapd-attribute: nsuniqueid:targetUniqueId`), else names; what the entries
//! are now is read from the directory itself.

use ahash::AHashMap;
use ldap3::{Ldap, Scope};

use super::{
    super::{
        connection::{Search, Session},
        entry::Entry,
        reading::walk,
        state,
    },
    Cursor, Found, Job, Stop,
};
use crate::model::{Completeness, RecordSet, dn};

/// What the root entry says of the log.
struct Log {
    base: String,
    first: u64,
    last: u64,
}

/// Finds the number of the last change; nothing where no log is kept that usher may read.
pub(super) async fn begin(session: &Session, ldap: &mut Ldap) -> Option<String> {
    let log = log(session, ldap).await?;
    // to see whether it may be read
    let found = session.look(ldap, &log.base, &["1.1".to_owned()]).await.ok()?;
    found.map(|_| log.last.to_string())
}

async fn log(session: &Session, ldap: &mut Ldap) -> Option<Log> {
    let wanted = ["changeLog", "firstChangeNumber", "lastChangeNumber"].map(str::to_owned);
    let root = session.look(ldap, "", &wanted).await.ok()??;
    let number = |name: &str| root.text(name)?.parse().ok();
    Some(Log {
        base: root.text("changeLog").unwrap_or("cn=changelog").to_owned(),
        first: number("firstChangeNumber")?,
        last: number("lastChangeNumber")?,
    })
}

/// Tells which entries were written to since a number.
pub(super) async fn changes(job: &mut Job<'_>, cursor: &Cursor, known: &RecordSet) -> Result<Found, Stop> {
    let Some(log) = log(job.session, job.ldap).await else {
        return Err(Stop::everything("there is no change log any more"));
    };
    let since: u64 = cursor
        .position
        .parse()
        .map_err(|_| Stop::everything("the cursor is no number"))?;
    if log.last < since {
        return Err(Stop::everything("the server was set back to an earlier state"));
    }
    if log.first > since + 1 {
        return Err(Stop::everything("the change log does not reach back far enough"));
    }
    let position = log.last.to_string();
    if log.last == since {
        return Ok(Found {
            position,
            ..Found::default()
        });
    }
    job.worth(usize::try_from(log.last - since).unwrap_or(usize::MAX))?;
    let filter = format!("(&(changeNumber>={})(changeNumber<={}))", since + 1, log.last);
    let attributes = ["changeNumber", "targetDn", "targetUniqueId"].map(str::to_owned);
    let search = Search {
        base: &log.base,
        scope: Scope::OneLevel,
        filter: &filter,
        attributes: &attributes,
    };
    let mut changes = Vec::new();
    let ended = walk(job.session, job.ldap, &search, async |entries, _| {
        changes.extend(
            entries
                .into_iter()
                .filter_map(|entry| Entry::from_tag(entry.0).ok()),
        );
        true
    })
    .await?;
    // numbers may be left out by changes that were taken back, but the last one is there
    let is_last = |change: &Entry| change.text("changeNumber") == Some(position.as_str());
    if ended != Completeness::Complete || !changes.iter().any(is_last) {
        return Err(Stop::everything("the change log cannot be read in full"));
    }
    let touched = ids(job, &changes, known).await?;
    Ok(Found {
        touched,
        position,
        ..Found::default()
    })
}

/// The ids of the entries that changes are about.
async fn ids(job: &mut Job<'_>, changes: &[Entry], known: &RecordSet) -> Result<Vec<String>, Stop> {
    let by_id = job.section().anchor.eq_ignore_ascii_case("nsUniqueId");
    let mut ids = Vec::new();
    let mut names = Vec::new();
    for change in changes {
        match (change.text("targetUniqueId"), change.text("targetDn")) {
            (Some(id), _) if by_id => ids.push(id.to_owned()),
            (_, Some(name)) => names.push(name),
            _ => return Err(Stop::everything("the change log does not tell what was changed")),
        }
    }
    if names.is_empty() {
        return Ok(ids);
    }
    let places: AHashMap<String, &str> = known
        .iter()
        .filter_map(|record| Some((dn::normalise(record.location())?, record.anchor())))
        .collect();
    let wanted = [job.section().anchor.clone()];
    for name in names {
        let place = dn::normalise(name);
        ids.extend(
            place
                .and_then(|place| places.get(&place))
                .map(|id| (*id).to_owned()),
        );
        // whoever is there now may be somebody else than who was there
        if let Some(entry) = job.session.look(job.ldap, name, &wanted).await? {
            ids.extend(state::anchor(job.section(), &entry));
        }
    }
    Ok(ids)
}
