//! Whose primary group is which, in Active Directory: such a group does not list these members.

use std::collections::HashMap;

use ldap3::{Ldap, Scope};

use super::{
    super::{
        connection::{Search, Session},
        entry::Entry,
        failure::Failure,
        filter,
    },
    walk,
};
use crate::model::Completeness;

/// The attribute of an account with the number of its primary group.
pub(in super::super) const GROUP: &str = "primaryGroupID";

/// The attribute of a group with its number.
pub(in super::super) const NUMBER: &str = "primaryGroupToken";

/// The attribute of a group, as it is stored, with its members.
pub(in super::super) const MEMBERS: &str = "member";

/// Reads the accounts of each number, or says why it cannot.
pub(super) async fn read(
    session: &Session,
    ldap: &mut Ldap,
) -> Result<Result<HashMap<String, Vec<String>>, Completeness>, Failure> {
    let mut members: HashMap<String, Vec<String>> = HashMap::new();
    let has_one = format!("({GROUP}=*)");
    let search = Search {
        base: &session.section.base,
        scope: Scope::Subtree,
        filter: &filter::combine('&', &[session.section.filter.as_str(), &has_one]),
        attributes: &[GROUP.to_owned()],
    };
    let ended = walk(session, ldap, &search, async |entries, _| {
        for entry in entries.into_iter().filter(|entry| !entry.is_ref()) {
            if let Ok(entry) = Entry::from_tag(entry.0)
                && let Some(group) = entry.text(GROUP)
            {
                let group = group.to_owned();
                members.entry(group).or_default().push(entry.dn);
            }
        }
        true
    })
    .await?;
    Ok(match ended {
        Completeness::Complete => Ok(members),
        // the groups cannot be told without it
        other => Err(other),
    })
}
