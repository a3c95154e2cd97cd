//! What one attribute of an account should hold, and what becomes of what it holds already.

use serde::{Deserialize, Serialize};

use super::Source;
use crate::model::{Comparison, Value};

/// What one attribute of an account should hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// The target attribute.
    pub attribute: String,
    /// Where the value comes from.
    pub value: MappedValue,
    /// What is taken where there is no value.
    pub default: Option<DefaultValue>,
    /// Only when the account is made.
    pub on_create_only: bool,
    /// What nothing does at the target.
    pub null: NullPolicy,
    /// What an empty text or list does; without it the same as [`Self::null`].
    pub empty: Option<NullPolicy>,
    /// What an attribute does that the source does not have; without it the same as [`Self::null`].
    pub absent: Option<NullPolicy>,
    /// What becomes of the values the account has.
    pub values: ValuesPolicy,
    /// How values are compared; without it as the target's schema says.
    pub comparison: Option<Comparison>,
    /// Masked on screen and in exports.
    pub marked: bool,
}

impl Mapping {
    /// Makes a mapping that replaces what the account has, and leaves it alone where there is no value.
    pub fn new(attribute: impl Into<String>, value: MappedValue) -> Self {
        Self {
            attribute: attribute.into(),
            value,
            default: None,
            on_create_only: false,
            null: NullPolicy::Skip,
            empty: None,
            absent: None,
            values: ValuesPolicy::Replace,
            comparison: None,
            marked: false,
        }
    }

    /// Iterates over its expressions: the value and the default.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let value = match &self.value {
            MappedValue::Expression(source) | MappedValue::Reference(source) => Some(source),
            MappedValue::Secret { .. } => None,
        };
        let default = self.default.as_ref().map(|default| &default.source);
        value.into_iter().chain(default)
    }

    /// Reports whether a value that is nothing clears the attribute: each kind of nothing may do another thing.
    pub fn clears(&self, nothing: &Value<'_>) -> bool {
        let policy = match nothing {
            Value::Absent => self.absent,
            Value::Null => None,
            _ => self.empty,
        };
        policy.unwrap_or(self.null) == NullPolicy::Clear
    }
}

/// Where a mapped value comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MappedValue {
    /// An expression on the record of the rule's `from`.
    Expression(Source),
    /// The account, in the same system, of the person a reference names.
    Reference(Source),
    /// A secret drawn by a policy when it is written.
    Secret {
        /// The policy.
        policy: String,
        /// The command it is handed to.
        deliver: Vec<String>,
    },
}

/// What is taken where a mapping gives nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefaultValue {
    /// The expression.
    pub source: Source,
    /// Only when the account is made: an account that is there is not given it.
    pub on_create_only: bool,
}

/// What a mapping that gives nothing does at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NullPolicy {
    /// Leaves what is there.
    #[default]
    Skip,
    /// Clears the attribute.
    Clear,
}

/// What becomes of the values that an account has in a mapped attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValuesPolicy {
    /// It is to have the mapped values and no others.
    #[default]
    Replace,
    /// It is to have the mapped values as well: others stay.
    Merge,
    /// Whatever it has is kept; only an account that has none is given the mapped values.
    Keep,
}
