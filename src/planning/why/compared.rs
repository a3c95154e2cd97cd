//! What a value is compared with, how, and what became of it.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    super::{
        compare::key,
        compile::{CompiledMapping, CompiledValue},
        rules::{Mapping, NullPolicy, ValuesPolicy},
    },
    Shown, Verdict,
};
use crate::model::{After, Change, Column, Comparison, Kind, Operation, Value};

/// What is known of a mapped attribute when the verdict is asked for.
pub(super) struct Case<'c> {
    pub operation: &'c Operation,
    pub change: Option<&'c Change>,
    pub mapping: &'c Mapping,
    pub compiled: &'c CompiledMapping,
    /// What the mapping gives.
    pub value: &'c Shown,
    /// If that is nothing: which kind.
    pub nothing: &'c Value<'c>,
    /// What the target has.
    pub target: &'c Shown,
    /// Whether that is the default the account was made with.
    pub has_birth_default: bool,
}

/// What became of a mapped value: what the operation does, or why it does nothing about it.
pub(super) fn verdict(case: &Case<'_>) -> Verdict {
    let (mapping, column) = (case.mapping, &case.compiled.target);
    if let Some(change) = case.change {
        return match &change.after {
            After::Deferred(_) => Verdict::Later,
            After::Known(after) if after.is_nothing() => Verdict::Removed,
            _ if change.before.is_nothing() => Verdict::Added,
            _ if mapping.values == ValuesPolicy::Merge => Verdict::Merged,
            _ => Verdict::Replaced,
        };
    }
    if mapping.on_create_only && case.operation.kind != Kind::Create {
        return Verdict::OnCreateOnly;
    }
    let leaves = match &case.compiled.value {
        CompiledValue::Expression(_) => {
            case.compiled.ignores_nothing() || case.has_birth_default || !mapping.clears(case.nothing)
        }
        CompiledValue::Reference(_) | CompiledValue::Secret { .. } => mapping.null == NullPolicy::Skip,
    };
    match (case.value, case.target) {
        (Shown::Nothing, Shown::Nothing) => Verdict::Same,
        (Shown::Nothing, _) if leaves => Verdict::LeftAlone,
        (value, has) if normalised(value, column) == normalised(has, column) => Verdict::Same,
        (_, Shown::Nothing) => Verdict::NotWritten,
        (Shown::Text(value), Shown::Text(has))
            if mapping.values == ValuesPolicy::Merge && keys(value, column).is_subset(&keys(has, column)) =>
        {
            Verdict::Same
        }
        _ if mapping.values == ValuesPolicy::Keep => Verdict::Kept,
        _ => Verdict::NotWritten,
    }
}

fn keys<'t>(text: &'t str, column: &Column) -> BTreeSet<Cow<'t, str>> {
    text.split(" · ")
        .map(|text| key(text, column.comparison))
        .collect()
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

/// How two values are compared, in words.
pub(super) fn comparison(mapping: &Mapping, column: &Column) -> String {
    let mut words = words(column.comparison).to_owned();
    if mapping.comparison.is_some() {
        words.push_str(" (the mapping says so)");
    }
    match (column.multi_valued, column.ordered) {
        (true, false) => format!("{words}, in any order"),
        (true, true) => format!("{words}, in order"),
        (false, _) => words,
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
        Comparison::Instant | Comparison::FileTime => "as points in time",
        Comparison::Zero => "as 0 or not",
        Comparison::DistinguishedName => "as distinguished names",
    }
}
