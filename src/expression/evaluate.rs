//! Code → value, for one row at one moment.

use crate::model::Value;

use super::{
    Fault, Moment, Row, Span,
    code::{Code, Node, TestCode},
    compare, convert,
    functions::Call,
    pattern,
    syntax::Search,
    trace::Tracer,
};

/// Largest value an expression may make, in bytes.
pub const MAXIMUM_VALUE: usize = 1 << 20;

/// Everything an evaluation needs to know.
pub(super) struct Context<'e, 'a> {
    pub(super) row: &'e dyn Row<'a>,
    pub(super) moment: &'e Moment<'e>,
    /// What `Counter()` gives.
    pub(super) counter: u32,
    pub(super) tracer: Option<&'e Tracer<'e>>,
}

impl<'a> Context<'_, 'a> {
    /// Evaluates a node.
    pub(super) fn value(&self, node: &'a Node) -> Result<Value<'a>, Fault> {
        let Some(tracer) = self.tracer else {
            return self.compute(node);
        };
        tracer.enter();
        let result = self.compute(node);
        tracer.leave(node.span, &result);
        result
    }

    /// Evaluates a node as a condition.
    pub(super) fn truth(&self, node: &'a Node) -> Result<bool, Fault> {
        convert::truth(self.value(node)?).map_err(|message| Fault::new(node.span, message))
    }

    fn compute(&self, node: &'a Node) -> Result<Value<'a>, Fault> {
        Ok(match &node.code {
            Code::Text(text) => Value::text(text),
            Code::Integer(number) => Value::Integer(*number),
            Code::Boolean(truth) => Value::Boolean(*truth),
            Code::Attribute(slot) => self.row.get(*slot),
            Code::Call(code) => {
                let value = (code.function.run)(&Call {
                    context: self,
                    span: node.span,
                    code,
                })?;
                return bounded(value, node.span);
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
        if matches!(test, TestCode::Present) {
            return Ok(left.is_nothing() == negated);
        }
        if left.is_nothing() {
            return Ok(false);
        }
        let held = match test {
            TestCode::Present => true,
            TestCode::Compare(comparison, side) => {
                let right = self.value(side)?;
                return compare::holds(*comparison, &left, &right, self.moment)
                    .map_err(|message| Fault::new(span, message));
            }
            TestCode::In(choices) => {
                let mut found = false;
                for choice in choices {
                    if compare::equal_any(&left, &self.value(choice)?, self.moment) {
                        found = true;
                        break;
                    }
                }
                found
            }
            TestCode::Matches(_, Some(regex)) => any_text(&left, |text| regex.is_match(text)),
            TestCode::Matches(side, None) => {
                let Some(written) = self.text(side)? else {
                    return Ok(false);
                };
                let regex = pattern::whole(&written).map_err(|message| Fault::new(side.span, message))?;
                any_text(&left, |text| regex.is_match(text))
            }
            TestCode::Search(search, side) => {
                let Some(needle) = self.text(side)?.filter(|needle| !needle.is_empty()) else {
                    return Ok(false);
                };
                let needle: &str = &needle;
                any_text(&left, |text| match search {
                    Search::Start => text.starts_with(needle),
                    Search::End => text.ends_with(needle),
                    Search::Anywhere => text.contains(needle),
                })
            }
        };
        Ok(held != negated)
    }

    /// Evaluates a node as one text; `None` where there is nothing.
    pub(super) fn text(&self, node: &'a Node) -> Result<Option<std::borrow::Cow<'a, str>>, Fault> {
        convert::text(self.value(node)?).map_err(|message| Fault::new(node.span, message))
    }
}

fn any_text(value: &Value<'_>, test: impl Fn(&str) -> bool) -> bool {
    value
        .each()
        .any(|one| one.as_text().is_some_and(|text| test(&text)))
}

/// Refuses a value that has grown too large.
fn bounded(value: Value<'_>, span: Span) -> Result<Value<'_>, Fault> {
    match &value {
        Value::Text(text) if text.len() > MAXIMUM_VALUE => Err(too_large(span)),
        Value::List(values) if values.len() > MAXIMUM_VALUE => Err(too_large(span)),
        _ => Ok(value),
    }
}

/// Says that a value has grown too large.
pub(super) fn too_large(span: Span) -> Fault {
    Fault::new(
        span,
        "this would be larger than 1 MiB; shorten its parts with `Left` first",
    )
}
