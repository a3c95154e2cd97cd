//! How a value of one kind is taken for another.

use std::borrow::Cow;

use crate::model::Value;

/// Takes a value for one text; `None` where there is nothing.
pub(super) fn text(value: Value<'_>) -> Result<Option<Cow<'_, str>>, String> {
    Ok(Some(match value {
        Value::Absent | Value::Null => return Ok(None),
        Value::Text(text) => text,
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Boolean(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
        Value::Date(date) => Cow::Owned(date.to_string()),
        Value::Instant(instant) => Cow::Owned(instant.to_string()),
        Value::List(values) => return single(values).and_then(|one| one.map_or(Ok(None), text)),
        Value::Binary(_) => return Err("octets cannot be taken for a text".to_owned()),
        Value::Reference(_) => {
            return Err("a reference to another object cannot be taken for a text".to_owned());
        }
        Value::Complex(_) => {
            return Err("a value with parts cannot be taken for a text; name one of its parts".to_owned());
        }
    }))
}

/// Takes a list for its only value.
fn single(mut values: Vec<Value<'_>>) -> Result<Option<Value<'_>>, String> {
    match values.len() {
        0 | 1 => Ok(values.pop()),
        many => Err(format!(
            "there are {many} values where one is wanted; take one with `Item` or put them together with `Join`"
        )),
    }
}

/// Takes a value for a whole number; `None` where there is nothing.
pub(super) fn number(value: Value<'_>) -> Result<Option<i64>, String> {
    match value {
        Value::Integer(number) => Ok(Some(number)),
        other => match text(other)? {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => match text.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(format!("`{}` is not a whole number", shortened(&text))),
            },
        },
    }
}

/// Takes a value for a truth value; nothing is false.
pub(super) fn truth(value: Value<'_>) -> Result<bool, String> {
    match value {
        Value::Boolean(truth) => Ok(truth),
        Value::Integer(number) => Ok(number != 0),
        other => match text(other)? {
            None => Ok(false),
            Some(text) if text.trim().is_empty() => Ok(false),
            Some(text) => truth_text(&text)
                .or_else(|| text.trim().parse::<i64>().ok().map(|number| number != 0))
                .ok_or_else(|| format!("`{}` is neither true nor false", shortened(&text))),
        },
    }
}

/// Reads `true` or `false` in any case.
pub(super) fn truth_text(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Makes a text of somebody's own fit for a message: without signs that control the screen, and not endless.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .take(500)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Cuts a text to what fits in a message.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}
