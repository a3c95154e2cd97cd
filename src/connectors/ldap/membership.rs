//! One member of one group. A group may have 100,000 of them, so it is never read in full.

use std::collections::HashSet;

use ldap3::{
    Mod,
    controls::{Assertion, MakeCritical, RawControl},
};

use super::{
    connection::Session,
    failure::{Failure, refused},
    filter, lookup,
};
use crate::{
    connectors::{ObjectRef, WriteError, Written},
    model::{Value, dn},
};

/// Returns the attribute with the members of groups of a class, or of the class a filter names.
pub(super) fn attribute(class: &str) -> &'static str {
    let class = class.to_ascii_lowercase();
    if class.contains("groupofuniquenames") {
        "uniqueMember"
    } else if class.contains("posixgroup") {
        "memberUid"
    } else {
        "member"
    }
}

/// Returns what a group has for a member: its name, or its uid in a `posixGroup`.
pub(super) fn value(group: &ObjectRef, member: &ObjectRef) -> Result<String, WriteError> {
    if attribute(&group.class) != "memberUid" {
        return Ok(member.location.clone());
    }
    dn::parse(&member.location)
        .and_then(|name| name.into_iter().next())
        .and_then(|rdn| {
            rdn.into_iter()
                .find(|ava| ava.attribute.eq_ignore_ascii_case("uid"))
        })
        .and_then(|ava| String::from_utf8(ava.value).ok())
        .ok_or_else(|| {
            WriteError::Refused(format!(
                "{} is not named by its uid, which {} lists",
                member.location, group.location
            ))
        })
}

/// Adds or removes one member.
pub(super) async fn set(
    session: &Session,
    group: &ObjectRef,
    member: &ObjectRef,
    add: bool,
) -> Result<Written, WriteError> {
    let facts = session.facts().await.map_err(Failure::reading)?;
    let name = attribute(&group.class);
    let value = value(group, member)?;
    if add {
        // the member must still be who it was: nothing else keeps a wrong name out of the group
        lookup::find(session, member, &[]).await?;
    }
    if !facts.assertion {
        lookup::find(session, group, &[]).await?;
    }
    let what = format!(
        "{} {value} {} {}",
        if add { "adding" } else { "removing" },
        if add { "to" } else { "from" },
        group.location
    );
    let controls: Vec<RawControl> = if facts.assertion {
        vec![
            Assertion {
                filter: lookup::anchor_filter(&session.section, group),
            }
            .critical()
            .into(),
        ]
    } else {
        Vec::new()
    };
    let result = session
        .request(controls, async |ldap| {
            let values = HashSet::from([value.clone().into_bytes()]);
            let change = if add {
                Mod::Add(name.as_bytes().to_vec(), values)
            } else {
                Mod::Delete(name.as_bytes().to_vec(), values)
            };
            ldap.modify(&group.location, vec![change]).await
        })
        .await
        .map_err(|failure| failure.writing(&what))?;
    match result.rc {
        0 => after(session, group, name, &value, add, false).await,
        65 if !add => Err(WriteError::Refused(format!(
            "{what}: it is the last member, and a {} must have one: add another member first, or delete the group",
            group.class
        ))),
        32 | 122 => {
            lookup::find(session, group, &[]).await?;
            Err(refused(&what, &result))
        }
        // servers say in four ways that there is nothing to do, and mean other things by them, too
        16 | 20 | 53 | 68
            if is_member(session, group, name, &value)
                .await
                .map_err(Failure::reading)?
                == add =>
        {
            after(session, group, name, &value, add, true).await
        }
        _ => Err(refused(&what, &result)),
    }
}

async fn after(
    session: &Session,
    group: &ObjectRef,
    name: &str,
    value: &str,
    add: bool,
    already: bool,
) -> Result<Written, WriteError> {
    let verified = already
        || is_member(session, group, name, value)
            .await
            .is_ok_and(|found| found == add);
    let has = if add {
        Value::from(value.to_owned())
    } else {
        Value::Absent
    };
    Ok(Written {
        anchor: group.anchor.clone(),
        location: group.location.clone(),
        verified,
        already,
        attributes: vec![(name.to_owned(), has)],
    })
}

/// Asks whether a group has a member, without reading the others.
pub(super) async fn is_member(
    session: &Session,
    group: &ObjectRef,
    name: &str,
    value: &str,
) -> Result<bool, Failure> {
    let filter = filter::equal(name, value.as_bytes());
    Ok(session
        .entry(&group.location, &filter, &["1.1".to_owned()])
        .await?
        .is_some())
}
