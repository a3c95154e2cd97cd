//! Values and JSON: how one is written as the other, and when two are the same.

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value as Json;

use crate::model::{Column, Comparison, Reference, Value, ValueType};

/// Reads a truth value as services write it: `true`, `"True"`, never `"false"`.
pub fn truthy(json: &Json) -> bool {
    match json {
        Json::Bool(truth) => *truth,
        Json::String(text) => !text.is_empty() && !text.eq_ignore_ascii_case("false"),
        Json::Number(number) => number.as_i64() != Some(0),
        _ => false,
    }
}

/// Writes one value as JSON of the attribute's type; `None` for a reference that is not resolved.
pub fn json(value: &Value<'_>, kind: ValueType) -> Option<Json> {
    Some(match value {
        Value::Boolean(truth) => Json::Bool(*truth),
        Value::Integer(number) => Json::from(*number),
        Value::Binary(octets) => Json::String(BASE64_STANDARD.encode(octets)),
        Value::Reference(Reference::Object(anchor)) => Json::String(anchor.as_str().to_owned()),
        Value::Reference(Reference::Account { .. }) => return None,
        Value::Complex(parts) => {
            let parts = parts
                .iter()
                .map(|(name, part)| Some((name.to_string(), json(part, ValueType::Text)?)));
            Json::Object(parts.collect::<Option<_>>()?)
        }
        Value::List(values) => Json::Array(
            values
                .iter()
                .map(|value| json(value, kind))
                .collect::<Option<_>>()?,
        ),
        Value::Absent | Value::Null => Json::Null,
        single => typed(single.as_text()?, kind),
    })
}

fn typed(text: Cow<'_, str>, kind: ValueType) -> Json {
    match kind {
        ValueType::Boolean if text.eq_ignore_ascii_case("true") => Json::Bool(true),
        ValueType::Boolean if text.eq_ignore_ascii_case("false") => Json::Bool(false),
        ValueType::Integer => text
            .parse::<i64>()
            .map_or_else(|_| Json::String(text.into_owned()), Json::from),
        _ => Json::String(text.into_owned()),
    }
}

/// Reports whether two values of an attribute are the same under its comparison rule; kinds of nothing are alike.
pub fn same(column: &Column, one: &Value<'_>, other: &Value<'_>) -> bool {
    texts(column, column.comparison, one) == texts(column, column.comparison, other)
}

/// Reports whether two values are the same to the letter.
pub fn identical(column: &Column, one: &Value<'_>, other: &Value<'_>) -> bool {
    texts(column, Comparison::Exact, one) == texts(column, Comparison::Exact, other)
}

fn texts(column: &Column, comparison: Comparison, value: &Value<'_>) -> Vec<String> {
    let mut texts: Vec<_> = value
        .each()
        .filter(|single| !single.is_nothing())
        .map(|single| canonical(column.value_type, comparison, single))
        .collect();
    if !column.ordered {
        texts.sort_unstable();
    }
    texts
}

fn canonical(kind: ValueType, comparison: Comparison, value: &Value<'_>) -> String {
    let text = match value.as_text() {
        Some(text) => text.into_owned(),
        None => match json(value, kind) {
            Some(Json::String(text)) => text,
            Some(json) => json.to_string(),
            None => String::new(),
        },
    };
    comparison_of(kind, comparison).key(&text).into_owned()
}

/// What the type says wins: no service tells `True` from `true`, or one way to write a moment from another.
const fn comparison_of(kind: ValueType, comparison: Comparison) -> Comparison {
    match kind {
        ValueType::Boolean => Comparison::Boolean,
        ValueType::Instant => Comparison::Instant,
        _ => comparison,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sameness_follows_type_and_rule() {
        let mut column = Column {
            comparison: Comparison::IgnoreCase,
            ..Column::text("x")
        };
        assert!(same(&column, &Value::text("Anna"), &Value::text("anna")));
        assert!(!identical(&column, &Value::text("Anna"), &Value::text("anna")));
        assert!(same(&column, &Value::Absent, &Value::text("")));
        let both = |a, b| Value::List(vec![Value::text(a), Value::text(b)]);
        assert!(same(&column, &both("a", "b"), &both("b", "a")));
        column.value_type = ValueType::Boolean;
        assert!(same(&column, &Value::text("False"), &Value::Boolean(false)));
        column.value_type = ValueType::Instant;
        assert!(same(
            &column,
            &Value::text("2026-01-01T01:00:00+01:00"),
            &Value::text("2026-01-01T00:00:00Z")
        ));
    }

    #[test]
    fn texts_become_json_of_the_attributes_type() {
        assert_eq!(
            json(&Value::text("False"), ValueType::Boolean),
            Some(Json::Bool(false))
        );
        assert_eq!(json(&Value::text("7"), ValueType::Integer), Some(Json::from(7)));
        assert_eq!(
            json(&Value::text("007"), ValueType::Text),
            Some(Json::from("007"))
        );
        assert!(!truthy(&Json::from("False")));
    }
}
