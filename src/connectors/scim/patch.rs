//! The wished values of a resource, as PATCH operations (RFC 7644 §3.5.2) and as a merged whole for PUT.

use serde_json::{Map, Value as Json, json};

use super::{
    catalog::Catalog,
    compare,
    path::{Path, member},
    resource, standard,
};
use crate::{
    connectors::{AttributeWrite, WriteError},
    model::{Column, Value, ValueType},
};

/// One attribute as it is expected and as it shall be.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Where.
    pub path: Path,
    /// How it is compared.
    pub column: Column,
    /// What is expected to be there.
    pub before: Value<'static>,
    /// What shall be there.
    pub after: Value<'static>,
    /// What shall be there, in the attribute's own shape; `None` clears it.
    json: Option<Json>,
}

impl Wish {
    /// Makes a wish in the shape the service's schema asks for.
    pub fn new(
        catalog: &Catalog,
        class: &str,
        attribute: &str,
        before: Value<'static>,
        after: Value<'static>,
    ) -> Result<Self, WriteError> {
        let path = resource::path(class, attribute)?;
        let json = catalog.json(&path, &after).map_err(WriteError::Refused)?;
        Ok(Self {
            column: catalog.column(&path),
            path,
            before,
            after,
            json,
        })
    }

    /// Makes the wish for the usable state.
    pub fn active(before: bool, after: bool) -> Self {
        Self {
            path: Path {
                extension: None,
                attribute: "active".to_owned(),
                filter: Vec::new(),
                sub: None,
            },
            column: Column {
                value_type: ValueType::Boolean,
                ..Column::text("active")
            },
            before: Value::Boolean(before),
            after: Value::Boolean(after),
            json: Some(Json::Bool(after)),
        }
    }

    /// Makes the wishes of a change.
    pub fn of_change(
        catalog: &Catalog,
        class: &str,
        attributes: &[AttributeWrite],
        enabled: Option<(bool, bool)>,
    ) -> Result<Vec<Self>, WriteError> {
        let active = enabled.map(|(before, after)| Ok(Self::active(before, after)));
        attributes
            .iter()
            .map(|change| {
                Self::new(
                    catalog,
                    class,
                    &change.attribute,
                    change.before.clone(),
                    change.after.clone(),
                )
            })
            .chain(active)
            .collect()
    }

    /// Returns what a resource has; an account that says nothing about `active` is active.
    pub fn found<'a>(&self, resource: &'a Json) -> Value<'a> {
        match self.path.resolve(resource) {
            Value::Absent | Value::Null if self.is_active() => Value::Boolean(true),
            found => found,
        }
    }

    /// Reports whether a resource has what was expected.
    pub fn is_as_before(&self, resource: &Json) -> bool {
        compare::same(&self.column, &self.found(resource), &self.before)
    }

    /// Reports whether a resource has what is wished. What a service never returns (passwords) cannot be told and
    /// counts as done.
    pub fn is_done(&self, resource: &Json) -> bool {
        self.is_write_only() || compare::same(&self.column, &self.found(resource), &self.after)
    }

    /// Reports whether a resource has what is wished, to the letter.
    pub fn is_exact(&self, resource: &Json) -> bool {
        !self.is_write_only() && compare::identical(&self.column, &self.found(resource), &self.after)
    }

    /// Reports whether the value is a secret that no service gives back.
    pub fn is_write_only(&self) -> bool {
        self.path.extension.is_none() && self.path.attribute.eq_ignore_ascii_case("password")
    }

    fn is_active(&self) -> bool {
        self.path.extension.is_none() && self.path.attribute == "active"
    }
}

/// Makes the PATCH of the wishes that are not fulfilled; `current` is the resource as read, if it was read.
pub fn patch(wishes: &[Wish], current: Option<&Json>) -> Json {
    let mut whole = Map::new();
    for wish in wishes {
        wish.path.put(&mut whole, wish.json.clone());
    }
    let whole = Json::Object(whole);
    let mut operations = Vec::new();
    let mut made: Vec<Path> = Vec::new();
    for wish in wishes
        .iter()
        .filter(|wish| current.is_none_or(|current| !wish.is_exact(current)))
    {
        let path = &wish.path;
        let there = current.map_or(!wish.before.is_nothing(), |current| {
            !path.resolve(current).is_nothing()
        });
        let element = current.map_or(there, |current| path.selected(current).is_some());
        operations.push(match &wish.json {
            None if there => json!({ "op": "remove", "path": removal(path) }),
            None => continue,
            // a missing element is added whole, once for all of its parts: services differ in what a path into
            // nothing means
            Some(_) if !path.filter.is_empty() && !element => {
                if made.contains(&path.element()) {
                    continue;
                }
                made.push(path.element());
                json!({ "op": "add", "path": path.top().to_string(), "value": [path.selected(&whole)] })
            }
            Some(value) => {
                json!({ "op": if there { "replace" } else { "add" }, "path": path.to_string(), "value": value })
            }
        });
    }
    message(&operations)
}

/// Wraps operations into a PATCH message.
pub fn message(operations: &[Json]) -> Json {
    json!({ "schemas": [standard::PATCH], "Operations": operations })
}

/// Merges wishes into a resource as it was read, for a PUT: whatever is left out of a PUT may be wiped, and a missing
/// `active` may enable a leaver.
pub fn merged(wishes: &[Wish], current: &Json) -> Json {
    let mut whole = current.as_object().cloned().unwrap_or_default();
    whole.retain(|name, _| !name.eq_ignore_ascii_case("meta"));
    for wish in wishes {
        wish.path.put(&mut whole, wish.json.clone());
        name_schema(&mut whole, &wish.path);
    }
    Json::Object(whole)
}

/// Makes a new resource of wishes.
pub fn new_resource(core: &str, wishes: &[Wish]) -> Json {
    let mut whole = Map::new();
    whole.insert("schemas".to_owned(), json!([core]));
    for wish in wishes {
        wish.path.put(&mut whole, wish.json.clone());
        if wish.json.is_some() {
            name_schema(&mut whole, &wish.path);
        }
    }
    if let Some(Json::Array(mails)) = whole.get_mut("emails")
        && let [Json::Object(only)] = mails.as_mut_slice()
    {
        only.entry("primary").or_insert(Json::Bool(true));
    }
    Json::Object(whole)
}

fn name_schema(whole: &mut Map<String, Json>, path: &Path) {
    let Some(urn) = &path.extension else { return };
    let there = whole.keys().any(|key| key.eq_ignore_ascii_case(urn));
    let schemas = whole.entry("schemas").or_insert_with(|| json!([]));
    if let Json::Array(schemas) = schemas
        && there
        && !schemas.iter().any(|schema| {
            schema
                .as_str()
                .is_some_and(|schema| schema.eq_ignore_ascii_case(urn))
        })
    {
        schemas.push(Json::String(urn.clone()));
    }
}

/// Returns the path that removes a value: an e-mail without its address is none, so the element goes.
fn removal(path: &Path) -> String {
    match &path.sub {
        Some(sub) if !path.filter.is_empty() && sub.eq_ignore_ascii_case("value") => {
            path.element().to_string()
        }
        _ => path.to_string(),
    }
}

/// Returns the version of a resource that `If-Match` takes (RFC 7644 §3.14).
pub fn version(resource: &Json) -> Option<&str> {
    member(resource, "meta")
        .and_then(|meta| member(meta, "version"))
        .and_then(Json::as_str)
}
