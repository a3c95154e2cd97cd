//! The compact form of values.

use std::borrow::Cow;

use uuid::Uuid;

use super::{reader::Reader, writer::Writer};
use crate::model::{Anchor, PersonId, Reference, Value};

/// How deep values may lie in each other: deeper ones are damage, not data.
const DEEPEST: usize = 32;

pub(super) fn write(out: &mut Writer, value: &Value<'_>) {
    match value {
        Value::Absent => out.byte(0),
        Value::Null => out.byte(1),
        Value::Text(text) => {
            out.byte(2);
            out.text(text);
        }
        Value::Integer(number) => {
            out.byte(3);
            out.number(*number);
        }
        Value::Boolean(truth) => out.byte(4 + u8::from(*truth)),
        Value::Date(date) => {
            out.byte(6);
            out.date(*date);
        }
        Value::Instant(instant) => {
            out.byte(7);
            out.instant(*instant);
        }
        Value::Binary(octets) => {
            out.byte(8);
            out.bytes(octets);
        }
        Value::Reference(Reference::Account { person, rule }) => {
            out.byte(9);
            out.octets.extend_from_slice(person.0.as_bytes());
            out.text(rule.as_str());
        }
        Value::Reference(Reference::Object(anchor)) => {
            out.byte(10);
            out.text(anchor.as_str());
        }
        Value::List(values) => {
            out.byte(11);
            out.list(values, write);
        }
        Value::Complex(parts) => {
            out.byte(12);
            out.list(parts, |out, (name, value)| {
                out.text(name);
                write(out, value);
            });
        }
    }
}

pub(super) fn read(from: &mut Reader<'_>) -> Option<Value<'static>> {
    read_at(from, 0)
}

fn read_at(from: &mut Reader<'_>, depth: usize) -> Option<Value<'static>> {
    if depth > DEEPEST {
        return None;
    }
    Some(match from.byte()? {
        0 => Value::Absent,
        1 => Value::Null,
        2 => Value::Text(owned(from)?),
        3 => Value::Integer(from.number()?),
        4 => Value::Boolean(false),
        5 => Value::Boolean(true),
        6 => Value::Date(from.date()?),
        7 => Value::Instant(from.instant()?),
        8 => Value::Binary(Cow::Owned(from.bytes()?.to_vec())),
        9 => Value::Reference(Reference::Account {
            person: person(from)?,
            rule: {
                let name = from.text()?;
                from.names.rule(name)
            },
        }),
        10 => Value::Reference(Reference::Object(Anchor::from(from.text()?))),
        11 => Value::List(from.list(|from| read_at(from, depth + 1))?),
        12 => Value::Complex(from.list(|from| Some((owned(from)?, read_at(from, depth + 1)?)))?),
        _ => return None,
    })
}

/// Passes over a value.
pub(super) fn skip(from: &mut Reader<'_>) -> Option<()> {
    skip_at(from, 0)
}

fn skip_at(from: &mut Reader<'_>, depth: usize) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    match from.byte()? {
        0 | 1 | 4 | 5 => {}
        2 | 8 | 10 => drop(from.bytes()?),
        3 => drop(from.number()?),
        6 => drop(from.date()?),
        7 => drop(from.instant()?),
        9 => {
            person(from)?;
            from.bytes()?;
        }
        11 => {
            for _ in 0..from.length()? {
                skip_at(from, depth + 1)?;
            }
        }
        12 => {
            for _ in 0..from.length()? {
                from.bytes()?;
                skip_at(from, depth + 1)?;
            }
        }
        _ => return None,
    }
    Some(())
}

pub(super) fn person(from: &mut Reader<'_>) -> Option<PersonId> {
    from.array().map(Uuid::from_bytes).map(PersonId)
}

fn owned(from: &mut Reader<'_>) -> Option<Cow<'static, str>> {
    from.text().map(str::to_owned).map(Cow::Owned)
}
