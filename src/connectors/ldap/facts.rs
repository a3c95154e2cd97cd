//! What a server says about itself: its root entry and its schema (RFC 4512, sections 4 and 5).

mod syntax;

use std::{borrow::Cow, collections::HashMap};

use self::syntax::{comparison, value_type};
use super::entry::Entry;
use crate::model::{Column, Comparison, Schema, ValueType};

const ASSERTION: &str = "1.3.6.1.1.12";
const POST_READ: &str = "1.3.6.1.1.13.2";
const PAGING: &str = "1.2.840.113556.1.4.319";

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
    /// Whether it returns results in pages (RFC 2696).
    pub(super) paging: bool,
    /// Whether its schema could be read.
    pub(super) schema_read: bool,
    types: HashMap<String, AttributeType>,
    /// The columns of all types: a run asks for them again and again.
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
        (self.assertion, self.post_read, self.paging) = (has(ASSERTION), has(POST_READ), has(PAGING));
        let classes = values("objectClass").join(" ") + &values("structuralObjectClass").join(" ");
        self.product = match (root.text("vendorName"), root.text("vendorVersion")) {
            (Some(name), Some(version)) if version.contains(name) => version.to_owned(),
            (Some(name), version) => format!("{name} {}", version.unwrap_or_default())
                .trim_end()
                .to_owned(),
            (None, Some(version)) => version.to_owned(),
            (None, None) if classes.contains("OpenLDAP") => "OpenLDAP".to_owned(),
            (None, None) => "LDAP directory".to_owned(),
        };
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
            let class = ObjectClass {
                sup: list_after(&words, "SUP"),
                must: list_after(&words, "MUST"),
                may: list_after(&words, "MAY"),
            };
            for name in list_after(&words, "NAME") {
                self.classes.insert(name.to_ascii_lowercase(), class.clone());
            }
        }
        let columns = self.types.keys().map(|name| (name.clone(), self.column(name)));
        self.columns = columns.collect();
        self.schema_read = !self.types.is_empty();
    }

    /// Returns the column of an attribute: by the server's schema, else by what is customary.
    pub(super) fn column(&self, name: &str) -> Column {
        let key = name.to_ascii_lowercase();
        let Some(kind) = self.types.get(&key) else {
            return customary(name);
        };
        let syntax = self
            .inherited(kind, |kind| kind.syntax.clone())
            .unwrap_or_default();
        let equality = self
            .inherited(kind, |kind| kind.equality.clone())
            .unwrap_or_default();
        let value_type = value_type(&syntax);
        Column {
            name: if kind.name.eq_ignore_ascii_case(name) || kind.name.is_empty() {
                name
            } else {
                &kind.name
            }
            .to_owned(),
            value_type,
            multi_valued: !kind.single,
            ordered: false,
            comparison: comparison(&equality, &syntax),
            required: false,
            writable: !kind.read_only,
        }
    }

    /// Returns the column of an attribute as [`Facts::column`] does, under the schema's name for it.
    pub(super) fn known(&self, name: &str) -> Cow<'_, Column> {
        match self.columns.get(&name.to_ascii_lowercase()) {
            Some(column) => Cow::Borrowed(column),
            None => Cow::Owned(customary(name)),
        }
    }

    /// Reports whether the server can compare values of the attribute in a filter.
    pub(super) fn comparable(&self, name: &str) -> bool {
        self.types
            .get(&name.to_ascii_lowercase())
            .is_some_and(|kind| self.inherited(kind, |kind| kind.equality.clone()).is_some())
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

    /// Returns the columns of the classes a filter names, with the anchor and what every entry has.
    pub(super) fn schema(&self, filter: &str, anchor: &str) -> Schema {
        let mut names: Vec<(String, bool)> = Vec::new();
        let mut pending: Vec<String> = classes_of(filter);
        let mut seen = Vec::new();
        while let Some(class) = pending.pop() {
            let key = class.to_ascii_lowercase();
            if seen.contains(&key) {
                continue;
            }
            if let Some(class) = self.classes.get(&key) {
                pending.extend(class.sup.iter().cloned());
                names.extend(class.must.iter().map(|name| (name.clone(), true)));
                names.extend(class.may.iter().map(|name| (name.clone(), false)));
            }
            seen.push(key);
        }
        if names.is_empty() {
            let common = [
                "cn",
                "sn",
                "givenName",
                "displayName",
                "uid",
                "mail",
                "title",
                "employeeNumber",
                "manager",
                "objectClass",
            ];
            names.extend(common.map(|name| (name.to_owned(), false)));
        }
        names.extend(
            [anchor, "memberOf", "createTimestamp", "modifyTimestamp"].map(|name| (name.to_owned(), false)),
        );
        let mut columns: Vec<Column> = Vec::new();
        for (name, required) in names {
            let column = Column {
                required,
                ..self.column(&name)
            };
            match columns
                .iter_mut()
                .find(|known| known.name.eq_ignore_ascii_case(&column.name))
            {
                Some(known) => known.required |= required,
                None => columns.push(column),
            }
        }
        Schema { columns }
    }
}

