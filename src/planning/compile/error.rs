//! What is wrong with a rule, and where.

use std::ops::Range;

use crate::planning::rules::Source;

/// A rule that cannot be followed. The expression says where in the configuration it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The expression at fault; `None` if it is not one expression.
    pub source: Option<Source>,
    /// The bytes of the expression that are wrong.
    pub inner: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl std::fmt::Display for RuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(f, " in `{}`", source.text)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}
