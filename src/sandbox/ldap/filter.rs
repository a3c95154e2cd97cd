//! Filters in three-valued logic (RFC 4511 §4.5.1.7): true, false, and undefined as `None`.

use std::borrow::Cow;
use std::cmp::Ordering;

use rasn_ldap::{AttributeValueAssertion, Filter, MatchingRuleAssertion, SubstringChoice, SubstringFilter};

use super::directory::Directory;
use super::entry::{Entry, Id, Value};
use super::matching::Rule;
use super::schema::{AttributeType, Schema};

/// Whether an entry matches.
pub fn matches(directory: &Directory, id: Id, filter: &Filter) -> Option<bool> {
    let entry = directory.entry(id)?;
    Subject {
        entry,
        computed: Some((directory, id)),
    }
    .matches(filter)
}

/// Whether an entry that is not in the tree (root DSE, subschema) matches.
pub fn matches_alone(entry: &Entry, filter: &Filter) -> Option<bool> {
    Subject {
        entry,
        computed: None,
    }
    .matches(filter)
}

struct Subject<'a> {
    entry: &'a Entry,
    computed: Option<(&'a Directory, Id)>,
}

impl<'a> Subject<'a> {
    fn matches(&self, filter: &Filter) -> Option<bool> {
        match filter {
            Filter::And(parts) => {
                let mut result = Some(true);
                for part in parts.iter() {
                    match self.matches(part) {
                        Some(false) => return Some(false),
                        None => result = None,
                        Some(true) => {}
                    }
                }
                result
            }
            Filter::Or(parts) => {
                let mut result = Some(false);
                for part in parts.iter() {
                    match self.matches(part) {
                        Some(true) => return Some(true),
                        None => result = None,
                        Some(false) => {}
                    }
                }
                result
            }
            Filter::Not(part) => self.matches(part).map(|matched| !matched),
            Filter::EqualityMatch(assertion) | Filter::ApproxMatch(assertion) => self.equality(assertion),
            Filter::Substrings(assertion) => self.substrings(assertion),
            Filter::GreaterOrEqual(assertion) => self.ordering(assertion, Ordering::is_ge),
            Filter::LessOrEqual(assertion) => self.ordering(assertion, Ordering::is_le),
            Filter::Present(name) => Some(!self.values(attribute(name)?).is_empty()),
            Filter::ExtensibleMatch(assertion) => self.extensible(assertion),
            _ => None,
        }
    }

