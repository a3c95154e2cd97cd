//! Compiles what one attribute of an account should hold.

use super::Compiler;
use crate::{
    expression::Expression,
    model::Column,
    planning::{
        names::PersonNames,
        rules::{AccountRule, MappedValue, Mapping, Source, ValuesPolicy},
    },
};

/// What one attribute of an account should hold, ready to be asked.
pub(in crate::planning) struct CompiledMapping {
    /// The column of the target.
    pub column: usize,
    /// The same as this mapping compares it.
    pub target: Column,
    pub value: CompiledValue,
    /// What is taken where the value is nothing.
    pub default: Option<Expression>,
}

impl CompiledMapping {
    /// Iterates over its expressions: the value and the default.
    pub(in crate::planning) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let value = match &self.value {
            CompiledValue::Expression(value) => Some(value),
            CompiledValue::Reference(_) | CompiledValue::Secret { .. } => None,
        };
        value.into_iter().chain(&self.default)
    }

    /// Reports whether values that the account has and the mapping does not give are left there, whatever else the
    /// mapping says: `AppRoleAssignmentsComplex`.
    pub(in crate::planning) fn only_adds(&self) -> bool {
        matches!(&self.value, CompiledValue::Expression(value) if value.only_adds())
    }

    /// Reports whether the attribute is left alone where there is no value, whatever else the mapping says:
    /// `IgnoreFlowIfNullOrEmpty`.
    pub(in crate::planning) fn ignores_nothing(&self) -> bool {
        matches!(&self.value, CompiledValue::Expression(value) if value.ignores_nothing())
    }
}

/// Where the value comes from.
pub(in crate::planning) enum CompiledValue {
    Expression(Expression),
    Reference(usize),
    Secret { policy: String, recipient: String },
}

impl Compiler<'_> {
    /// Compiles a mapping, or notes what is wrong with it.
    pub(super) fn mapping(
        &mut self,
        rule: &AccountRule,
        mapping: &Mapping,
        column: usize,
        target: &Column,
        names: &PersonNames<'_>,
        references: &[String],
    ) -> Option<CompiledMapping> {
        let value = match &mapping.value {
            MappedValue::Expression(source) => CompiledValue::Expression(self.mapped(source, names, target)?),
            MappedValue::Reference(source) => self.reference(source, references)?,
            MappedValue::Secret { policy, deliver } => CompiledValue::Secret {
                policy: policy.clone(),
                recipient: deliver.first().cloned().unwrap_or_default(),
            },
        };
        let default = match &mapping.default {
            None => None,
            Some(default) => Some(self.mapped(&default.source, names, target)?),
        };
        if let (Some(given), CompiledValue::Expression(value)) = (&mapping.default, &value)
            && value.is_unique_choice()
        {
            let message = format!(
                "`{}` is chosen so that it is free: it has no default",
                target.name
            );
            self.refuse(&given.source, message, "put the default behind the other choices");
            return None;
        }
        if let (ValuesPolicy::Merge, false, MappedValue::Expression(source)) =
            (mapping.values, target.multi_valued, &mapping.value)
        {
            let message = format!(
                "accounts `{}`: `{}` holds one value: there is nothing to merge it with",
                rule.name, target.name
            );
            self.refuse(source, message, "write `values = \"keep\"`, or take `values` out");
            return None;
        }
        Some(CompiledMapping {
            column,
            target: Column {
                comparison: mapping.comparison.unwrap_or(target.comparison),
                ..target.clone()
            },
            value,
            default,
        })
    }

    fn reference(&mut self, source: &Source, references: &[String]) -> Option<CompiledValue> {
        let name = source.text.trim().trim_start_matches('[').trim_end_matches(']');
        let found = references
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name));
        if found.is_none() {
            let message = format!("`{name}` is no reference between people");
            self.refuse(
                source,
                message,
                format!("the references are: {}", references.join(", ")),
            );
        }
        found.map(CompiledValue::Reference)
    }
}
