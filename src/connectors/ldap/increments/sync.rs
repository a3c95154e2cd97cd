//! Content synchronisation (RFC 4533): the server itself tells what changed since a cookie.
//!
//! It tells in one of two ways: the ids of what is gone, or, when it no longer knows those (a session log that was
//! lost in a restart), the ids of all that is still there. Taking the one for the other removes everybody or nobody.

use ahash::AHashSet;
use ldap3::{
    Ldap, ResultEntry, Scope,
    controls::{MakeCritical, RawControl, RefreshMode, SyncRequest},
};

use super::{
    super::{
        Section,
        connection::{Search, Session},
        failure::Failure,
        freshness,
        reading::Question,
    },
    Cursor, Found, Job, Stop, message,
};

/// What a server answered.
#[derive(Default)]
struct Answer {
    entries: Vec<ResultEntry>,
    /// The ids of those entries.
    changed: Vec<Vec<u8>>,
    gone: Vec<Vec<u8>>,
    present: Vec<Vec<u8>>,
    cookie: Option<Vec<u8>>,
    /// Whether what is not named is still there.
    deletes: bool,
}

/// Gets a cookie for the state of the moment; nothing where the server does not synchronise content.
pub(super) async fn begin(session: &Session, ldap: &mut Ldap, question: &Question) -> Option<String> {
    let facts = session.facts().await.ok()?;
    if !facts.content_sync {
        return None;
    }
    let top = freshness::top(&facts.contexts, &session.section.base);
    let entry = session.look(ldap, top, &["contextCSN".to_owned()]).await.ok()?;
    let entry = entry.unwrap_or_default();
    let changes = entry.get("contextCSN").unwrap_or_default().iter();
    let changes: Vec<&str> = changes
        .filter_map(|change| std::str::from_utf8(change).ok())
        .collect();
    if !changes.is_empty() && is_key(&session.section, "entryUUID") {
        // what a consumer of OpenLDAP's keeps (slapd.conf(5), syncrepl)
        return Some(format!("rid=000,csn={}", changes.join(";")));
    }
    // others hand one out at the end of a list of everything
    if !is_key(&session.section, "nsUniqueId") {
        return None;
    }
    let nothing = ["1.1".to_owned()];
    let search = search(session, question, &nothing);
    match ask(session, ldap, &search, None, None).await {
        Ok(answer) => String::from_utf8(answer.cookie?).ok(),
        Err(_) => None,
    }
}

/// Tells what changed since a cookie.
pub(super) async fn changes(job: &mut Job<'_>, cursor: &Cursor) -> Result<Found, Stop> {
    let search = search(job.session, job.question, job.attributes);
    let cookie = cursor.position.clone().into_bytes();
    let answer = ask(job.session, job.ldap, &search, Some(cookie), Some(job.limit)).await?;
    // 389 Directory Server says that it names all who are still there, and names nobody; when it does not know what
    // changed, it refuses (e-syncRefreshRequired). It sends all attributes but those that it keeps for itself.
    let is_389 = is_key(job.section(), "nsUniqueId");
    let deletes = answer.deletes || is_389;
    let is_empty = answer.entries.is_empty() && answer.gone.is_empty() && answer.present.is_empty();
    let position = match answer.cookie {
        Some(cookie) => {
            String::from_utf8(cookie).map_err(|_| Stop::everything("the server's cookie is not text"))?
        }
        // nothing is new: the old one stays good
        None if is_empty && deletes => cursor.position.clone(),
        None => return Err(Stop::everything("the server does not know from where to go on")),
    };
    let section = job.section();
    let names = |ids: Vec<Vec<u8>>| -> Result<Vec<String>, Stop> {
        let names = ids.iter().map(|id| name(section, id)).collect::<Option<_>>();
        names.ok_or_else(|| Stop::everything("the server names entries in an unknown way"))
    };
    let present = if deletes {
        if !answer.present.is_empty() {
            return Err(Stop::everything("the server contradicts itself"));
        }
        None
    } else {
        if answer.present.is_empty() {
            return Err(Stop::everything("the server names nobody who is still there"));
        }
        Some(AHashSet::from_iter(names(answer.present)?))
    };
    let (entries, touched) = if is_389 {
        (Vec::new(), names(answer.changed)?)
    } else {
        (answer.entries, Vec::new())
    };
    Ok(Found {
        entries,
        touched,
        gone: names(answer.gone)?,
        present,
        position,
        ..Found::default()
    })
}

