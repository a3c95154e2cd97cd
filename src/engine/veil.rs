//! Keeps marked values out of what is told of a write: a server that refuses a value often repeats it.

use std::borrow::Cow;

use crate::{
    model::{After, Operation, Value},
    planning::why::MASK,
};

/// Reports whether something that an operation changes is marked.
pub(super) fn is_marked(operation: &Operation) -> bool {
    operation.changes.iter().any(|change| change.marked)
}

/// Masks the marked values of an operation in a text about it.
pub(super) fn veiled<'t>(operation: &Operation, text: &'t str) -> Cow<'t, str> {
    let mut hidden = Vec::new();
    for change in operation.changes.iter().filter(|change| change.marked) {
        texts(&change.before, &mut hidden);
        match &change.after {
            After::Known(value) => texts(value, &mut hidden),
            After::Deferred(deferred) => {
                deferred
                    .prediction
                    .iter()
                    .for_each(|value| texts(value, &mut hidden));
            }
            After::Secret { .. } => {}
        }
    }
    // a value that is a part of another one must not leave the rest of it
    hidden.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let mut text = Cow::Borrowed(text);
    for value in hidden {
        if text.contains(&value) {
            text = Cow::Owned(text.replace(&value, MASK));
        }
    }
    text
}

fn texts(value: &Value<'_>, into: &mut Vec<String>) {
    match value {
        Value::List(values) => values.iter().for_each(|value| texts(value, into)),
        Value::Complex(parts) => parts.iter().for_each(|(_, value)| texts(value, into)),
        Value::Reference(_) | Value::Binary(_) => {}
        scalar => into.extend(
            scalar
                .as_text()
                .filter(|text| !text.is_empty())
                .map(Cow::into_owned),
        ),
    }
}
