//! What a value is compared with, how, and what became of it.

use super::{
    super::{compare::key, compile::CompiledAccounts, rules::NullPolicy},
    Shown, Verdict,
};
use crate::model::{After, Change, Column, Comparison, Kind, Operation};

/// What became of a mapped value: what the operation does, or why it does nothing about it.
pub(super) fn verdict(
    operation: &Operation,
    change: Option<&Change>,
    accounts: &CompiledAccounts,
    at: usize,
    value: &Shown,
    target: Option<&Shown>,
    column: &Column,
) -> Verdict {
    if let Some(change) = change {
        return match &change.after {
            After::Deferred(_) => Verdict::Later,
            After::Known(after) if after.is_nothing() => Verdict::Removed,
            _ if change.before.is_nothing() => Verdict::Added,
            _ => Verdict::Replaced,
        };
    }
    let mapping = &accounts.rule.attributes[at];
    if mapping.on_create_only && operation.kind != Kind::Create {
        return Verdict::OnCreateOnly;
    }
    let has = target.unwrap_or(&Shown::Nothing);
    match (value, has) {
        (Shown::Nothing, Shown::Nothing) => Verdict::Same,
        (Shown::Nothing, _) if mapping.null == NullPolicy::Skip => Verdict::LeftAlone,
        _ if normalised(value, column) == normalised(has, column) => Verdict::Same,
        _ => Verdict::NotWritten,
    }
}

/// A value in the form in which equal values are equal texts.
pub(super) fn normalised(value: &Shown, column: &Column) -> Shown {
    match value {
        Shown::Text(text) => {
            let mut keys: Vec<_> = text
                .split(" · ")
                .map(|text| key(text, column.comparison))
                .collect();
            if !column.ordered {
                keys.sort_unstable();
            }
            Shown::Text(keys.join(" · "))
        }
        other => other.clone(),
    }
}

pub(super) fn comparison(column: &Column) -> String {
    let words = words(column.comparison);
    match (column.multi_valued, column.ordered) {
        (true, false) => format!("{words}, in any order"),
        (true, true) => format!("{words}, in order"),
        (false, _) => words.to_owned(),
    }
}

pub(super) const fn words(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Exact => "exactly",
        Comparison::IgnoreCase => "without case, spaces folded",
        Comparison::FoldSpace => "with case, spaces folded",
        Comparison::Telephone => "as telephone numbers, without spaces and hyphens",
        Comparison::Numeric => "as numbers",
        Comparison::Digits => "as digits, without spaces",
        Comparison::Boolean => "as true or false",
        Comparison::Instant => "as points in time",
        Comparison::DistinguishedName => "as distinguished names",
    }
}
