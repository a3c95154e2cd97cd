//! Writes an expression as a TOML string (TOML 1.0, “String”), in the quotes it had if they can hold it.

use std::fmt::Write;

/// The four kinds of strings; expressions are full of `"`, so those that need no escapes come first.
const KINDS: [&str; 4] = ["'", "'''", "\"\"\"", "\""];

/// Writes an expression as a string; `before` is the string it replaces, `crlf` how lines end in the file.
pub(super) fn literal(expression: &str, before: &str, crlf: bool) -> String {
    let own = ["'''", "\"\"\"", "'", "\""]
        .into_iter()
        .find(|quotes| before.starts_with(quotes));
    // where the string had a first line of its own, it keeps it
    let opened = own.is_some_and(|quotes| quotes.len() == 3 && before[3..].starts_with(['\n', '\r']));
    let quotes = own
        .into_iter()
        .chain(KINDS)
        .find(|quotes| holds(quotes, expression))
        .unwrap_or("\"");
    if quotes == "\"" {
        return format!("\"{}\"", escaped(expression));
    }
    // a line end right behind three quotes is not part of the text
    let first = if quotes.len() == 3 && (opened || expression.starts_with('\n')) {
        "\n"
    } else {
        ""
    };
    let literal = format!("{quotes}{first}{expression}{quotes}");
    if crlf {
        literal.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        literal
    }
}

/// Reports whether two texts are the same but for how their lines end.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.replace("\r\n", "\n") == other.replace("\r\n", "\n")
}

/// Reports whether a text can stand between these quotes as it is.
fn holds(quotes: &str, text: &str) -> bool {
    let is_plain = |c: char| c == '\t' || !c.is_control();
    let lines = text.replace("\r\n", "\n");
    match quotes {
        "'" => text.chars().all(|c| is_plain(c) && c != '\''),
        "\"" => text.chars().all(|c| is_plain(c) && c != '"' && c != '\\'),
        "'''" => {
            lines.chars().all(|c| is_plain(c) || c == '\n') && !text.contains("'''") && !text.ends_with('\'')
        }
        _ => {
            lines.chars().all(|c| (is_plain(c) || c == '\n') && c != '\\')
                && !text.contains("\"\"\"")
                && !text.ends_with('"')
        }
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push('\t'),
            // writing into a text does not fail
            control if control.is_control() => _ = write!(escaped, "\\u{:04X}", control as u32),
            other => escaped.push(other),
        }
    }
    escaped
}
