//! Objects of many writes, read back in one search.
//!
//! Where a server tells with a write what became of it, nothing is read back. Where it does not, as a domain
//! controller, reading each object back would be one more request for every write.

use std::{collections::HashMap, rc::Rc, sync::Arc};

use super::{
    super::{
        connection::Session,
        create::is_secret,
        entry::Entry,
        facts::Facts,
        failure::Failure,
        filter,
        gathering::{self, Gathering, Question},
        read_back::ReadBack,
    },
    together::search_for,
};
use crate::model::{ValueType, dn};

/// An object that was written, at its place.
pub(in super::super) struct Placed {
    /// Its name, for comparing.
    place: String,
    /// What finds it.
    term: String,
    wanted: Arc<ReadBack>,
}

/// Reads back what was written to an object, together with those of the other writes under way; nothing if it cannot
/// be read.
pub(in super::super) async fn find_written(
    session: &Rc<Session>,
    facts: &Facts,
    location: &str,
    wanted: &Arc<ReadBack>,
) -> Option<Entry> {
    if let Some(placed) = placed(session, facts, location, wanted) {
        match gathering::ask(session, placed).await {
            Ok(Some(entry)) => return Some(entry),
            Ok(None) => {}
            // it was waited for
            Err(_) => return None,
        }
    }
    let alone = session.entry(location, "(objectClass=*)", &wanted.attributes);
    // rare where it can be found together, so in a box
    Box::pin(alone).await.ok().flatten()
}

/// Returns what finds an object by its name among others, if the server surely need not read all it has for that.
fn placed(session: &Session, facts: &Facts, location: &str, wanted: &Arc<ReadBack>) -> Option<Placed> {
    let name = if facts.finds_names {
        "entryDN"
    } else if session.section.is_active_directory() {
        "distinguishedName"
    } else {
        return None;
    };
    // photos and certificates come one at a time
    let is_large = |name: &String| {
        !name.eq_ignore_ascii_case(&session.section.anchor)
            && !is_secret(name)
            && facts.known(name).value_type == ValueType::Binary
    };
    if wanted.attributes.iter().any(is_large) {
        return None;
    }
    Some(Placed {
        place: dn::normalise(location)?,
        term: filter::equal(name, location.as_bytes()),
        wanted: wanted.clone(),
    })
}

impl Question for Placed {
    type Answer = Entry;

    fn gathering(session: &Session) -> &Gathering<Self> {
        &session.placed
    }

    async fn ask(session: &Session, together: &[Self]) -> Result<Vec<Option<Entry>>, Failure> {
        let terms: Vec<_> = together.iter().map(|placed| placed.term.as_str()).collect();
        let names = together.iter().flat_map(|placed| &placed.wanted.attributes);
        let found = search_for(session, &terms, names).await?;
        Ok(deal(together, found))
    }
}

/// Gives each the entry at its place; nothing where there is none.
fn deal(together: &[Placed], found: Vec<Entry>) -> Vec<Option<Entry>> {
    let mut by_place: HashMap<String, Entry> = found
        .into_iter()
        .filter_map(|entry| Some((dn::normalise(&entry.dn)?, entry)))
        .collect();
    let at = together.iter();
    at.map(|placed| by_place.remove(&placed.place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gets_what_is_at_its_place() {
        let section = serde_json::json!({ "url": "ldap://x.example", "base": "dc=x" });
        let wanted = super::super::super::read_back::Last::default()
            .of(&serde_json::from_value(section).unwrap(), &[]);
        let placed = ["uid=1,dc=x", "uid=2,dc=x", "uid=3,dc=x"].map(|place| Placed {
            place: dn::normalise(place).unwrap(),
            term: String::new(),
            wanted: wanted.clone(),
        });
        let entry = |dn: &str| Entry {
            dn: dn.to_owned(),
            attributes: Vec::new(),
        };
        let found = vec![entry("uid=3,dc=x"), entry("uid=4,dc=x"), entry("UID=1, DC=X")];
        let dealt = deal(&placed, found);
        let names = dealt
            .iter()
            .map(|entry| entry.as_ref().map(|entry| entry.dn.as_str()));
        assert_eq!(
            names.collect::<Vec<_>>(),
            [Some("UID=1, DC=X"), None, Some("uid=3,dc=x")]
        );
    }
}
