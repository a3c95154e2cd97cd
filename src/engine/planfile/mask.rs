//! Takes the values of marked attributes out of operations that leave the store.

use crate::model::{After, Operation, Precondition, Value};

/// What stands for a value.
const MASK: &str = "••••";

/// Returns the operation with every value of its marked attributes masked, also those it only compares with.
pub(super) fn masked(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    let mut marked = Vec::new();
    for change in operation.changes.iter_mut().filter(|change| change.marked) {
        hide(&mut change.before);
        match &mut change.after {
            After::Known(value) => hide(value),
            After::Deferred(deferred) => deferred.prediction.iter_mut().for_each(hide),
            After::Secret { .. } => {}
        }
        marked.push(change.attribute.clone());
    }
    if let Precondition::Absent(keys) = &mut operation.precondition {
        keys.iter_mut()
            .filter(|(attribute, _)| marked.iter().any(|name| name.eq_ignore_ascii_case(attribute)))
            .for_each(|(_, key)| hide(key));
    }
    operation
}

/// Nothing stays nothing: that something is set or cleared may be seen.
fn hide(value: &mut Value<'static>) {
    if !value.is_nothing() {
        *value = Value::text(MASK);
    }
}

/// Whether something of the operation is masked, so that its fingerprint cannot be recomputed.
pub(super) fn hides(operation: &Operation) -> bool {
    operation.changes.iter().any(|change| change.marked)
}
