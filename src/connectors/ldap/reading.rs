//! Reading all entries of a search, page by page (RFC 2696), and knowing whether it was all of them.
//!
//! The page loop is here and not the library's: there an error or a limit between two pages ends a search without a
//! word, and half a directory would pass for the whole.

pub(super) mod primary;
pub(super) mod taking;
mod uids;

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use ldap3::{
    Ldap, ResultEntry, Scope,
    controls::{MakeCritical, PagedResults, RawControl},
};
use tokio::sync::mpsc;

use super::{
    Directory, Section,
    active_directory::token_groups,
    connection::{Search, Session},
    entry::{Entry, page_cookie},
    facts::Facts,
    failure::{Failure, said},
    freshness::{self, AsOf},
    increments::{self, Cursor},
    membership::Kind,
    ranges, state,
};
use crate::{
    connectors::{Progress, Since},
    model::{Completeness, Coverage, Read, ReadKind, RecordSet, Schema},
};

use taking::Taking;

const PAGED: &str = "1.2.840.113556.1.4.319";

/// Empty pages in a row that are put up with: a server may send some, one that sends them for ever would not be
/// noticed otherwise.
const EMPTY_PAGES: usize = 1000;

/// What a read asks for.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) filter: String,
    /// Empty for all columns of the classes in the filter.
    pub(super) attributes: Vec<String>,
    /// The classes of the objects that are made, a list a rule.
    pub(super) classes: Vec<Vec<String>>,
    /// What an earlier read said of how new its data was.
    pub(super) earlier: Option<AsOf>,
    pub(super) groups: bool,
}

impl Question {
    /// Says what is asked, and by whom. Which attributes are asked for decides nothing about which entries come.
    fn asked(&self, section: &Section) -> String {
        format!(
            "ldap {} base {} filter {} as {}",
            // the others hold the same: which one answers changes nothing about what is asked
            section.url.first(),
            section.base,
            self.filter,
            section.identity()
        )
    }
}

/// What is known when the first page is asked for.
#[derive(Default)]
pub(super) struct Began {
    pub(super) schema: Schema,
    /// Who has which uid (in lower case), where groups list those.
    pub(super) uids: HashMap<String, String>,
    /// Who has which primary group, by its number.
    pub(super) primary: HashMap<String, Vec<String>>,
    /// The classes that each class stands for.
    pub(super) superior: HashMap<String, Vec<String>>,
    /// How new the data is, where there are several servers.
    pub(super) as_of: Option<AsOf>,
    /// From where changes can be told later.
    pub(super) cursor: Option<Cursor>,
}

/// What the session's thread sends.
enum Part {
    Began(Box<Began>),
    Page(Vec<ResultEntry>),
    /// An entry that came in part, and is whole now.
    Whole(Box<Entry>),
    Referrals(Vec<String>),
    Ended(Completeness),
}

/// Reads the answer to a question.
pub(super) async fn read(
    directory: &Directory,
    question: Question,
    since: Option<&Since>,
    progress: Progress<'_>,
) -> Read {
    let asked = question.asked(&directory.section);
    if let Some(since) = since
        && let Some(changes) = increments::read(directory, &question, since, None, &asked, progress).await
    {
        return changes;
    }
    let started = Timestamp::now();
    let section = &directory.section;
    let (parts, mut incoming) = mpsc::channel(2);
    let groups = question.groups;
    let earlier = question.earlier.clone();
    let job = directory
        .handle
        .run(move |session| async move { ask(&session, &question, parts).await });
    let collect = async {
        let mut taking = Taking::new(groups);
        while let Some(part) = incoming.recv().await {
            match part {
                Part::Began(began) => taking.begin(*began),
                Part::Page(entries) => {
                    if let Err(full) = taking.page(section, entries) {
                        taking.ended = Some(Completeness::Partial(full.to_string()));
                        break;
                    }
                    progress(taking.records.len());
                }
                Part::Whole(entry) => {
                    if let Err(full) = taking.entry(section, &entry) {
                        taking.ended = Some(Completeness::Partial(full.to_string()));
                        break;
                    }
                }
                Part::Referrals(urls) => taking.referrals(&urls),
                Part::Ended(completeness) => taking.ended = Some(completeness),
            }
        }
        drop(incoming);
        taking
    };
    let (_, taking) = tokio::join!(job, collect);
    let mut completeness = taking.completeness();
    let mut as_of = taking.as_of.filter(|_| completeness == Completeness::Complete);
    if let Some(as_of) = &mut as_of {
        as_of.decide();
    }
    if let Some(now) = &as_of
        && let Some(reason) = directory.lags(now, earlier.as_ref(), groups)
    {
        completeness = Completeness::Partial(reason);
        as_of = None;
    }
    if !groups {
        directory.read_as_of(as_of.clone());
    }
    let as_of = as_of.as_ref().map(ToString::to_string);
    let mut coverage = Coverage::new(&asked, as_of.as_deref());
    if let Some(cursor) = taking.cursor.filter(Cursor::is_good) {
        coverage = coverage.with_cursor(&cursor.to_string());
    }
    Read {
        system: directory.system.clone(),
        kind: ReadKind::Full,
        coverage,
        completeness,
        records: taking.records,
        problems: taking.problems,
        started,
        ended: Timestamp::now(),
    }
}

