//! Entries as they come from the wire, taken apart without trust: what is malformed is `None`, never a panic.

use ldap3::asn1::{PL, StructureTag, parse_tag};

/// One entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its distinguished name.
    pub(super) dn: String,
    /// Its attributes as the server spells and orders them, options included.
    pub(super) attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// Takes a `SearchResultEntry` apart; an error is the name as far as it can be read.
    pub(super) fn from_tag(tag: StructureTag) -> Result<Self, String> {
        let mut parts = constructed(tag).ok_or_else(String::new)?.into_iter();
        let dn = parts.next().and_then(primitive).ok_or_else(String::new)?;
        let dn =
            String::from_utf8(dn).map_err(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())?;
        match parts.next().and_then(constructed).and_then(attributes) {
            Some(attributes) => Ok(Self { dn, attributes }),
            None => Err(dn),
        }
    }

    /// Takes the value of a post-read response control apart (RFC 4527).
    pub(super) fn from_control(value: &[u8]) -> Option<Self> {
        let (_, tag) = parse_tag(value).ok()?;
        Self::from_tag(tag).ok()
    }

    /// Returns the values of an attribute, found without case; the option `;binary` does not count.
    pub(super) fn get(&self, name: &str) -> Option<&[Vec<u8>]> {
        let name = plain(name);
        self.attributes
            .iter()
            .find(|(candidate, _)| plain(candidate).eq_ignore_ascii_case(name))
            .map(|(_, values)| values.as_slice())
    }

    /// Returns the first value of an attribute as text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?.first()?).ok()
    }

    /// Returns the name of an attribute of which only a part of the values came (`member;range=0-1499`).
    pub(super) fn cut_short(&self) -> Option<&str> {
        self.attributes
            .iter()
            .map(|(name, _)| name.as_str())
            .find(|name| name.to_ascii_lowercase().contains(";range="))
    }
}

/// The name without the option that says how its values are sent (RFC 4522), which says nothing about what they are.
fn plain(name: &str) -> &str {
    const OPTION: &str = ";binary";
    let at = name.len().saturating_sub(OPTION.len());
    match (name.get(..at), name.get(at..)) {
        (Some(plain), Some(option)) if option.eq_ignore_ascii_case(OPTION) => plain,
        _ => name,
    }
}

fn attributes(list: Vec<StructureTag>) -> Option<Vec<(String, Vec<Vec<u8>>)>> {
    list.into_iter()
        .map(|attribute| {
            let mut parts = constructed(attribute)?.into_iter();
            let name = String::from_utf8(primitive(parts.next()?)?).ok()?;
            let values = constructed(parts.next()?)?
                .into_iter()
                .map(primitive)
                .collect::<Option<Vec<_>>>()?;
            Some((name, values))
        })
        .collect()
}

/// Takes a paged-results response apart (RFC 2696): the cookie, empty after the last page.
pub(super) fn page_cookie(value: &[u8]) -> Option<Vec<u8>> {
    let (_, tag) = parse_tag(value).ok()?;
    constructed(tag)?.into_iter().nth(1).and_then(primitive)
}

/// The parts of a constructed element.
pub(super) fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(inner) => Some(inner),
        PL::P(_) => None,
    }
}

/// The octets of a primitive element.
pub(super) fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(octets) => Some(octets),
        PL::C(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::TagClass;

    use super::*;

    fn octets(value: &[u8]) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id: 4,
            payload: PL::P(value.to_vec()),
        }
    }

    fn sequence(inner: Vec<StructureTag>) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id: 16,
            payload: PL::C(inner),
        }
    }

    #[test]
    fn entries_are_taken_apart() {
        let values = sequence(vec![octets(b"a"), octets(b"\xFF")]);
        let list = sequence(vec![
            sequence(vec![octets(b"Mail;Binary"), values.clone()]),
            sequence(vec![octets(b"cn;binary"), values]),
        ]);
        let entry = Entry::from_tag(sequence(vec![octets(b"cn=a"), list])).unwrap();
        assert_eq!(entry.get("mail").map(<[_]>::len), Some(2));
        assert_eq!(entry.get("cn;binary"), entry.get("cn"));
        assert_eq!(entry.get("cn;lang-de"), None);
        assert_eq!(entry.get("CN").map(<[_]>::len), Some(2));
        assert_eq!(entry.text("cn"), Some("a"));
        assert_eq!(entry.cut_short(), None);
    }

    #[test]
    fn malformed_entries_are_refused() {
        for tag in [
            octets(b"x"),
            sequence(vec![]),
            sequence(vec![octets(b"\xFF"), sequence(vec![])]),
            sequence(vec![octets(b"cn=a")]),
            sequence(vec![octets(b"cn=a"), sequence(vec![octets(b"x")])]),
            sequence(vec![
                octets(b"cn=a"),
                sequence(vec![sequence(vec![octets(b"cn")])]),
            ]),
        ] {
            assert!(Entry::from_tag(tag.clone()).is_err(), "{tag:?}");
        }
        for value in [&b""[..], b"\x30", b"\x04\x01a", b"\x30\x03\x02\x01\x00"] {
            assert_eq!(page_cookie(value), None);
        }
        assert_eq!(page_cookie(b"\x30\x06\x02\x01\x00\x04\x01x"), Some(b"x".to_vec()));
    }
}
