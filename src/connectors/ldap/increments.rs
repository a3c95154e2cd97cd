//! Reading only what changed, where the server can tell.
//!
//! Each mechanism is a file and says the same three things: which entries changed (themselves, or by their ids), which
//! are gone, and from where to go on. What none of them says is found out here: entries that moved together with
//! their container, and names that the server itself put right in other entries when somebody was renamed; both leave
//! the entries' own time stamps alone. Whatever is in doubt ends in a read of everything.

mod accesslog;
mod changelog;
mod containers;
mod cursor;
mod dirsync;
mod domain;
mod fetch;
mod groups;
mod message;
mod sync;
mod timestamp;
mod told;
mod usn;

use std::sync::Arc;

use ahash::AHashSet;
use jiff::Timestamp;
use ldap3::{Ldap, ResultEntry};
use serde::{Deserialize, Serialize};

use self::fetch::Picture;
pub(super) use self::{
    cursor::{Cursor, Mechanism},
    told::{Way, way},
};
use super::{
    Directory, Section,
    connection::Session,
    entry::Entry,
    failure::Failure,
    freshness::{self, AsOf},
    ranges,
    reading::{
        Began, Question, attributes_of, of_groups, schema_of,
        taking::{Taking, name_columns},
    },
    state,
};
use crate::{
    connectors::{Progress, Since},
    model::{Column, Completeness, Coverage, Read, ReadKind, RecordSet, Schema, record::Places},
};

/// How changes are found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Increments {
    /// They are not: everything is read each time.
    #[default]
    None,
    /// By the first of the following that the server offers.
    Auto,
    /// Content synchronisation (RFC 4533).
    Sync,
    /// The log of writes that `OpenLDAP` keeps (slapo-accesslog).
    Accesslog,
    /// The retro change log of 389 Directory Server and its like (draft-good-ldap-changelog).
    Changelog,
    /// Time stamps, and a list of all ids.
    Timestamp,
    /// In a domain of Active Directory: by the first of the following that the account may use.
    Domain,
    /// `DirSync` of Active Directory (MS-ADTS, section 3.1.1.3.4.1.3).
    Dirsync,
    /// Update sequence numbers of Active Directory.
    Usn,
}

/// More changes than this are not worth more than everything, for small directories.
const ALWAYS_WORTH: usize = 1000;

/// Attributes that change without the entry's own stamps: what they say would be out of date.
const UNSTAMPED: [&str; 17] = [
    "memberOf",
    "isMemberOf",
    "tokenGroups",
    "tokenGroupsGlobalAndUniversal",
    "tokenGroupsNoGCAcceptable",
    "nsRole",
    "hasSubordinates",
    "numSubordinates",
    "directReports",
    "managedObjects",
    "lastLogon",
    "lastLogoff",
    "logonCount",
    "badPwdCount",
    "badPasswordTime",
    "msDS-User-Account-Control-Computed",
    "msDS-UserPasswordExpiryTimeComputed",
];

/// What a mechanism found out.
#[derive(Default)]
pub(super) struct Found {
    /// Entries as they are now.
    entries: Vec<ResultEntry>,
    /// The ids of entries that changed in some way, or are gone.
    touched: Vec<String>,
    /// The ids of entries that are gone.
    gone: Vec<String>,
    /// The ids of all entries there are, where the mechanism tells that.
    present: Option<AHashSet<String>>,
    /// From where to go on.
    position: String,
    /// Names of entries, accounts or not, which are not theirs any more.
    left: Vec<String>,
    /// The ids and names of entries, accounts or not, which may have had another name before.
    elsewhere: Vec<(String, String)>,
}

/// Why everything is to be read.
#[derive(Debug)]
pub(super) enum Stop {
    /// It cannot be told for certain what changed.
    Everything(String),
    /// Something broke.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Stop {
    fn everything(reason: impl Into<String>) -> Self {
        Self::Everything(reason.into())
    }
}

/// What mechanisms work with.
struct Job<'j> {
    session: &'j Session,
    ldap: &'j mut Ldap,
    question: &'j Question,
    attributes: &'j [String],
    /// How many changes are worth telling.
    limit: usize,
}

impl<'j> Job<'j> {
    fn section(&self) -> &'j Section {
        &self.session.section
    }

    /// Gives up where so many entries changed that everything is read as quickly.
    fn worth(&self, changes: usize) -> Result<(), Stop> {
        if changes > self.limit {
            return Err(Stop::everything(format!(
                "more than {} entries changed",
                self.limit
            )));
        }
        Ok(())
    }
}

