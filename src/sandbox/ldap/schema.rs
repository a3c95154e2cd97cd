//! The schema: attribute types and object classes, read from the text that is also published.

mod check;
mod parse;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::matching::Rule;

pub(super) use check::{check_attribute, check_entry, structural_class};

/// The definitions, one a line, in the form of RFC 4512 §4.1.
const TEXT: &str = include_str!("schema.txt");

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(TEXT));

/// An attribute type (RFC 4512 §4.1.2), as far as this server uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeType {
    /// The name under which values are stored and returned.
    pub name: String,
    /// The numeric object identifier.
    pub oid: String,
    /// How two values are compared.
    pub rule: Rule,
    /// Whether an entry may hold one value only.
    pub single: bool,
    /// Whether it is returned only when it is asked for (by name or `+`).
    pub operational: bool,
    /// Whether only the server may write it.
    pub read_only: bool,
    syntax: Option<String>,
}

/// What part of an entry's classes a class is (RFC 4512 §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassKind {
    /// Only there to be inherited from.
    Abstract,
    /// What an entry is.
    Structural,
    /// What an entry may be in addition.
    Auxiliary,
}

/// An object class (RFC 4512 §4.1.1), with the attributes it inherits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectClass {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ClassKind,
    /// The names of all superior classes, lower case.
    pub superiors: Vec<String>,
    /// Attributes an entry must have, canonical names.
    pub must: Vec<String>,
    /// Attributes an entry may have, canonical names.
    pub may: Vec<String>,
}

/// All types and classes.
#[derive(Debug, Default)]
pub struct Schema {
    attributes: HashMap<String, AttributeType>,
    names: HashMap<String, String>,
    classes: HashMap<String, ObjectClass>,
    named: Vec<String>,
    attribute_lines: Vec<String>,
    class_lines: Vec<String>,
}

impl Schema {
    /// The built-in schema.
    pub fn get() -> &'static Self {
        &SCHEMA
    }

    /// Finds an attribute type by any of its names or its OID, options (`;lang-en`) left out.
    pub fn attribute(&self, description: &str) -> Option<&AttributeType> {
        let base = description.split(';').next().unwrap_or_default();
        if let Some(found) = self.attributes.get(base) {
            return Some(found);
        }
        self.attributes.get(self.names.get(&base.to_ascii_lowercase())?)
    }

    /// Whether an attribute is a subtype of `name`.
    pub fn is_name(&self, attribute: &str) -> bool {
        self.named.iter().any(|named| named == attribute)
    }

    /// Finds a class by name, in any case.
    pub fn class(&self, name: &str) -> Option<&ObjectClass> {
        self.classes.get(&name.to_ascii_lowercase())
    }

    /// The values of `attributeTypes` in the subschema entry.
    pub fn attribute_lines(&self) -> &[String] {
        &self.attribute_lines
    }

    /// The values of `objectClasses` in the subschema entry.
    pub fn class_lines(&self) -> &[String] {
        &self.class_lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_understood() {
        let schema = Schema::get();
        let lines = |kind: &str| TEXT.lines().filter(|line| line.starts_with(kind)).count();
        assert_eq!(schema.attribute_lines.len(), lines("attribute "));
        assert_eq!(schema.attributes.len(), lines("attribute "));
        assert_eq!(schema.classes.len(), lines("class "));
        for class in schema.classes.values() {
            for name in class.must.iter().chain(&class.may) {
                assert!(schema.attribute(name).is_some(), "{name} of {}", class.name);
            }
        }
    }

    #[test]
    fn names_aliases_oids_and_options_find_the_same_type() {
        let schema = Schema::get();
        for name in ["cn", "CN", "commonName", "2.5.4.3", "cn;lang-de"] {
            assert_eq!(
                schema.attribute(name).map(|found| found.name.as_str()),
                Some("cn"),
                "{name}"
            );
        }
        assert!(schema.attribute("shoeSize").is_none());
    }

    #[test]
    fn rules_and_classes_are_inherited() {
        let schema = Schema::get();
        assert_eq!(
            schema.attribute("sn").map(|found| found.rule),
            Some(Rule::CaseIgnore)
        );
        let class = schema.class("INETORGPERSON").unwrap();
        assert!(class.must.contains(&"sn".to_owned()) && class.may.contains(&"mail".to_owned()));
        assert_eq!(class.superiors, ["organizationalperson", "person", "top"]);
    }
}
