//! The groups of a domain that changed, themselves or by what they list.
//!
//! A group that gains or loses a member is told like any other object that changed. Of members that were renamed, moved
//! or deleted their group tells nothing: it is found by the name they had or have. Whoever has a group as the primary
//! one is not listed in it and told by the account itself; what the accounts were like before is known.

use std::collections::{HashMap, HashSet};

use ahash::AHashSet;
use ldap3::{Ldap, Scope};

use super::{
    super::{
        connection::{Search, Session},
        entry::Entry,
        filter,
        reading::{primary, walk},
        state,
    },
    Cursor, Found, Job, Mechanism, Stop, containers, domain,
    fetch::AT_ONCE,
    told,
};
use crate::model::{Completeness, RecordSet, dn, record::Places};

/// What tells the number of a group as it is stored.
const SID: &str = "objectSid";

/// Who has which primary group, as far as it has to be told anew.
#[derive(Default)]
pub(super) struct Primary {
    /// The members by the number of their group, of those groups that were read again.
    pub(super) members: HashMap<String, Vec<String>>,
    /// Groups that are as they were but for who came, by their places in what is known, with all their members.
    pub(super) patched: Vec<(usize, Vec<String>)>,
}

/// Notes from where changes of groups can be told later; nothing where they cannot.
pub(super) async fn begin(session: &Session, ldap: &mut Ldap, place: &str) -> Option<Cursor> {
    // several servers: which one the accounts came from counts, and groups are read in full
    if session.section.url.each().nth(1).is_some() {
        return None;
    }
    let mut cursor = session.begun_at(place);
    if cursor.is_none() {
        for mechanism in Mechanism::of(session.section.increments) {
            if !mechanism.is_of_domain() {
                continue;
            }
            if let Some(position) = told::begin(session, ldap, *mechanism).await {
                cursor = Some(Cursor::new(*mechanism, place, position));
                break;
            }
        }
    }
    let mut cursor = cursor.filter(|cursor| cursor.mechanism.is_of_domain())?;
    let top = domain::top(session).await.ok()?;
    // without it the first look at the containers would put everything in doubt
    cursor.containers = containers::now(session, ldap, &top, cursor.stamp()).await.ok()?;
    Some(cursor)
}

/// Takes what is known of the accounts into what a mechanism found: who is where they were is referred to as before,
/// and whoever is not was called otherwise.
pub(super) fn compare(found: &mut Found, accounts: &RecordSet, places: &Places) {
    let before = |id: &str| {
        let at = places.find(accounts, id)?;
        Some(accounts.get(at).location())
    };
    let mut left = Vec::new();
    found.elsewhere.retain(|(id, name)| match before(id) {
        Some(before) if before == name || dn::same(before, name) => false,
        before => {
            left.extend(before.map(str::to_owned));
            true
        }
    });
    left.extend(found.gone.iter().filter_map(|id| before(id)).map(str::to_owned));
    found.left.extend(left);
}

/// Finds out who has which primary group: of the groups in `read`, which were read again, all of them; of the others
/// who came to them by a change.
pub(super) async fn primary(
    job: &mut Job<'_>,
    known: &RecordSet,
    touched: &[String],
    read: &[Entry],
    gone: &[String],
) -> Result<Primary, Stop> {
    let numbers: Vec<&str> = read
        .iter()
        .filter_map(|entry| entry.text(primary::NUMBER))
        .collect();
    let mut told = Primary::default();
    for numbers in numbers.chunks(AT_ONCE) {
        let any = numbers
            .iter()
            .map(|number| filter::equal(primary::GROUP, number.as_bytes()));
        let any = filter::combine('|', &any.collect::<Vec<_>>());
        for (number, name) in who(job, &any).await? {
            told.members.entry(number).or_default().push(name);
        }
    }
    let mut came: HashMap<String, Vec<String>> = HashMap::new();
    for ids in touched.chunks(AT_ONCE) {
        let section = job.section();
        let any = ids
            .iter()
            .map(|id| filter::equal(&section.anchor, &state::anchor_octets(section, id)));
        let any = filter::combine('|', &any.collect::<Vec<_>>());
        for (number, name) in who(job, &any).await? {
            came.entry(number).or_default().push(name);
        }
    }
    let section = job.section();
    let mut again: AHashSet<String> = read
        .iter()
        .filter_map(|entry| state::anchor(section, entry))
        .collect();
    again.extend(gone.iter().cloned());
    for group in known.iter().filter(|group| !again.contains(group.anchor())) {
        let sid = group.get(SID).first().unwrap_or_default();
        let number = sid.rsplit('-').next().unwrap_or_default();
        let Some(came) = came.get(number) else { continue };
        // a built-in group is nobody's primary one, and may have the number of one that is
        if !sid.starts_with("S-1-5-21-") {
            continue;
        }
        let has: HashSet<String> = group
            .get(primary::MEMBERS)
            .each()
            .filter_map(dn::normalise)
            .collect();
        let new = came
            .iter()
            .filter(|name| dn::normalise(name).is_none_or(|name| !has.contains(&name)));
        let new: Vec<String> = new.cloned().collect();
        if !new.is_empty() {
            let all = group.get(primary::MEMBERS).each().map(str::to_owned);
            told.patched.push((group.index(), all.chain(new).collect()));
        }
    }
    Ok(told)
}

/// The numbers of primary groups and the names of the accounts that a filter lets through.
async fn who(job: &mut Job<'_>, filter: &str) -> Result<Vec<(String, String)>, Stop> {
    let section = job.section();
    let has_one = format!("({}=*)", primary::GROUP);
    let filter = filter::combine('&', &[section.filter.as_str(), &has_one, filter]);
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter: &filter,
        attributes: &[primary::GROUP.to_owned()],
    };
    let mut found = Vec::new();
    let ended = walk(job.session, job.ldap, &search, async |page, _| {
        let entries = page.into_iter().filter(|entry| !entry.is_ref());
        let entries = entries.filter_map(|entry| Entry::from_tag(entry.0).ok());
        found.extend(entries.filter_map(|entry| {
            let number = entry.text(primary::GROUP)?.to_owned();
            Some((number, entry.dn))
        }));
        true
    })
    .await?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("who has which primary group cannot be read"));
    }
    Ok(found)
}
