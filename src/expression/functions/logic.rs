//! Choices and questions. Only the branch that is taken is evaluated.

use super::Call;
use crate::{
    expression::{Fault, code::Node, compare, convert},
    model::Value,
};

/// `IIF(condition, valueIfTrue, valueIfFalse)`
pub(super) fn iif<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.value(if call.truth(0)? { 1 } else { 2 })
}

/// `Switch(source, default, key1, value1, …)`; a key `""` catches nothing.
pub(super) fn switch<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let source = call.value(0)?;
    for key_at in (2..call.count()).step_by(2) {
        let key = call.value(key_at)?;
        let same = if source.is_nothing() || key.is_nothing() {
            source.is_nothing() && key.is_nothing()
        } else {
            compare::equal_any(&source, &key, call.moment())
        };
        if same {
            return call.value(key_at + 1);
        }
    }
    call.value(1)
}

/// Checks that keys and values of a `Switch` come in pairs.
pub(super) fn check_switch(arguments: &[Option<Node>]) -> Result<(), (usize, String)> {
    if arguments.len() >= 4 && arguments.len().is_multiple_of(2) {
        return Ok(());
    }
    let last = arguments.len().saturating_sub(1);
    Err((
        last,
        "`Switch` takes a source, a default, and then keys and values in pairs; a value is missing"
            .to_owned(),
    ))
}

/// `Coalesce(source1, …, defaultValue)`: the first that is not null; `""` is not null.
pub(super) fn coalesce<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    for index in 0..call.count() {
        let value = call.value(index)?;
        if !matches!(value, Value::Absent | Value::Null) {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}

/// `IgnoreFlowIfNullOrEmpty(expression)` and `SelectUniqueValue(rule1, …)`: the first argument; what the function
/// means for the attribute is decided by who asked.
pub(super) fn first<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.value(0)
}

/// `Error(message)`
pub(super) fn error<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let message = call.text(0)?.unwrap_or_default();
    Err(Fault::new(call.span, convert::clean(&message)))
}

/// `CBool(expression)`
pub(super) fn boolean<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.truth(0).map(Value::Boolean)
}

/// `Not(source)`: false for true, true for anything else.
pub(super) fn not<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let value = call.value(0)?;
    Ok(Value::Boolean(match &value {
        Value::Boolean(truth) => !truth,
        Value::Text(text) => !text.trim().eq_ignore_ascii_case("true"),
        _ => true,
    }))
}

/// `IsNull(expression)`
pub(super) fn is_null<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Boolean(matches!(
        call.value(0)?,
        Value::Absent | Value::Null
    )))
}

/// `IsNullOrEmpty(expression)`
pub(super) fn is_nothing<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Boolean(call.value(0)?.is_nothing()))
}

/// `IsPresent(expression)`
pub(super) fn is_present<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Boolean(!call.value(0)?.is_nothing()))
}

/// `IsString(expression)`
pub(super) fn is_string<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Boolean(call.value(0)?.as_text().is_some()))
}