/// What the session's thread found.
struct Gathered {
    began: Began,
    entries: Vec<ResultEntry>,
    /// Those that came in part, and are whole now.
    completed: Vec<Entry>,
    /// Groups that are as they were but for their members, by their places in what is known.
    patched: Vec<(usize, Vec<String>)>,
    gone: Vec<String>,
    cursor: Cursor,
    /// How new the data is, where there are several servers.
    as_of: Option<AsOf>,
}

/// Notes from where changes can be told later, before everything is read; nothing where they cannot be told.
pub(super) async fn begin(
    session: &Session,
    ldap: &mut Ldap,
    question: &Question,
    place: &str,
    schema: &Schema,
) -> Option<Cursor> {
    let wanted = session.section.increments;
    if wanted == Increments::None {
        return None;
    }
    if question.groups {
        return groups::begin(session, ldap, place).await;
    }
    if let Some(column) = unstamped(schema) {
        tracing::info!(
            attribute = column.name,
            "every read is in full: the attribute changes without the entry's time stamp"
        );
        return None;
    }
    for mechanism in Mechanism::of(wanted) {
        let position = match mechanism {
            Mechanism::Sync => sync::begin(session, ldap, question).await,
            Mechanism::Accesslog => accesslog::begin(session, ldap).await,
            Mechanism::Changelog => changelog::begin(session, ldap).await,
            Mechanism::Timestamp => Some(String::new()),
            Mechanism::Dirsync | Mechanism::Numbers => told::begin(session, ldap, *mechanism).await,
        };
        if let Some(position) = position {
            let cursor = Cursor::new(*mechanism, place, position);
            session.began(&cursor);
            return Some(cursor);
        }
    }
    tracing::info!(
        "every read is in full: the server does not tell {} what changed",
        session.section.identity()
    );
    None
}

/// The first attribute that is read and changes without the entry's own stamps.
fn unstamped(schema: &Schema) -> Option<&Column> {
    let is_one = |column: &&Column| {
        UNSTAMPED
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&column.name))
    };
    schema.columns.iter().find(is_one)
}

/// Reads what changed since; nothing where everything is to be read.
pub(super) async fn read(
    directory: &Directory,
    question: &Question,
    since: &Since,
    accounts: Option<&Arc<RecordSet>>,
    asked: &str,
    progress: Progress<'_>,
) -> Option<Read> {
    let cursor = since.coverage.cursor().and_then(Cursor::parse)?;
    let wanted = directory.section.increments;
    if since.coverage.asked() != asked || !Mechanism::of(wanted).contains(&cursor.mechanism) {
        return None;
    }
    let started = Timestamp::now();
    let job = {
        let (question, since, accounts) = (question.clone(), since.clone(), accounts.cloned());
        directory
            .handle
            .run(move |session| async move { gather(&session, &question, &since, accounts, cursor).await })
    };
    let gathered = match job.await {
        Some(Ok(gathered)) => gathered,
        Some(Err(Stop::Everything(reason))) => {
            tracing::info!(system = %directory.system, reason, "everything is read");
            return None;
        }
        Some(Err(Stop::Failed(failure))) => {
            tracing::info!(system = %directory.system, reason = %failure, "everything is read");
            return None;
        }
        None => {
            tracing::info!(system = %directory.system, reason = super::BROKE, "everything is read");
            return None;
        }
    };
    // groups that are read next must not be older; a later read in full at another server neither
    let as_of = gathered.as_of.as_ref().filter(|as_of| as_of.tells());
    let as_of = as_of.map(ToString::to_string);
    let as_of = as_of.as_deref().or(since.coverage.as_of());
    if !question.groups {
        directory.read_as_of(gathered.as_of);
    }
    let mut taking = Taking::new(question.groups);
    taking.begin(gathered.began);
    taking.ended = Some(Completeness::Complete);
    let mut taken = taking.page(&directory.section, gathered.entries);
    for entry in &gathered.completed {
        taken = taken.and_then(|()| taking.entry(&directory.section, entry));
    }
    for (at, members) in &gathered.patched {
        taken = taken.and_then(|()| taking.with_members(since.records.get(*at), members));
    }
    if let Err(full) = taken {
        taking.ended = Some(Completeness::Partial(full.to_string()));
    }
    progress(taking.records.len());
    Some(Read {
        system: directory.system.clone(),
        kind: ReadKind::Delta {
            cursor: gathered.cursor.to_string(),
            tombstones: gathered.gone,
        },
        coverage: Coverage::new(asked, as_of),
        completeness: taking.completeness(),
        records: taking.records,
        problems: taking.problems,
        started,
        ended: Timestamp::now(),
    })
}

