//! What a service offers: its attributes and abilities, found by discovery (RFC 7643 §5–7) or assumed.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::{
    compare,
    path::{Path, member},
    standard,
};
use crate::model::{Column, Comparison, Value, ValueType};

/// One attribute of a resource, or one part of a complex attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Name, type, comparison and so on; the name is a whole path.
    pub column: Column,
    /// Whether each value has parts.
    pub complex: bool,
    /// Whether the service itself refuses a second object with the same value.
    pub unique: bool,
}

/// The attributes and abilities of one service.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The attributes of an account, flattened, in the order of the schemas.
    pub columns: Vec<Column>,
    /// Attributes and parts by [`Path::key`].
    pub attributes: HashMap<String, Attribute>,
    /// Where accounts live: `/Users`.
    pub users: String,
    /// Where groups live, if there are any.
    pub groups: Option<String>,
    /// What the service says it can do.
    pub abilities: Abilities,
    /// What could not be found out, and what that means.
    pub warnings: Vec<String>,
}

/// What the service says it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// PATCH; tried anyway when not known.
    pub patch: bool,
    /// Versions as entity tags.
    pub etag: bool,
    /// Filters; tried anyway, because some services do better than they say.
    pub filter: bool,
    /// The most resources a page may have.
    pub max_results: Option<usize>,
}

impl Abilities {
    /// What is assumed of a service that tells nothing.
    pub const UNKNOWN: Self = Self {
        patch: true,
        etag: false,
        filter: false,
        max_results: None,
    };

    /// Reads a `ServiceProviderConfig` (RFC 7643 §5).
    pub fn read(config: &Json) -> Self {
        let supported = |name| {
            member(config, name)
                .and_then(|part| member(part, "supported"))
                .map(compare::truthy)
        };
        let max = member(config, "filter").and_then(|part| member(part, "maxResults"));
        Self {
            patch: supported("patch").unwrap_or(true),
            etag: supported("etag").unwrap_or(false),
            filter: supported("filter").unwrap_or(false),
            max_results: max
                .and_then(Json::as_u64)
                .filter(|max| *max > 0)
                .map(|max| max as usize),
        }
    }
}

impl Catalog {
    /// Returns what is assumed of a service that describes nothing (RFC 7643 §4).
    pub fn assumed(abilities: Abilities) -> Self {
        let (mut columns, mut attributes) = (Vec::new(), HashMap::new());
        for schema in [standard::user(), standard::enterprise()] {
            add_schema(&schema, &mut columns, &mut attributes, true);
        }
        add_schema(&standard::group(), &mut Vec::new(), &mut attributes, false);
        Self {
            columns,
            attributes,
            users: "/Users".to_owned(),
            groups: Some("/Groups".to_owned()),
            abilities,
            warnings: Vec::new(),
        }
    }

    /// Returns the column of a path; a text compared without case if the service does not tell.
    pub fn column(&self, path: &Path) -> Column {
        let known = self.attributes.get(&path.key());
        // `emails[…]` without a part is the e-mail's `value`
        let column = known.filter(|known| !known.complex || path.filter.is_empty());
        let top = self.attributes.get(&path.top().key());
        let many = path.filter.is_empty() && top.is_some_and(|top| top.column.multi_valued);
        Column {
            name: path.to_string(),
            multi_valued: many,
            ..column.map_or_else(
                || Column {
                    comparison: Comparison::IgnoreCase,
                    ..Column::text("")
                },
                |known| known.column.clone(),
            )
        }
    }

    /// Reports whether the service itself refuses a second object with the same value, by its own schema.
    pub fn is_unique(&self, path: &Path) -> bool {
        self.attributes.get(&path.key()).is_some_and(|known| known.unique)
    }

    /// Turns a value into the JSON this path takes: `None` clears it.
    ///
    /// Fails if several values are given for what holds one, or if a reference is not resolved.
    pub fn json(&self, path: &Path, value: &Value<'_>) -> Result<Option<Json>, String> {
        if value.is_nothing() {
            return Ok(None);
        }
        let kind = self.column(path).value_type;
        let top = self.attributes.get(&path.top().key());
        let (many, complex) = top.map_or((false, false), |top| (top.column.multi_valued, top.complex));
        let mut values = Vec::new();
        for single in value.each() {
            let json = compare::json(single, kind)
                .ok_or_else(|| format!("{path}: a reference was not resolved before it was written"))?;
            let whole = complex && path.sub.is_none() && path.filter.is_empty() && !json.is_object();
            values.push(if whole {
                serde_json::json!({ "value": json })
            } else {
                json
            });
        }
        if many && path.filter.is_empty() {
            return Ok(Some(Json::Array(values)));
        }
        match (values.pop(), values.is_empty()) {
            (single, true) => Ok(single),
            (last, false) if top.is_none() && path.filter.is_empty() => {
                values.extend(last);
                Ok(Some(Json::Array(values)))
            }
            _ => Err(format!(
                "{path} takes one value and was given several: map one of them"
            )),
        }
    }
}

