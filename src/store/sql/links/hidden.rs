//! Which links in packs hold no longer.

use std::collections::{HashMap, HashSet};

use crate::store::sql::connection::Connection;

use super::{owner_from, sql};
use crate::{
    model::{LinkOwner, LinkView, Links, PersonId},
    store::sql::{
        columns::{blob, text},
        failure::Failure,
    },
};

/// Links that hold no longer, because others were made since or they were dropped.
#[derive(Default)]
pub(super) struct Hidden {
    owners: HashMap<LinkOwner, OfOwner>,
}

#[derive(Default)]
struct OfOwner {
    /// Records that belong to others now.
    anchors: HashSet<String>,
    /// People who have another account.
    people: HashSet<PersonId>,
    /// Links that were dropped.
    dropped: HashSet<(String, PersonId)>,
}

impl Hidden {
    pub(super) fn load(connection: &Connection) -> Result<Self, Failure> {
        let mut hidden = Self::default();
        let mut statement = connection.prepare_cached(sql::HIDDEN_LINKS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let of = hidden
                .owners
                .entry(owner_from(row.get(0)?, text(row, 1)?.into())?)
                .or_default();
            let anchor = text(row, 2)?;
            let is_of_any = blob(row, 3)?.is_empty();
            if is_of_any {
                of.anchors.insert(anchor.to_owned());
                continue;
            }
            let person = crate::store::sql::columns::person(row, 3)?;
            if anchor.is_empty() {
                of.people.insert(person);
            } else {
                of.dropped.insert((anchor.to_owned(), person));
            }
        }
        Ok(hidden)
    }

    /// Notes that a new link takes the place of older ones.
    pub(super) fn replaced(&mut self, owner: &LinkOwner, anchor: &str, person: PersonId) {
        let of = match self.owners.get_mut(owner) {
            Some(of) => of,
            None => self.owners.entry(owner.clone()).or_default(),
        };
        of.anchors.insert(anchor.to_owned());
        if matches!(owner, LinkOwner::Account(_)) {
            of.people.insert(person);
        }
    }

    /// Reports whether a link holds no longer.
    pub(super) fn has(&self, link: LinkView<'_>) -> bool {
        self.owners.get(link.owner).is_some_and(|of| {
            of.anchors.contains(link.anchor)
                || of.people.contains(&link.person)
                || (!of.dropped.is_empty() && of.dropped.contains(&(link.anchor.to_owned(), link.person)))
        })
    }

    /// Takes out the links that hold no longer.
    pub(super) fn hide(&self, links: &mut Links) {
        if !self.owners.is_empty() {
            links.retain(|link| !self.has(link));
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn owners_are_kept_apart() {
        let (a, b) = (LinkOwner::Account("a".into()), LinkOwner::Source("a".into()));
        let mut hidden = Hidden::default();
        let person = |number| PersonId(Uuid::from_u128(number));
        hidden.replaced(&a, "x", person(1));
        hidden.replaced(&b, "y", person(2));
        let has = |owner, anchor, person| {
            hidden.has(LinkView {
                person,
                owner,
                anchor,
                why: crate::model::Why::default(),
                since: jiff::Timestamp::UNIX_EPOCH,
            })
        };
        assert!(has(&a, "x", person(3)) && has(&a, "z", person(1)) && has(&b, "y", person(3)));
        assert!(!has(&b, "x", person(2)) && !has(&a, "y", person(2)));
    }
}