/// The part that runs on the session's thread.
async fn gather(
    session: &Session,
    question: &Question,
    since: &Since,
    accounts: Option<Arc<RecordSet>>,
    mut cursor: Cursor,
) -> Result<Gathered, Stop> {
    let (mut ldap, place) = session.connect().await?;
    if AsOf::name(&place) != cursor.server {
        return Err(Stop::everything(format!("{place} is another server")));
    }
    let facts = session.facts().await?;
    let schema = schema_of(&facts, &session.section, question);
    if stored(&schema, question) != **since.records.schema() {
        return Err(Stop::everything("other attributes are read than before"));
    }
    let mut attributes = attributes_of(&session.section, &schema, true);
    if question.groups {
        attributes.extend(of_groups(question));
    }
    let mut as_of = None;
    if session.section.url.each().nth(1).is_some() && !question.groups {
        let top = freshness::top(&facts.contexts, &session.section.base);
        let top = session.look(&mut ldap, top, &["contextCSN".to_owned()]).await?;
        as_of = Some(AsOf::new(&place, top.as_ref()));
    }
    let known = since.records.len() + accounts.as_ref().map_or(0, |accounts| accounts.len());
    let mut job = Job {
        session,
        ldap: &mut ldap,
        question,
        attributes: &attributes,
        limit: (known / 2).max(ALWAYS_WORTH),
    };
    let mut found = match cursor.mechanism {
        Mechanism::Sync => sync::changes(&mut job, &cursor).await?,
        Mechanism::Accesslog => accesslog::changes(&mut job, &cursor).await?,
        Mechanism::Changelog => changelog::changes(&mut job, &cursor, &since.records).await?,
        Mechanism::Timestamp => timestamp::changes(&mut job, &cursor).await?,
        Mechanism::Dirsync => dirsync::changes(&mut job, &cursor).await?,
        Mechanism::Numbers => usn::changes(&mut job, &cursor).await?,
    };
    let before = cursor.clone();
    cursor.position = found.position.clone();
    let mut picture = Picture::new(&since.records, &session.section);
    let hides_deleted = found.present.is_some();
    let mut touched = Vec::new();
    if let Some(accounts) = &accounts {
        groups::compare(&mut found, accounts, &Places::of(accounts));
        touched.clone_from(&found.touched);
    }
    picture.take(found)?;
    let containers_changed = containers::look(&mut job, &mut cursor, &before, &mut picture).await?;
    if cursor.mechanism.is_of_domain() && (hides_deleted || containers_changed) {
        let top = domain::top(session).await?;
        picture.want_dangling(&mut job, &top).await?;
    }
    picture.fetch(&mut job).await?;
    let (entries, gone) = picture.finish();
    cursor.saw(entries.iter());
    let (cut, entries): (Vec<_>, Vec<_>) = entries.into_iter().partition(ranges::is_cut);
    let mut completed = Vec::new();
    for entry in cut {
        let Ok(mut entry) = Entry::from_tag(entry.0) else {
            continue;
        };
        ranges::complete(session, &mut ldap, &mut entry).await?;
        if let Some(name) = entry.cut_short() {
            return Err(Stop::everything(format!(
                "{name} of {} cannot be had whole",
                entry.dn
            )));
        }
        completed.push(entry);
    }
    let mut primary = groups::Primary::default();
    if accounts.is_some() {
        let whole = entries
            .iter()
            .filter_map(|entry| Entry::from_tag(entry.0.clone()).ok());
        let read: Vec<Entry> = whole.chain(completed.iter().cloned()).collect();
        let mut job = Job {
            session,
            ldap: &mut ldap,
            question,
            attributes: &attributes,
            limit: usize::MAX,
        };
        primary = groups::primary(&mut job, &since.records, &touched, &read, &gone).await?;
    }
    Ok(Gathered {
        began: Began {
            schema,
            primary: primary.members,
            superior: facts.superior_classes(),
            ..Began::default()
        },
        entries,
        completed,
        patched: primary.patched,
        gone,
        cursor,
        as_of,
    })
}

/// The columns as records have them that are stored.
fn stored(schema: &Schema, question: &Question) -> Schema {
    let mut schema = schema.clone();
    if question.groups {
        name_columns(&mut schema);
    }
    schema
}

/// Takes the id and the name of an entry from the wire.
fn id_and_name(section: &Section, entry: &ResultEntry) -> Option<(String, Entry)> {
    let entry = Entry::from_tag(entry.0.clone()).ok()?;
    Some((state::anchor(section, &entry)?, entry))
}

#[cfg(test)]
mod tests;
