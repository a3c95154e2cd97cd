//! What a server says about itself: its root entry and its schema (RFC 4512, sections 4 and 5).

mod columns;
mod custom;
mod syntax;
mod words;

use std::{borrow::Cow, collections::HashMap};

use custom::customary;
use syntax::{comparison, value_type};
use words::{list_after, words};

use super::{
    active_directory::{self, form::Form, suffix},
    entry::Entry,
};
use crate::model::{Column, Comparison};

const ASSERTION: &str = "1.3.6.1.1.12";
/// The control for the entry before a write.
pub(super) const PRE_READ: &str = "1.3.6.1.1.13.1";
/// The control for the entry after a write.
pub(super) const POST_READ: &str = "1.3.6.1.1.13.2";
const CONTENT_SYNC: &str = "1.3.6.1.4.1.4203.1.9.1.1";
const PAGING: &str = "1.2.840.113556.1.4.319";
const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";

/// What is known of a server.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// What it is.
    pub(super) product: String,
    /// Whether it checks an assertion before a write (RFC 4528).
    pub(super) assertion: bool,
    /// Whether it returns an entry as it is after a write (RFC 4527).
    pub(super) post_read: bool,
    /// Whether it returns an entry as it was before a write (RFC 4527).
    pub(super) pre_read: bool,
    /// Whether it finds an entry by its name in a filter (RFC 5020) without looking at all of them.
    pub(super) finds_names: bool,
    /// Whether it returns results in pages (RFC 2696).
    pub(super) paging: bool,
    /// Whether it tells what changed since a cookie (RFC 4533).
    pub(super) content_sync: bool,
    /// The top entries of its databases.
    pub(super) contexts: Vec<String>,
    /// Whether it is a domain controller of Active Directory.
    pub(super) active_directory: bool,
    /// The suffixes of user principal names that its forest knows; none if it does not tell.
    pub(super) suffixes: Vec<String>,
    /// Whether its forest keeps what is deleted as it was for a while; `None` if it does not tell.
    pub(super) recycle_bin: Option<bool>,
    /// Where the configuration of the forest is.
    pub(super) configuration: Option<String>,
    /// Whether adding what is there can be said to be no error.
    pub(super) permissive: bool,
    /// Whether it sets passwords itself (RFC 3062).
    pub(super) password_modify: bool,
    /// Whether its schema could be read.
    pub(super) schema_read: bool,
    types: HashMap<String, AttributeType>,
    /// The columns of all types, by their names as the schema spells them and in small letters: a run asks for them again
    /// and again.
    columns: HashMap<String, Column>,
    classes: HashMap<String, ObjectClass>,
}

#[derive(Debug, Clone, Default)]
struct AttributeType {
    name: String,
    sup: Option<String>,
    syntax: Option<String>,
    equality: Option<String>,
    single: bool,
    read_only: bool,
}

#[derive(Debug, Clone, Default)]
struct ObjectClass {
    name: String,
    auxiliary: bool,
    sup: Vec<String>,
    must: Vec<String>,
    may: Vec<String>,
}

impl Facts {
    /// Takes in the root entry.
    pub(super) fn root(&mut self, root: &Entry) {
        let values = |name: &str| -> Vec<String> {
            let values = root.get(name).unwrap_or_default();
            values
                .iter()
                .map(|value| String::from_utf8_lossy(value).into_owned())
                .collect()
        };
        let controls = values("supportedControl");
        let has = |oid: &str| controls.iter().any(|control| control == oid);
        (self.assertion, self.paging) = (has(ASSERTION), has(PAGING));
        self.content_sync = has(CONTENT_SYNC);
        (self.pre_read, self.post_read) = (has(PRE_READ), has(POST_READ));
        self.contexts = values("namingContexts");
        self.configuration = root.text("configurationNamingContext").map(str::to_owned);
        self.permissive = has(active_directory::PERMISSIVE);
        let said = |name: &str, oid: &str| values(name).iter().any(|said| said == oid);
        self.active_directory = said("supportedCapabilities", active_directory::CAPABILITY);
        self.password_modify = said("supportedExtension", PASSWORD_MODIFY);
        let classes = values("objectClass").join(" ") + &values("structuralObjectClass").join(" ");
        // its databases have an index of all names
        self.finds_names = classes.contains("OpenLDAProotDSE");
        self.product = match (root.text("vendorName"), root.text("vendorVersion")) {
            (Some(name), Some(version)) if version.contains(name) => version.to_owned(),
            (Some(name), version) => format!("{name} {}", version.unwrap_or_default())
                .trim_end()
                .to_owned(),
            (None, Some(version)) => version.to_owned(),
            (None, None) if classes.contains("OpenLDAP") => "OpenLDAP".to_owned(),
            (None, None) => "LDAP directory".to_owned(),
        };
        if self.active_directory {
            self.product = active_directory::product(root);
        }
    }