/// The part of a read that runs on the session's thread.
async fn ask(session: &Session, question: &Question, parts: mpsc::Sender<Part>) {
    let ended = match pages(session, question, &parts).await {
        Ok(completeness) => completeness,
        Err(Failure::Credentials(reason)) => Completeness::Refused(reason),
        Err(failure) => Completeness::Failed(failure.to_string()),
    };
    // nobody may be waiting any more
    let _ = parts.send(Part::Ended(ended)).await;
}

async fn pages(
    session: &Session,
    question: &Question,
    parts: &mpsc::Sender<Part>,
) -> Result<Completeness, Failure> {
    let section = &session.section;
    // its own connection: a big answer must not hold up writes, and a page's cookie is good for one connection only;
    // when it is lost, the read is not taken up with another server
    let (mut ldap, place) = session.connect().await?;
    let facts = session.facts().await?;
    let mut as_of = None;
    if section.url.each().nth(1).is_some() {
        let top = freshness::top(&facts.contexts, &section.base);
        let change = ["contextCSN".to_owned()];
        let top = session.look(&mut ldap, top, &change).await?;
        as_of = Some(AsOf::new(&place, top.as_ref()));
        if section.is_active_directory()
            && let Some(controller) = AsOf::of_controller(session, &mut ldap, &facts, &place).await?
        {
            as_of = Some(controller);
        }
    }
    let schema = schema_of(&facts, section, question);
    let cursor = increments::begin(session, &mut ldap, question, &place, &schema).await;
    let mut attributes = attributes_of(section, &schema, as_of.is_some() || cursor.is_some());
    let (mut uids, mut primary) = (HashMap::new(), HashMap::new());
    if question.groups && section.is_active_directory() {
        match primary::read(session, &mut ldap).await? {
            Ok(found) => primary = found,
            Err(incomplete) => return Ok(incomplete),
        }
    }
    if question.groups {
        attributes.extend(of_groups(question));
        if Kind::named(&question.filter).contains(&Kind::Unix) {
            match uids::read(session, &mut ldap).await? {
                Ok(found) => uids = found,
                Err(incomplete) => return Ok(incomplete),
            }
        }
    }
    let constructed = token_groups::wanted(section, &schema);
    let began = Began {
        schema,
        uids,
        primary,
        superior: facts.superior_classes(),
        as_of,
        cursor,
    };
    if parts.send(Part::Began(Box::new(began))).await.is_err() {
        return Ok(Completeness::Failed("nobody waits for it".to_owned()));
    }
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter: &question.filter,
        attributes: &attributes,
    };
    let mut beside = ldap.clone();
    let mut unread = None;
    let ended = walk(session, &mut ldap, &search, async |entries, referrals| {
        let (cut, whole): (Vec<_>, Vec<_>) = if section.is_active_directory() {
            entries.into_iter().partition(ranges::is_cut)
        } else {
            (Vec::new(), entries)
        };
        let (whole, complete) = if constructed.is_empty() {
            (whole, Vec::new())
        } else {
            let (rest, complete, why) = token_groups::add(session, &beside, whole, &constructed).await;
            unread = unread.take().or(why);
            (rest, complete)
        };
        for entry in complete {
            if parts.send(Part::Whole(Box::new(entry))).await.is_err() {
                return false;
            }
        }
        for entry in cut {
            let Ok(mut entry) = Entry::from_tag(entry.0) else {
                continue;
            };
            if !constructed.is_empty() {
                let why = token_groups::add_one(session, beside.clone(), &mut entry, &constructed).await;
                unread = unread.take().or(why.err());
            }
            // what cannot be had is left cut short, and makes the read partial
            if let Err(failure) = ranges::complete(session, &mut beside, &mut entry).await {
                tracing::info!("{}: {failure}", entry.dn);
            }
            if parts.send(Part::Whole(Box::new(entry))).await.is_err() {
                return false;
            }
        }
        parts.send(Part::Page(whole)).await.is_ok()
            && (referrals.is_empty() || parts.send(Part::Referrals(referrals)).await.is_ok())
    })
    .await?;
    Ok(match (ended, unread) {
        (Completeness::Complete, Some(reason)) => Completeness::Partial(reason),
        (ended, _) => ended,
    })
}

/// The columns that the answer to a question has.
pub(super) fn schema_of(facts: &Facts, section: &Section, question: &Question) -> Schema {
    if question.groups {
        facts.group_schema()
    } else if question.attributes.is_empty() {
        let mut all = facts.schema(&question.filter, &section.anchor);
        // one more search each: only where they are asked for
        all.columns.retain(|column| !token_groups::is_one(&column.name));
        all
    } else {
        facts.columns(
            &question.attributes,
            &question.classes,
            &question.filter,
            &section.anchor,
        )
    }
}

