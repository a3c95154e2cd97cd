//! Reads the members of one JSON object, and remembers which nobody asked for.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::{SchemaError, place::line_of};

/// The members of one object and where it is.
pub(super) struct Members<'j> {
    text: &'j str,
    /// The JSON path of the object; empty for the whole.
    pub(super) path: String,
    map: &'j Map<String, Value>,
    taken: RefCell<Vec<&'static str>>,
}

impl<'j> Members<'j> {
    /// Opens a value as an object.
    pub(super) fn open(text: &'j str, path: String, value: &'j Value) -> Result<Self, SchemaError> {
        match value {
            Value::Object(map) => Ok(Self {
                text,
                path,
                map,
                taken: RefCell::default(),
            }),
            other => Err(shape(text, &path, "an object", other)),
        }
    }

    /// Returns the path of a member.
    pub(super) fn at(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// Takes a member; one that is null counts as absent.
    fn get(&self, key: &'static str) -> Option<&'j Value> {
        self.taken.borrow_mut().push(key);
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Takes members that say nothing usher could do.
    pub(super) fn ignore(&self, keys: &[&'static str]) {
        self.taken.borrow_mut().extend(keys);
    }

    /// Takes a text; a number or a truth value counts as one.
    pub(super) fn text(&self, key: &'static str) -> Result<Option<String>, SchemaError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(truth)) => Ok(Some(truth.to_string())),
            Some(other) => Err(shape(self.text, &self.at(key), "a text", other)),
        }
    }

    /// Takes a text that must be there.
    pub(super) fn required(&self, key: &'static str) -> Result<String, SchemaError> {
        self.text(key)?
            .ok_or_else(|| shape(self.text, &self.at(key), "a text", &Value::Null))
    }

    /// Takes a truth value.
    pub(super) fn flag(&self, key: &'static str) -> Result<Option<bool>, SchemaError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(other) => Err(shape(self.text, &self.at(key), "true or false", other)),
        }
    }

    /// Takes a whole number.
    pub(super) fn number(&self, key: &'static str) -> Result<Option<i64>, SchemaError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => Err(shape(self.text, &self.at(key), "a whole number", value)),
        }
    }

    /// Takes an object.
    pub(super) fn object(&self, key: &'static str) -> Result<Option<Self>, SchemaError> {
        self.get(key)
            .map(|value| Self::open(self.text, self.at(key), value))
            .transpose()
    }

    /// Takes a list of objects.
    pub(super) fn objects(&self, key: &'static str) -> Result<Vec<Self>, SchemaError> {
        self.items(key)?
            .into_iter()
            .map(|(path, value)| Self::open(self.text, path, value))
            .collect()
    }

    /// Takes a list of texts.
    pub(super) fn texts(&self, key: &'static str) -> Result<Vec<String>, SchemaError> {
        self.items(key)?
            .into_iter()
            .map(|(path, value)| match value {
                Value::String(text) => Ok(text.clone()),
                Value::Number(number) => Ok(number.to_string()),
                Value::Bool(truth) => Ok(truth.to_string()),
                other => Err(shape(self.text, &path, "a text", other)),
            })
            .collect()
    }

    fn items(&self, key: &'static str) -> Result<Vec<(String, &'j Value)>, SchemaError> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items
                .iter()
                .enumerate()
                .map(|(at, value)| (format!("{}[{at}]", self.at(key)), value))
                .collect()),
            Some(other) => Err(shape(self.text, &self.at(key), "a list", other)),
        }
    }

    /// Reports whether there is such a member, also if it is null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// Returns the paths of members that nobody asked for and that say something.
    pub(super) fn strangers(&self) -> Vec<String> {
        let taken = self.taken.borrow();
        self.map
            .iter()
            .filter(|(key, value)| {
                !taken.contains(&key.as_str()) && !key.contains('@') && !says_nothing(value)
            })
            .map(|(key, _)| self.at(key))
            .collect()
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(says_nothing),
        _ => false,
    }
}

fn shape(text: &str, path: &str, wanted: &'static str, found: &Value) -> SchemaError {
    SchemaError::Shape {
        line: line_of(text, path),
        path: if path.is_empty() { "$" } else { path }.to_owned(),
        wanted,
        found: match found {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        },
    }
}
