//! The members of groups. A group may have 100,000 of them, so it is never read or sent in full.

mod back_link;
mod kind;
mod together;

use std::rc::Rc;

pub(super) use self::{kind::Kind, together::Gatherings};
use super::{
    connection::Session,
    entry::Entry,
    failure::Failure,
    filter,
    lookup::{self, Found},
};
use crate::{
    connectors::{ObjectRef, WriteError, Written},
    model::dn,
};

/// Returns what kind a group is, by its class where that is told, else by what is read of it.
pub(super) async fn kind(session: &Session, group: &ObjectRef) -> Result<Kind, Failure> {
    if let [one] = *Kind::named(&group.class) {
        return Ok(one);
    }
    match *Kind::named(&session.section.group_filter) {
        // a posixGroup may list names beside its gid
        [one] if one != Kind::Unix => Ok(one),
        _ => {
            let class = ["objectClass".to_owned()];
            let asking = session.entry(&group.location, "(objectClass=*)", &class);
            let entry = Box::pin(asking).await?;
            Ok(entry.map_or(Kind::Names, |entry| Kind::of(&entry)))
        }
    }
}

/// Returns what a group has for a member, as far as the member's name tells: for people to read.
pub(super) fn shown(kind: Kind, member: &ObjectRef) -> String {
    let uid = (kind == Kind::Unix)
        .then(|| named_uid(&member.location))
        .flatten();
    uid.unwrap_or_else(|| member.location.clone())
}

/// Returns what a group has for a member, whether the member is still there or not.
pub(super) async fn value(session: &Session, kind: Kind, member: &ObjectRef) -> Result<String, WriteError> {
    if kind != Kind::Unix {
        return Ok(member.location.clone());
    }
    let uid = ["uid".to_owned()];
    let found = Box::pin(lookup::locate(session, member, &uid)).await;
    let entry = match found.map_err(Failure::reading)? {
        Found::Here(entry) | Found::Elsewhere(entry) => Some(entry),
        Found::Gone => None,
    };
    named(kind, member, entry.as_ref())
}

/// Returns what a group has for a member that is added. It must still be who it was: nothing else keeps a wrong name
/// out of the group.
async fn value_now(session: &Rc<Session>, kind: Kind, member: &ObjectRef) -> Result<String, WriteError> {
    let facts = session.facts().await.map_err(Failure::reading)?;
    let uid = ["uid".to_owned()];
    let wanted = if kind == Kind::Unix { &uid[..] } else { &[] };
    let entry = lookup::find_together(session, &facts, member, wanted).await?;
    named(kind, member, Some(&entry))
}

/// Returns what a group has for a member: its name, or its uid.
fn named(kind: Kind, member: &ObjectRef, entry: Option<&Entry>) -> Result<String, WriteError> {
    if kind != Kind::Unix {
        return Ok(member.location.clone());
    }
    named_uid(&member.location)
        .or_else(|| Some(entry?.text("uid")?.to_owned()))
        .ok_or_else(|| {
            WriteError::Refused(format!(
                "{} has no uid, and the group lists its members by uid: give it one first",
                member.location
            ))
        })
}

/// The uid in the relative name of an account.
fn named_uid(name: &str) -> Option<String> {
    let rdn = dn::parse(name)?.into_iter().next()?;
    let ava = rdn
        .into_iter()
        .find(|ava| ava.attribute.eq_ignore_ascii_case("uid"))?;
    String::from_utf8(ava.value.into_owned()).ok()
}

/// Adds or removes one member, together with the others of the group that are under way.
pub(super) async fn set(
    session: &Rc<Session>,
    group: &ObjectRef,
    member: &ObjectRef,
    add: bool,
) -> Result<Written, WriteError> {
    let kind = kind(session, group).await.map_err(Failure::reading)?;
    let value = if add {
        value_now(session, kind, member).await?
    } else {
        value(session, kind, member).await?
    };
    together::change(session, group, kind, value, add).await
}

/// Asks whether a group has a member, after a change whose answer got lost: whatever the server writes elsewhere because
/// of it is there, too, as far as the server can be brought to it.
pub(super) async fn has_settled(
    session: &Session,
    group: &ObjectRef,
    kind: Kind,
    value: &str,
    add: bool,
) -> Result<bool, Failure> {
    let is = is_member(session, group, kind.attribute(), value).await?;
    if is == add {
        back_link::agree(session, group, kind, value, add).await?;
    }
    Ok(is == add)
}

/// Asks whether a group has a member, without reading the others.
pub(super) async fn is_member(
    session: &Session,
    group: &ObjectRef,
    name: &str,
    value: &str,
) -> Result<bool, Failure> {
    lists(session, &group.location, name, value).await
}

async fn lists(session: &Session, entry: &str, name: &str, value: &str) -> Result<bool, Failure> {
    let filter = filter::equal(name, value.as_bytes());
    let found = session.entry(entry, &filter, &["1.1".to_owned()]).await?;
    Ok(found.is_some())
}
