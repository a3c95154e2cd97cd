//! What accounts say of the groups they are in, where the server keeps `memberOf` by itself.
//!
//! OpenLDAP writes it after the group, and leaves it as it was if the connection ends in between. Whoever is moved or
//! renamed then comes into a group again that they have left, or stays in another under a name that nobody has.

use std::{collections::HashSet, time::Duration};

use ldap3::Mod;

use super::{
    super::{connection::Session, failure::Failure, lookup},
    Kind, lists,
};
use crate::connectors::ObjectRef;

const NAME: &str = "memberOf";

/// How often an account is asked before its group is written once more.
const LOOKS: usize = 10;
/// The pause before each look but the first.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until a member says of a group what the group says of it. If that does not come about, the member is taken out
/// and put in again, or the other way round, in one request: the group stays as it is, and the server looks at the
/// member once more.
///
/// What the server has against that is no failure: the group is as it should be.
///
/// # Errors
///
/// The server does not answer.
pub(super) async fn agree(
    session: &Session,
    group: &ObjectRef,
    kind: Kind,
    member: &str,
    add: bool,
) -> Result<(), Failure> {
    let facts = session.facts().await?;
    if kind == Kind::Unix || facts.active_directory || !facts.comparable(NAME) {
        return Ok(());
    }
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        if lists(session, member, NAME, &group.location).await? == add {
            return Ok(());
        }
    }
    tracing::info!(
        group = group.location,
        "its members do not say what it says: written once more"
    );
    let controls = if facts.assertion {
        let filter = lookup::anchor_filter(&session.section, group);
        vec![lookup::assertion(&group.location, &filter)]
    } else {
        Vec::new()
    };
    let name = kind.attribute().as_bytes();
    let value = || HashSet::from([member.as_bytes().to_vec()]);
    session
        .request(controls, async |ldap| {
            let mut changes = vec![
                Mod::Delete(name.to_vec(), value()),
                Mod::Add(name.to_vec(), value()),
            ];
            if !add {
                changes.reverse();
            }
            ldap.modify(&group.location, changes).await
        })
        .await?;
    Ok(())
}