/// Reads the definitions of a schema (RFC 7643 §7) into the catalog's list of attributes.
pub fn add_schema(
    schema: &Json,
    columns: &mut Vec<Column>,
    attributes: &mut HashMap<String, Attribute>,
    flat: bool,
) {
    let id = member(schema, "id").and_then(Json::as_str).unwrap_or_default();
    let definitions = member(schema, "attributes").and_then(Json::as_array);
    for definition in definitions.into_iter().flatten() {
        let Some(path) = name(definition).and_then(|name| Path::parse(&format!("{id}:{name}"))) else {
            continue;
        };
        let parts: Vec<_> = member(definition, "subAttributes")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|part| {
                let path = Path {
                    sub: Some(name(part)?.to_owned()),
                    ..path.clone()
                };
                Some((path, part))
            })
            .collect();
        let value = parts
            .iter()
            .find(|(path, _)| is(path.sub.as_deref(), "value"))
            .map(|(_, part)| *part);
        let whole = attribute(&path, definition, value);
        for (path, part) in &parts {
            let mut part = attribute(path, part, None);
            part.column.writable &= whole.column.writable;
            part.column.required &= whole.column.required;
            part.unique = false;
            attributes.insert(path.key(), part);
        }
        if flat {
            flatten(&path, &whole, &parts, attributes, columns);
        }
        attributes.insert(path.key(), whole);
    }
}

/// Adds the columns of one attribute: itself, its parts, or its parts once for each type of element.
fn flatten(
    path: &Path,
    whole: &Attribute,
    parts: &[(Path, &Json)],
    attributes: &HashMap<String, Attribute>,
    columns: &mut Vec<Column>,
) {
    let has_value = parts.iter().any(|(path, _)| is(path.sub.as_deref(), "value"));
    if !whole.complex || has_value {
        columns.push(whole.column.clone());
    }
    let wanted = |sub: &str| {
        if has_value {
            sub.eq_ignore_ascii_case("value")
        } else {
            !["type", "primary", "formatted"].contains(&sub)
        }
    };
    let types = parts
        .iter()
        .find(|(path, _)| is(path.sub.as_deref(), "type"))
        .and_then(|(_, part)| member(part, "canonicalValues").and_then(Json::as_array));
    if whole.column.multi_valued {
        for kind in types.into_iter().flatten() {
            for (part, _) in parts
                .iter()
                .filter(|(path, _)| path.sub.as_deref().is_some_and(wanted))
            {
                let typed = Path {
                    filter: vec![("type".to_owned(), kind.clone())],
                    ..part.clone()
                };
                let known = attributes.get(&part.key()).map(|known| known.column.clone());
                columns.push(Column {
                    name: typed.to_string(),
                    multi_valued: false,
                    required: false,
                    ..known.unwrap_or_default()
                });
            }
        }
    } else if !has_value && whole.complex {
        columns.extend(
            parts
                .iter()
                .filter_map(|(path, _)| attributes.get(&path.key()))
                .map(|known| known.column.clone()),
        );
    }
    debug_assert_eq!(path.sub, None);
}

fn attribute(path: &Path, definition: &Json, value: Option<&Json>) -> Attribute {
    let text = |of: &Json, name| {
        member(of, name)
            .and_then(Json::as_str)
            .map(str::to_ascii_lowercase)
    };
    let truth = |name| member(definition, name).is_some_and(compare::truthy);
    let kind = text(definition, "type").unwrap_or_default();
    let leaf = value.unwrap_or(definition);
    let value_type = match text(leaf, "type").as_deref() {
        Some("boolean") => ValueType::Boolean,
        Some("integer") => ValueType::Integer,
        Some("datetime") => ValueType::Instant,
        Some("binary") => ValueType::Binary,
        // URLs are references too (profileUrl); only those to resources tie objects together
        Some("reference") if refers_to_resource(leaf) => ValueType::Reference,
        _ => ValueType::Text,
    };
    Attribute {
        column: Column {
            name: path.to_string(),
            value_type,
            multi_valued: truth("multiValued"),
            ordered: false,
            comparison: comparison(value_type, member(leaf, "caseExact").is_some_and(compare::truthy)),
            required: truth("required"),
            required_by: Vec::new(),
            writable: text(definition, "mutability").as_deref() != Some("readonly"),
            suffixes: Vec::new(),
        },
        complex: kind == "complex",
        unique: matches!(
            text(definition, "uniqueness").as_deref(),
            Some("server" | "global")
        ),
    }
}

/// The rule a service compares by: that of the type, or of `caseExact` for texts (RFC 7643, section 2.2).
const fn comparison(value_type: ValueType, case_exact: bool) -> Comparison {
    match value_type {
        ValueType::Boolean => Comparison::Boolean,
        ValueType::Instant => Comparison::Instant,
        ValueType::Integer => Comparison::Numeric,
        ValueType::Text if !case_exact => Comparison::IgnoreCase,
        _ => Comparison::Exact,
    }
}

fn refers_to_resource(definition: &Json) -> bool {
    let types = member(definition, "referenceTypes").and_then(Json::as_array);
    types
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .any(|kind| kind != "external" && kind != "uri")
}

fn name(definition: &Json) -> Option<&str> {
    member(definition, "name")
        .and_then(Json::as_str)
        .filter(|name| *name != "$ref")
}

fn is(there: Option<&str>, wanted: &str) -> bool {
    there.is_some_and(|there| there.eq_ignore_ascii_case(wanted))
}
