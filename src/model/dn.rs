//! Distinguished names (RFC 4514): taken apart, put together, compared.
//!
//! The same name has many spellings: case, blanks after commas, `\,` or `\2C`. Names are compared in one normal
//! form and never as they came; where a name does not parse, it is equal only to itself.

use std::{borrow::Cow, fmt::Write as _};

/// One `type=value` of a relative name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ava<'a> {
    /// The attribute, as written.
    pub attribute: &'a str,
    /// The value, unescaped; octets, because `\C3` may stand for half a character.
    pub value: Cow<'a, [u8]>,
}

/// A name taken apart: its relative names from the entry up, each with one or more [`Ava`]s.
pub type Parsed<'a> = Vec<Vec<Ava<'a>>>;

/// Takes a name apart. Returns `None` for what is not a name; the empty name has no parts.
pub fn parse(dn: &str) -> Option<Parsed<'_>> {
    parts(dn).map(|parts| parts.into_iter().map(|(_, rdn)| rdn).collect())
}

/// Like [`parse`], with the byte offset at which each relative name begins.
fn parts(dn: &str) -> Option<Vec<(usize, Vec<Ava<'_>>)>> {
    if dn.trim_matches(' ').is_empty() {
        return Some(Vec::new());
    }
    let mut scan = Scan {
        bytes: dn.as_bytes(),
        at: 0,
    };
    let mut parts = Vec::new();
    loop {
        scan.blanks();
        let start = scan.at;
        let mut rdn = vec![scan.ava()?];
        while scan.peek() == Some(b'+') {
            scan.at += 1;
            rdn.push(scan.ava()?);
        }
        parts.push((start, rdn));
        match scan.peek() {
            None => return Some(parts),
            Some(b',' | b';') => scan.at += 1,
            Some(_) => return None,
        }
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn ava(&mut self) -> Option<Ava<'a>> {
        self.blanks();
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b';'))
        {
            self.at += 1;
        }
        let attribute = std::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        self.blanks();
        if attribute.is_empty() || self.peek() != Some(b'=') {
            return None;
        }
        self.at += 1;
        self.blanks();
        let value = match self.peek() {
            Some(b'#') => self.hex_value()?.into(),
            Some(b'"') => self.quoted()?.into(),
            _ => self.plain()?,
        };
        self.blanks();
        Some(Ava { attribute, value })
    }

    /// `\` and what follows: two hexadecimal digits or one character.
    fn escape(&mut self) -> Option<u8> {
        self.at += 1;
        let first = self.peek()?;
        if let (Some(high), Some(low)) = (hex(first), self.bytes.get(self.at + 1).copied().and_then(hex)) {
            self.at += 2;
            return Some(high << 4 | low);
        }
        self.at += 1;
        (!first.is_ascii_alphanumeric()).then_some(first)
    }

    fn plain(&mut self) -> Option<Cow<'a, [u8]>> {
        let rest = &self.bytes[self.at..];
        let ends = |byte: &u8| matches!(byte, b',' | b';' | b'+' | b'\\' | b'"' | b'<' | b'>' | 0);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        if let None | Some(b',' | b';' | b'+') = rest.get(length) {
            self.at += length;
            let blanks = rest[..length].iter().rev().take_while(|byte| **byte == b' ');
            return Some(Cow::Borrowed(&rest[..length - blanks.count()]));
        }
        self.escaped().map(Cow::Owned)
    }

    /// A value with escaped characters in it.
    fn escaped(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        // blanks at the end do not count, unless they are escaped
        let mut length = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b';' | b'+' => break,
                b'\\' => {
                    let byte = self.escape()?;
                    value.push(byte);
                    length = value.len();
                }
                b'"' | b'<' | b'>' | 0 => return None,
                _ => {
                    self.at += 1;
                    value.push(byte);
                    if byte != b' ' {
                        length = value.len();
                    }
                }
            }
        }
        value.truncate(length);
        Some(value)
    }

    fn quoted(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let mut value = Vec::new();
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(value);
                }
                b'\\' => value.push(self.escape()?),
                byte => {
                    self.at += 1;
                    value.push(byte);
                }
            }
        }
    }

    /// `#` and the value in BER; only an octet string or a text string of at most 127 bytes is understood.
    fn hex_value(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let mut octets = Vec::new();
        while let Some(high) = self.peek().and_then(hex) {
            let low = hex(*self.bytes.get(self.at + 1)?)?;
            octets.push(high << 4 | low);
            self.at += 2;
        }
        let (head, value) = octets.split_at_checked(2)?;
        (head[1] < 128 && usize::from(head[1]) == value.len()).then(|| value.to_vec())
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// Escapes a value for its place in a name; octets that are no text in hexadecimal.
pub fn escape(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => escape_value(text),
        Err(_) => escape_octets(value),
    }
}

