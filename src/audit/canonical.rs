//! The canonical form of JSON that the chain is computed over (RFC 8785, with whole numbers written in full).

use std::borrow::Cow;

use serde_json::Value;

use super::{
    Record,
    rendered::{Place, Rendered},
};

/// Renders a JSON value in canonical form.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

/// Turns fractions into text: parsers disagree on their last digit, and a digest must not depend on the parser.
pub(super) fn settled(value: &Value) -> Cow<'_, Value> {
    if !has_fraction(value) {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    settle(&mut value);
    Cow::Owned(value)
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.is_i64() && !number.is_u64(),
        Value::Array(values) => values.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        _ => false,
    }
}

fn settle(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            *value = Value::String(number.to_string());
        }
        Value::Array(values) => values.iter_mut().for_each(settle),
        Value::Object(members) => members.values_mut().for_each(settle),
        _ => {}
    }
}

/// Renders a record whole, as it is exported and stored.
pub(super) fn line(record: &Record) -> String {
    Rendered::of(record).line(place(record), &record.salt, &record.hash)
}

/// Where a record says it is.
pub(super) fn place(record: &Record) -> Place<'_> {
    Place {
        sequence: record.sequence,
        previous: &record.previous,
        details_digest: &record.details_digest,
    }
}

pub(super) fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(string) => text(out, string),
        Value::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, value);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| {
                if a.is_ascii() && b.is_ascii() {
                    a.cmp(b)
                } else {
                    a.encode_utf16().cmp(b.encode_utf16())
                }
            });
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                text(out, name);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

pub(super) fn text(out: &mut String, string: &str) {
    use std::fmt::Write as _;
    out.push('"');
    // what needs no escape is copied in pieces; all that needs one is a single octet
    let mut rest = string;
    while let Some(at) = first_escaped(rest.as_bytes()) {
        let (plain, escaped) = rest.split_at(at);
        out.push_str(plain);
        match escaped.as_bytes()[0] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            8 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            12 => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            control => {
                // writing to a String cannot fail
                let _ = write!(out, "\\u{control:04x}");
            }
        }
        rest = &escaped[1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// Finds the first octet that needs an escape.
fn first_escaped(octets: &[u8]) -> Option<usize> {
    let is_escaped = |octet: &u8| *octet < b' ' || *octet == b'"' || *octet == b'\\';
    let mut begin = 0;
    for chunk in octets.chunks(16) {
        // without a way out the chunk is looked at as a whole: nearly always there is none
        if chunk.iter().fold(false, |any, octet| any | is_escaped(octet)) {
            return chunk.iter().position(is_escaped).map(|at| begin + at);
        }
        begin += chunk.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_and_strings_escaped_as_rfc_8785_says() {
        // RFC 8785 section 3.2.3: the order is that of UTF-16 code units, so the emoji sorts before U+FB33
        let value =
            json!({"\u{fb33}": 1, "\u{1f600}": 2, "\u{20ac}": 3, "\r": 4, "1": 5, "\u{80}": 6, "\u{f6}": 7});
        assert_eq!(
            canonical(&value),
            "{\"\\r\":4,\"1\":5,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
        let value = json!({"b": [null, true, -3, u64::MAX], "a": "\u{20ac}$\u{f}\nA'B\"\\\"/\u{7f}"});
        assert_eq!(
            canonical(&value),
            "{\"a\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\"/\u{7f}\",\"b\":[null,true,-3,18446744073709551615]}"
        );
    }

    #[test]
    fn fractions_become_text() {
        let value = json!({"share": 0.1, "list": [2.5, 3]});
        assert_eq!(*settled(&value), json!({"share": "0.1", "list": ["2.5", 3]}));
        let whole = json!({"list": [3]});
        assert!(matches!(settled(&whole), Cow::Borrowed(_)));
    }
}
