//! What an account is to hold in one attribute, given what it has and what its mapping gives.

use std::collections::HashSet;

use super::{
    compare::{holds, key},
    names::value_of,
    rules::{Mapping, ValuesPolicy},
};
use crate::model::{Cell, Column, Comparison, Value, file_time::FileTime};

/// Returns what the account is to hold instead of what it has; nothing if what it has is right.
///
/// A text that only differs in what the comparison rule does not see is right: writing it would change nothing for
/// the target, and be proposed again where the target keeps its own spelling. Whoever wants the spelling corrected
/// says `compare = "exact"`.
pub(super) fn correction(
    cell: Cell<'_>,
    wanted: Value<'_>,
    mapping: &Mapping,
    column: &Column,
) -> Result<Option<Value<'static>>, String> {
    if is_never(&wanted, column) {
        return Ok(has_any(cell).then_some(Value::Absent));
    }
    if wanted.is_nothing() {
        let clears = mapping.clears(&wanted) && has_any(cell);
        return Ok(clears.then_some(Value::Absent));
    }
    let wanted = fitting(wanted, column)?;
    Ok(match mapping.values {
        ValuesPolicy::Keep if has_any(cell) => None,
        ValuesPolicy::Merge if has_any(cell) => merged(cell, &wanted, column)?,
        _ if holds(cell, &wanted, column) => None,
        _ => Some(wanted.into_owned()),
    })
}

/// Reports whether a value says "at no time", which a target holds as no value.
fn is_never(wanted: &Value<'_>, column: &Column) -> bool {
    column.comparison == Comparison::FileTime
        && wanted
            .as_text()
            .is_some_and(|text| FileTime::parse(&text) == Some(FileTime::Never))
}

/// Reports whether an account has a value: an empty text is none.
pub(super) fn has_any(cell: Cell<'_>) -> bool {
    cell.each().any(|text| !text.is_empty())
}

/// Brings a value into the form in which a target can hold it: of several values each once and none of them empty.
/// Fails if there are several where the target holds one.
pub(super) fn fitting<'v>(value: Value<'v>, column: &Column) -> Result<Value<'v>, String> {
    let Value::List(values) = value else {
        return Ok(value);
    };
    let mut fitting: Vec<Value<'v>> = Vec::with_capacity(values.len());
    let mut keys: HashSet<String> = HashSet::new();
    for value in values.into_iter().filter(|value| !value.is_nothing()) {
        let key = value
            .as_text()
            .map(|text| key(&text, column.comparison).into_owned());
        // what has no text has parts: it is not compared
        if key.is_none_or(|key| keys.insert(key)) {
            fitting.push(value);
        }
    }
    match fitting.len() {
        1 if !column.multi_valued => Ok(fitting.remove(0)),
        count if count > 1 && !column.multi_valued => Err(format!(
            "{}: it holds one value, and the mapping gives {count}: choose one, as `Item(…, 1)` does",
            column.name
        )),
        _ => Ok(Value::List(fitting)),
    }
}

/// The values the account has, and behind them those of the mapping that it has not.
fn merged(cell: Cell<'_>, wanted: &Value<'_>, column: &Column) -> Result<Option<Value<'static>>, String> {
    let keyed = |text: &str| key(text, column.comparison).into_owned();
    let has: HashSet<String> = cell.each().map(keyed).collect();
    let mut missing = Vec::new();
    for value in wanted.each() {
        let text = value.as_text().ok_or_else(|| {
            format!(
                "{}: values with parts cannot be merged: map a path such as `emails[type eq \"work\"].value`",
                column.name
            )
        })?;
        if !has.contains(key(&text, column.comparison).as_ref()) {
            missing.push(value.clone().into_owned());
        }
    }
    if missing.is_empty() {
        return Ok(None);
    }
    let mut all: Vec<_> = match value_of(cell, column).into_owned() {
        Value::List(values) => values,
        one => vec![one],
    };
    all.retain(|value| !value.is_nothing());
    all.append(&mut missing);
    Ok(Some(Value::List(all)))
}

#[cfg(test)]
mod tests;
