//! Who has which uid, for the groups that list their members by it (RFC 2307).

use std::collections::HashMap;

use ldap3::{Ldap, Scope};

use super::{
    super::{
        connection::{Search, Session},
        entry::Entry,
        failure::Failure,
    },
    walk,
};
use crate::model::Completeness;

/// Reads the uids (in lower case) of all accounts, with the names of those who have them; or says why it cannot.
pub(super) async fn read(
    session: &Session,
    ldap: &mut Ldap,
) -> Result<Result<HashMap<String, String>, Completeness>, Failure> {
    let mut uids = HashMap::new();
    let search = Search {
        base: &session.section.base,
        scope: Scope::Subtree,
        filter: &session.section.filter,
        attributes: &["uid".to_owned()],
    };
    let ended = walk(session, ldap, &search, async |entries, _| {
        for entry in entries.into_iter().filter(|entry| !entry.is_ref()) {
            if let Ok(entry) = Entry::from_tag(entry.0) {
                for uid in entry.get("uid").unwrap_or_default() {
                    if let Ok(uid) = std::str::from_utf8(uid) {
                        uids.insert(uid.to_lowercase(), entry.dn.clone());
                    }
                }
            }
        }
        true
    })
    .await?;
    Ok(match ended {
        Completeness::Complete => Ok(uids),
        // the groups cannot be told without it
        other => Err(other),
    })
}
