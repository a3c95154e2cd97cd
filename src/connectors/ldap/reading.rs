//! Reading all entries of a search, page by page (RFC 2696), and knowing whether it was all of them.
//!
//! The page loop is here and not the library's: there an error or a limit between two pages ends a search without a
//! word, and half a directory would pass for the whole.

use std::sync::Arc;

use jiff::Timestamp;
use ldap3::{
    ResultEntry, Scope,
    controls::{MakeCritical, PagedResults, RawControl},
};
use tokio::sync::mpsc;

use super::{
    Directory, Section,
    connection::{Search, Session},
    entry::{Entry, page_cookie},
    failure::{Failure, said},
    state, values,
};
use crate::{
    connectors::Progress,
    model::{
        Column, Completeness, Coverage, Read, ReadKind, RecordProblem, RecordSet, Schema,
        record::{RecordHead, SetFull},
    },
};

const PAGED: &str = "1.2.840.113556.1.4.319";

/// What a read asks for.
pub(super) struct Question {
    pub(super) filter: String,
    /// Empty for all columns of the classes in the filter.
    pub(super) attributes: Vec<String>,
    /// The names the columns get instead of the directory's, in the same order; empty for none.
    pub(super) names: Vec<&'static str>,
    pub(super) groups: bool,
}

/// What the session's thread sends.
enum Part {
    Began(Schema),
    Page(Vec<ResultEntry>),
    Referrals(Vec<String>),
    Ended(Completeness),
}

/// Reads the answer to a question.
pub(super) async fn read(directory: &Directory, question: Question, progress: Progress<'_>) -> Read {
    let started = Timestamp::now();
    let section = &directory.section;
    // which attributes are asked for decides nothing about which entries come
    let coverage = Coverage {
        question: format!(
            "ldap {} base {} filter {} as {}",
            section.url, section.base, question.filter, section.bind_dn
        ),
    };
    let (parts, mut incoming) = mpsc::channel(2);
    let groups = question.groups;
    let names = question.names.clone();
    let job = directory
        .handle
        .run(move |session| async move { ask(&session, &question, parts).await });
    let collect = async {
        let mut taking = Taking::new(groups);
        while let Some(part) = incoming.recv().await {
            match part {
                Part::Began(schema) => taking.begin(schema, &names),
                Part::Page(entries) => {
                    if let Err(full) = taking.page(section, entries) {
                        taking.ended = Some(Completeness::Partial(full.to_string()));
                        break;
                    }
                    progress(taking.records.len());
                }
                Part::Referrals(urls) => taking.referrals(&urls),
                Part::Ended(completeness) => taking.ended = Some(completeness),
            }
        }
        drop(incoming);
        taking
    };
    let (_, taking) = tokio::join!(job, collect);
    let completeness = taking.completeness();
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
    let facts = session.facts().await?;
    let schema = if question.attributes.is_empty() {
        facts.schema(&question.filter, &section.anchor)
    } else {
        Schema {
            columns: question
                .attributes
                .iter()
                .map(|name| facts.column(name))
                .collect(),
        }
    };
    let mut attributes: Vec<String> = schema.columns.iter().map(|column| column.name.clone()).collect();
    attributes.push(section.anchor.clone());
    attributes.extend(state::attribute(&section.disable).map(str::to_owned));
    if parts.send(Part::Began(schema)).await.is_err() {
        return Ok(Completeness::Failed("nobody waits for it".to_owned()));
    }
    // its own connection: a big answer must not hold up writes, and a page's cookie is good for one connection only
    let mut ldap = session.connect().await?;
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter: &question.filter,
        attributes: &attributes,
    };
    let mut cookie = Vec::new();
    let mut first = true;
    loop {
        let size = i32::try_from(section.page_size.max(1)).unwrap_or(i32::MAX);
        let control: RawControl = PagedResults { size, cookie }.critical().into();
        let (entries, result) = match session.page(&mut ldap, &search, control).await {
            Ok(page) => page,
            Err(failure) if first => return Err(failure),
            Err(failure) => {
                return Ok(Completeness::Partial(format!(
                    "{failure} between two pages: read again"
                )));
            }
        };
        let none_yet = first && entries.is_empty();
        first = false;
        let waiting = parts.send(Part::Page(entries)).await.is_ok()
            && (result.refs.is_empty() || parts.send(Part::Referrals(result.refs.clone())).await.is_ok());
        if !waiting {
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
        cookie = next;
    }
}

