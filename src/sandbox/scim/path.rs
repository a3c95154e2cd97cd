//! Attribute paths: `name.givenName`, `emails[type eq "work"].value`, and those with a schema URN in front.

use serde_json::{Map, Value};

use super::filter::{Filter, parse_filter};

/// A parsed path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The schema extension the attribute is in, as it stands in the resource.
    pub extension: Option<String>,
    /// The attribute; none when the path is a whole extension.
    pub attribute: Option<String>,
    /// The values of the attribute that are meant.
    pub select: Option<Box<Filter>>,
    /// The sub-attribute.
    pub sub: Option<String>,
}

/// The enterprise extension (RFC 7643 §4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

impl Path {
    /// Parses a path; `None` means invalidPath.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut extension, mut rest) = (None, text.trim());
        if rest
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
        {
            let enterprise = rest
                .get(..ENTERPRISE.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(ENTERPRISE));
            if enterprise {
                extension = Some(ENTERPRISE.to_owned());
                rest = rest.get(ENTERPRISE.len()..)?;
                if rest.is_empty() {
                    return Some(Self {
                        extension,
                        attribute: None,
                        select: None,
                        sub: None,
                    });
                }
                rest = rest.strip_prefix(':')?;
            } else {
                // a core attribute under its full name: …:core:2.0:User:userName
                let head = rest.split('[').next()?;
                let end = head
                    .find(":User:")
                    .map(|at| at + 6)
                    .or_else(|| head.find(":Group:").map(|at| at + 7))?;
                rest = rest.get(end..)?;
            }
        }
        let (head, select, tail) = match rest.split_once('[') {
            Some((head, inner)) => {
                let close = inner.rfind(']')?;
                let select = parse_filter(inner.get(..close)?)?;
                (head, Some(Box::new(select)), inner.get(close + 1..)?)
            }
            None => match rest.find('.') {
                Some(dot) => (rest.get(..dot)?, None, rest.get(dot..)?),
                None => (rest, None, ""),
            },
        };
        let sub = match tail {
            "" => None,
            tail => Some(tail.strip_prefix('.').filter(|sub| is_name(sub))?.to_owned()),
        };
        is_name(head).then(|| Self {
            extension,
            attribute: Some(head.to_owned()),
            select,
            sub,
        })
    }

    /// The values at this path.
    pub fn values<'a>(&self, resource: &'a Map<String, Value>) -> Vec<&'a Value> {
        let Some(map) = (match &self.extension {
            Some(urn) => get(resource, urn).and_then(Value::as_object),
            None => Some(resource),
        }) else {
            return Vec::new();
        };
        let Some(attribute) = self.attribute.as_deref().and_then(|name| get(map, name)) else {
            return Vec::new();
        };
        let items: Vec<&Value> = match attribute {
            Value::Array(items) => items.iter().collect(),
            single => vec![single],
        };
        let chosen = items.into_iter().filter(|item| {
            self.select
                .as_ref()
                .is_none_or(|filter| item.as_object().is_some_and(|item| filter.matches(item)))
        });
        match &self.sub {
            None => chosen.collect(),
            Some(sub) => chosen
                .filter_map(|item| item.as_object().and_then(|item| get(item, sub)))
                .collect(),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_'))
}

/// The name a key has in a map, found without regard to case.
pub fn key_of(map: &Map<String, Value>, name: &str) -> Option<String> {
    map.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()
}

/// The value under a key, found without regard to case.
pub fn get<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| {
        map.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}
