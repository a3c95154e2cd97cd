//! Time stamps, where the server keeps no record of changes: entries that were changed since the newest stamp, and a
//! list of the ids of all entries, which tells who is gone and who came with an old stamp (moved in, restored).

use jiff::{SignedDuration, civil::DateTime};
use ldap3::Scope;

use super::{
    super::{connection::Search, reading::walk},
    Cursor, Found, Job, Stop,
    cursor::second,
    fetch::present,
};
use crate::model::Completeness;

/// How far before the newest stamp is looked again: servers that replicate have clocks of their own, and what was
/// written elsewhere arrives with the stamp of then.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// Tells which entries were changed since the newest stamp, and which there are.
pub(super) async fn changes(job: &mut Job<'_>, cursor: &Cursor) -> Result<Found, Stop> {
    let since = before(&cursor.newest).ok_or_else(|| Stop::everything("the cursor is no time stamp"))?;
    let filter = format!("(&{}(modifyTimestamp>={since}))", job.question.filter);
    let search = Search {
        base: &job.section().base.clone(),
        scope: Scope::Subtree,
        filter: &filter,
        attributes: job.attributes,
    };
    let mut entries = Vec::new();
    let limit = job.limit;
    let ended = walk(job.session, job.ldap, &search, async |page, _| {
        entries.extend(page);
        entries.len() <= limit
    })
    .await?;
    job.worth(entries.len())?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("what changed cannot be read in full"));
    }
    Ok(Found {
        entries,
        present: Some(present(job).await?),
        ..Found::default()
    })
}

/// The time stamp some time before another one.
pub(super) fn before(time: &str) -> Option<String> {
    let time = DateTime::strptime("%Y%m%d%H%M%S", second(time)?).ok()?;
    let earlier = time.checked_sub(OVERLAP).ok()?;
    Some(format!("{}Z", earlier.strftime("%Y%m%d%H%M%S")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_again_for_a_while() {
        assert_eq!(before("20261121000500Z"), Some("20261120235500Z".to_owned()));
        assert_eq!(before("20261121000500.25Z"), Some("20261120235500Z".to_owned()));
        assert_eq!(before("soon"), None);
    }
}
