//! How a file is written: its encoding and its separator, told from its first bytes.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The separators that are recognised, the likeliest first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Tells the encoding from the first bytes: a byte order mark, or the zero bytes of UTF-16 text without one.
/// Returns it with the length of the mark. What is not UTF-8 after all is found out while reading.
pub(super) fn encoding_of(head: &[u8]) -> (&'static Encoding, usize) {
    if let Some((encoding, length)) = Encoding::for_bom(head) {
        return (encoding, length);
    }
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .take(32)
            .filter(|byte| **byte == 0)
            .count()
    };
    let half = (head.len() / 4).min(16);
    if head.len() >= 4 && zeros(1) >= half && zeros(0) == 0 {
        (UTF_16LE, 0)
    } else if head.len() >= 4 && zeros(0) >= half && zeros(1) == 0 {
        (UTF_16BE, 0)
    } else {
        (UTF_8, 0)
    }
}

/// Returns the name of an encoding for people.
pub(super) fn encoding_name(encoding: &'static Encoding) -> &'static str {
    if encoding == WINDOWS_1252 {
        "Windows-1252"
    } else {
        encoding.name()
    }
}

/// Tells the separator from the header: the one that makes a column of the anchor's name, else the most frequent
/// outside quotes, else the comma.
pub(super) fn separator_of(text: &str, anchor: &str) -> u8 {
    let header = header_line(text);
    let makes_anchor = |separator: u8| {
        header.split(char::from(separator)).any(|name| {
            name.trim()
                .trim_matches('"')
                .trim()
                .eq_ignore_ascii_case(anchor.trim())
        })
    };
    let mut best = (false, 0, b',');
    for separator in SEPARATORS {
        let count = count_outside_quotes(header, separator);
        let found = (makes_anchor(separator) && count > 0, count);
        if found > (best.0, best.1) {
            best = (found.0, found.1, separator);
        }
    }
    best.2
}

/// Returns the number of the line the header begins on.
pub(super) fn header_number(text: &str) -> u64 {
    let header = text.trim_start_matches(['\r', '\n']);
    let blank = &text.as_bytes()[..text.len() - header.len()];
    1 + line_ends(blank)
}

/// Counts the line ends.
pub(super) fn line_ends(text: &[u8]) -> u64 {
    text.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// The first line that is not blank; a quoted line end belongs to it.
fn header_line(text: &str) -> &str {
    let text = text.trim_start_matches(['\r', '\n']);
    let mut quoted = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => return &text[..index],
            _ => {}
        }
    }
    text
}

fn count_outside_quotes(line: &str, separator: u8) -> usize {
    let mut quoted = false;
    line.bytes()
        .filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted && *byte == separator
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognised() {
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        assert_eq!(encoding_of(b"\xEF\xBB\xBFid,name"), (UTF_8, 3));
        assert_eq!(encoding_of(b"\xFF\xFEi\0"), (UTF_16LE, 2));
        assert_eq!(encoding_of(b"\xFE\xFF\0i"), (UTF_16BE, 2));
        assert_eq!(encoding_of(&utf16("id,name\n1,Ana", false)), (UTF_16LE, 0));
        assert_eq!(encoding_of(&utf16("id,name\n1,Ana", true)), (UTF_16BE, 0));
        assert_eq!(encoding_of(b"id,name\n1,Kova\xE8"), (UTF_8, 0));
        assert_eq!(encoding_of(b""), (UTF_8, 0));
    }

    #[test]
    fn separators_are_recognised() {
        for (text, anchor, separator) in [
            ("id,name\n", "id", b','),
            ("id;name\r\n", "id", b';'),
            ("id\tname", "ID", b'\t'),
            ("id|name", "id", b'|'),
            ("\"id\";\"a,b,c\"\n", "id", b';'),
            ("id;a,b,c,d", "id", b';'),
            ("\n\n id ;name", "id", b';'),
            ("\"a\nb\";id", "id", b';'),
            ("id", "id", b','),
            ("", "id", b','),
        ] {
            assert_eq!(
                char::from(separator_of(text, anchor)),
                char::from(separator),
                "{text:?}"
            );
        }
    }
}
