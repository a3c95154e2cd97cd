//! Texts as TOML. What comes from the schema is hostile: it must not get out of its quotes or its comment.

use toml::Value;

/// Writes a text as a TOML string.
pub(super) fn string(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// Writes a key, in quotes where it needs them.
pub(super) fn key(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !text.is_empty() && text.chars().all(is_bare) {
        text.to_owned()
    } else {
        // a key is on one line, which a string need not be
        let line = one_line(text);
        if line.contains('"') && !line.contains('\'') {
            format!("'{line}'")
        } else {
            format!("\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\""))
        }
    }
}

/// Writes a list of strings.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let items: Vec<_> = texts.into_iter().map(string).collect();
    format!("[{}]", items.join(", "))
}

/// Makes one line of a text, for a comment: no control character ends it or acts on a terminal.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}') => {
                '\u{fffd}'
            }
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_holds_it_stays_inside() {
        for text in [
            "",
            "plain",
            "it's \"both\"",
            "'''",
            "a\nb = 1",
            "\\d+",
            "tab\tbell\u{7}",
            "\"\"\"",
            "x\r\n[systems]",
        ] {
            let written = format!("{} = {}\n", key("k"), string(text));
            let table: toml::Table = written.parse().unwrap();
            assert_eq!(table["k"].as_str(), Some(text), "{written}");
            let written = format!("{} = 1 # {}\n", key(text), one_line(text));
            let table: toml::Table = written.parse().unwrap();
            assert_eq!(table.len(), 1, "{written}");
        }
    }
}
