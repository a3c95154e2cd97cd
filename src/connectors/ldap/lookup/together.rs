//! Objects of many writes, looked up in one search.
//!
//! Only whoever is found as expected is found together: at the place and with the id that were planned, in an answer
//! that is whole. What became of the others is looked for alone.

use std::{collections::HashMap, rc::Rc};

use ldap3::Scope;

use super::{
    super::{
        Section,
        connection::{Search, Session},
        entry::Entry,
        facts::Facts,
        failure::Failure,
        filter,
        gathering::{self, Gathering, Question},
        state,
    },
    Found, anchor_filter, here, locate, names,
};
use crate::{
    connectors::{ObjectRef, WriteError},
    model::{Anchor, ValueType, dn},
};

/// The immutable ids that servers always have an index for. A filter with many of any others might make the server
/// read all it has.
const INDEXED: [&str; 6] = [
    "entryUUID",
    "nsUniqueId",
    "objectGUID",
    "GUID",
    "ibm-entryUuid",
    "orclGUID",
];

/// An object that is looked for.
pub(in super::super) struct Wanted {
    anchor: Anchor,
    location: String,
    /// What finds it.
    term: String,
    /// What is asked of it.
    names: Vec<String>,
}

/// Reads an object at its place as [`super::find`] does, together with those of the other writes under way.
pub(in super::super) async fn find_together(
    session: &Rc<Session>,
    facts: &Facts,
    object: &ObjectRef,
    attributes: &[String],
) -> Result<Entry, WriteError> {
    here(object, locate_together(session, facts, object, attributes).await)
}

/// Looks an object up as [`locate`] does, together with those of the other writes under way.
pub(in super::super) async fn locate_together(
    session: &Rc<Session>,
    facts: &Facts,
    object: &ObjectRef,
    attributes: &[String],
) -> Result<Found, Failure> {
    // photos and certificates come one at a time
    let is_large = |name: &String| facts.known(name).value_type == ValueType::Binary;
    if let Some(term) = term(&session.section, facts, object)
        && !attributes.iter().any(is_large)
    {
        let wanted = Wanted {
            anchor: object.anchor.clone(),
            location: object.location.clone(),
            term,
            names: names(&session.section, attributes),
        };
        if let Some(entry) = gathering::ask(session, wanted).await? {
            return Ok(Found::Here(entry));
        }
    }
    // where it is, or what the server does not like, is found out alone; rare, so in a box
    Box::pin(locate(session, object, attributes)).await
}

/// Returns what finds an object in a search for many, if the server surely has an index for it.
fn term(section: &Section, facts: &Facts, object: &ObjectRef) -> Option<String> {
    if facts.finds_names {
        return Some(filter::equal("entryDN", object.location.as_bytes()));
    }
    let is_indexed = INDEXED
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&section.anchor));
    is_indexed.then(|| anchor_filter(section, object))
}

impl Question for Wanted {
    type Answer = Entry;

    fn gathering(session: &Session) -> &Gathering<Self> {
        &session.lookups
    }

    async fn ask(session: &Session, together: &[Self]) -> Result<Vec<Option<Entry>>, Failure> {
        let section = &session.section;
        let terms: Vec<_> = together.iter().map(|wanted| wanted.term.as_str()).collect();
        let names = together.iter().flat_map(|wanted| &wanted.names);
        let found = search_for(session, &terms, names).await?;
        Ok(deal(section, together, found))
    }
}

/// Returns what some terms find, with the attributes that are asked of any of it; nothing if the answer is not whole.
///
/// # Errors
/// Says why the server cannot be asked; see [`gathering::cannot_be_asked`].
pub(super) async fn search_for(
    session: &Session,
    terms: &[&str],
    asked: impl Iterator<Item = &String>,
) -> Result<Vec<Entry>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for name in asked {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let search = Search {
        base: &session.section.base,
        scope: Scope::Subtree,
        filter: &filter::combine('|', terms),
        attributes: &names,
    };
    let limit = i32::try_from(terms.len() * 2).unwrap_or_default();
    match session.search(&search, limit).await {
        Ok((found, result)) if result.rc == 0 => Ok(found),
        Ok(_) => Ok(Vec::new()),
        Err(failure) => Ok(gathering::cannot_be_asked(failure)?.unwrap_or_default()),
    }
}

/// Gives each the entry that was found for it; nothing where that is not as expected.
fn deal(section: &Section, together: &[Wanted], found: Vec<Entry>) -> Vec<Option<Entry>> {
    let mut by_anchor: HashMap<String, Option<Entry>> = HashMap::with_capacity(found.len());
    for entry in found {
        if let Some(anchor) = state::anchor(section, &entry) {
            by_anchor
                .entry(anchor)
                // two with one id are looked at alone
                .and_modify(|known| *known = None)
                .or_insert(Some(entry));
        }
    }
    let here = |wanted: &Wanted| {
        let entry = by_anchor.get(wanted.anchor.as_str())?.as_ref()?;
        dn::same(&entry.dn, &wanted.location).then(|| entry.clone())
    };
    together.iter().map(here).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(dn: &str, anchor: &str) -> Entry {
        Entry {
            dn: dn.to_owned(),
            attributes: vec![("entryUUID".to_owned(), vec![anchor.into()])],
        }
    }

    #[test]
    fn only_whoever_is_found_as_expected_is_found_together() {
        let section = serde_json::json!({ "url": "ldap://x.example", "base": "dc=x" });
        let section: Section = serde_json::from_value(section).unwrap();
        let wanted = ["1", "2", "3", "4", "5"].map(|id| Wanted {
            anchor: id.into(),
            location: format!("uid={id},dc=x"),
            term: String::new(),
            names: Vec::new(),
        });
        let dealt = deal(
            &section,
            &wanted,
            vec![
                found("UID=1, dc=X", "1"),
                // elsewhere
                found("uid=2,ou=b,dc=x", "2"),
                // somebody else in its place
                found("uid=3,dc=x", "33"),
                // twice
                found("uid=4,dc=x", "4"),
                found("uid=4,ou=b,dc=x", "4"),
                // without an id
                Entry {
                    dn: "uid=5,dc=x".to_owned(),
                    attributes: Vec::new(),
                },
            ],
        );
        assert_eq!(
            dealt[0].as_ref().map(|entry| entry.dn.as_str()),
            Some("UID=1, dc=X")
        );
        assert_eq!(dealt[1..], [None, None, None, None]);
    }
}
