//! Several values: count them, take one, put them together, split one into several.

use std::{borrow::Cow, collections::HashSet};

use super::Call;
use crate::{
    expression::{
        Fault,
        code::{Code, Node},
        convert,
        evaluate::MAXIMUM_VALUE,
    },
    model::Value,
};

/// `Count(attribute)`
pub(super) fn count<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Integer(call.value(0)?.each().count() as i64))
}

/// `Item(attribute, index)`: counted from 1.
pub(super) fn item<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let index = call.wanted_number(1)?;
    let Some(skip) = index.checked_sub(1).and_then(|skip| usize::try_from(skip).ok()) else {
        return Err(call.fault(1, "values are counted from 1"));
    };
    Ok(match call.value(0)? {
        Value::List(values) => values.into_iter().nth(skip).unwrap_or(Value::Null),
        value if skip == 0 => value,
        _ => Value::Null,
    })
}

/// `RemoveDuplicates(attribute)`: the first of equal values stays where it is.
pub(super) fn distinct<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let values = match call.value(0)? {
        Value::List(values) => values,
        value => return Ok(value),
    };
    let mut texts: HashSet<String> = HashSet::new();
    let mut kept: Vec<Value<'a>> = Vec::with_capacity(values.len());
    for value in values {
        let new = match &value {
            Value::Text(text) => texts.insert(text.to_string()),
            other => !kept.contains(other),
        };
        if new {
            kept.push(value);
        }
    }
    Ok(Value::List(kept))
}

/// `Join(separator, source1, …)`: empty sources are skipped, a list contributes each of its values.
pub(super) fn join<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let separator = call.text(0)?.unwrap_or_default();
    let mut out = String::with_capacity(32);
    for index in 1..call.count() {
        if add_at_once(call, index, &mut out, &separator)? {
            continue;
        }
        match call.value(index)? {
            Value::List(values) => {
                for value in values {
                    let text = convert::text(value).map_err(|message| call.fault(index, message))?;
                    add(call, &mut out, &separator, text.as_deref())?;
                }
            }
            value => {
                let text = convert::text(value).map_err(|message| call.fault(index, message))?;
                add(call, &mut out, &separator, text.as_deref())?;
            }
        }
    }
    Ok(Value::from(out))
}

/// Writes an attribute, or what a function makes of one, without making a value of it first; false if that cannot
/// be done. Most mappings put texts together this way, for every person.
fn add_at_once(call: &Call<'_, '_>, index: usize, out: &mut String, separator: &str) -> Result<bool, Fault> {
    let Some(node) = call.node(index).filter(|_| call.context.tracer.is_none()) else {
        return Ok(false);
    };
    let (slot, write) = match &node.code {
        Code::Attribute(slot) => (*slot, None),
        Code::Call(inner) => match (inner.function.write, inner.arguments.as_slice()) {
            (
                Some(write),
                [
                    Some(Node {
                        code: Code::Attribute(slot),
                        ..
                    }),
                ],
            ) => (*slot, Some(write)),
            _ => return Ok(false),
        },
        _ => return Ok(false),
    };
    let Value::Text(text) = call.context.row.get(slot) else {
        return Ok(false);
    };
    call.context.charge(text.len() + 8, node.span)?;
    if text.len() > MAXIMUM_VALUE {
        return Ok(false);
    }
    let Some(write) = write else {
        return add(call, out, separator, Some(&text)).map(|()| true);
    };
    let before = out.len();
    if before > 0 {
        call.push(out, separator)?;
    }
    let start = out.len();
    write(&text, out);
    if out.len() == start {
        out.truncate(before);
    }
    // what was written is checked where it is put behind
    call.push(out, "").map(|()| true)
}

fn add(call: &Call<'_, '_>, out: &mut String, separator: &str, text: Option<&str>) -> Result<(), Fault> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(());
    };
    if !out.is_empty() {
        call.push(out, separator)?;
    }
    call.push(out, text)
}

/// `Split(source, delimiter)`: values lose the blanks at their ends, empty ones are dropped.
pub(super) fn split<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let delimiter = call.text(1)?.unwrap_or_default();
    let Some(text) = call.text(0)? else {
        return Ok(Value::Null);
    };
    if delimiter.is_empty() {
        return Err(call.fault(1, "the delimiter is empty"));
    }
    Ok(Value::List(match text {
        Cow::Borrowed(text) => pieces(text, &delimiter).map(Value::text).collect(),
        Cow::Owned(text) => pieces(&text, &delimiter)
            .map(|piece| Value::from(piece.to_owned()))
            .collect(),
    }))
}

fn pieces<'t>(text: &'t str, delimiter: &str) -> impl Iterator<Item = &'t str> {
    text.split(delimiter)
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
}
