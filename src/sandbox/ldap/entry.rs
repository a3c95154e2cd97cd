//! An entry: its place in the tree and its attributes.

use std::collections::BTreeMap;

use super::dn::Rdn;
use super::fault::{Fault, Outcome};
use super::schema::AttributeType;
use rasn_ldap::ResultCode;

/// The number of an entry; it never changes and is never used again.
pub type Id = u64;

/// A value as it was written, and the key it is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The bytes as they came.
    pub raw: Vec<u8>,
    /// What the matching rule makes of them.
    pub key: Vec<u8>,
}

impl Value {
    /// Checks the syntax and computes the key; invalidAttributeSyntax otherwise.
    pub fn new(attribute: &AttributeType, raw: &[u8]) -> Outcome<Self> {
        let key = attribute.rule.key(raw).ok_or_else(|| {
            let message = format!("{}: the value is not of the attribute's syntax", attribute.name);
            Fault::new(ResultCode::InvalidAttributeSyntax, message)
        })?;
        Ok(Self {
            raw: raw.to_vec(),
            key,
        })
    }
}

/// One object of the directory.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The entry above, none for a naming context.
    pub parent: Option<Id>,
    /// The name among its siblings; a naming context has its whole name in `context`.
    pub rdn: Rdn,
    /// The rest of the name of a naming context (`dc=example` of `dc=acme,dc=example`).
    pub context: Vec<Rdn>,
    /// Values by canonical attribute name.
    pub attributes: BTreeMap<String, Vec<Value>>,
}

impl Entry {
    /// The values of an attribute; none is an empty slice.
    pub fn values(&self, name: &str) -> &[Value] {
        self.attributes.get(name).map_or(&[], Vec::as_slice)
    }

    /// The texts of an attribute, values that are no text left out.
    pub fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.attributes
            .get(name)
            .into_iter()
            .flatten()
            .filter_map(|value| std::str::from_utf8(&value.raw).ok())
    }

    /// Replaces the values of an attribute; no values remove it.
    pub fn set(&mut self, name: &str, values: Vec<Value>) {
        if values.is_empty() {
            self.attributes.remove(name);
        } else {
            self.attributes.insert(name.to_owned(), values);
        }
    }
}
