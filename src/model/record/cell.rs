//! What a record has in one attribute.

/// A cell as it lies in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The record does not have the attribute.
    Absent,
    /// The attribute is explicitly without a value.
    Null,
    /// One value, as text in the form of its [`ValueType`](super::ValueType).
    One(&'a str),
    /// Several values; iterate with [`Many::iter`].
    Many(Many<'a>),
}

impl<'a> Cell<'a> {
    /// Returns the only value's text, the first of several, or `None`.
    pub fn first(self) -> Option<&'a str> {
        match self {
            Self::One(text) => Some(text),
            Self::Many(many) => many.iter().next(),
            Self::Absent | Self::Null => None,
        }
    }

    /// Iterates over the texts of all values.
    pub fn each(self) -> impl Iterator<Item = &'a str> {
        let (one, many) = match self {
            Self::One(text) => (Some(text), Many("")),
            Self::Many(many) => (None, many),
            Self::Absent | Self::Null => (None, Many("")),
        };
        one.into_iter().chain(many.iter())
    }
}

/// Several values in one cell, each written as `length:text` so that no value can pose as two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Many<'a>(&'a str);

impl<'a> Many<'a> {
    /// Iterates over the texts of the values.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (length, tail) = rest.split_once(':')?;
            let (text, tail) = tail.split_at_checked(length.parse().ok()?)?;
            rest = tail;
            Some(text)
        })
    }

    /// Takes values that are written as they lie in the arena.
    pub(crate) fn of(written: &'a str) -> Self {
        Self(written)
    }

    /// Returns the values as they lie in the arena.
    pub(super) fn written(self) -> &'a str {
        self.0
    }
}
