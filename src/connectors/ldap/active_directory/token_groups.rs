//! All groups that an account is in, also through others and those of other domains, by their identifiers
//! (`tokenGroups`, MS-ADTS, section 3.1.1.4.5.19).
//!
//! The server puts them together when it is asked for one object; in any other search they are an error.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use ldap3::{Ldap, ResultEntry, Scope};

use super::{
    super::{
        Section,
        connection::{Search, Session},
        entry::Entry,
        failure::{Failure, said},
        filter, freshness,
    },
    control, sid,
};
use crate::{
    connectors::{ObjectRef, WriteError},
    model::{self, Anchor, Schema},
};

/// The attribute with all groups.
const ALL: &str = "tokenGroups";

/// The attributes of this kind: all groups, all without those that count in one domain only, and all that can be told
/// without a global catalogue.
const NAMES: [&str; 3] = [ALL, "tokenGroupsGlobalAndUniversal", "tokenGroupsNoGCAcceptable"];

/// The identifier of the account itself.
const OWN: &str = "objectSid";

/// Who lists somebody as a member, also by way of others (MS-ADTS, section 3.1.1.3.4.4.3).
const IN_CHAIN: &str = "member:1.2.840.113556.1.4.1941:";

/// Reports whether an attribute is of this kind.
pub(in super::super) fn is_one(attribute: &str) -> bool {
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(attribute))
}

/// Returns the attributes of this kind among the columns that are read; none but in a domain.
pub(in super::super) fn wanted(section: &Section, schema: &Schema) -> Vec<String> {
    let columns = schema.columns.iter().filter(|_| section.is_active_directory());
    let names = columns.map(|column| &column.name).filter(|name| is_one(name));
    names.cloned().collect()
}

/// Adds what is wanted to the entries of a page, as many at once as may be in flight; says of the first that it
/// cannot be read of.
pub(in super::super) async fn add(
    session: &Session,
    ldap: &Ldap,
    page: Vec<ResultEntry>,
    wanted: &[String],
) -> (Vec<ResultEntry>, Vec<Entry>, Option<String>) {
    let (mut rest, mut entries) = (Vec::new(), Vec::with_capacity(page.len()));
    for entry in page {
        if entry.is_ref() || entry.is_intermediate() {
            rest.push(entry);
        } else if let Ok(known) = Entry::from_tag(entry.0.clone()) {
            entries.push(known);
        } else {
            rest.push(entry);
        }
    }
    let at_once = session.section.in_flight.clamp(1, 64);
    let asked = entries.into_iter().map(|mut entry| async move {
        let trouble = add_one(session, ldap.clone(), &mut entry, wanted).await.err();
        (entry, trouble)
    });
    let answers: Vec<_> = stream::iter(asked).buffered(at_once).collect().await;
    let mut trouble = None;
    let mut entries = Vec::with_capacity(answers.len());
    for (entry, why) in answers {
        trouble = trouble.or(why);
        entries.push(entry);
    }
    (rest, entries, trouble)
}

/// Adds what is wanted to one entry.
///
/// # Errors
/// Says why it cannot be read.
pub(in super::super) async fn add_one(
    session: &Session,
    mut ldap: Ldap,
    entry: &mut Entry,
    wanted: &[String],
) -> Result<(), String> {
    let search = Search {
        base: &entry.dn,
        scope: Scope::Base,
        filter: "(objectClass=*)",
        attributes: wanted,
    };
    let (found, result) = session
        .page(&mut ldap, &search, Vec::new())
        .await
        .map_err(|failure| format!("{ALL} of {} cannot be read: {failure}", entry.dn))?;
    let found = found.into_iter().find(|found| !found.is_ref());
    let found = found.and_then(|found| Entry::from_tag(found.0).ok());
    if result.rc != 0 {
        return Err(format!(
            "{ALL} of {} cannot be read: result code {}{}: read again",
            entry.dn,
            result.rc,
            said(&result)
        ));
    }
    let Some(found) = found else {
        return Err(format!(
            "{ALL} of {} cannot be read: it is gone or was moved meanwhile: read again",
            entry.dn
        ));
    };
    // every account is in one group at least; a contact is in none that counts
    if found.get(&wanted[0]).is_none_or(<[_]>::is_empty) && entry.get(control::ATTRIBUTE).is_some() {
        return Err(format!("{ALL} of {} is not shown: {}", entry.dn, grant(session)));
    }
    entry.attributes.extend(found.attributes);
    Ok(())
}

/// What lets an account read what the groups of others are.
fn grant(session: &Session) -> String {
    format!(
        "put {} into the group \"Windows Authorization Access Group\"",
        session.section.identity()
    )
}

/// Says that the groups of accounts are not shown, if so, and what would show them: tried with the first account there
/// is.
pub(in super::super) async fn hidden(session: &Session) -> Result<Option<String>, Failure> {
    let section = &session.section;
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter: &section.filter,
        attributes: &[control::ATTRIBUTE.to_owned()],
    };
    let (found, _) = session.search(&search, 1).await?;
    let Some(account) = found.iter().find(|found| found.get(control::ATTRIBUTE).is_some()) else {
        return Ok(None);
    };
    let wanted = [ALL.to_owned()];
    let asked = session.entry(&account.dn, "(objectClass=*)", &wanted).await;
    // what is refused is not shown either
    let entry = asked.ok().flatten();
    let is_shown = |entry: &Entry| entry.get(ALL).is_some_and(|groups| !groups.is_empty());
    Ok((!entry.as_ref().is_some_and(is_shown)).then(|| {
        format!(
            "the groups of accounts through other groups ({ALL}) are not shown: whether an account has power that the \
             plan does not know of cannot be seen before it is disabled, moved or deleted: {}",
            grant(session)
        )
    }))
}

