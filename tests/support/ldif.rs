//! Reads what `ldapsearch -LLL -o ldif-wrap=no` prints.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An entry of a directory, as it was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its distinguished name, spelled as the server spells it.
    pub dn: String,
    attributes: Vec<(String, String)>,
}

impl Entry {
    /// The first value of an attribute, whose name is compared without case.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.all(attribute).into_iter().next()
    }

    /// Every value of an attribute, in the order of the server.
    pub fn all(&self, attribute: &str) -> Vec<&str> {
        let named = self
            .attributes
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
        named.map(|(_, value)| value.as_str()).collect()
    }
}

/// Reads entries from unfolded LDIF (RFC 2849); values that are not UTF-8 keep what can be kept of them.
pub fn parse(text: &str) -> Vec<Entry> {
    text.split("\n\n").filter_map(entry).collect()
}

fn entry(record: &str) -> Option<Entry> {
    let lines = record.lines().filter(|line| !line.starts_with('#'));
    let mut pairs = lines.filter_map(pair);
    let (_, dn) = pairs.find(|(name, _)| name == "dn")?;
    Some(Entry {
        dn,
        attributes: pairs.collect(),
    })
}

fn pair(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let value = match value.strip_prefix(':') {
        Some(encoded) => {
            let bytes = STANDARD
                .decode(encoded.trim())
                .expect("base64 after a double colon");
            String::from_utf8_lossy(&bytes).into_owned()
        }
        None => value.strip_prefix(' ').unwrap_or(value).to_owned(),
    };
    Some((name.to_owned(), value))
}

#[test]
fn encoded_and_repeated_values_are_read() {
    let text = "dn: cn=a,dc=b\ncn: a\nmail: 1@b\nmail: 2@b\nsn:: xb1hawo=\n\ndn:: b3U9w6k=\n\n";
    let entries = parse(text);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].dn, "cn=a,dc=b");
    assert_eq!(entries[0].all("MAIL"), ["1@b", "2@b"]);
    assert_eq!(entries[0].get("sn"), Some("Žak\n"));
    assert_eq!(entries[0].get("title"), None);
    assert_eq!(entries[1].dn, "ou=é");
}
