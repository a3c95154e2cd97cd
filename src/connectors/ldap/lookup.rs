//! Finding an object again: at its place, or wherever its immutable id is now.

mod placed;
mod together;

use ldap3::{
    Scope,
    controls::{Assertion, MakeCritical as _, RawControl},
};

use super::{
    Disable, Section,
    connection::{Search, Session},
    entry::Entry,
    failure::Failure,
    filter, state,
};
use crate::{
    connectors::{ObjectRef, WriteError},
    model::dn,
};

pub(super) use self::{
    placed::{Placed, find_written},
    together::{Wanted, find_together, locate_together},
};

/// `(entryUUID=…)` of an object.
pub(super) fn anchor_filter(section: &Section, object: &ObjectRef) -> String {
    filter::equal(
        &section.anchor,
        &state::anchor_octets(section, object.anchor.as_str()),
    )
}

/// The control that makes the server check, in the same step as a write at `dn`, what `filter` demands (RFC 4528).
///
/// The overlays of OpenLDAP send the control along with what they write and search by themselves: with the bare
/// filter `memberof` would leave out every `memberOf` without a word, and `unique` refuse everybody. So it demands
/// nothing of entries at other places (entryDN: RFC 5020).
pub(super) fn assertion(dn: &str, filter: &str) -> RawControl {
    let elsewhere = format!("(!{})", filter::equal("entryDN", dn.as_bytes()));
    let filter = filter::combine('|', &[elsewhere.as_str(), filter]);
    Assertion { filter }.critical().into()
}

/// The attributes to look at: some, and what tells who it is and whether it can be used.
fn names(section: &Section, attributes: &[String]) -> Vec<String> {
    let mut names = attributes.to_vec();
    names.push(section.anchor.clone());
    names.extend(state::attribute(&section.disable).map(str::to_owned));
    if section.disable == Disable::Shadow {
        // an account gets the class of the attribute together with it
        names.push("objectClass".to_owned());
    }
    names
}

/// What is at an object's place.
pub(super) enum Found {
    Here(Entry),
    Elsewhere(Entry),
    Gone,
}

/// Looks an object up, at its place first.
pub(super) async fn locate(
    session: &Session,
    object: &ObjectRef,
    attributes: &[String],
) -> Result<Found, Failure> {
    let section = &session.section;
    let names = names(section, attributes);
    if let Some(entry) = session.entry(&object.location, "(objectClass=*)", &names).await?
        && state::anchor(section, &entry).as_deref() == Some(object.anchor.as_str())
    {
        return Ok(Found::Here(entry));
    }
    let filter = anchor_filter(section, object);
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter: &filter,
        attributes: &names,
    };
    let (mut entries, result) = session.search(&search, 2).await?;
    match (entries.pop(), result.rc) {
        (Some(entry), _) if dn::same(&entry.dn, &object.location) => Ok(Found::Here(entry)),
        (Some(entry), _) => Ok(Found::Elsewhere(entry)),
        (None, 0) => Ok(Found::Gone),
        (None, rc) => Err(Failure::Lost(format!(
            "{} cannot be looked up: result code {rc}",
            object.location
        ))),
    }
}

/// Reads an object at its place; a conflict if it is not there.
pub(super) async fn find(
    session: &Session,
    object: &ObjectRef,
    attributes: &[String],
) -> Result<Entry, WriteError> {
    here(object, locate(session, object, attributes).await)
}

/// Takes what was found for an object that must be at its place.
fn here(object: &ObjectRef, found: Result<Found, Failure>) -> Result<Entry, WriteError> {
    match found.map_err(Failure::reading)? {
        Found::Here(entry) => Ok(entry),
        Found::Elsewhere(entry) => Err(WriteError::Conflict(format!(
            "{} was moved to {} since it was read: plan again",
            object.location, entry.dn
        ))),
        Found::Gone => Err(WriteError::Conflict(format!(
            "{} (id {}) is gone since it was read: plan again",
            object.location, object.anchor
        ))),
    }
}
