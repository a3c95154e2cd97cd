//! Reads the section of one system into its connector's own type, and collects every error of it.
//!
//! serde stops at the first error. So a section is read over and over: what an error is about is explained and taken
//! out, what is missing gets a stand-in, until nothing is left to find.

use std::{collections::HashMap, ops::Range};

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    mask,
    problem::Problem,
    suggest,
    table::{Report, wrong_type},
};

/// Reads the section of one system.
pub(super) struct SectionReader<'a, 't> {
    pub(super) report: &'a Report<'t>,
    /// What the section is, for messages.
    pub(super) what: &'a str,
    /// Where to point when a key is missing.
    pub(super) header: Range<usize>,
}

impl SectionReader<'_, '_> {
    /// Reads a section; `None` if anything was wrong with it.
    pub(super) fn read<T: DeserializeOwned>(&self, mut table: DeTable<'_>) -> Option<T> {
        let mut sound = self.refuse_secrets(&mut table);
        let mut given_up: Vec<String> = Vec::new();
        let mut stand_ins: HashMap<String, usize> = HashMap::new();
        // every round takes out a key or tries one more stand-in, so it ends
        for _ in 0..=4 * (table.len() + 64) {
            let value = Spanned::new(self.header.clone(), DeValue::Table(table.clone()));
            let error = match T::deserialize(ValueDeserializer::from(value)) {
                Ok(section) => return sound.then_some(section),
                Err(error) => error,
            };
            let message = error.message().to_owned();
            if let Some(key) = missing_field(&message) {
                // a key that was there with a wrong value has been reported
                if !given_up.iter().any(|taken| taken == key) {
                    self.missing(key);
                }
                put_stand_in(&mut table, key, 0);
                stand_ins.insert(key.to_owned(), 0);
                sound = false;
                continue;
            }
            let span = error.span().unwrap_or_else(|| self.header.clone());
            if let Some((key, tried)) = stand_ins.iter_mut().find(|(key, _)| span == stand_in_span(key)) {
                *tried += 1;
                if !put_stand_in(&mut table, key, *tried) {
                    return None;
                }
                continue;
            }
            sound = false;
            let Some(key) = key_at(&table, &span) else {
                self.report
                    .add(Problem::error(span, format!("{}: {message}", self.what)));
                return None;
            };
            // a stand-in for a refused secret has been reported as such
            if span.start < STAND_INS {
                self.explain(&table, &key, span, &message);
            }
            table.remove(key.as_str());
            given_up.push(key);
        }
        None
    }

    /// Takes out and reports secrets that are written down, before serde could repeat them in a message.
    fn refuse_secrets(&self, table: &mut DeTable<'_>) -> bool {
        let mut sound = true;
        let mut stand_in = Vec::new();
        for (key, value) in table.iter() {
            if mask::is_secret(key.get_ref()) && !matches!(value.get_ref(), DeValue::Table(_)) {
                let name = key.get_ref();
                let message = format!(
                    "{}: `{name}` must not be written into the configuration",
                    self.what
                );
                let hint = format!(
                    "say where it is found: `{name} = {{ env = \"USHER_{}\" }}`, `{{ file = \"…\" }}` or `{{ command = [\"…\"] }}`",
                    name.to_uppercase().replace('-', "_")
                );
                self.report.error(value.span(), message, hint);
                sound = false;
                stand_in.push(name.to_string());
            }
        }
        for key in stand_in {
            put_stand_in(table, &key, 1);
        }
        sound
    }

    /// Reports that a key is not there.
    pub(super) fn missing(&self, key: &str) {
        let example = match key {
            _ if mask::is_secret(key) => "{ env = \"…\" }",
            _ => "\"…\"",
        };
        let message = format!("{} has no `{key}`", self.what);
        self.report
            .error(self.header.clone(), message, format!("add `{key} = {example}`"));
    }

    /// Turns one of serde's messages into one that says what to do.
    fn explain(&self, table: &DeTable<'_>, key: &str, span: Range<usize>, message: &str) {
        let quoted: Vec<_> = message.split('`').skip(1).step_by(2).collect();
        let unknown_key = message.starts_with("unknown field");
        let problem = match quoted.split_first() {
            Some((word, known)) if unknown_key || message.starts_with("unknown variant") => {
                let message = if unknown_key && *word == key {
                    format!("{} has no key `{word}`", self.what)
                } else {
                    format!("`{key}` of {} cannot be `{word}`", self.what)
                };
                let problem = Problem::error(span, message).hint(suggest::hint(word, known.iter().copied()));
                return self.report.add(problem);
            }
            _ => Problem::error(span, format!("`{key}` of {}: {}", self.what, friendlier(message))),
        };
        if mask::is_secret(key) {
            let what = format!("`{key}` of {}", self.what);
            let problem = match table.get(key) {
                Some(value) if !value.get_ref().is_table() => wrong_type(&what, "a reference", value),
                _ => Problem::error(problem.span, format!("{what} is not a reference to a secret")),
            };
            let hint = "write one of `{ env = \"…\" }`, `{ file = \"…\" }`, `{ command = [\"…\"] }`";
            return self.report.add(problem.hint(hint));
        }
        self.report.add(problem);
    }
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Finds the key whose name or value a span is in.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let holds = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    let found = table
        .iter()
        .find(|(key, value)| holds(key.span()) || holds(value.span()))?;
    Some(found.0.get_ref().to_string())
}

/// Where the places of stand-ins begin.
const STAND_INS: usize = usize::MAX - 1_000_000;

/// The place of a value that stands in for a missing one: outside every file.
fn stand_in_span(key: &str) -> Range<usize> {
    let start = STAND_INS
        + key
            .bytes()
            .fold(0, |sum, octet| (sum * 31 + usize::from(octet)) % 900_000);
    start..start + 1
}

/// Puts a value in for a missing one, so that what is wrong after it is found too; there are a few kinds to try.
fn put_stand_in(table: &mut DeTable<'_>, key: &str, kind: usize) -> bool {
    let text = || DeValue::String(String::new().into());
    let value = match kind {
        0 => text(),
        1 => {
            let mut reference = DeTable::new();
            reference.insert(
                Spanned::new(stand_in_span(key), "env".into()),
                Spanned::new(stand_in_span(key), text()),
            );
            DeValue::Table(reference)
        }
        2 => DeValue::Boolean(false),
        3 => match DeValue::parse("1") {
            Ok(one) => {
                let mut one = one.into_inner();
                one.make_owned();
                one
            }
            Err(_) => return false,
        },
        4 => DeValue::Array(toml::de::DeArray::default()),
        _ => return false,
    };
    let span = stand_in_span(key);
    table.remove(key);
    table.insert(
        Spanned::new(span.clone(), key.to_owned().into()),
        Spanned::new(span, value),
    );
    true
}

fn friendlier(message: &str) -> String {
    match message
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        Some((found, wanted)) => format!("expected {wanted}, found {found}"),
        None => message.to_owned(),
    }
}
