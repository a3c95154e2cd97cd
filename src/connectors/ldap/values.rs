//! Values on their way between the wire and the model, and when two of them are the same.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{civil::DateTime, tz::TimeZone};

use super::{
    active_directory::form::{self, Form},
    create::is_secret,
};
use crate::model::{Column, Value, ValueType};

/// Renders octets as the text a record holds; `None` for text that is not UTF-8.
pub(super) fn to_text(column: &Column, octets: &[u8]) -> Option<String> {
    if let Some(text) = Form::of(&column.name).and_then(|form| form.to_text(octets)) {
        return Some(text);
    }
    if column.value_type == ValueType::Binary {
        return Some(STANDARD.encode(octets));
    }
    let text = std::str::from_utf8(octets).ok()?;
    Some(match column.value_type {
        ValueType::Boolean => text.to_ascii_lowercase(),
        ValueType::Instant => instant(text).unwrap_or_else(|| text.to_owned()),
        _ => text.to_owned(),
    })
}

/// Generalized time (RFC 4517, section 3.3.13) as ISO 8601 in UTC.
fn instant(text: &str) -> Option<String> {
    let digits = text.strip_suffix('Z')?;
    let whole = digits.split(['.', ',']).next()?;
    let time = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().to_string())
}

/// Renders a value as the octets that are written; nothing for a value that is nothing.
pub(super) fn to_octets(column: &Column, value: &Value<'_>) -> Vec<Vec<u8>> {
    value
        .each()
        .filter(|value| !value.is_nothing())
        .filter_map(|value| one(column, value))
        .collect()
}

fn one(column: &Column, value: &Value<'_>) -> Option<Vec<u8>> {
    if let Some(form) = Form::of(&column.name)
        && let Some(text) = value.as_text()
    {
        return Some(form.to_octets(&text));
    }
    let text = match value {
        Value::Binary(octets) => return Some(octets.to_vec()),
        Value::Boolean(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        Value::Instant(instant) => instant
            .to_zoned(TimeZone::UTC)
            .strftime("%Y%m%d%H%M%SZ")
            .to_string(),
        Value::Date(date) if column.value_type == ValueType::Instant => {
            date.strftime("%Y%m%d000000Z").to_string()
        }
        other => {
            let text = other.as_text()?;
            match column.value_type {
                ValueType::Boolean => text.to_ascii_uppercase(),
                ValueType::Instant => match text.parse::<jiff::Timestamp>() {
                    Ok(instant) => instant
                        .to_zoned(TimeZone::UTC)
                        .strftime("%Y%m%d%H%M%SZ")
                        .to_string(),
                    Err(_) => text.into_owned(),
                },
                // octets are Base64 in a record, and so in a value that was made of one; a password is no such thing
                ValueType::Binary if !is_secret(&column.name) => {
                    return Some(
                        STANDARD
                            .decode(text.as_bytes())
                            .unwrap_or_else(|_| text.into_owned().into_bytes()),
                    );
                }
                _ => text.into_owned(),
            }
        }
    };
    Some(text.into_bytes())
}

/// Turns what a directory has into a value, one text or a list.
pub(super) fn to_value(column: &Column, values: &[Vec<u8>]) -> Value<'static> {
    let present = form::present(&column.name, values);
    let mut texts = present
        .iter()
        .filter_map(|octets| to_text(column, octets))
        .map(Value::from);
    match (texts.next(), texts.next()) {
        (None, _) => Value::Absent,
        (Some(one), None) => one,
        (Some(one), Some(other)) => Value::List([one, other].into_iter().chain(texts).collect()),
    }
}

/// Reports whether two sets of values are the same by the attribute's comparison rule.
pub(super) fn same(column: &Column, current: &[Vec<u8>], wanted: &[Vec<u8>]) -> bool {
    let within = |some: &[Vec<u8>], others: &[Vec<u8>]| some.iter().all(|value| others.contains(value));
    let (current, wanted) = (
        &*form::present(&column.name, current),
        &*form::present(&column.name, wanted),
    );
    // nearly always to the octet
    (within(current, wanted) && within(wanted, current)) || keys(column, current) == keys(column, wanted)
}

fn keys(column: &Column, values: &[Vec<u8>]) -> HashSet<Vec<u8>> {
    values.iter().map(|value| key(column, value)).collect()
}

/// Returns what two values have in common if they are the same.
pub(super) fn key(column: &Column, octets: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(octets) else {
        return octets.to_vec();
    };
    if column.value_type == ValueType::Binary {
        // a record holds octets as Base64, a plan may hold either
        return STANDARD.decode(text).unwrap_or_else(|_| octets.to_vec());
    }
    column.comparison.key(text).into_owned().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Comparison;

    fn column(value_type: ValueType, comparison: Comparison) -> Column {
        Column {
            value_type,
            comparison,
            ..Column::text("x")
        }
    }

    #[test]
    fn values_are_compared_by_their_rule() {
        use Comparison::{DistinguishedName, Exact, FoldSpace, IgnoreCase, Numeric, Telephone};
        for (rule, one, other, equal) in [
            (Exact, "a", "A", false),
            (IgnoreCase, "Ana  Kovač ", "ana kovač", true),
            (FoldSpace, "A  b", "A b", true),
            (FoldSpace, "A b", "a b", false),
            (Telephone, "+49 30-1", "+49301", true),
            (DistinguishedName, "UID=a, dc=x", "uid=A,dc=x", true),
            (Numeric, "007", "7", true),
            (Numeric, "-0", "0", true),
        ] {
            let column = column(ValueType::Text, rule);
            let found = same(&column, &[one.into()], &[other.into()]);
            assert_eq!(found, equal, "{rule:?} {one} {other}");
        }
        let binary = column(ValueType::Binary, Exact);
        assert!(same(&binary, &[vec![0xFF, 1]], &[b"/wE=".to_vec()]));
    }

    #[test]
    fn values_go_both_ways() {
        let time = column(ValueType::Instant, Comparison::Exact);
        assert_eq!(
            to_text(&time, b"20261121053000.5Z").unwrap(),
            "2026-11-21T05:30:00Z"
        );
        assert_eq!(
            to_octets(&time, &"2026-11-21T05:30:00Z".into()),
            [b"20261121053000Z".to_vec()]
        );
        let truth = column(ValueType::Boolean, Comparison::Exact);
        assert_eq!(to_text(&truth, b"TRUE").unwrap(), "true");
        assert_eq!(to_octets(&truth, &Value::Boolean(true)), [b"TRUE".to_vec()]);
        let photo = Column {
            name: "jpegPhoto".to_owned(),
            ..column(ValueType::Binary, Comparison::Exact)
        };
        let octets = vec![0xFF, 0xD8, 0];
        let shown = to_text(&photo, &octets).unwrap();
        assert_eq!(
            to_octets(&photo, &Value::from(shown)),
            std::slice::from_ref(&octets)
        );
        assert_eq!(to_octets(&photo, &"no Base64".into()), [b"no Base64".to_vec()]);
        let password = Column {
            name: "userPassword".to_owned(),
            ..photo
        };
        assert_eq!(to_octets(&password, &"password".into()), [b"password".to_vec()]);
        let text = column(ValueType::Text, Comparison::Exact);
        assert_eq!(to_text(&text, b"\xFF"), None);
        assert!(to_octets(&text, &"".into()).is_empty());
        assert_eq!(
            to_value(&text, &[b"a".to_vec(), b"b".to_vec()]),
            Value::List(vec!["a".into(), "b".into()])
        );
    }
}
