//! Filters (RFC 7644 §3.4.2.2): those usher sends, and those inside attribute paths.

use serde_json::Value as Json;

/// Splits `type eq "work"].value` at the closing bracket, which does not count inside a string.
pub fn split_closing(text: &str) -> Option<(&str, &str)> {
    let end = outside_strings(text, |rest| rest.starts_with(']'))?;
    Some((&text[..end], &text[end + 1..]))
}

/// Parses equalities joined by `and`.
pub fn equalities(mut text: &str) -> Option<Vec<(String, Json)>> {
    let mut found = Vec::new();
    loop {
        let end = outside_strings(text, |rest| {
            rest.get(..5)
                .is_some_and(|word| word.eq_ignore_ascii_case(" and "))
        });
        found.push(equality(&text[..end.unwrap_or(text.len())])?);
        match end {
            Some(end) => text = &text[end + 5..],
            None => return Some(found),
        }
    }
}

/// Writes equalities joined by `and`; values are JSON (RFC 7644 §3.4.2.2), so no value can end its own string.
pub fn text(equalities: &[(String, Json)]) -> String {
    let each: Vec<_> = equalities
        .iter()
        .map(|(name, value)| format!("{name} eq {value}"))
        .collect();
    each.join(" and ")
}

fn equality(text: &str) -> Option<(String, Json)> {
    let (name, rest) = text.trim().split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
    let value: Json = serde_json::from_str(value.trim()).ok()?;
    let scalar = !value.is_object() && !value.is_array();
    (plain && operator.eq_ignore_ascii_case("eq") && scalar).then(|| (name.to_owned(), value))
}

/// Finds the first place outside of a JSON string where `here` holds for the rest of the text.
fn outside_strings(text: &str, here: impl Fn(&str) -> bool) -> Option<usize> {
    let (mut inside, mut escaped) = (false, false);
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if !inside && here(&text[index..]) => return Some(index),
            _ => {}
        }
    }
    None
}
