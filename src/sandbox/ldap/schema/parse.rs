//! Reading definitions: `( OID NAME 'x' SUP y MUST ( a $ b ) )`.

use super::{AttributeType, ClassKind, ObjectClass, Schema};
use crate::sandbox::ldap::matching::Rule;

/// One definition: its OID and the words after each keyword.
struct Definition<'a> {
    oid: &'a str,
    words: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Definition<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut tokens = text.split_whitespace().peekable();
        if tokens.next()? != "(" {
            return None;
        }
        let oid = tokens.next()?;
        let mut words = Vec::new();
        while let Some(keyword) = tokens.next() {
            if keyword == ")" {
                return Some(Self { oid, words });
            }
            let takes_values = matches!(
                keyword,
                "NAME" | "SUP" | "EQUALITY" | "ORDERING" | "SUBSTR" | "SYNTAX" | "USAGE" | "MUST" | "MAY"
            );
            let mut values = Vec::new();
            if takes_values {
                if tokens.peek() == Some(&"(") {
                    tokens.next();
                    values.extend(
                        tokens
                            .by_ref()
                            .take_while(|token| *token != ")")
                            .filter(|token| *token != "$"),
                    );
                } else {
                    values.extend(tokens.next());
                }
            }
            words.push((keyword, values));
        }
        None
    }

    fn list(&self, keyword: &str) -> Vec<String> {
        let values = self
            .words
            .iter()
            .filter(|(word, _)| *word == keyword)
            .flat_map(|(_, values)| values);
        values.map(|value| value.trim_matches('\'').to_owned()).collect()
    }

    fn one(&self, keyword: &str) -> Option<String> {
        self.list(keyword).into_iter().next()
    }

    fn has(&self, keyword: &str) -> bool {
        self.words.iter().any(|(word, _)| *word == keyword)
    }
}

impl Schema {
    /// Reads `attribute …` and `class …` lines. Superiors come before what inherits from them.
    pub(super) fn parse(text: &str) -> Self {
        let mut schema = Self::default();
        for line in text.lines() {
            if let Some(line) = line.strip_prefix("attribute ") {
                schema.add_attribute(line);
            } else if let Some(line) = line.strip_prefix("class ") {
                schema.add_class(line);
            }
        }
        schema
    }

    fn add_attribute(&mut self, line: &str) {
        let Some(definition) = Definition::parse(line) else {
            return;
        };
        let names = definition.list("NAME");
        let Some(name) = names.first().cloned() else {
            return;
        };
        let parent = definition.one("SUP").and_then(|sup| self.attribute(&sup));
        let syntax = definition
            .one("SYNTAX")
            .or_else(|| parent.and_then(|parent| parent.syntax.clone()));
        let equality = definition.one("EQUALITY");
        let rule = match (equality, parent) {
            (None, Some(parent)) => parent.rule,
            (equality, _) => Rule::named(equality.as_deref(), syntax.as_deref()),
        };
        if definition.one("SUP").is_some_and(|sup| sup == "name") {
            self.named.push(name.clone());
        }
        for alias in &names {
            self.names.insert(alias.to_ascii_lowercase(), name.clone());
        }
        self.names.insert(definition.oid.to_owned(), name.clone());
        let attribute = AttributeType {
            name: name.clone(),
            oid: definition.oid.to_owned(),
            rule,
            single: definition.has("SINGLE-VALUE"),
            operational: definition.has("USAGE"),
            read_only: definition.has("NO-USER-MODIFICATION"),
            syntax,
        };
        self.attributes.insert(name, attribute);
        self.attribute_lines.push(line.to_owned());
    }

    fn add_class(&mut self, line: &str) {
        let Some(definition) = Definition::parse(line) else {
            return;
        };
        let Some(name) = definition.one("NAME") else {
            return;
        };
        let kind = match () {
            () if definition.has("ABSTRACT") => ClassKind::Abstract,
            () if definition.has("AUXILIARY") => ClassKind::Auxiliary,
            () => ClassKind::Structural,
        };
        let (mut must, mut may) = (definition.list("MUST"), definition.list("MAY"));
        let mut superiors = Vec::new();
        if let Some(parent) = definition.one("SUP").and_then(|sup| self.class(&sup).cloned()) {
            superiors.push(parent.name.to_ascii_lowercase());
            superiors.extend(parent.superiors);
            must.extend(parent.must);
            may.extend(parent.may);
        }
        self.classes.insert(
            name.to_ascii_lowercase(),
            ObjectClass {
                name,
                kind,
                superiors,
                must,
                may,
            },
        );
        self.class_lines.push(line.to_owned());
    }
}