/// Returns the normal form of a name: types in lower case, values folded as `caseIgnoreMatch` folds them, one way
/// of escaping, the parts of a relative name sorted. Two names are the same if their normal forms are.
pub fn normalise(dn: &str) -> Option<String> {
    let mut text = String::with_capacity(dn.len());
    for (index, rdn) in parse(dn)?.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let mut avas: Vec<String> = rdn
            .into_iter()
            .map(|ava| {
                let value = match std::str::from_utf8(&ava.value) {
                    Ok(value) => escape_value(&fold(value)),
                    Err(_) => escape_octets(&ava.value),
                };
                format!("{}={value}", ava.attribute.to_ascii_lowercase())
            })
            .collect();
        avas.sort_unstable();
        text.push_str(&avas.join("+"));
    }
    Some(text)
}

/// Lower case, blanks at the ends removed and runs of them made one.
fn fold(value: &str) -> String {
    let lower = value.to_lowercase();
    let mut folded = String::with_capacity(lower.len());
    for word in lower.split(' ').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// Reports whether two names are the same; names that do not parse only if they are the same text.
pub fn same(one: &str, other: &str) -> bool {
    one == other
        || match (normalise(one), normalise(other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        }
}

/// Returns the name of the container of an entry, as it is written in the entry's name; `None` at the top.
pub fn parent(dn: &str) -> Option<&str> {
    parts(dn)?.get(1).map(|(start, _)| without_blanks(&dn[*start..]))
}

/// Returns the relative name of an entry, as it is written in its name.
pub fn rdn(dn: &str) -> Option<&str> {
    let parts = parts(dn)?;
    let (start, _) = parts.first()?;
    let text = match parts.get(1) {
        Some((next, _)) => {
            let text = dn[*start..*next].trim_end_matches(' ');
            text.strip_suffix([',', ';']).unwrap_or(text)
        }
        None => &dn[*start..],
    };
    Some(without_blanks(text))
}

/// Cuts off the blanks at the end that are not part of the last value.
fn without_blanks(text: &str) -> &str {
    let cut = text.trim_end_matches(' ');
    let escaped = cut.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    if escaped && cut.len() < text.len() {
        &text[..=cut.len()]
    } else {
        cut
    }
}

/// Reports whether an entry is somewhere below a container, and is not the container itself.
pub fn is_below(dn: &str, container: &str) -> bool {
    let (Some(dn), Some(container)) = (normalise(dn), normalise(container)) else {
        return false;
    };
    if container.is_empty() {
        return !dn.is_empty();
    }
    // a comma inside a value is escaped, so an unescaped one before the container is a border
    dn.strip_suffix(&container)
        .and_then(|rest| rest.strip_suffix(','))
        .is_some_and(|rest| rest.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0)
}

/// Escapes a value so that it can stand in a name (RFC 4514, section 2.4).
pub fn escape_value(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, sign) in value.chars().enumerate() {
        match sign {
            '\0'..='\x1f' | '\x7f' => {
                // writing to a String cannot fail
                let _ = write!(text, "\\{:02X}", sign as u32);
            }
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => {
                text.push('\\');
                text.push(sign);
            }
            '#' if index == 0 => text.push_str("\\#"),
            ' ' if index == 0 || index == last => text.push_str("\\20"),
            _ => text.push(sign),
        }
    }
    text
}

fn escape_octets(octets: &[u8]) -> String {
    octets
        .iter()
        .fold(String::with_capacity(octets.len() * 3), |mut text, octet| {
            let _ = write!(text, "\\{octet:02x}");
            text
        })
}

/// Makes the name of an entry from its naming attribute and its container.
pub fn join(attribute: &str, value: &str, container: &str) -> String {
    if container.is_empty() {
        return format!("{attribute}={}", escape_value(value));
    }
    format!("{attribute}={},{container}", escape_value(value))
}

#[cfg(test)]
mod tests;
