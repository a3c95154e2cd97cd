//! What an attribute holds.
//!
//! Three kinds of nothing are kept apart, because systems mean different things by them: [`Value::Absent`] (the
//! record does not have the attribute), [`Value::Null`] (it has it, explicitly without a value) and an empty
//! text or an empty list. Each mapping says what nothing does at the target; guessing here would clear attributes
//! of thousands of people after a column was renamed.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{name::Anchor, name::RuleName, person::PersonId};

/// A value of an attribute, borrowed from a record where possible so that evaluation need not copy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value<'a> {
    /// The record does not have the attribute.
    #[default]
    Absent,
    /// The attribute is there and says "no value" (SCIM/JSON `null`).
    Null,
    /// Text, as read: not trimmed, not normalised.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
    /// A civil date, without zone: what HR means by "last day".
    Date(Date),
    /// A point in time.
    Instant(Timestamp),
    /// Octets (photos, GUIDs).
    Binary(Cow<'a, [u8]>),
    /// A tie to another object; written as whatever the target uses (DN, id).
    Reference(Reference),
    /// Several values; whether order matters is the attribute's [`super::Column::ordered`].
    List(Vec<Value<'a>>),
    /// A value with named parts (SCIM `name`, `emails[…]`).
    Complex(Vec<(Cow<'a, str>, Value<'a>)>),
}

/// What a reference points at, in terms that stay the same when the object is renamed or not there yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// The account a person has, or will have, under an account rule.
    Account {
        /// Whose account.
        person: PersonId,
        /// Under which rule.
        rule: RuleName,
    },
    /// An object of the same system that belongs to no person usher knows.
    Object(Anchor),
}

impl<'a> Value<'a> {
    /// Makes a text value that borrows.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// Reports whether there is nothing: absent, null, empty text or an empty list.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Absent | Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::List(values) => values.iter().all(Value::is_nothing),
            _ => false,
        }
    }

    /// Gives the value a life of its own.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Absent => Value::Absent,
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Integer(number) => Value::Integer(number),
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Date(date) => Value::Date(date),
            Self::Instant(instant) => Value::Instant(instant),
            Self::Binary(octets) => Value::Binary(Cow::Owned(octets.into_owned())),
            Self::Reference(reference) => Value::Reference(reference),
            Self::List(values) => Value::List(values.into_iter().map(Value::into_owned).collect()),
            Self::Complex(parts) => Value::Complex(
                parts
                    .into_iter()
                    .map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned()))
                    .collect(),
            ),
        }
    }

    /// Renders a single value as the text that is written, compared and shown; `None` where there is nothing to
    /// render (absent, null) or more than one text would be needed (list, complex, reference).
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Integer(number) => Some(Cow::Owned(number.to_string())),
            Self::Boolean(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            Self::Date(date) => Some(Cow::Owned(date.to_string())),
            Self::Instant(instant) => Some(Cow::Owned(instant.to_string())),
            _ => None,
        }
    }

    /// Renders a single value as the text it is told from others by: that of its `value` part where it has parts (RFC
    /// 7643 §2.4).
    pub fn as_key_text(&self) -> Option<Cow<'_, str>> {
        let Self::Complex(parts) = self else {
            return self.as_text();
        };
        let value = parts.iter().find(|(name, _)| name.eq_ignore_ascii_case("value"));
        value.and_then(|(_, value)| value.as_text())
    }

    /// Iterates over the single values: none for absent and null, one for a scalar, each of a list.
    pub fn each(&self) -> impl Iterator<Item = &Value<'a>> {
        let (one, many) = match self {
            Self::Absent | Self::Null => (None, [].as_slice()),
            Self::List(values) => (None, values.as_slice()),
            scalar => (Some(scalar), [].as_slice()),
        };
        one.into_iter().chain(many)
    }
}

impl From<String> for Value<'static> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::text(text)
    }
}
