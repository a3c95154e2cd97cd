//! One expression, where it stands: what it may give there is settled before anybody is looked at.

use super::{Compiler, RuleError};
use crate::{
    expression::{Diagnostic, Expression, Gives, Names, Target},
    model::{Column, ValueType},
    planning::rules::Source,
};

/// Describes something that is no attribute of a target: a first day, a container.
pub(super) fn one(name: &str, gives: Gives) -> Target<'_> {
    Target {
        attribute: name,
        gives: Some(gives),
        secret: false,
    }
}

/// Describes a column that values are written to. One that holds several takes whatever gives any; of several values
/// for a text there may be but one, which is seen when there are people.
pub(in super::super) fn written(column: &Column) -> Target<'_> {
    let kind = kind(column.value_type);
    Target {
        gives: (!column.multi_valued && kind != Gives::Text).then_some(kind),
        ..Target::of(&column.name)
    }
}

/// Describes a column that one value is looked for in.
pub(super) fn matched(column: &Column) -> Target<'_> {
    one(&column.name, kind(column.value_type))
}

const fn kind(value_type: ValueType) -> Gives {
    match value_type {
        ValueType::Integer => Gives::Number,
        ValueType::Boolean => Gives::Truth,
        ValueType::Date | ValueType::Instant => Gives::Time,
        ValueType::Text | ValueType::Binary | ValueType::Reference => Gives::Text,
    }
}

impl Compiler<'_> {
    /// Compiles the value of an attribute of an account. It alone may be random, for it alone is kept for somebody.
    pub(super) fn mapped(
        &mut self,
        source: &Source,
        names: &dyn Names,
        column: &Column,
    ) -> Option<Expression> {
        let compiled = Expression::compile_for(&source.text, names, &written(column));
        self.take(source, compiled)
    }

    /// Compiles a value that must come out the same each time it is asked for.
    pub(super) fn value(
        &mut self,
        source: &Source,
        names: &dyn Names,
        target: &Target<'_>,
    ) -> Option<Expression> {
        let compiled = Expression::compile_for(&source.text, names, target);
        let compiled = self.take(source, compiled)?;
        self.steady(source, compiled, target.attribute)
    }

    /// Compiles a condition; `what` is what it decides.
    pub(super) fn condition(&mut self, source: &Source, names: &dyn Names, what: &str) -> Option<Expression> {
        let compiled = Expression::compile_condition(&source.text, names);
        let compiled = self.take(source, compiled)?;
        self.steady(source, compiled, what)
    }

    fn steady(&mut self, source: &Source, expression: Expression, what: &str) -> Option<Expression> {
        if !expression.draws() {
            return Some(expression);
        }
        self.refuse(
            source,
            format!("`{what}` cannot be random: nothing would stay as it is"),
            "random values are for the attributes of accounts, where they are kept",
        );
        None
    }

    fn take(&mut self, source: &Source, compiled: Result<Expression, Vec<Diagnostic>>) -> Option<Expression> {
        compiled
            .map_err(|diagnostics| {
                self.errors
                    .extend(diagnostics.into_iter().map(|diagnostic| RuleError {
                        source: Some(source.clone()),
                        inner: diagnostic.span.start..diagnostic.span.end,
                        message: diagnostic.message,
                        hint: diagnostic.hint,
                    }));
            })
            .ok()
    }

    /// Notes that an expression that is sound by itself cannot stand where it does.
    pub(super) fn refuse(&mut self, source: &Source, message: String, hint: impl Into<String>) {
        self.errors.push(RuleError {
            source: Some(source.clone()),
            inner: 0..source.text.len(),
            message,
            hint: Some(hint.into()),
        });
    }
}
