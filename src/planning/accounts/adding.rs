//! Values that are put beside those an account has: for expressions that add and never remove.

use crate::{
    model::{Cell, Column, Value},
    planning::compare::key,
};

/// Returns what an account is to hold: what the expression gives, and what the account has besides.
pub(super) fn beside<'v>(cell: Cell<'v>, given: Value<'v>, column: &Column) -> Value<'v> {
    let mut all = match given {
        Value::List(values) => values,
        Value::Absent | Value::Null => Vec::new(),
        one => vec![one],
    };
    let has_parts = matches!(all.first(), Some(Value::Complex(_)));
    let known: Vec<String> = all
        .iter()
        .filter_map(Value::as_key_text)
        .map(|text| key(&text, column.comparison).into_owned())
        .collect();
    let others = cell.each().filter(|text| {
        let is_known = |known: &String| *known == *key(text, column.comparison);
        !text.is_empty() && !known.iter().any(is_known)
    });
    all.extend(others.map(|text| {
        if has_parts {
            Value::Complex(vec![("value".into(), Value::text(text))])
        } else {
            Value::text(text)
        }
    }));
    Value::List(all)
}
