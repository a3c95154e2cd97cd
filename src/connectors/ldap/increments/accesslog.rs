//! The log of writes that `OpenLDAP` keeps (slapo-accesslog(5)): which entries were written to since a second.
//!
//! The log tells ids; what the entries are now is read from the directory itself. Writes of the last second seen are
//! looked at again, as more of them may have followed.

use ldap3::{
    Ldap, Scope,
    controls::{MakeCritical, PagedResults, RawControl},
};

use super::{
    super::{
        connection::{Search, Session},
        entry::Entry,
        freshness,
        reading::walk,
    },
    Cursor, Found, Job, Stop,
    cursor::second,
};
use crate::model::Completeness;

/// Finds the second of the last write; nothing where no log is kept that usher may read.
pub(super) async fn begin(session: &Session, ldap: &mut Ldap) -> Option<String> {
    let (log, last) = log(session, ldap).await?;
    // to see whether it may be read
    let found = session.look(ldap, &log, &["1.1".to_owned()]).await.ok()?;
    found.map(|_| last)
}

/// Where the log is, and the second of the last write.
async fn log(session: &Session, ldap: &mut Ldap) -> Option<(String, String)> {
    let facts = session.facts().await.ok()?;
    let top = freshness::top(&facts.contexts, &session.section.base);
    let wanted = ["auditContext".to_owned(), "contextCSN".to_owned()];
    let entry = session.look(ldap, top, &wanted).await.ok()??;
    let log = entry.text("auditContext")?.to_owned();
    let changes = entry.get("contextCSN")?.iter();
    let seconds = changes.filter_map(|change| second(std::str::from_utf8(change).ok()?));
    Some((log, format!("{}Z", seconds.max()?)))
}

/// Tells which entries were written to since a second.
pub(super) async fn changes(job: &mut Job<'_>, cursor: &Cursor) -> Result<Found, Stop> {
    let Some((log, last)) = log(job.session, job.ldap).await else {
        return Err(Stop::everything("there is no log of writes any more"));
    };
    let since = second(&cursor.position).ok_or_else(|| Stop::everything("the cursor is no second"))?;
    if last.as_str() < since {
        return Err(Stop::everything("the server was set back to an earlier state"));
    }
    if !reaches_back(job, &log, since).await? {
        return Err(Stop::everything(
            "the log of writes does not reach back far enough",
        ));
    }
    let filter = format!("(&(objectClass=auditWriteObject)(reqResult=0)(reqStart>={since}.000000Z))");
    let attributes = ["reqEntryUUID".to_owned()];
    let search = Search {
        base: &log,
        scope: Scope::OneLevel,
        filter: &filter,
        attributes: &attributes,
    };
    let (mut touched, mut is_told) = (Vec::new(), true);
    let limit = job.limit;
    let ended = walk(job.session, job.ldap, &search, async |entries, _| {
        for entry in entries {
            let Ok(entry) = Entry::from_tag(entry.0) else {
                continue;
            };
            match entry.text("reqEntryUUID") {
                Some(id) => touched.push(id.to_owned()),
                None => is_told = false,
            }
        }
        is_told && touched.len() <= limit
    })
    .await?;
    if !is_told {
        return Err(Stop::everything(
            "the log of writes does not tell the ids of entries",
        ));
    }
    job.worth(touched.len())?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("the log of writes cannot be read in full"));
    }
    Ok(Found {
        touched,
        position: last,
        ..Found::default()
    })
}

/// Whether the log has what was written in or before a second: else some of what came after may be gone, too.
async fn reaches_back(job: &mut Job<'_>, log: &str, since: &str) -> Result<bool, Stop> {
    let filter = format!("(reqStart<={since}.999999Z)");
    let attributes = ["1.1".to_owned()];
    let search = Search {
        base: log,
        scope: Scope::OneLevel,
        filter: &filter,
        attributes: &attributes,
    };
    let one: RawControl = PagedResults {
        size: 1,
        cookie: Vec::new(),
    }
    .critical()
    .into();
    let (entries, _) = job.session.page(job.ldap, &search, vec![one]).await?;
    Ok(!entries.is_empty())
}
