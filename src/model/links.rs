//! Many links at a time.
//!
//! A million people have several million links, so they are held by column: for each owner the people, the anchors
//! in one text, and what is the same for many (why and since when) once for a whole run of them.

mod adoptions;
mod group;
#[cfg(test)]
mod tests;
mod texts;

use std::fmt;

use jiff::Timestamp;

pub use self::{
    adoptions::{Adoption, Adoptions, proposed},
    group::{LinkGroup, Run},
    texts::Texts,
};
use super::{
    name::Anchor,
    person::{Link, LinkOwner, PersonId},
};

/// Why a link was made: words that many links share, and what is this link's own (`matched by mail = `, `a@b.c`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Why<'a> {
    /// The words.
    pub words: &'a str,
    /// What follows them.
    pub value: &'a str,
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)?;
        f.write_str(self.value)
    }
}

/// A link as it lies among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkView<'a> {
    /// Whose record it is.
    pub person: PersonId,
    /// As what.
    pub owner: &'a LinkOwner,
    /// Which record, by its immutable id.
    pub anchor: &'a str,
    /// Why; empty where links are loaded without their reasons.
    pub why: Why<'a>,
    /// Since when.
    pub since: Timestamp,
}

impl LinkView<'_> {
    /// Returns the link by itself.
    pub fn to_link(self) -> Link {
        Link {
            person: self.person,
            owner: self.owner.clone(),
            anchor: Anchor::from(self.anchor),
            why: self.why.to_string(),
            since: self.since,
        }
    }
}

/// Many links, in groups of one owner each.
#[derive(Debug, Clone, Default)]
pub struct Links {
    groups: Vec<LinkGroup>,
}

impl Links {
    /// Returns how many links there are.
    pub fn len(&self) -> usize {
        self.groups.iter().map(LinkGroup::len).sum()
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(LinkGroup::is_empty)
    }

    /// Returns the groups; an owner may have several.
    pub fn groups(&self) -> &[LinkGroup] {
        &self.groups
    }

    /// Iterates over all links, owner by owner, those of an owner in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = LinkView<'_>> {
        self.groups.iter().flat_map(LinkGroup::iter)
    }

    /// Returns the groups of one owner.
    pub fn of<'a>(&'a self, owner: &'a LinkOwner) -> impl Iterator<Item = &'a LinkGroup> {
        self.groups.iter().filter(move |group| group.owner() == owner)
    }

    /// Makes room for links of an owner whose anchors have about this many octets together.
    pub fn reserve(&mut self, owner: &LinkOwner, links: usize, octets: usize) {
        let known = self.groups.iter().rposition(|group| group.owner() == owner);
        let at = known.unwrap_or_else(|| {
            self.groups.push(LinkGroup::new(owner.clone()));
            self.groups.len() - 1
        });
        self.groups[at].reserve(links, octets);
    }

    /// Adds a link.
    pub fn add(&mut self, owner: &LinkOwner, person: PersonId, anchor: &str, why: Why<'_>, since: Timestamp) {
        let last = self.groups.iter().rposition(|group| group.owner() == owner);
        let at = last
            .filter(|at| self.groups[*at].has_room(anchor, why.value))
            .unwrap_or_else(|| {
                self.groups.push(LinkGroup::new(owner.clone()));
                self.groups.len() - 1
            });
        self.groups[at].push(person, anchor, why, since);
    }

    /// Adds a link that is held by itself.
    pub fn push(&mut self, link: &Link) {
        let why = Why {
            words: &link.why,
            value: "",
        };
        self.add(&link.owner, link.person, link.anchor.as_str(), why, link.since);
    }

    /// Adds a group as it is.
    pub fn push_group(&mut self, group: LinkGroup) {
        let last = self.groups.iter_mut().rfind(|last| last.owner() == group.owner());
        match last {
            Some(last) if last.has_room_for(&group) => last.append(&group),
            _ => self.groups.push(group),
        }
    }

    /// Adds all links of another collection.
    pub fn append(&mut self, other: Self) {
        other.groups.into_iter().for_each(|group| self.push_group(group));
    }

    /// Keeps only some links.
    pub fn retain(&mut self, mut keep: impl FnMut(LinkView<'_>) -> bool) {
        for group in &mut self.groups {
            if group.iter().all(&mut keep) {
                continue;
            }
            let mut kept = LinkGroup::new(group.owner().clone());
            for link in group.iter().filter(|link| keep(*link)) {
                kept.push(link.person, link.anchor, link.why, link.since);
            }
            *group = kept;
        }
        self.groups.retain(|group| !group.is_empty());
    }
}

impl<'a> IntoIterator for &'a Links {
    type Item = LinkView<'a>;
    type IntoIter = Box<dyn Iterator<Item = LinkView<'a>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl<'a> FromIterator<&'a Link> for Links {
    fn from_iter<T: IntoIterator<Item = &'a Link>>(links: T) -> Self {
        let mut all = Self::default();
        links.into_iter().for_each(|link| all.push(link));
        all
    }
}
