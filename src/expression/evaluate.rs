//! Code → value, for one row at one moment.

use std::cell::Cell;

use crate::model::Value;

use super::{
    Fault, Moment, Row, Span,
    code::{Code, Node, TestCode},
    compare, convert,
    functions::Call,
    pattern::{self, Pattern},
    syntax::Search,
    trace::Tracer,
};

/// Largest value an expression may make, in bytes.
pub const MAXIMUM_VALUE: usize = 1 << 20;

/// How many steps an evaluation may take: about one a byte that is read or written. Time would depend on the
/// machine, and the same plan must come out everywhere; this many take about 10 ms.
pub(super) const MAXIMUM_STEPS: usize = 10_000_000;

/// Everything an evaluation needs to know.
pub(super) struct Context<'e, 'a> {
    pub(super) row: &'e dyn Row<'a>,
    pub(super) moment: &'e Moment<'e>,
    /// What `Counter()` gives.
    pub(super) counter: u32,
    pub(super) tracer: Option<&'e Tracer<'e>>,
    /// Steps taken so far.
    pub(super) spent: Cell<usize>,
}

impl<'a> Context<'_, 'a> {
    /// Counts steps; a fault once there are too many.
    #[inline]
    pub(super) fn charge(&self, steps: usize, span: Span) -> Result<(), Fault> {
        let spent = self.spent.get().saturating_add(steps);
        self.spent.set(spent);
        if spent > MAXIMUM_STEPS {
            return Err(too_long(span));
        }
        Ok(())
    }

    /// Evaluates a node.
    pub(super) fn value(&self, node: &'a Node) -> Result<Value<'a>, Fault> {
        let Some(tracer) = self.tracer else {
            return self.compute(node);
        };
        let hides = matches!(&node.code, Code::Call(call) if call.function.name == "Redact");
        tracer.enter(hides);
        let result = self.compute(node);
        tracer.leave(node.span, &result, hides, node.calls("Redact"));
        result
    }

    /// Evaluates a node as a condition.
    pub(super) fn truth(&self, node: &'a Node) -> Result<bool, Fault> {
        convert::truth(self.value(node)?).map_err(|message| Fault::new(node.span, message))
    }

    /// Refuses a value that is too large, and counts what it took to make it.
    #[inline]
    fn bounded(&self, value: Value<'a>, span: Span) -> Result<Value<'a>, Fault> {
        let size = size(&value);
        if size > MAXIMUM_VALUE {
            return Err(too_large(span));
        }
        self.charge(size + 8, span)?;
        Ok(value)
    }

    fn compute(&self, node: &'a Node) -> Result<Value<'a>, Fault> {
        Ok(match &node.code {
            Code::Text(text) => Value::text(text),
            Code::Integer(number) => Value::Integer(*number),
            Code::Boolean(truth) => Value::Boolean(*truth),
            Code::Attribute(slot) => return self.bounded(self.row.get(*slot), node.span),
            Code::Call(code) => {
                let value = (code.function.run)(&Call {
                    context: self,
                    span: node.span,
                    code,
                })?;
                return self.bounded(value, node.span);
            }
            Code::Not(inner) => Value::Boolean(!self.truth(inner)?),
            Code::All(nodes) => {
                for node in nodes {
                    if !self.truth(node)? {
                        return Ok(Value::Boolean(false));
                    }
                }
                Value::Boolean(true)
            }
            Code::Any(nodes) => {
                for node in nodes {
                    if self.truth(node)? {
                        return Ok(Value::Boolean(true));
                    }
                }
                Value::Boolean(false)
            }
            Code::Test { value, test, negated } => {
                Value::Boolean(self.test(node.span, value, test, *negated)?)
            }
        })
    }

    fn test(&self, span: Span, value: &'a Node, test: &'a TestCode, negated: bool) -> Result<bool, Fault> {
        let left = self.value(value)?;
        match test {
            TestCode::Present => return Ok(left.is_nothing() == negated),
            TestCode::Null => return Ok(matches!(left, Value::Absent | Value::Null) != negated),
            TestCode::Every(inner) => {
                for one in left.each() {
                    if one.is_nothing() || !self.ask(span, one, inner, negated)? {
                        return Ok(false);
                    }
                }
                return Ok(!left.is_nothing());
            }
            _ => {}
        }
        if left.is_nothing() {
            return Ok(false);
        }
        self.ask(span, &left, test, negated)
    }

    /// Asks something of a value that is there.
    fn ask(&self, span: Span, left: &Value<'a>, test: &'a TestCode, negated: bool) -> Result<bool, Fault> {
        let held = match test {
            TestCode::Present | TestCode::Null | TestCode::Every(_) => true,
            TestCode::Compare(comparison, side) => {
                let right = self.value(side)?;
                return compare::holds(*comparison, left, &right, self.moment)
                    .map_err(|message| Fault::new(span, message));
            }
            TestCode::In(choices) => {
                let mut found = false;
                for choice in choices {
                    if compare::equal_any(left, &self.value(choice)?, self.moment) {
                        found = true;
                        break;
                    }
                }
                found
            }
            TestCode::Matches(side, pattern) => {
                return self.matches(span, left, side, pattern.as_ref(), negated);
            }
            TestCode::Search(search, side) => {
                let Some(needle) = self.text(side)?.filter(|needle| !needle.is_empty()) else {
                    return Ok(false);
                };
                let needle: &str = &needle;
                left.each().any(|one| {
                    one.as_text().is_some_and(|text| match search {
                        Search::Start => text.starts_with(needle),
                        Search::End => text.ends_with(needle),
                        Search::Anywhere => text.contains(needle),
                    })
                })
            }
        };
        Ok(held != negated)
    }

    fn matches(
        &self,
        span: Span,
        left: &Value<'a>,
        side: &'a Node,
        pattern: Option<&Pattern>,
        negated: bool,
    ) -> Result<bool, Fault> {
        let made;
        let pattern = if let Some(pattern) = pattern {
            pattern
        } else {
            let Some(written) = self.text(side)? else {
                return Ok(false);
            };
            self.charge(pattern::COMPILING, side.span)?;
            made = pattern::whole(&written).map_err(|message| Fault::new(side.span, message))?;
            &made
        };
        for one in left.each() {
            if let Some(text) = one.as_text()
                && pattern.is_match(&text, self, span)?
            {
                return Ok(!negated);
            }
        }
        Ok(negated)
    }

    /// Evaluates a node as one text; `None` where there is nothing.
    pub(super) fn text(&self, node: &'a Node) -> Result<Option<std::borrow::Cow<'a, str>>, Fault> {
        if let (Code::Text(text), None) = (&node.code, self.tracer) {
            return Ok(Some(std::borrow::Cow::Borrowed(text)));
        }
        convert::text(self.value(node)?).map_err(|message| Fault::new(node.span, message))
    }
}

/// Returns about how many bytes a value takes.
#[inline]
fn size(value: &Value<'_>) -> usize {
    const CELL: usize = 32;
    match value {
        Value::Text(text) => text.len(),
        Value::Binary(octets) => octets.len(),
        Value::List(values) => values.iter().map(|value| CELL + size(value)).sum(),
        Value::Complex(parts) => parts
            .iter()
            .map(|(name, value)| CELL + name.len() + size(value))
            .sum(),
        _ => 0,
    }
}

/// Says that an evaluation has taken too long.
#[cold]
fn too_long(span: Span) -> Fault {
    Fault::new(
        span,
        "this takes too many steps; shorten the texts with `Left`, or the list, first",
    )
}

/// Says that a value has grown too large.
pub(super) fn too_large(span: Span) -> Fault {
    Fault::new(
        span,
        "this would be larger than 1 MiB; shorten its parts with `Left` first",
    )
}
