//! What literals mean: escapes, numbers, constants, paths.

use super::syntax::PartKind;

/// Takes a text out of its quotes: `\"` and `\\` are escapes, every other backslash stands for itself.
pub(super) fn unescape(source: &str) -> String {
    let inner = source.strip_prefix('"').unwrap_or(source);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(&escaped @ ('"' | '\\'))) => {
                text.push(escaped);
                characters.next();
            }
            _ => text.push(character),
        }
    }
    text
}

/// Takes a path out of its brackets.
pub(super) fn path(source: &str) -> &str {
    let inner = source.strip_prefix('[').unwrap_or(source);
    inner.strip_suffix(']').unwrap_or(inner).trim()
}

/// Reads a number; one with a decimal point stays a text, since no attribute holds one.
pub(super) fn number(source: &str) -> Option<PartKind> {
    if let Some(digits) = source.strip_prefix("&H").or_else(|| source.strip_prefix("&h")) {
        return i64::from_str_radix(digits, 16).ok().map(PartKind::Integer);
    }
    if source.contains('.') {
        return Some(PartKind::Text(source.to_owned()));
    }
    source.parse().ok().map(PartKind::Integer)
}

/// Reads a word that stands for a value: the truth values, the constants of `InStr` and of `ConvertFromBase64`.
pub(super) fn constant(word: &str) -> Option<PartKind> {
    Some(match word.to_ascii_lowercase().as_str() {
        "true" => PartKind::Boolean(true),
        "false" => PartKind::Boolean(false),
        "vbbinarycompare" => PartKind::Integer(0),
        "vbtextcompare" => PartKind::Integer(1),
        name @ ("utf8" | "ascii" | "unicode") => PartKind::Text(name.to_owned()),
        _ => return None,
    })
}