/// The classes a filter asks for.
fn classes_of(filter: &str) -> Vec<String> {
    let lower = filter.to_ascii_lowercase();
    lower
        .match_indices("(objectclass=")
        .filter_map(|(at, key)| filter[at + key.len()..].split(')').next())
        .map(str::to_owned)
        .collect()
}

/// What an attribute is where the schema cannot be read.
fn customary(name: &str) -> Column {
    let (value_type, comparison) = match name.to_ascii_lowercase().as_str() {
        "manager" | "member" | "uniquemember" | "memberof" | "owner" | "secretary" | "seealso" => {
            (ValueType::Reference, Comparison::DistinguishedName)
        }
        "telephonenumber" | "mobile" | "homephone" | "pager" | "facsimiletelephonenumber" => {
            (ValueType::Text, Comparison::Telephone)
        }
        "userpassword" | "jpegphoto" | "usercertificate" | "objectguid" | "objectsid" => {
            (ValueType::Binary, Comparison::Exact)
        }
        "uidnumber" | "gidnumber" => (ValueType::Integer, Comparison::Numeric),
        "createtimestamp" | "modifytimestamp" => (ValueType::Instant, Comparison::Instant),
        "entryuuid" => (ValueType::Text, Comparison::Exact),
        _ => (ValueType::Text, Comparison::IgnoreCase),
    };
    Column {
        value_type,
        comparison,
        multi_valued: true,
        ..Column::text(name)
    }
}

/// Cuts a schema description into words: parentheses, quoted names without their quotes, the rest.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, tail) = match first {
            '(' | ')' | '$' => rest.split_at(1),
            '\'' => {
                let inner = &rest[1..];
                let end = inner.find('\'').unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            _ => rest.split_at(rest.find([' ', '(', ')', '$', '\'']).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = tail.trim_start();
    }
    words
}

/// The word or the words in parentheses after a key.
fn list_after(words: &[String], key: &str) -> Vec<String> {
    let Some(at) = words.iter().position(|word| word == key) else {
        return Vec::new();
    };
    match words.get(at + 1).map(String::as_str) {
        Some("(") => words[at + 2..]
            .iter()
            .take_while(|word| *word != ")")
            .filter(|word| *word != "$")
            .cloned()
            .collect(),
        Some(word) => vec![word.to_owned()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let list = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| text.as_bytes().to_vec())
                .collect::<Vec<_>>()
        };
        let mut facts = Facts::default();
        facts.subschema(&Entry {
            dn: "cn=Subschema".to_owned(),
            attributes: vec![
                ("attributeTypes".to_owned(), list(&[
                    "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
                    "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'a ) b' SUP name )",
                    "( 1.2.3 NAME 'n' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE NO-USER-MODIFICATION )",
                    "( 1.2.4 NAME 'loop' SUP loop )",
                    "( 1.2.5 NAME 'photo' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
                ])),
                ("objectClasses".to_owned(), list(&[
                    "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( photo $ n ) )",
                    "( 2.5.6.7 NAME 'inetOrgPerson' SUP person MAY mail )",
                ])),
            ],
        });
        facts
    }

    #[test]
    fn attributes_inherit_from_their_superior() {
        let facts = facts();
        let column = facts.column("commonname");
        assert_eq!(
            (column.name.as_str(), column.comparison),
            ("cn", Comparison::IgnoreCase)
        );
        let number = facts.column("N");
        assert_eq!(
            (number.value_type, number.comparison),
            (ValueType::Integer, Comparison::Numeric)
        );
        assert!(!number.multi_valued && !number.writable);
        assert_eq!(facts.column("photo").value_type, ValueType::Binary);
        assert!(!facts.comparable("photo") && facts.comparable("cn") && !facts.comparable("loop"));
        assert_eq!(facts.column("manager").comparison, Comparison::DistinguishedName);
    }

    #[test]
    fn a_filter_says_which_classes_count() {
        let schema = facts().schema("(&(objectClass=inetOrgPerson)(x=y))", "entryUUID");
        let names: Vec<_> = schema.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "mail",
                "sn",
                "cn",
                "photo",
                "n",
                "entryUUID",
                "memberOf",
                "createTimestamp",
                "modifyTimestamp"
            ]
        );
        assert!(schema.columns[2].required && !schema.columns[0].required);
    }
}
