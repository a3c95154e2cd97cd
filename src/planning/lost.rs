//! What goes with an account that is deleted: told to whoever approves that, and kept for whoever takes it back.

use super::{
    compile::{CompiledAccounts, CompiledValue},
    names::value_of,
};
use crate::model::{After, Cell, Change, Column, RecordView, Value};

/// The name under which the groups of an account are told of; most directories have an attribute of that name.
pub(super) const GROUPS: &str = "memberOf";

/// Returns what an account has of what its rule maps, and its groups. `refer` tells what a reference points at.
pub(super) fn lost(
    accounts: &CompiledAccounts,
    record: RecordView<'_>,
    groups: Vec<Value<'_>>,
    refer: impl Fn(Cell<'_>, &Column) -> Value<'static>,
) -> Vec<Change> {
    let mut lost = Vec::new();
    for (mapping, compiled) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
        let cell = record.cell(compiled.column);
        let had = match &compiled.value {
            CompiledValue::Secret { .. } => continue,
            CompiledValue::Reference(_) => refer(cell, &compiled.target),
            CompiledValue::Expression(_) => value_of(cell, &compiled.target).into_owned(),
        };
        if !had.is_nothing() {
            lost.push(gone(compiled.target.name.clone(), had, mapping.marked));
        }
    }
    if !groups.is_empty() {
        let groups = groups.into_iter().map(Value::into_owned).collect();
        lost.push(gone(GROUPS.to_owned(), Value::List(groups), false));
    }
    lost
}

fn gone(attribute: String, had: Value<'static>, marked: bool) -> Change {
    Change {
        attribute,
        before: had,
        after: After::Known(Value::Absent),
        marked,
    }
}