    /// Takes in the subschema entry.
    pub(super) fn subschema(&mut self, entry: &Entry) {
        let texts = |name: &str| {
            entry
                .get(name)
                .unwrap_or_default()
                .iter()
                .filter_map(|value| std::str::from_utf8(value).ok())
        };
        for text in texts("attributeTypes") {
            let words = words(text);
            let names = list_after(&words, "NAME");
            let after = |key: &str| list_after(&words, key).into_iter().next();
            let kind = AttributeType {
                name: names.first().cloned().unwrap_or_default(),
                sup: after("SUP"),
                syntax: after("SYNTAX").map(|syntax| syntax.split('{').next().unwrap_or_default().to_owned()),
                equality: after("EQUALITY"),
                single: words.iter().any(|word| word == "SINGLE-VALUE"),
                read_only: words.iter().any(|word| word == "NO-USER-MODIFICATION"),
            };
            for name in names.iter().chain(words.get(1)) {
                self.types.insert(name.to_ascii_lowercase(), kind.clone());
            }
        }
        for text in texts("objectClasses") {
            let words = words(text);
            let names = list_after(&words, "NAME");
            let class = ObjectClass {
                name: names.first().cloned().unwrap_or_default(),
                auxiliary: words.iter().any(|word| word == "AUXILIARY"),
                sup: list_after(&words, "SUP"),
                must: list_after(&words, "MUST"),
                may: list_after(&words, "MAY"),
            };
            for name in names {
                self.classes.insert(name.to_ascii_lowercase(), class.clone());
            }
        }
        let spelled = self.types.values().map(|kind| &kind.name);
        let names = self.types.keys().chain(spelled);
        self.columns = names.map(|name| (name.clone(), self.column(name))).collect();
        self.schema_read = !self.types.is_empty();
    }

    /// Returns the column of an attribute: by the server's schema, else by what is customary.
    pub(super) fn column(&self, name: &str) -> Column {
        let Some(kind) = self.types.get(&base(name)) else {
            return customary(name);
        };
        let syntax = self
            .inherited(kind, |kind| kind.syntax.clone())
            .unwrap_or_default();
        let equality = self
            .inherited(kind, |kind| kind.equality.clone())
            .unwrap_or_default();
        let form = Form::of(name);
        let value_type = form.map_or_else(|| value_type(&syntax), Form::value_type);
        Column {
            // an attribute with options is not the one without
            name: if kind.name.eq_ignore_ascii_case(name) || kind.name.is_empty() || name.contains(';') {
                name
            } else {
                &kind.name
            }
            .to_owned(),
            value_type,
            multi_valued: !kind.single,
            ordered: false,
            comparison: match form {
                Some(form) => form.comparison(),
                // the case of its prefix says which address is the primary one
                None if name.eq_ignore_ascii_case("proxyAddresses") => Comparison::FoldSpace,
                None => comparison(&equality, &syntax),
            },
            required: false,
            required_by: Vec::new(),
            writable: !kind.read_only,
            suffixes: if suffix::is_about(name) {
                self.suffixes.clone()
            } else {
                Vec::new()
            },
        }
    }

    /// Returns the column of an attribute as [`Facts::column`] does, under the schema's name for it.
    pub(super) fn known(&self, name: &str) -> Cow<'_, Column> {
        let spelled = self.columns.get(name);
        match spelled.or_else(|| self.columns.get(&name.to_ascii_lowercase())) {
            Some(column) => Cow::Borrowed(column),
            None => Cow::Owned(self.column(name)),
        }
    }

    /// Reports whether the server can compare values of the attribute in a filter.
    pub(super) fn comparable(&self, name: &str) -> bool {
        // its types name no rule, and every one has one
        let by_syntax = self.active_directory;
        self.types
            .get(&base(name))
            .is_some_and(|kind| by_syntax || self.inherited(kind, |kind| kind.equality.clone()).is_some())
    }

    fn inherited(
        &self,
        kind: &AttributeType,
        of: impl Fn(&AttributeType) -> Option<String>,
    ) -> Option<String> {
        let mut kind = kind;
        // no schema is deeper than this; a circular one must not hang
        for _ in 0..16 {
            if let Some(found) = of(kind) {
                return Some(found);
            }
            kind = self.types.get(&kind.sup.as_ref()?.to_ascii_lowercase())?;
        }
        None
    }
}

/// The name of an attribute without its options, as it is looked up.
fn base(name: &str) -> String {
    name.split(';').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
