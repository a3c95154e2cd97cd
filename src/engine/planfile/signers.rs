//! The `allowed_signers` file (ssh-keygen(1)): who may sign, with which key, for what, from when until when.
//!
//! What cannot be understood lets nobody in: a line with an unknown option, an unreadable time or a certificate
//! authority is passed over.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::NAMESPACE;

/// Finds who may sign plan files with a key (in its binary form) at an instant; times without a zone are in `zone`.
/// The error says what was found instead.
pub(super) fn find(text: &str, key: &[u8], now: Timestamp, zone: &TimeZone) -> Result<String, String> {
    let mut reason = "no line has it".to_owned();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words = parts(line, |character| matches!(character, ' ' | '\t'));
        let Some((principals, rest)) = words.split_first() else {
            continue;
        };
        let Some((options, kind)) = split_options(rest) else {
            continue;
        };
        if !is_key(kind, key) {
            continue;
        }
        match admits(options, now, zone) {
            Ok(()) => return Ok(unquoted(principals)),
            Err(why) => reason = format!("line {} has it, but {why}", at + 1),
        }
    }
    Err(reason)
}

/// Splits a text at some characters outside quotes; quotes stay, and empty parts are dropped.
fn parts(text: &str, is_separator: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character: char| {
        let was_escaped = escaped;
        escaped = quoted && !was_escaped && character == '\\';
        if character == '"' && !was_escaped {
            quoted = !quoted;
        }
        !quoted && is_separator(character)
    })
    .filter(|part| !part.is_empty())
    .collect()
}

fn unquoted(text: &str) -> String {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
        .replace("\\\"", "\"")
}

/// Tells options from the kind of the key and the key, which come last (before a comment).
fn split_options<'w, 'l>(words: &'w [&'l str]) -> Option<(&'w [&'l str], &'w [&'l str])> {
    let is_kind = |word: &&str| {
        ["ssh-", "ecdsa-", "sk-"]
            .iter()
            .any(|start| word.starts_with(start))
    };
    let at = words.iter().position(is_kind)?;
    Some(words.split_at(at))
}

fn is_key(words: &[&str], key: &[u8]) -> bool {
    words
        .get(1)
        .and_then(|text| STANDARD.decode(text).ok())
        .is_some_and(|known| known == key)
}

/// Whether options let a key sign plan files now; the error says why not.
fn admits(words: &[&str], now: Timestamp, zone: &TimeZone) -> Result<(), String> {
    let mut scopes: Option<Vec<String>> = None;
    for (name, value) in options(words) {
        match (name.to_ascii_lowercase().as_str(), value) {
            ("namespaces", Some(value)) => {
                scopes = Some(value.split(',').map(|scope| scope.trim().to_owned()).collect());
            }
            ("valid-after", Some(value)) => {
                let from = time(&value, zone).ok_or("its `valid-after` cannot be read")?;
                if now < from {
                    return Err(format!("it counts from {from} only"));
                }
            }
            ("valid-before", Some(value)) => {
                let until = time(&value, zone).ok_or("its `valid-before` cannot be read")?;
                if now >= until {
                    return Err(format!("it counted until {until}"));
                }
            }
            ("cert-authority", _) => return Err("it is a certificate authority's".to_owned()),
            (other, _) => return Err(format!("its option `{other}` is not understood")),
        }
    }
    match scopes {
        Some(scopes) if !scopes.iter().any(|scope| fits(scope, NAMESPACE)) => Err(format!(
            "it is for other namespaces than {NAMESPACE}: {}",
            scopes.join(", ")
        )),
        _ => Ok(()),
    }
}

/// Takes options apart: they are separated by commas outside quotes.
fn options(words: &[&str]) -> Vec<(String, Option<String>)> {
    let parts = words
        .iter()
        .flat_map(|word| parts(word, |character| character == ','));
    parts
        .map(|part| match part.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(unquoted(value))),
            None => (part.to_owned(), None),
        })
        .collect()
}

/// Matches `*` and `?`.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // reachable[t]: the pattern so far can end before character t
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match symbol {
                '*' => reachable[at] || (at > 0 && next[at - 1]),
                '?' => at > 0 && reachable[at - 1],
                other => at > 0 && reachable[at - 1] && text[at - 1] == other,
            };
        }
        reachable = next;
    }
    reachable[text.len()]
}

/// Reads `YYYYMMDD[Z]`, `YYYYMMDDHHMM[Z]`, `YYYYMMDDHHMMSS[Z]`.
fn time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (digits, zone) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, TimeZone::UTC),
        None => (text, zone.clone()),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let part = |from: usize, to: usize| -> Option<i16> {
        digits.get(from..to).map_or(Some(0), |text| text.parse().ok())
    };
    let small = |from: usize, to: usize| part(from, to).and_then(|number| i8::try_from(number).ok());
    let date = DateTime::new(
        part(0, 4)?,
        small(4, 6)?,
        small(6, 8)?,
        small(8, 10)?,
        small(10, 12)?,
        small(12, 14)?,
        0,
    )
    .ok()?;
    Some(date.to_zoned(zone).ok()?.timestamp())
}

#[cfg(test)]
mod tests;