    fn values(&self, attribute: &AttributeType) -> Cow<'a, [Value]> {
        let Some((directory, id)) = self.computed else {
            return Cow::Borrowed(self.entry.values(&attribute.name));
        };
        let texts = match attribute.name.as_str() {
            "memberOf" => directory.member_of(id),
            "entryDN" => vec![directory.dn(id).to_string()],
            // every other type below `name` is one of its values too
            "name" => {
                let named = self
                    .entry
                    .attributes
                    .iter()
                    .filter(|(name, _)| Schema::get().is_name(name));
                return Cow::Owned(named.flat_map(|(_, values)| values.clone()).collect());
            }
            _ => return Cow::Borrowed(self.entry.values(&attribute.name)),
        };
        Cow::Owned(
            texts
                .iter()
                .filter_map(|text| Value::new(attribute, text.as_bytes()).ok())
                .collect(),
        )
    }

    fn equality(&self, assertion: &AttributeValueAssertion) -> Option<bool> {
        let attribute = attribute(&assertion.attribute_desc)?;
        let key = attribute.rule.key(&assertion.assertion_value)?;
        if attribute.name == "objectClass" {
            return Some(self.has_class(&key));
        }
        Some(self.values(attribute).iter().any(|value| value.key == key))
    }

    /// A class counts when it is named, or inherited by one that is.
    fn has_class(&self, key: &[u8]) -> bool {
        self.entry.values("objectClass").iter().any(|value| {
            let name = std::str::from_utf8(&value.key).unwrap_or_default();
            let class = Schema::get().class(name);
            value.key == key
                || class.is_some_and(|class| class.superiors.iter().any(|sup| sup.as_bytes() == key))
        })
    }

    fn ordering(&self, assertion: &AttributeValueAssertion, wanted: fn(Ordering) -> bool) -> Option<bool> {
        let attribute = attribute(&assertion.attribute_desc)?;
        let key = attribute.rule.key(&assertion.assertion_value)?;
        Some(
            self.values(attribute)
                .iter()
                .any(|value| wanted(attribute.rule.order(&value.key, &key))),
        )
    }

    fn substrings(&self, assertion: &SubstringFilter) -> Option<bool> {
        let attribute = attribute(&assertion.r#type)?;
        let mut parts = Vec::new();
        for part in &assertion.substrings {
            let (raw, place) = match part {
                SubstringChoice::Initial(raw) => (raw, Place::Start),
                SubstringChoice::Any(raw) => (raw, Place::Middle),
                SubstringChoice::Final(raw) => (raw, Place::End),
                _ => return None,
            };
            parts.push((attribute.rule.fragment(raw)?, place));
        }
        Some(
            self.values(attribute)
                .iter()
                .any(|value| has_fragments(&value.key, &parts)),
        )
    }

    fn extensible(&self, assertion: &MatchingRuleAssertion) -> Option<bool> {
        let rule = match &assertion.matching_rule {
            None => None,
            Some(name) => Some(match name.as_str() {
                "caseIgnoreMatch" | "2.5.13.2" => Rule::CaseIgnore,
                "caseExactMatch" | "2.5.13.5" => Rule::CaseExact,
                "caseIgnoreIA5Match" | "1.3.6.1.4.1.1466.109.114.2" => Rule::CaseIgnoreIa5,
                "distinguishedNameMatch" | "2.5.13.1" => Rule::Dn,
                "integerMatch" | "2.5.13.14" => Rule::Integer,
                "octetStringMatch" | "2.5.13.17" => Rule::Octets,
                _ => return None,
            }),
        };
        let named = match &assertion.r#type {
            Some(name) => Some(attribute(name)?),
            None => None,
        };
        let holds = |attribute: &AttributeType, raw: &[u8]| {
            let rule = rule.unwrap_or(attribute.rule);
            matches!((rule.key(raw), rule.key(&assertion.match_value)), (Some(left), Some(right)) if left == right)
        };
        let in_entry = match named {
            Some(attribute) => self
                .values(attribute)
                .iter()
                .any(|value| holds(attribute, &value.raw)),
            None => self.entry.attributes.iter().any(|(name, values)| {
                attribute(name).is_some_and(|found| values.iter().any(|value| holds(found, &value.raw)))
            }),
        };
        let in_name = || {
            let Some((directory, id)) = self.computed else {
                return false;
            };
            let dn = directory.dn(id);
            dn.0.iter().flat_map(|rdn| &rdn.0).any(|ava| {
                attribute(&ava.attribute)
                    .is_some_and(|found| named.is_none_or(|named| named == found) && holds(found, &ava.value))
            })
        };
        Some(in_entry || (assertion.dn_attributes && in_name()))
    }
}

/// The type in a filter; passwords are never matched, so they are as undefined as an unknown type.
fn attribute(name: &str) -> Option<&'static AttributeType> {
    Schema::get()
        .attribute(name)
        .filter(|found| found.name != "userPassword")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Middle,
    End,
}

fn has_fragments(key: &[u8], parts: &[(Vec<u8>, Place)]) -> bool {
    let mut rest = key;
    for (part, place) in parts {
        let next = match place {
            Place::Start => rest.strip_prefix(part.as_slice()),
            Place::End => rest.strip_suffix(part.as_slice()).map(|_| &[] as &[u8]),
            Place::Middle if part.is_empty() => Some(rest),
            Place::Middle => {
                let at = rest
                    .windows(part.len())
                    .position(|window| window == part.as_slice());
                at.and_then(|at| rest.get(at + part.len()..))
            }
        };
        let Some(next) = next else { return false };
        rest = next;
    }
    true
}
