//! Places in a text: bytes to lines and columns, and TOML strings to the text inside their quotes.

use std::ops::Range;

/// Returns line and column, both from 1; the column counts characters, and a byte order mark is none.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..floor(text, offset)];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[start..].chars().filter(|c| *c != '\u{feff}').count() + 1;
    (line, column)
}

/// Returns the nearest place not after `offset` that is in the text and between two characters.
pub(super) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Returns where the content of a TOML string stands, given where the whole string does.
///
/// A string with escapes has no such place: the whole string's span is returned.
pub(super) fn content(text: &str, span: &Range<usize>, value: &str) -> Range<usize> {
    let whole = || span.clone();
    let Some(raw) = text.get(span.clone()) else {
        return whole();
    };
    let quotes = if raw.starts_with("'''") || raw.starts_with("\"\"\"") {
        3
    } else {
        1
    };
    let mut start = span.start + quotes;
    if quotes == 3 {
        // a newline right after the opening quotes is not part of the value
        let rest = &raw[3..];
        start += rest.len()
            - rest
                .strip_prefix("\r\n")
                .or(rest.strip_prefix('\n'))
                .unwrap_or(rest)
                .len();
    }
    let inside = start..span.end.saturating_sub(quotes);
    match text.get(inside.clone()) {
        Some(found) if found == value => inside,
        _ => whole(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_at_newlines() {
        let text = "\u{feff}a\tb\r\nécd\n";
        assert_eq!(line_and_column(text, 3), (1, 1));
        assert_eq!(line_and_column(text, text.find('b').unwrap()), (1, 3));
        assert_eq!(line_and_column(text, text.find('c').unwrap()), (2, 2));
        assert_eq!(line_and_column(text, 10_000), (3, 1));
    }

    #[test]
    fn a_place_inside_a_character_is_its_start() {
        assert_eq!(floor("é", 1), 0);
    }

    #[test]
    fn content_is_found_in_all_four_kinds_of_strings() {
        for (raw, value, inside) in [
            ("'[a]'", "[a]", 1..4),
            ("\"[a]\"", "[a]", 1..4),
            ("'''\n[a]'''", "[a]", 4..7),
            ("\"\"\"\r\n[a]\"\"\"", "[a]", 5..8),
            (r#""\"a\"""#, "\"a\"", 0..7),
        ] {
            assert_eq!(content(raw, &(0..raw.len()), value), inside, "{raw}");
        }
    }
}