fn search<'s>(session: &'s Session, question: &'s Question, attributes: &'s [String]) -> Search<'s> {
    Search {
        base: &session.section.base,
        scope: Scope::Subtree,
        filter: &question.filter,
        attributes,
    }
}

/// Asks for what changed; more entries than `limit` are not waited for, without one no entry is kept.
async fn ask(
    session: &Session,
    ldap: &mut Ldap,
    search: &Search<'_>,
    cookie: Option<Vec<u8>>,
    limit: Option<usize>,
) -> Result<Answer, Stop> {
    let broke = |error: ldap3::LdapError| Stop::Failed(Failure::during(&error, session.section.timeout));
    let malformed = || Stop::everything("the server sent something that cannot be understood");
    let control: RawControl = SyncRequest {
        mode: RefreshMode::RefreshOnly,
        cookie,
        reload_hint: false,
    }
    .critical()
    .into();
    let mut stream = ldap
        .with_timeout(session.timeout())
        .with_controls(vec![control])
        .streaming_search(search.base, search.scope, search.filter, search.attributes)
        .await
        .map_err(broke)?;
    let mut answer = Answer::default();
    while let Some(entry) = stream.next().await.map_err(broke)? {
        if entry.is_ref() {
            continue;
        }
        if entry.is_intermediate() {
            let info = message::info(entry.0).ok_or_else(malformed)?;
            answer.cookie = info.cookie.or(answer.cookie);
            if let Some((ids, deleted)) = info.ids {
                let all = if deleted {
                    &mut answer.gone
                } else {
                    &mut answer.present
                };
                all.extend(ids);
            }
            continue;
        }
        let control = entry.1.iter().find(|control| control.1.ctype == message::STATE);
        let Some(value) = control.and_then(|control| control.1.val.as_deref()) else {
            return Err(Stop::everything("the server ignores what it is asked for"));
        };
        let (state, id, cookie) = message::state(value).ok_or_else(malformed)?;
        answer.cookie = cookie.or(answer.cookie);
        match (state, limit) {
            (message::State::Present, _) => answer.present.push(id),
            (message::State::Deleted, _) => answer.gone.push(id),
            (message::State::Changed, None) => {}
            (message::State::Changed, Some(limit)) => {
                if answer.entries.len() >= limit {
                    return Err(Stop::everything(format!("more than {limit} entries changed")));
                }
                answer.entries.push(entry);
                answer.changed.push(id);
            }
        }
    }
    let result = stream.finish().await;
    if result.rc != 0 {
        return Err(Stop::everything(format!(
            "the server refuses with result code {}",
            result.rc
        )));
    }
    let control = result
        .ctrls
        .iter()
        .find(|control| control.1.ctype == message::DONE);
    let Some(value) = control.and_then(|control| control.1.val.as_deref()) else {
        return Err(Stop::everything("the server ignores what it is asked for"));
    };
    let (cookie, deletes) = message::done(value).ok_or_else(malformed)?;
    answer.cookie = cookie.or(answer.cookie);
    answer.deletes = deletes;
    Ok(answer)
}

fn is_key(section: &Section, key: &str) -> bool {
    section.anchor.eq_ignore_ascii_case(key)
}

/// The id of an entry as its attribute has it.
fn name(section: &Section, id: &[u8]) -> Option<String> {
    let id = uuid::Uuid::from_slice(id).ok()?;
    if is_key(section, "nsUniqueId") {
        let digits = id.simple().to_string();
        let parts = [&digits[..8], &digits[8..16], &digits[16..24], &digits[24..]];
        return Some(parts.join("-"));
    }
    Some(id.to_string())
}
