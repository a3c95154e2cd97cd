//! The tree in memory, with indexes; every change is checked first and then done whole.

mod index;
mod query;
mod rename;
mod write;

use std::collections::BTreeMap;

use rasn_ldap::ResultCode;

use super::dn::{Dn, Rdn};
use super::entry::{Entry, Id};
use super::fault::{Fault, Outcome};
use index::Index;

pub use write::{Change, ChangeKind};

/// All entries.
#[derive(Debug, Default)]
pub struct Directory {
    entries: BTreeMap<Id, Entry>,
    /// Children by parent and RDN key; naming contexts are under parent 0 with their whole name as key.
    children: BTreeMap<(Id, String), Id>,
    index: Index,
    last: Id,
    /// Counts changes; it tells when there is something to save.
    pub revision: u64,
}

impl Directory {
    /// An entry by its number.
    pub fn entry(&self, id: Id) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// The names of the naming contexts.
    pub fn contexts(&self) -> Vec<String> {
        self.children_of(0).map(|id| self.dn(id).to_string()).collect()
    }

    /// The numbers of the entries right below one.
    pub fn children_of(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        self.children
            .range((id, String::new())..(id + 1, String::new()))
            .map(|(_, child)| *child)
    }

    /// The full name of an entry.
    pub fn dn(&self, id: Id) -> Dn {
        let mut rdns: Vec<Rdn> = Vec::new();
        let mut next = Some(id);
        while let Some(entry) = next.and_then(|id| self.entries.get(&id)) {
            rdns.push(entry.rdn.clone());
            rdns.extend(entry.context.iter().cloned());
            next = entry.parent;
        }
        Dn(rdns)
    }

    /// Whether `id` is `top` or somewhere below it.
    pub fn is_under(&self, id: Id, top: Id) -> bool {
        let mut next = Some(id);
        while let Some(current) = next {
            if current == top {
                return true;
            }
            next = self.entries.get(&current).and_then(|entry| entry.parent);
        }
        false
    }

    /// Finds an entry by name.
    pub fn find(&self, dn: &Dn) -> Option<Id> {
        // the shortest tail of the name that is a naming context, then one step down for each RDN
        for start in (0..dn.0.len()).rev() {
            let (below, context) = dn.0.split_at(start);
            let key = context.iter().map(Rdn::key).collect::<Vec<_>>().join(",");
            let Some(mut id) = self.children.get(&(0, key)).copied() else {
                continue;
            };
            for rdn in below.iter().rev() {
                id = *self.children.get(&(id, rdn.key()))?;
            }
            return Some(id);
        }
        None
    }

    /// Finds an entry by name; noSuchObject with the deepest entry above it otherwise.
    pub fn resolve(&self, dn: &Dn) -> Outcome<Id> {
        if let Some(id) = self.find(dn) {
            return Ok(id);
        }
        let mut fault = Fault::new(ResultCode::NoSuchObject, "no such object");
        let mut above = dn.parent();
        while let Some(name) = above {
            if let Some(id) = self.find(&name) {
                fault.matched = self.dn(id).to_string();
                break;
            }
            above = name.parent();
        }
        Err(fault)
    }

    /// Parses and finds.
    pub fn resolve_text(&self, text: &str) -> Outcome<Id> {
        self.resolve(&parse_dn(text)?)
    }

    /// The groups an entry is in, as names.
    pub fn member_of(&self, id: Id) -> Vec<String> {
        let key = self.dn(id).key().into_bytes();
        let groups = self.index.find("member", &key);
        groups
            .into_iter()
            .flatten()
            .map(|group| self.dn(*group).to_string())
            .collect()
    }

    /// Checks a DN and password; invalidCredentials says nothing more.
    pub fn bind(&self, name: &str, password: &[u8]) -> Outcome<String> {
        let refused = || Fault::new(ResultCode::InvalidCredentials, "");
        let id = self.find(&parse_dn(name)?).ok_or_else(refused)?;
        let entry = self.entries.get(&id).ok_or_else(refused)?;
        let known = entry
            .values("userPassword")
            .iter()
            .any(|value| value.raw == password);
        if !known || !entry.values("pwdAccountLockedTime").is_empty() {
            return Err(refused());
        }
        Ok(self.dn(id).to_string())
    }
}

/// Parses a name; invalidDNSyntax otherwise.
pub fn parse_dn(text: &str) -> Outcome<Dn> {
    Dn::parse(text).ok_or_else(|| Fault::new(ResultCode::InvalidDnSyntax, "invalid DN"))
}
