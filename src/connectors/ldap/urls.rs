//! The servers of one directory, in the order in which they are asked.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};

/// The addresses of servers that hold the same directory: `"ldaps://a"`, or a list of them. The first is preferred,
/// the others take over while it cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls(Vec<String>);

impl Urls {
    /// Iterates over the addresses, the preferred one first.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns the preferred address; empty if there is none.
    pub fn first(&self) -> &str {
        self.0.first().map(String::as_str).unwrap_or_default()
    }
}

impl From<String> for Urls {
    fn from(url: String) -> Self {
        Self(vec![url])
    }
}

impl From<Vec<String>> for Urls {
    fn from(urls: Vec<String>) -> Self {
        Self(urls)
    }
}

impl Serialize for Urls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Urls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrSeveral)
    }
}

struct OneOrSeveral;

impl<'de> Visitor<'de> for OneOrSeveral {
    type Value = Urls;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an address or a list of addresses")
    }

    fn visit_str<E>(self, url: &str) -> Result<Urls, E> {
        Ok(Urls(vec![url.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Urls, A::Error> {
        let mut urls = Vec::new();
        while let Some(url) = list.next_element()? {
            urls.push(url);
        }
        Ok(Urls(urls))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_several_go_both_ways() {
        for text in [r#""ldap://a""#, r#"["ldaps://a","ldaps://b"]"#] {
            let urls: Urls = serde_json::from_str(text).unwrap();
            assert_eq!(urls.first().split_once("://").unwrap().1, "a");
            assert_eq!(serde_json::to_string(&urls).unwrap(), text);
        }
        let error = serde_json::from_str::<Urls>("7").unwrap_err().to_string();
        assert!(error.contains("an address or a list of addresses"), "{error}");
    }
}