fn ended_early(section: &Section, result: &ldap3::LdapResult) -> String {
    let said = said(result);
    match result.rc {
        4 => format!(
            "the server's size limit was reached{said}: have it raised for {} (OpenLDAP: size.prtotal=unlimited)",
            section.bind_dn
        ),
        3 => format!("the server's time limit was reached{said}: have it raised, or narrow base or filter"),
        11 => format!(
            "an administrative limit was reached{said}: have it raised for {}",
            section.bind_dn
        ),
        12 => format!("the server does not return results in pages{said}: usher cannot read it in full"),
        32 => format!(
            "the base {} is not there, or {} may not see it{said}: check `base`",
            section.base, section.bind_dn
        ),
        34 => format!("the base {} is not a name{said}: correct `base`", section.base),
        50 => format!(
            "{} may not read below {}{said}: grant it the right",
            section.bind_dn, section.base
        ),
        51 | 52 => format!("the server is busy{said}: read again later"),
        10 => format!(
            "the server refers to {}: connect to that one",
            result.refs.join(" or ")
        ),
        rc => format!("the search ended with result code {rc}{said}"),
    }
}

/// The records taken so far.
struct Taking {
    records: RecordSet,
    /// The attributes on the wire, one a column.
    columns: Vec<Column>,
    problems: Vec<RecordProblem>,
    skipped: usize,
    groups: bool,
    ended: Option<Completeness>,
}

impl Taking {
    fn new(groups: bool) -> Self {
        Self {
            records: RecordSet::new(Arc::default()),
            columns: Vec::new(),
            problems: Vec::new(),
            skipped: 0,
            groups,
            ended: None,
        }
    }

    fn begin(&mut self, mut schema: Schema, names: &[&str]) {
        self.columns.clone_from(&schema.columns);
        for (column, name) in schema.columns.iter_mut().zip(names) {
            (*name).clone_into(&mut column.name);
        }
        self.records = RecordSet::new(Arc::new(schema));
    }

    fn page(&mut self, section: &Section, entries: Vec<ResultEntry>) -> Result<(), SetFull> {
        for entry in entries {
            if entry.is_ref() {
                self.referrals(&ldap3::parse_refs(entry.0));
            } else if !entry.is_intermediate() {
                match Entry::from_tag(entry.0) {
                    Ok(entry) => self.entry(section, &entry)?,
                    Err(dn) => self.skip(
                        &dn,
                        "is malformed or its name is not UTF-8: correct it in the directory",
                    ),
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, section: &Section, entry: &Entry) -> Result<(), SetFull> {
        let Some(anchor) = state::anchor(section, entry) else {
            self.skip(
                &entry.dn,
                &format!(
                    "has no {}: set `anchor` to the directory's immutable id",
                    section.anchor
                ),
            );
            return Ok(());
        };
        if let Some(name) = entry.cut_short() {
            self.skip(
                &entry.dn,
                &format!("came with only a part of its values ({name}): the server cuts long lists"),
            );
            return Ok(());
        }
        let mut cells: Vec<Option<Vec<String>>> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let Some(values) = entry.get(&column.name) else {
                cells.push(None);
                continue;
            };
            let texts: Option<Vec<_>> = values
                .iter()
                .map(|value| values::to_text(column, value))
                .collect();
            if texts.is_none() {
                let message = format!(
                    "has a {} that is not UTF-8: correct it in the directory",
                    column.name
                );
                self.skip(&entry.dn, &message);
                return Ok(());
            }
            cells.push(texts);
        }
        let enabled = if self.groups {
            None
        } else {
            state::enabled(&section.disable, entry)
        };
        let mut writer = self.records.begin(RecordHead {
            anchor: &anchor,
            location: &entry.dn,
            enabled,
        })?;
        for cell in &cells {
            match cell.as_deref() {
                None | Some([]) => writer.absent()?,
                Some([one]) => writer.one(one)?,
                Some(texts) => writer.many(texts.iter().map(String::as_str))?,
            }
        }
        Ok(())
    }

    fn skip(&mut self, dn: &str, message: &str) {
        self.skipped += 1;
        self.problems.push(RecordProblem {
            location: dn.to_owned(),
            message: message.to_owned(),
        });
    }

    fn referrals(&mut self, urls: &[String]) {
        self.problems.extend(urls.iter().map(|url| RecordProblem {
            location: url.clone(),
            message: "is on another server and was not read: add that server as a system of its own, or narrow `base`".to_owned(),
        }));
    }

    fn completeness(&self) -> Completeness {
        match &self.ended {
            None => Completeness::Failed(
                "reading stopped: the server sent something that cannot be understood".to_owned(),
            ),
            Some(Completeness::Complete) if self.skipped > 0 => Completeness::Partial(format!(
                "{} entries could not be used: until they are corrected nobody is taken for gone",
                self.skipped
            )),
            Some(ended) => ended.clone(),
        }
    }
}