/// The attributes that entries are read with: the columns, the id, what locks an account, and its time stamp.
pub(super) fn attributes_of(section: &Section, schema: &Schema, stamped: bool) -> Vec<String> {
    let names = schema.columns.iter().map(|column| column.name.clone());
    // what only a search for one object returns is asked for apart
    let names = names.filter(|name| !section.is_active_directory() || !token_groups::is_one(name));
    let mut attributes: Vec<String> = names.collect();
    attributes.push(section.anchor.clone());
    attributes.extend(state::attribute(&section.disable).map(str::to_owned));
    attributes.extend(stamped.then(|| "modifyTimestamp".to_owned()));
    attributes
}

/// The attributes that groups are read with beside their columns: by what they list members, and what tells that.
pub(super) fn of_groups(question: &Question) -> Vec<String> {
    let kinds = Kind::named(&question.filter);
    let names = kinds.iter().map(|kind| kind.attribute());
    let all = names.chain(["objectClass", primary::NUMBER]);
    all.map(str::to_owned).collect()
}

/// Reads the groups that changed; nothing where all are to be read.
pub(super) async fn group_changes(
    directory: &Directory,
    question: &Question,
    since: &Since,
    accounts: &Arc<RecordSet>,
    progress: Progress<'_>,
) -> Option<Read> {
    if Kind::named(&question.filter).contains(&Kind::Unix) {
        return None;
    }
    let asked = question.asked(&directory.section);
    increments::read(directory, question, since, Some(accounts), &asked, progress).await
}

/// Goes through all pages of a search, until `take` does not want any more.
pub(super) async fn walk(
    session: &Session,
    ldap: &mut Ldap,
    search: &Search<'_>,
    take: impl AsyncFnMut(Vec<ResultEntry>, Vec<String>) -> bool,
) -> Result<Completeness, Failure> {
    walk_with(session, ldap, search, &[], take).await
}

/// Goes through all pages of a search as [`walk`] does, with more controls.
pub(super) async fn walk_with(
    session: &Session,
    ldap: &mut Ldap,
    search: &Search<'_>,
    more: &[RawControl],
    mut take: impl AsyncFnMut(Vec<ResultEntry>, Vec<String>) -> bool,
) -> Result<Completeness, Failure> {
    let section = &session.section;
    let mut cookie = Vec::new();
    let mut first = true;
    let mut empty = 0;
    loop {
        let size = i32::try_from(section.page_size.max(1)).unwrap_or(i32::MAX);
        let paged: RawControl = PagedResults { size, cookie }.critical().into();
        let controls = std::iter::once(paged).chain(more.iter().cloned()).collect();
        let (entries, result) = match session.page(ldap, search, controls).await {
            Ok(page) => page,
            Err(failure) if first => return Err(failure),
            Err(failure) => {
                return Ok(Completeness::Partial(format!(
                    "{failure} between two pages: read again"
                )));
            }
        };
        let none_yet = first && entries.is_empty();
        empty = if entries.is_empty() { empty + 1 } else { 0 };
        first = false;
        if !take(entries, result.refs.clone()).await {
            return Ok(Completeness::Partial("nobody waits for it".to_owned()));
        }
        if result.rc != 0 {
            let reason = ended_early(section, &result);
            return Ok(if none_yet {
                Completeness::Failed(reason)
            } else {
                Completeness::Partial(reason)
            });
        }
        let answer = result.ctrls.iter().find(|control| control.1.ctype == PAGED);
        let Some(next) = answer.and_then(|control| page_cookie(control.1.val.as_deref()?)) else {
            return Ok(Completeness::Partial(
                "the server did not answer in pages although it had to: what it left out cannot be told"
                    .to_owned(),
            ));
        };
        if next.is_empty() {
            return Ok(Completeness::Complete);
        }
        if empty >= EMPTY_PAGES {
            return Ok(Completeness::Partial(format!(
                "the server sent {empty} empty pages in a row and promised more: read again"
            )));
        }
        cookie = next;
    }
}

fn ended_early(section: &Section, result: &ldap3::LdapResult) -> String {
    let said = said(result);
    match result.rc {
        4 => format!(
            "the server's size limit was reached{said}: have it raised for {} (OpenLDAP: size.prtotal=unlimited)",
            section.identity()
        ),
        3 => format!("the server's time limit was reached{said}: have it raised, or narrow base or filter"),
        11 => format!(
            "an administrative limit was reached{said}: have it raised for {}",
            section.identity()
        ),
        12 => format!("the server does not return results in pages{said}: usher cannot read it in full"),
        32 => format!(
            "the base {} is not there, or {} may not see it{said}: check `base`",
            section.base,
            section.identity()
        ),
        34 => format!("the base {} is not a name{said}: correct `base`", section.base),
        50 => format!(
            "{} may not read below {}{said}: grant it the right",
            section.identity(),
            section.base
        ),
        51 | 52 => format!("the server is busy{said}: read again later"),
        10 => format!(
            "the server refers to {}: connect to that one",
            result.refs.join(" or ")
        ),
        rc => format!("the search ended with result code {rc}{said}"),
    }
}

#[cfg(test)]
pub(super) mod tests;
