//! A record given as JSON.

use std::path::Path;

use color_eyre::eyre::{Result, bail, eyre};

use crate::{
    expression::{Names, Row, Slot},
    model::Value,
};

/// A record: its attributes, in the order of the file.
pub(super) struct Record(Vec<(String, Value<'static>)>);

impl Record {
    /// Reads a file with one JSON object; without a file the record is empty.
    pub(super) fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self(Vec::new()));
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| eyre!("{} cannot be read: {error}", path.display()))?;
        let serde_json::Value::Object(fields) = serde_json::from_str(&text)? else {
            bail!("{} must hold one JSON object", path.display());
        };
        let fields = fields.into_iter();
        Ok(Self(
            fields.map(|(name, value)| (name, from_json(value))).collect(),
        ))
    }
}

impl Names for Record {
    fn resolve(&self, path: &str) -> Option<Slot> {
        let at = self
            .0
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case(path))?;
        Some(Slot(at as u32))
    }

    fn known(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl<'a> Row<'a> for Record {
    fn get(&self, slot: Slot) -> Value<'a> {
        self.0
            .get(slot.0 as usize)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }
}

fn from_json(value: serde_json::Value) -> Value<'static> {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Boolean(truth),
        serde_json::Value::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::from(number.to_string()), Value::Integer),
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(values) => Value::List(values.into_iter().map(from_json).collect()),
        serde_json::Value::Object(parts) => Value::Complex(
            parts
                .into_iter()
                .map(|(name, value)| (name.into(), from_json(value)))
                .collect(),
        ),
    }
}