/// For how long is kept what was found out about a group: as many may gain or lose members in a row.
const KEPT: Duration = Duration::from_secs(60);

/// What was found out about groups, by their ids: when, and what gives them power, if anything.
pub(in super::super) type Known = Mutex<HashMap<Anchor, (Instant, Option<String>)>>;

/// Says what makes an account, or whoever is in a group, powerful at this moment, through whichever groups; nothing if
/// nothing does.
///
/// Where the server shows no groups at all, that is no reason to leave somebody who has left with an account: it is
/// noted, and nothing is said.
pub(in super::super) async fn power(
    session: &Session,
    object: &ObjectRef,
) -> Result<Option<String>, WriteError> {
    let known = || session.powers.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((when, power)) = known().get(&object.anchor)
        && when.elapsed() < KEPT
    {
        return Ok(power.clone());
    }
    let wanted = [ALL, OWN, control::ATTRIBUTE].map(str::to_owned);
    let found = session.entry(&object.location, "(objectClass=*)", &wanted);
    let Some(mut entry) = found.await.map_err(Failure::reading)? else {
        // the write itself tells that it is gone, or was moved
        return Ok(None);
    };
    let is_group = entry.get(control::ATTRIBUTE).is_none();
    if is_group && entry.get(ALL).is_none_or(<[_]>::is_empty) {
        // Samba puts them together for accounts only
        let groups = around(session, &entry.dn).await.map_err(Failure::reading)?;
        entry.attributes.push((ALL.to_owned(), groups));
    }
    let power = power_of(&entry);
    if is_group {
        known().insert(object.anchor.clone(), (Instant::now(), power.clone()));
    } else if entry.get(ALL).is_none_or(<[_]>::is_empty) {
        tracing::warn!(account = entry.dn, "its groups are not shown: {}", grant(session));
    }
    Ok(power)
}

/// Returns the identifiers of the groups of its domain that a group is in, also through others.
async fn around(session: &Session, group: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let facts = session.facts().await?;
    let filter = filter::equal(IN_CHAIN, group.as_bytes());
    let search = Search {
        base: freshness::top(&facts.contexts, &session.section.base),
        scope: Scope::Subtree,
        filter: &filter,
        attributes: &[OWN.to_owned()],
    };
    let (entries, result) = session.search(&search, 0).await?;
    if result.rc != 0 {
        tracing::warn!(group, "which groups it is in cannot be told{}", said(&result));
    }
    let sids = entries.iter().filter_map(|entry| entry.get(OWN));
    Ok(sids.flatten().cloned().collect())
}

fn power_of(entry: &Entry) -> Option<String> {
    let sids = |name: &str| {
        let octets = entry.get(name).unwrap_or_default().iter();
        octets.filter_map(|octets| sid::to_text(octets))
    };
    for own in sids(OWN) {
        if model::sid::is_privileged_account(&own) {
            return Some("is one of the accounts that every domain begins with".to_owned());
        }
        if let Some(name) = model::sid::privileged_group(&own) {
            return Some(format!("is {name} by its identifier ({own})"));
        }
    }
    // domains list them in any order
    let powers: BTreeSet<_> = sids(ALL)
        .filter_map(|sid| Some(format!("{} ({sid})", model::sid::privileged_group(&sid)?)))
        .collect();
    let powers: Vec<_> = powers.into_iter().collect();
    (!powers.is_empty()).then(|| format!("is in {}, perhaps through another group", powers.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_told_by_name() {
        for (name, expected) in [
            ("TokenGroups", true),
            ("tokenGroupsGlobalAndUniversal", true),
            ("tokenGroupsNoGCAcceptable", true),
            ("memberOf", false),
            ("tokenGroup", false),
        ] {
            assert_eq!(is_one(name), expected, "{name}");
        }
    }

    #[test]
    fn power_is_told_by_identifiers() {
        let entry = |own: &str, groups: &[&str]| {
            let octets = |sid: &str| sid::to_octets(sid).unwrap();
            Entry {
                dn: "CN=a,DC=x".to_owned(),
                attributes: vec![
                    (OWN.to_owned(), vec![octets(own)]),
                    (
                        "TokenGroups".to_owned(),
                        groups.iter().map(|sid| octets(sid)).collect(),
                    ),
                ],
            }
        };
        for (own, groups, expected) in [
            (
                "S-1-5-21-1-2-3-1105",
                &["S-1-5-21-1-2-3-513", "S-1-5-32-545"][..],
                None,
            ),
            (
                "S-1-5-21-1-2-3-1105",
                &["S-1-5-21-1-2-3-513", "S-1-5-21-7-8-9-519"],
                Some("is in Enterprise Admins (S-1-5-21-7-8-9-519), perhaps through another group"),
            ),
            (
                "S-1-5-21-1-2-3-1105",
                &["S-1-5-21-7-8-9-519", "S-1-5-32-544"],
                Some(
                    "is in Administrators (S-1-5-32-544) and Enterprise Admins (S-1-5-21-7-8-9-519), perhaps through \
                     another group",
                ),
            ),
            (
                "S-1-5-21-1-2-3-500",
                &[],
                Some("is one of the accounts that every domain begins with"),
            ),
            (
                "S-1-5-32-551",
                &[],
                Some("is Backup Operators by its identifier (S-1-5-32-551)"),
            ),
            ("S-1-5-21-1-2-3-1105", &[], None),
        ] {
            assert_eq!(
                power_of(&entry(own, groups)).as_deref(),
                expected,
                "{own} {groups:?}"
            );
        }
    }
}
