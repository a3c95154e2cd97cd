//! Reads the keys of one TOML table, and notes everything that is wrong with them instead of stopping at the first.
//!
//! A getter that finds a wrong value notes the problem and returns what an absent key would give, so that reading
//! goes on; whether the configuration may be used is decided once, at the end, by what was noted.

use std::{cell::RefCell, ops::Range};

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use super::{position, problem::Problem, suggest};
use crate::planning::rules::Source;

/// A TOML value with its place.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// The text that is read, and the problems noted so far.
pub(super) struct Report<'t> {
    pub(super) text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: RefCell::default(),
        }
    }

    /// Notes a problem.
    pub(super) fn add(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Notes an error with what to do.
    pub(super) fn error(&self, span: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Problem::error(span, message).hint(hint));
    }

    /// Returns what was noted.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// The keys of one table. Every key is taken once; [`Fields::finish`] reports those nobody asked for.
pub(super) struct Fields<'r, 't, 'i> {
    /// What the table is, for messages: `` account rule `staff` ``.
    pub(super) what: String,
    /// Where to point when a key is missing: the header, or the inline table.
    pub(super) span: Range<usize>,
    pub(super) report: &'r Report<'t>,
    table: &'r DeTable<'i>,
    known: Vec<&'static str>,
    /// Keys already reported as not supported yet; never suggested.
    planned: Vec<&'static str>,
}

impl<'r, 't, 'i> Fields<'r, 't, 'i> {
    pub(super) fn new(
        report: &'r Report<'t>,
        what: impl Into<String>,
        table: &'r DeTable<'i>,
        span: Range<usize>,
    ) -> Self {
        Self {
            what: what.into(),
            span,
            report,
            table,
            known: Vec::new(),
            planned: Vec::new(),
        }
    }

    /// Opens a value as a table, or notes that it is none.
    pub(super) fn open(
        report: &'r Report<'t>,
        what: impl Into<String>,
        value: &'r Value<'i>,
    ) -> Option<Self> {
        let what = what.into();
        if let DeValue::Table(table) = value.get_ref() {
            return Some(Self::new(report, what, table, value.span()));
        }
        report.add(wrong_type(&what, "a table", value).hint("write it as `{ … }` or under a header `[…]`"));
        None
    }

