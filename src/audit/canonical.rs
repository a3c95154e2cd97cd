//! The canonical form of JSON that the chain is computed over (RFC 8785, with whole numbers written in full).

use serde_json::Value;

use super::Record;

/// Renders a JSON value in canonical form.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

/// Turns fractions into text: parsers disagree on their last digit, and a digest must not depend on the parser.
pub(super) fn settle(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            *value = Value::String(number.to_string());
        }
        Value::Array(values) => values.iter_mut().for_each(settle),
        Value::Object(members) => members.values_mut().for_each(settle),
        _ => {}
    }
}

/// Renders a record without what its hash leaves out: details, salt and the hash itself.
pub(super) fn head(record: &Record) -> String {
    render(record, false)
}

/// Renders a record whole, as it is exported and stored.
pub(super) fn line(record: &Record) -> String {
    render(record, true)
}

fn render(record: &Record, whole: bool) -> String {
    let entry = &record.entry;
    let mut out = String::with_capacity(512);
    out.push_str("{\"details_digest\":");
    text(&mut out, &record.details_digest);
    out.push_str(",\"entry\":{\"action\":");
    text(&mut out, &entry.action);
    out.push_str(",\"actor\":{");
    if let Some(client) = &entry.actor.ssh_client {
        out.push_str("\"ssh_client\":");
        text(&mut out, client);
        out.push(',');
    }
    out.push_str("\"user\":");
    text(&mut out, &entry.actor.user);
    out.push_str("},\"at\":");
    text(&mut out, &entry.at.to_string());
    if whole {
        out.push_str(",\"details\":");
        write(&mut out, &entry.details);
    }
    out.push_str(",\"subject\":");
    text(&mut out, &entry.subject);
    out.push_str(",\"summary\":");
    text(&mut out, &entry.summary);
    out.push('}');
    if whole {
        out.push_str(",\"hash\":");
        text(&mut out, &record.hash);
    }
    out.push_str(",\"previous\":");
    text(&mut out, &record.previous);
    if whole {
        out.push_str(",\"salt\":");
        text(&mut out, &record.salt);
    }
    out.push_str(",\"sequence\":");
    out.push_str(&record.sequence.to_string());
    out.push('}');
    out
}

fn write(out: &mut String, value: &Value) {
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
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
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

fn text(out: &mut String, string: &str) {
    use std::fmt::Write as _;
    out.push('"');
    for character in string.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                // writing to a String cannot fail
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
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
        let mut value = json!({"share": 0.1, "list": [2.5, 3]});
        settle(&mut value);
        assert_eq!(value, json!({"share": "0.1", "list": ["2.5", 3]}));
    }
}
