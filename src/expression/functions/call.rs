//! One call of a function: its arguments, evaluated when they are asked for.

use std::borrow::Cow;

use crate::{
    expression::{
        Fault, Moment, Span,
        code::{CallCode, Node},
        convert,
        evaluate::{self, Context, MAXIMUM_VALUE},
        pattern::{self, Pattern},
        time::When,
    },
    model::Value,
};

/// A function's view of its call. Arguments are counted from 0.
pub(in crate::expression) struct Call<'e, 'a> {
    pub(in crate::expression) context: &'e Context<'e, 'a>,
    pub(in crate::expression) span: Span,
    pub(in crate::expression) code: &'a CallCode,
}

impl<'a> Call<'_, 'a> {
    /// Returns an argument's code, unless its slot is empty.
    pub(super) fn node(&self, index: usize) -> Option<&'a Node> {
        self.code.arguments.get(index).and_then(Option::as_ref)
    }

    /// Returns how many slots were written.
    pub(super) fn count(&self) -> usize {
        self.code.arguments.len()
    }

    /// Reports whether a slot holds more than nothing and more than a literal `""`.
    pub(super) fn given(&self, index: usize) -> bool {
        given(&self.code.arguments, index)
    }

    /// Returns when it is evaluated, and for whom.
    pub(super) fn moment(&self) -> &Moment<'_> {
        self.context.moment
    }

    /// Makes a fault at an argument.
    pub(super) fn fault(&self, index: usize, message: impl Into<String>) -> Fault {
        Fault::new(self.node(index).map_or(self.span, |node| node.span), message)
    }

    /// Evaluates an argument; an empty slot is null.
    pub(super) fn value(&self, index: usize) -> Result<Value<'a>, Fault> {
        self.node(index)
            .map_or(Ok(Value::Null), |node| self.context.value(node))
    }

    /// Evaluates an argument as one text.
    pub(super) fn text(&self, index: usize) -> Result<Option<Cow<'a, str>>, Fault> {
        self.node(index).map_or(Ok(None), |node| self.context.text(node))
    }

    /// Evaluates an argument as a number.
    pub(super) fn number(&self, index: usize) -> Result<Option<i64>, Fault> {
        convert::number(self.value(index)?).map_err(|message| self.fault(index, message))
    }

    /// Evaluates an argument as a number that has to be there.
    pub(super) fn wanted_number(&self, index: usize) -> Result<i64, Fault> {
        self.number(index)?.ok_or_else(|| {
            let name = self.code.function.parameter(index).unwrap_or("number");
            self.fault(index, format!("the number `{name}` is empty"))
        })
    }

    /// Evaluates an argument as a condition.
    pub(super) fn truth(&self, index: usize) -> Result<bool, Fault> {
        self.node(index)
            .map_or(Ok(false), |node| self.context.truth(node))
    }

    /// Evaluates an argument as a date; `None` where there is nothing.
    pub(super) fn when(&self, index: usize) -> Result<Option<When>, Fault> {
        self.when_of(index, self.value(index)?)
    }

    /// Takes the value of an argument for a date.
    pub(super) fn when_of(&self, index: usize, value: Value<'a>) -> Result<Option<When>, Fault> {
        if value.is_nothing() {
            return Ok(None);
        }
        if let Some(when) = When::of(&value) {
            return Ok(Some(when));
        }
        match convert::text(value).map_err(|message| self.fault(index, message))? {
            None => Ok(None),
            Some(text) => When::read(&text).map(Some).ok_or_else(|| {
                self.fault(
                    index,
                    format!(
                        "`{}` is not a date; give its form with `FormatDateTime`",
                        convert::shortened(&text)
                    ),
                )
            }),
        }
    }

    /// Applies a change to the first argument, to each value if there are several; nothing stays the nothing it is.
    pub(super) fn each_text(
        &self,
        change: impl Fn(Cow<'a, str>) -> Result<Cow<'a, str>, Fault>,
    ) -> Result<Value<'a>, Fault> {
        let one = |value: Value<'a>| match value {
            Value::Absent | Value::Null => Ok(value),
            Value::Text(text) => change(text).map(Value::Text),
            other => match convert::text(other).map_err(|message| self.fault(0, message))? {
                Some(text) => change(text).map(Value::Text),
                None => Ok(Value::Null),
            },
        };
        let values = match self.value(0)? {
            Value::List(values) => values,
            value => return one(value),
        };
        let mut size = 0;
        let mut changed = Vec::with_capacity(values.len());
        for value in values {
            let value = one(value)?;
            if let Value::Text(text) = &value {
                size += text.len();
            }
            if size > MAXIMUM_VALUE {
                return Err(evaluate::too_large(self.span));
            }
            changed.push(value);
        }
        Ok(Value::List(changed))
    }

    /// Applies a pattern argument, compiled beforehand if it was written as a text.
    pub(super) fn with_pattern<T>(
        &self,
        index: usize,
        apply: impl FnOnce(&Pattern) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if let Some(pattern) = &self.code.pattern {
            return apply(pattern);
        }
        let text = self.text(index)?.unwrap_or_default();
        self.context.charge(pattern::COMPILING, self.span)?;
        apply(&pattern::anywhere(&text).map_err(|message| self.fault(index, message))?)
    }

    /// Appends to a text that must not grow past the limit.
    pub(super) fn push(&self, out: &mut String, text: &str) -> Result<(), Fault> {
        if out.len() + text.len() > MAXIMUM_VALUE {
            return Err(evaluate::too_large(self.span));
        }
        out.push_str(text);
        Ok(())
    }
}

/// Reports whether a slot holds more than nothing and more than a literal `""`.
pub(super) fn given(arguments: &[Option<Node>], index: usize) -> bool {
    match arguments.get(index) {
        Some(Some(node)) => !node.is_empty_text(),
        _ => false,
    }
}
