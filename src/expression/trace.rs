//! Why an expression gave what it gave: the value of every part that was evaluated, as a tree.

use std::cell::{Cell, RefCell};

use crate::model::Value;

use super::{Fault, Span};

/// A part of an expression and what it gave; branches that were not taken are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Where the part stands.
    pub span: Span,
    /// The part as it was written.
    pub text: String,
    /// What it gave, or why it gave nothing.
    pub value: Result<Value<'static>, String>,
    /// The parts it was made from, in the order they were evaluated.
    pub children: Vec<Trace>,
}

/// Collects traces while an evaluation goes down and up.
pub(super) struct Tracer<'t> {
    text: &'t str,
    open: RefCell<Vec<Vec<Trace>>>,
    /// How many parts that hide what is in them are being evaluated.
    hiding: Cell<usize>,
}

/// What is shown of a value that `Redact` hides.
const HIDDEN: &str = "[Redact]";

impl<'t> Tracer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            open: RefCell::new(vec![Vec::new()]),
            hiding: Cell::new(0),
        }
    }

    pub(super) fn enter(&self, hides: bool) {
        self.hiding.set(self.hiding.get() + usize::from(hides));
        self.open.borrow_mut().push(Vec::new());
    }

    /// Ends a part; `hides` if it hides what is in it, `hidden` if something in it does.
    pub(super) fn leave(&self, span: Span, result: &Result<Value<'_>, Fault>, hides: bool, hidden: bool) {
        let hidden = hidden || self.hiding.get() > 0;
        self.hiding.set(self.hiding.get() - usize::from(hides));
        let mut open = self.open.borrow_mut();
        let children = open.pop().unwrap_or_default();
        let value = match result {
            Ok(_) if hidden => Ok(Value::text(HIDDEN)),
            Err(_) if hidden => Err(HIDDEN.to_owned()),
            Ok(value) => Ok(value.clone().into_owned()),
            Err(fault) => Err(fault.message.clone()),
        };
        let trace = Trace {
            span,
            text: span.of(self.text).to_owned(),
            value,
            children,
        };
        if let Some(siblings) = open.last_mut() {
            siblings.push(trace);
        }
    }

    /// Returns the tree of the outermost part.
    pub(super) fn finish(self) -> Option<Trace> {
        self.open.into_inner().pop()?.pop()
    }
}
