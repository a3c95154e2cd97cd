//! Containers that were renamed, moved or put back: what is below them moved along, and no stamp or log of an account
//! tells so.

use ahash::AHashMap;
use aws_lc_rs::digest::{Context, SHA256};
use ldap3::{Ldap, Scope};

use super::{
    super::{
        connection::{Search, Session},
        entry::Entry,
        reading::walk,
    },
    Cursor, Job, Stop, domain,
    fetch::Picture,
    id_and_name,
};
use crate::model::{Completeness, dn};

/// What commonly contains accounts. Other containers are looked at one by one, where accounts are known below them.
const CONTAINERS: &str = "(|(objectClass=organizationalUnit)(objectClass=organization)(objectClass=dcObject)\
                          (objectClass=domain)(objectClass=container)(objectClass=nsContainer)\
                          (objectClass=locality)(objectClass=country))";

/// How many containers of other kinds are looked at.
const OTHERS: usize = 200;

/// Finds accounts that moved with their container; returns whether any container was changed.
pub(super) async fn look(
    job: &mut Job<'_>,
    cursor: &mut Cursor,
    before: &Cursor,
    picture: &mut Picture<'_>,
) -> Result<bool, Stop> {
    let base = job.section().base.clone();
    // in a domain also those beside it: what accounts refer to may be there
    let top = if cursor.mechanism.is_of_domain() {
        domain::top(job.session).await?
    } else {
        base.clone()
    };
    let stamps = stamps(job.session, job.ldap, &top, cursor.stamp()).await?;
    let digest = digest(&stamps);
    if digest == cursor.containers {
        return Ok(false);
    }
    cursor.containers = digest;
    for container in gone(job, &stamps, picture).await? {
        picture.want_below(&container);
    }
    for (name, stamp) in stamps.values() {
        let is_within = dn::same(name, &base) || dn::is_below(name, &base);
        if is_within && before.is_before(stamp.as_deref()) {
            below(job, name, picture).await?;
        }
    }
    if !cursor.mechanism.is_of_domain() {
        for (_, time) in stamps.values() {
            cursor.saw_time(time.as_deref());
        }
    }
    Ok(true)
}

/// Returns the digest of the containers there are now.
pub(super) async fn now(session: &Session, ldap: &mut Ldap, top: &str, stamp: &str) -> Result<String, Stop> {
    Ok(digest(&stamps(session, ldap, top, stamp).await?))
}

/// A short text that is the same as long as no container was changed.
fn digest(stamps: &AHashMap<String, (String, Option<String>)>) -> String {
    let mut all: Vec<String> = stamps
        .iter()
        .map(|(name, (_, time))| format!("{name} {}\n", time.as_deref().unwrap_or("?")))
        .collect();
    all.sort_unstable();
    let mut context = Context::new(&SHA256);
    for line in &all {
        context.update(line.as_bytes());
    }
    hex::encode(&context.finish().as_ref()[..8])
}

/// The containers there are by their names in normal form: how they are spelt, and when they were changed.
async fn stamps(
    session: &Session,
    ldap: &mut Ldap,
    base: &str,
    stamp: &str,
) -> Result<AHashMap<String, (String, Option<String>)>, Stop> {
    let attributes = [stamp.to_owned()];
    let search = Search {
        base,
        scope: Scope::Subtree,
        filter: CONTAINERS,
        attributes: &attributes,
    };
    let mut found = AHashMap::new();
    let ended = walk(session, ldap, &search, async |entries, _| {
        for entry in entries.into_iter().filter(|entry| !entry.is_ref()) {
            if let Ok(entry) = Entry::from_tag(entry.0)
                && let Some(name) = dn::normalise(&entry.dn)
            {
                let time = entry.text(stamp).map(str::to_owned);
                found.insert(name, (entry.dn, time));
            }
        }
        true
    })
    .await?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("the containers cannot be read"));
    }
    Ok(found)
}

/// The containers of known accounts that are not there any more.
async fn gone(
    job: &mut Job<'_>,
    stamps: &AHashMap<String, (String, Option<String>)>,
    picture: &Picture<'_>,
) -> Result<Vec<String>, Stop> {
    let unlisted: Vec<&str> = picture
        .containers()
        .into_iter()
        .filter(|name| dn::normalise(name).is_none_or(|name| !stamps.contains_key(&name)))
        .collect();
    if unlisted.len() > OTHERS {
        return Err(Stop::everything(
            "accounts are in too many containers of uncommon kinds",
        ));
    }
    let mut gone = Vec::new();
    for name in unlisted {
        let found = job.session.look(job.ldap, name, &["1.1".to_owned()]).await?;
        if found.is_none() {
            gone.push(name.to_owned());
        }
    }
    Ok(gone)
}

/// Wants the accounts below a container that are not where they were.
async fn below(job: &mut Job<'_>, container: &str, picture: &mut Picture<'_>) -> Result<(), Stop> {
    let section = job.section();
    let attributes = [section.anchor.clone()];
    let search = Search {
        base: container,
        // the base itself cannot have been renamed: what is directly in it may have been moved there
        scope: if dn::same(container, &section.base) {
            Scope::OneLevel
        } else {
            Scope::Subtree
        },
        filter: &job.question.filter,
        attributes: &attributes,
    };
    let ended = walk(job.session, job.ldap, &search, async |entries, _| {
        for entry in entries.iter().filter(|entry| !entry.is_ref()) {
            if let Some((id, entry)) = id_and_name(section, entry) {
                picture.want_if_moved(&id, &entry.dn);
            }
        }
        true
    })
    .await?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("what is in a container cannot be read"));
    }
    Ok(())
}
