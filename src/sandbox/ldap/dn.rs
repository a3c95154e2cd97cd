//! Distinguished names (RFC 4514): parsed, compared without regard to case, written with few escapes.

use std::fmt;

use super::matching::prepare;
use super::schema::Schema;

/// One `type=value` of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ava {
    /// The attribute type as it was written.
    pub attribute: String,
    /// The value, unescaped.
    pub value: Vec<u8>,
}

/// A relative distinguished name: one or more values joined by `+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rdn(pub Vec<Ava>);

/// A distinguished name, the leaf first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dn(pub Vec<Rdn>);

impl Dn {
    /// Parses a name; `None` means invalidDNSyntax. The empty name is valid.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::default());
        }
        let mut parser = Parser { rest: text };
        let mut rdns = Vec::new();
        loop {
            let (rdn, separator) = parser.rdn()?;
            rdns.push(rdn);
            if separator.is_none() {
                return Some(Self(rdns));
            }
        }
    }

    /// The form under which equal names are equal strings.
    pub fn key(&self) -> String {
        let keys: Vec<String> = self.0.iter().map(Rdn::key).collect();
        keys.join(",")
    }

    /// The name without its leaf, or `None` for the empty name.
    pub fn parent(&self) -> Option<Self> {
        (!self.0.is_empty()).then(|| Self(self.0.get(1..).unwrap_or_default().to_vec()))
    }
}

impl Rdn {
    /// Parses one RDN alone, as in a modifyDN request.
    pub fn parse(text: &str) -> Option<Self> {
        let mut dn = Dn::parse(text)?;
        if dn.0.len() == 1 { dn.0.pop() } else { None }
    }

    /// The form under which equal RDNs are equal strings; the order of its values does not count.
    pub fn key(&self) -> String {
        let mut parts: Vec<String> = self.0.iter().map(Ava::key).collect();
        parts.sort();
        parts.join("+")
    }
}

impl Ava {
    fn key(&self) -> String {
        let known = Schema::get().attribute(&self.attribute);
        let name = known
            .map_or_else(|| self.attribute.clone(), |found| found.name.clone())
            .to_lowercase();
        let value = match std::str::from_utf8(&self.value) {
            Ok(text) => escape(&prepare(text, true)),
            Err(_) => hex_form(&self.value),
        };
        format!("{name}={value}")
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rdn) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{rdn}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, ava) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("+")?;
            }
            let value = std::str::from_utf8(&ava.value).map_or_else(|_| hex_form(&ava.value), escape);
            write!(f, "{}={value}", ava.attribute)?;
        }
        Ok(())
    }
}

/// Escapes a value for use in a name (RFC 4514 §2.4).
pub fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, c) in value.chars().enumerate() {
        let at_end = (index == 0 && matches!(c, ' ' | '#')) || (index == last && c == ' ');
        match c {
            '\0' => out.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' => out.extend(['\\', c]),
            _ if at_end => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// Bytes that are no text, as escaped pairs.
fn hex_form(value: &[u8]) -> String {
    value
        .iter()
        .fold(String::new(), |out, byte| format!("{out}\\{byte:02x}"))
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    /// Reads one RDN and the comma after it.
    fn rdn(&mut self) -> Option<(Rdn, Option<char>)> {
        let mut avas = Vec::new();
        loop {
            let (attribute, rest) = self.rest.split_once('=')?;
            let attribute = attribute.trim();
            let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';');
            if attribute.is_empty() || !attribute.chars().all(valid) {
                return None;
            }
            self.rest = rest;
            let value = self.value()?;
            avas.push(Ava {
                attribute: attribute.to_owned(),
                value,
            });
            let mut chars = self.rest.chars();
            let separator = chars.next();
            self.rest = chars.as_str();
            if separator != Some('+') {
                return Some((Rdn(avas), separator));
            }
        }
    }

    /// Reads a value up to an unescaped `,`, `;` or `+`.
    fn value(&mut self) -> Option<Vec<u8>> {
        let text = self.rest.trim_start_matches(' ');
        if let Some(digits) = text.strip_prefix('#') {
            let end = digits.find([',', ';', '+']).unwrap_or(digits.len());
            let (digits, rest) = digits.split_at(end);
            self.rest = rest;
            // a BER value in hexadecimal: short-form tag and length come before the content
            return hex::decode(digits.trim()).ok()?.get(2..).map(<[u8]>::to_vec);
        }
        let bytes = text.as_bytes();
        let (mut out, mut kept, mut at) = (Vec::new(), 0, 0);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b',' | b';' | b'+' => break,
                b'"' | b'<' | b'>' | 0 => return None,
                b'\\' => {
                    let next = *bytes.get(at + 1)?;
                    if let Some(pair) = bytes.get(at + 1..at + 3).and_then(|pair| hex::decode(pair).ok()) {
                        out.extend(pair);
                        at += 3;
                    } else if b" \"#+,;<=>\\".contains(&next) {
                        out.push(next);
                        at += 2;
                    } else {
                        return None;
                    }
                    kept = out.len();
                }
                _ => {
                    out.push(byte);
                    at += 1;
                    if byte != b' ' {
                        kept = out.len();
                    }
                }
            }
        }
        out.truncate(kept);
        self.rest = text.get(at..)?;
        (!out.is_empty()).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        Dn::parse(text).unwrap().key()
    }

    #[test]
    fn equal_names_have_equal_keys() {
        assert_eq!(
            key("CN=Smith\\2C Jr.,DC=Acme"),
            key("commonName = smith\\,  jr. , dc=acme")
        );
        assert_eq!(key("cn=\\C5\\81ukasz,dc=x"), key("cn=łukasz,dc=x"));
        assert_eq!(key("uid=a+cn=b,dc=x"), key("CN=B+UID=A,dc=x"));
        assert_ne!(key("cn=a\\,dc\\=x"), key("cn=a,dc=x"));
        assert_eq!(key("cn=#04024869,dc=x"), key("cn=hi,dc=x"));
    }

    #[test]
    fn names_are_written_so_that_they_are_read_again() {
        for text in [
            "cn=\\#x,dc=a",
            "cn=a\\ ,dc=a",
            "cn=\\ a,dc=a",
            "cn=a\\+b\\,c\\\\d\\=e,dc=a",
            "cn=李小龍,dc=a",
        ] {
            let dn = Dn::parse(text).unwrap();
            assert_eq!(Dn::parse(&dn.to_string()), Some(dn.clone()), "{text}");
            assert_eq!(dn.to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "x",
            "=a",
            "cn=",
            "cn=a,",
            "cn=a\\zz",
            "c n=a",
            "cn=\"a",
            "cn=a,,dc=b",
        ] {
            assert_eq!(Dn::parse(text), None, "{text}");
        }
        assert_eq!(Dn::parse(""), Some(Dn::default()));
    }
}
