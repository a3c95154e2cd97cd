//! Text from outside on the screen: one way to measure, cut, pad and wrap it.
//!
//! A display name can lie: a bidirectional override turns it around, a zero-width character makes two names look
//! the same, a control character moves the cursor. Such characters are made visible *before* anything is measured,
//! so no cell of the screen can show them raw.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// More code points than this in one grapheme are decoration meant to spill over other lines.
const GRAPHEME_LIMIT: usize = 8;

/// On which side of a cell the text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// Text.
    #[default]
    Left,
    /// Numbers and times.
    Right,
}

/// Makes control, bidirectional, zero-width and otherwise invisible characters visible as `<U+202E>`.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    if text.graphemes(true).all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for grapheme in text.graphemes(true) {
        if is_harmless(grapheme) {
            shown.push_str(grapheme);
            continue;
        }
        for (position, character) in grapheme.chars().enumerate() {
            let alone = position == 0 && UnicodeWidthStr::width(character.encode_utf8(&mut [0; 4])) == 0;
            if is_hostile(character) || alone || position >= GRAPHEME_LIMIT {
                shown.extend(["<U+", &format!("{:04X}", u32::from(character)), ">"]);
            } else {
                shown.push(character);
            }
        }
    }
    Cow::Owned(shown)
}

fn is_harmless(grapheme: &str) -> bool {
    !grapheme.chars().any(is_hostile) && grapheme.chars().count() <= GRAPHEME_LIMIT && grapheme.width() > 0
}

/// Reports whether a character is invisible or changes how its neighbours are shown.
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164
            | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// Returns how many columns the text takes once it is clean.
pub fn width(text: &str) -> usize {
    clean(text).width()
}

/// Cleans the text and cuts it to at most `columns`, ending in `ellipsis` if something was cut.
pub fn cut<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    let shown = clean(text);
    if shown.width() <= columns {
        return shown;
    }
    let mark = if ellipsis.width() <= columns { ellipsis } else { "" };
    let room = columns - mark.width();
    let mut taken = 0;
    let mut result = String::new();
    for grapheme in shown.graphemes(true) {
        taken += grapheme.width();
        if taken > room {
            break;
        }
        result.push_str(grapheme);
    }
    result.push_str(mark);
    Cow::Owned(result)
}

/// Cleans, cuts and pads the text to exactly `columns`.
pub fn fit(text: &str, columns: usize, align: Align, ellipsis: &str) -> String {
    let shown = cut(text, columns, ellipsis);
    let gap = columns.saturating_sub(shown.width());
    match align {
        Align::Left => format!("{shown}{:gap$}", ""),
        Align::Right => format!("{:gap$}{shown}", ""),
    }
}

/// Cleans the text and breaks it into lines of at most `columns`, at spaces and commas where there are any.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let shown = clean(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = 0;
    for word in shown.split_inclusive([' ', ',']) {
        let columns_of_word = word.width();
        // a space at the end of a line takes no room
        if taken + word.trim_end().width() <= columns {
            line.push_str(word);
            taken += columns_of_word;
            continue;
        }
        if taken > 0 {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            taken = 0;
        }
        if word.trim().is_empty() {
            continue;
        }
        for grapheme in word.graphemes(true) {
            let columns_of_grapheme = grapheme.width();
            if taken + columns_of_grapheme > columns && taken > 0 {
                lines.push(std::mem::take(&mut line));
                taken = 0;
            }
            line.push_str(grapheme);
            taken += columns_of_grapheme;
        }
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Writes a number with separators: `12,400`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_become_visible() {
        assert_eq!(clean("Ana Kovač"), "Ana Kovač");
        assert_eq!(clean("admin\u{202E}nimda"), "admin<U+202E>nimda");
        assert_eq!(clean("a\u{200B}b\u{FEFF}"), "a<U+200B>b<U+FEFF>");
        assert_eq!(clean("\u{1b}[2Jx"), "<U+001B>[2Jx");
        assert_eq!(clean("\u{301}alone"), "<U+0301>alone");
        assert_eq!(clean("e\u{301}"), "e\u{301}");
        assert_eq!(clean("two\nlines"), "two<U+000A>lines");
    }

    #[test]
    fn decoration_without_end_is_cut_short() {
        let zalgo = format!("a{}", "\u{301}".repeat(40));
        assert!(clean(&zalgo).contains("<U+0301>"));
    }

    #[test]
    fn cutting_counts_columns_and_not_bytes() {
        assert_eq!(cut("李小龍", 6, "…"), "李小龍");
        assert_eq!(cut("李小龍", 5, "…"), "李小…");
        assert_eq!(cut("李小龍", 4, "…"), "李…");
        assert_eq!(cut("abcdef", 4, "..."), "a...");
        assert_eq!(cut("abcdef", 0, "…"), "");
        assert_eq!(cut("abcdef", 2, "..."), "ab");
    }

    #[test]
    fn numbers_have_separators() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn fitting_always_gives_the_asked_width() {
        for columns in 0..20 {
            for text in ["", "x", "李小龍", "Łukasz\u{202E}", "e\u{301}e\u{301}e\u{301}"] {
                assert_eq!(
                    fit(text, columns, Align::Left, "…").width(),
                    columns,
                    "{text:?} in {columns}"
                );
                assert_eq!(
                    fit(text, columns, Align::Right, "…").width(),
                    columns,
                    "{text:?} in {columns}"
                );
            }
        }
    }

    #[test]
    fn wrapping_keeps_every_character_but_the_spaces_at_the_breaks() {
        let lines = wrap("cn=eng, cn=vpn, cn=admins", 9);
        assert_eq!(lines, ["cn=eng,", "cn=vpn,", "cn=admins"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert!(wrap("李小龍李小龍", 5).iter().all(|line| line.width() <= 5));
    }
}
