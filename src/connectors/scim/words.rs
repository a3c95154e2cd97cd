//! What the service says about a failure, made fit for messages.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::path::member;

/// Longer texts are cut.
const MAX_CHARACTERS: usize = 300;
/// A service that asks to wait longer than an hour is asked again after an hour.
const MAX_WAIT: u64 = 3600;

/// Says in short what an error body holds: the detail of a SCIM error (RFC 7644 §3.12), a foreign JSON error's
/// message, the text of an HTML page, or nothing.
pub fn detail(json: Option<&Json>, body: &[u8]) -> String {
    if let Some(json) = json {
        let kind = text(json, "scimType").filter(|kind| !kind.is_empty());
        let said = [
            "detail",
            "message",
            "error_description",
            "error",
            "Errors",
            "title",
        ]
        .iter()
        .find_map(|name| member(json, name).map(plain).filter(|said| !said.is_empty()));
        return match (kind, said) {
            (Some(kind), Some(said)) => clean(&format!("{kind}: {said}")),
            (Some(kind), None) => clean(&kind),
            (None, Some(said)) => clean(&said),
            (None, None) => String::new(),
        };
    }
    // the start of a page is enough; the rest would be cut off
    clean(&without_tags(&String::from_utf8_lossy(
        &body[..body.len().min(4096)],
    )))
}

/// Makes text from outside fit for one line: control, bidirectional and zero-width characters are escaped, blanks
/// folded, the end cut off after 300 characters.
pub fn clean(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut clean = String::with_capacity(folded.len());
    let mut length = 0;
    for c in folded.chars() {
        let hidden = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        let piece = if hidden {
            format!("<U+{:04X}>", u32::from(c))
        } else {
            c.to_string()
        };
        length += piece.chars().count();
        if length >= MAX_CHARACTERS {
            clean.push('…');
            break;
        }
        clean.push_str(&piece);
    }
    clean
}

/// Reads a `Retry-After` header: seconds or a date (RFC 9110 §10.2.3); at most an hour.
pub fn retry_after(text: &str, now: Timestamp) -> Option<u64> {
    let text = text.trim();
    let seconds = text.parse::<u64>().ok().or_else(|| {
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Some(u64::try_from(until.as_second() - now.as_second()).unwrap_or(0))
    })?;
    Some(seconds.min(MAX_WAIT))
}

fn text(json: &Json, name: &str) -> Option<String> {
    member(json, name).and_then(Json::as_str).map(str::to_owned)
}

fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        Json::Object(_) => ["description", "message"]
            .iter()
            .find_map(|name| text(json, name))
            .unwrap_or_else(|| json.to_string()),
        Json::Array(several) => several.first().map(plain).unwrap_or_default(),
        other => other.to_string(),
    }
}

fn without_tags(page: &str) -> String {
    let mut inside = false;
    let mut text = String::with_capacity(page.len());
    for c in page.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_of_all_shapes_become_one_short_line() {
        let say = |json: Json| detail(Some(&json), b"");
        assert_eq!(
            say(json!({"status": "400", "scimType": "invalidValue", "detail": "no"})),
            "invalidValue: no"
        );
        assert_eq!(say(json!({"status": 400, "detail": "number"})), "number");
        assert_eq!(say(json!({"Errors": [{"description": "v1"}]})), "v1");
        assert_eq!(say(json!({})), "");
        assert_eq!(detail(None, b""), "");
        assert_eq!(
            detail(None, b"<html><h1>Bad\n gateway</h1></html>"),
            "Bad gateway"
        );
        assert_eq!(clean("a\u{202e}b\u{1b}[2J"), "a<U+202E>b<U+001B>[2J");
        assert!(clean(&"x".repeat(9999)).chars().count() <= 300);
    }

    #[test]
    fn waiting_is_read_in_seconds_and_as_a_date() {
        let now: Timestamp = "2015-10-21T07:27:00Z".parse().unwrap();
        assert_eq!(retry_after("7", now), Some(7));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now), Some(60));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:20:00 GMT", now), Some(0));
        assert_eq!(retry_after("999999", now), Some(3600));
        assert_eq!(retry_after("soon", now), None);
    }
}
