//! What goes into statements and comes out of columns, whichever database it is.

use super::failure::{Failure, damaged};

/// A value of a column or a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Value<'v> {
    /// None.
    Null,
    /// A number, or a truth as 0 or 1.
    Integer(i64),
    /// A text.
    Text(&'v str),
    /// Octets.
    Blob(&'v [u8]),
}

/// What can be a parameter.
pub(in crate::store) trait Param {
    /// Returns it as a value.
    fn value(&self) -> Value<'_>;
}

impl Param for Value<'_> {
    fn value(&self) -> Value<'_> {
        *self
    }
}

impl<P: Param + ?Sized> Param for &P {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<P: Param> Param for Option<P> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Param::value)
    }
}

impl Param for i64 {
    fn value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Param for bool {
    fn value(&self) -> Value<'_> {
        Value::Integer((*self).into())
    }
}

impl Param for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Param for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Param for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<const N: usize> Param for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl Param for std::borrow::Cow<'_, [u8]> {
    fn value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl Param for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

/// The parameters of a statement.
pub(in crate::store) trait Params {
    /// Lends them as values.
    fn lend<T>(self, to: impl FnOnce(&[Value<'_>]) -> T) -> T;
}

impl Params for [Value<'static>; 0] {
    fn lend<T>(self, to: impl FnOnce(&[Value<'_>]) -> T) -> T {
        to(&self)
    }
}

macro_rules! arrays {
    ($($length:literal)*) => {$(
        impl<P: Param> Params for [P; $length] {
            fn lend<T>(self, to: impl FnOnce(&[Value<'_>]) -> T) -> T {
                to(&self.each_ref().map(Param::value))
            }
        }
    )*};
}
arrays!(1 2 3 4 5 6 7 8 9 10 11 12);

/// Makes parameters of values of different types.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::sql::value::Param::value(&$value)),*]
    };
}
pub(in crate::store) use params;

/// What can be taken out of a column.
pub(in crate::store) trait FromValue: Sized {
    /// Takes it; nothing if the column holds something else.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(octets) => Some(octets.to_owned()),
            _ => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(octets) => octets.try_into().ok(),
            _ => None,
        }
    }
}

impl<V: FromValue> FromValue for Option<V> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => V::from_value(value).map(Some),
        }
    }
}

/// Says that a column holds what no usher writes there.
pub(super) fn unexpected(column: usize) -> Failure {
    damaged(&format!("column {column} of a row holds something unexpected")).into()
}