    /// Takes a key.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'r Value<'i>> {
        self.known.push(key);
        self.table.get(key)
    }

    /// Takes a key as a table.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.value(key)?;
        Self::open(self.report, format!("`{key}`"), value)
    }

    /// Takes a key as an array.
    pub(super) fn array(&mut self, key: &'static str) -> Option<(&'r DeArray<'i>, Range<usize>)> {
        let value = self.value(key)?;
        if let DeValue::Array(array) = value.get_ref() {
            return Some((array, value.span()));
        }
        let problem = wrong_type(&format!("`{key}`"), "a list", value);
        self.report
            .add(problem.hint(format!("put brackets around it: `{key} = [ … ]`")));
        None
    }

    /// Takes a key as an array of tables: the blocks `[[key]]`.
    pub(super) fn blocks(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            self.report.add(
                wrong_type(&format!("`{key}`"), "a list of blocks", value)
                    .hint(format!("write the header with two brackets: `[[{key}]]`")),
            );
            return Vec::new();
        };
        array
            .iter()
            .filter_map(|block| Self::open(self.report, format!("a block of `{key}`"), block))
            .collect()
    }

    /// Takes a key as text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Spanned<&'r str>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(Spanned::new(value.span(), text.as_ref())),
            _ => self.wrong(key, "a string", value),
        }
    }

    /// Takes a key as text that must be there; notes and returns nothing if it is not.
    pub(super) fn required(&mut self, key: &'static str, example: &str) -> Option<Spanned<&'r str>> {
        if !self.table.contains_key(key) {
            self.missing(key, example);
        }
        self.text(key)
    }

    /// Notes that a key is missing.
    pub(super) fn missing(&self, key: &str, example: &str) {
        let message = format!("{} has no `{key}`", self.what);
        self.report
            .error(self.span.clone(), message, format!("add `{key} = {example}`"));
    }

    /// Takes a key as yes or no.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong(key, "`true` or `false`", value),
        }
    }

    /// Takes a key as a number of things.
    pub(super) fn count(&mut self, key: &'static str) -> Option<usize> {
        let value = self.value(key)?;
        let count = match value.get_ref() {
            DeValue::Integer(number) => usize::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        count.or_else(|| self.wrong(key, "a whole number, 0 or more", value))
    }

    /// Takes a key as a number.
    pub(super) fn number(&mut self, key: &'static str) -> Option<Spanned<f64>> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        match number.filter(|number: &f64| number.is_finite()) {
            Some(number) => Some(Spanned::new(value.span(), number)),
            None => self.wrong(key, "a number", value),
        }
    }

    /// Takes a key as one of a few words.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|(word, _)| word == text.get_ref());
        if found.is_none() {
            let words = choices.iter().map(|(word, _)| *word);
            self.report.error(
                text.span(),
                format!("`{key}` cannot be `{}`", text.get_ref()),
                suggest::hint(text.get_ref(), words),
            );
        }
        found.map(|(_, choice)| *choice)
    }

    /// Takes a key as an expression.
    pub(super) fn expression(&mut self, key: &'static str) -> Option<Source> {
        let value = self.value(key)?;
        expression(self.report, &format!("`{key}`"), value)
    }

    /// Takes a key as a list of strings; one string by itself is a list of one.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<Spanned<&'r str>>> {
        let value = self.value(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(vec![Spanned::new(value.span(), text.as_ref())]);
        }
        let DeValue::Array(array) = value.get_ref() else {
            return self.wrong(key, "a list of strings", value);
        };
        Some(texts(self.report, key, array))
    }

    /// Returns all entries, for tables whose keys are names; unknown keys cannot be told then.
    pub(super) fn entries(
        &self,
    ) -> impl Iterator<Item = (Spanned<&'r str>, &'r Value<'i>)> + use<'r, 't, 'i> {
        self.table
            .iter()
            .map(|(key, value)| (Spanned::new(key.span(), key.get_ref().as_ref()), value))
    }

    /// Returns where a key stands, if it is there; it is not taken.
    pub(super) fn place_of(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }

    /// Notes keys that are planned and not there yet, so that they are not silently ignored.
    pub(super) fn not_yet(&mut self, keys: &[&'static str]) {
        for (key, _) in keys.iter().filter_map(|key| self.table.get_key_value(*key)) {
            let message = format!("`{}` is not supported yet", key.get_ref());
            self.report
                .error(key.span(), message, "take it out: it would have no effect");
        }
        self.planned.extend_from_slice(keys);
    }

    /// Notes every key nobody asked for.
    pub(super) fn finish(self) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !self.known.contains(&name) && !self.planned.contains(&name) {
                let message = format!("{} has no key `{name}`", self.what);
                self.report.error(
                    key.span(),
                    message,
                    suggest::hint(name, self.known.iter().copied()),
                );
            }
        }
    }

    fn wrong<T>(&self, key: &str, wanted: &str, value: &Value<'_>) -> Option<T> {
        self.report.add(wrong_type(&format!("`{key}`"), wanted, value));
        None
    }
}

/// Reads a value as an expression.
pub(super) fn expression(report: &Report<'_>, what: &str, value: &Value<'_>) -> Option<Source> {
    let DeValue::String(text) = value.get_ref() else {
        report.add(
            wrong_type(what, "an expression in quotes", value)
                .hint("an attribute is written `\"[attribute]\"`, a constant text `'\"text\"'`"),
        );
        return None;
    };
    if text.trim().is_empty() {
        report.error(
            value.span(),
            format!("{what} is an empty expression"),
            "leave the key out instead",
        );
        return None;
    }
    Some(Source {
        text: text.to_string(),
        span: position::content(report.text, &value.span(), text),
    })
}

/// Reads the items of a list as strings; others are noted and left out.
pub(super) fn texts<'r>(report: &Report<'_>, key: &str, array: &'r DeArray<'_>) -> Vec<Spanned<&'r str>> {
    let text = |item: &'r Value<'_>| {
        if let DeValue::String(text) = item.get_ref() {
            return Some(Spanned::new(item.span(), text.as_ref()));
        }
        report.add(wrong_type(&format!("an item of `{key}`"), "a string", item));
        None
    };
    array.iter().filter_map(text).collect()
}

/// Makes the error of a value of the wrong type.
pub(super) fn wrong_type(what: &str, wanted: &str, value: &Value<'_>) -> Problem {
    let found = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let found = if found == wanted {
        "one out of range"
    } else {
        found
    };
    Problem::error(value.span(), format!("{what} must be {wanted}, and is {found}"))
}
