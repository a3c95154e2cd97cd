//! `usher evaluate`

use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::{Result, bail, eyre};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    DONE, Global, NOT_DONE,
    output::{self, say},
};
use crate::{
    expression::{Expression, Moment, Names, Row, Slot},
    model::Value,
};

/// Evaluates an expression on a record given as JSON.
#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// The expression: Join(" ", [given], [family])
    expression: String,
    /// A file with a JSON object: attribute → text, number, truth value, null or a list of them
    #[arg(long)]
    record: Option<PathBuf>,
}

struct Record(Vec<(String, Value<'static>)>);

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

impl Evaluate {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let record = self.record()?;
        let expression = match Expression::compile(&self.expression, &record) {
            Ok(expression) => expression,
            Err(diagnostics) => {
                for diagnostic in diagnostics {
                    eprintln!("{}", self.expression);
                    let start = self.expression[..diagnostic.span.start].chars().count();
                    let width = self.expression[diagnostic.span.start..diagnostic.span.end]
                        .chars()
                        .count()
                        .max(1);
                    eprintln!(
                        "{}{} {}",
                        " ".repeat(start),
                        "^".repeat(width),
                        diagnostic.message
                    );
                    if let Some(hint) = diagnostic.hint {
                        eprintln!("{hint}");
                    }
                }
                return Ok(NOT_DONE);
            }
        };
        let now = global.instant("UTC")?.unwrap_or_else(Timestamp::now);
        let moment = Moment {
            now,
            time_zone: &TimeZone::UTC,
        };
        let value = expression
            .evaluate(&record, &moment)
            .map_err(|fault| eyre!("{}", fault.message))?;
        if global.json {
            output::json(&value)?;
        } else {
            match &value {
                Value::Absent => say!("(absent)"),
                Value::Null => say!("(null)"),
                Value::List(values) => {
                    for text in values.iter().filter_map(Value::as_text) {
                        say!("{text}");
                    }
                }
                scalar => say!("{}", scalar.as_text().unwrap_or_default()),
            }
        }
        Ok(DONE)
    }

    fn record(&self) -> Result<Record> {
        let Some(path) = &self.record else {
            return Ok(Record(Vec::new()));
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| eyre!("{} cannot be read: {error}", path.display()))?;
        let serde_json::Value::Object(fields) = serde_json::from_str(&text)? else {
            bail!("{} must hold one JSON object", path.display());
        };
        Ok(Record(
            fields
                .into_iter()
                .map(|(name, value)| (name, from_json(value)))
                .collect(),
        ))
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
