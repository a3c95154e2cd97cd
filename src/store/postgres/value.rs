//! Values on their way to the server and back.
//!
//! Its texts cannot hold the character NUL: it goes as `␀`, so that one hostile record never stops the rest.

use tokio_postgres::types::{FromSql, ToSql, Type};

use super::session::Prepared;
use crate::store::sql::value::Value;

type Refusal = Box<dyn std::error::Error + Sync + Send>;

/// A parameter that outlives the call it was given to.
pub(super) type Owned = Box<dyn ToSql + Sync + Send>;

/// Copies the parameters of a statement, each as the type the server wants there.
pub(super) fn owned(statement: &Prepared, values: &[Value<'_>]) -> Vec<Owned> {
    let wanted = statement.params().iter();
    values
        .iter()
        .zip(wanted)
        .map(|(value, kind)| own(*value, kind))
        .collect()
}

fn own(value: Value<'_>, kind: &Type) -> Owned {
    match value {
        Value::Null if *kind == Type::INT8 => Box::new(None::<i64>),
        Value::Null if *kind == Type::INT4 => Box::new(None::<i32>),
        Value::Null if *kind == Type::BOOL => Box::new(None::<bool>),
        Value::Null if *kind == Type::BYTEA => Box::new(None::<Vec<u8>>),
        Value::Null => Box::new(None::<String>),
        Value::Integer(number) if *kind == Type::BOOL => Box::new(number != 0),
        Value::Integer(number) if *kind == Type::INT4 => match i32::try_from(number) {
            Ok(number) => Box::new(number),
            // refused by its type, with a message, before it is sent
            Err(_) => Box::new(number),
        },
        Value::Integer(number) => Box::new(number),
        Value::Text(text) if text.contains('\0') => Box::new(text.replace('\0', "␀")),
        Value::Text(text) => Box::new(text.to_owned()),
        Value::Blob(octets) => Box::new(octets.to_owned()),
    }
}

impl<'r> FromSql<'r> for Value<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Refusal> {
        Ok(match *kind {
            Type::BYTEA => Self::Blob(raw),
            Type::INT8 => Self::Integer(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Integer(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Self::Integer(bool::from_sql(kind, raw)?.into()),
            _ => Self::Text(<&str>::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Refusal> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        [Type::BYTEA, Type::INT8, Type::INT4, Type::BOOL].contains(kind) || <&str as FromSql>::accepts(kind)
    }
}
