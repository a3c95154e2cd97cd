//! What is evaluated: the tree with every name resolved and every literal pattern compiled.

use super::{Slot, Span, functions::FunctionDoc, pattern::Pattern, syntax::Search, token::Comparison};

/// One part, ready to be evaluated.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) code: Code,
}

/// What a node does.
#[derive(Debug, Clone)]
pub(super) enum Code {
    Text(Box<str>),
    Integer(i64),
    Boolean(bool),
    Attribute(Slot),
    Call(Box<CallCode>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Test {
        value: Box<Node>,
        test: TestCode,
        negated: bool,
    },
}

/// A call of a function; an empty slot is `None`.
#[derive(Debug, Clone)]
pub(super) struct CallCode {
    pub(super) function: &'static FunctionDoc,
    pub(super) arguments: Vec<Option<Node>>,
    /// The function's pattern, if it was written as a text.
    pub(super) pattern: Option<Pattern>,
}

/// What is asked of a value.
#[derive(Debug, Clone)]
pub(super) enum TestCode {
    Compare(Comparison, Box<Node>),
    In(Vec<Node>),
    Matches(Box<Node>, Option<Pattern>),
    Search(Search, Box<Node>),
    Present,
    Null,
    /// The same of every value, not of any.
    Every(Box<TestCode>),
}

impl TestCode {
    /// Lists the nodes the test compares with.
    fn sides(&self) -> &[Node] {
        match self {
            Self::Compare(_, node) | Self::Matches(node, _) | Self::Search(_, node) => {
                std::slice::from_ref(&**node)
            }
            Self::In(nodes) => nodes,
            Self::Every(test) => test.sides(),
            Self::Present | Self::Null => &[],
        }
    }
}

impl Node {
    /// Reports whether the node is a literal `""`.
    pub(super) fn is_empty_text(&self) -> bool {
        matches!(&self.code, Code::Text(text) if text.is_empty())
    }

    /// Reports whether the node, or anything in it, calls this function.
    pub(super) fn calls(&self, name: &str) -> bool {
        match &self.code {
            Code::Call(call) => {
                call.function.name == name || call.arguments.iter().flatten().any(|node| node.calls(name))
            }
            Code::Not(node) => node.calls(name),
            Code::All(nodes) | Code::Any(nodes) => nodes.iter().any(|node| node.calls(name)),
            Code::Test { value, test, .. } => {
                value.calls(name) || test.sides().iter().any(|node| node.calls(name))
            }
            _ => false,
        }
    }

    /// Reports whether what the node gives may be another value at another time.
    pub(super) fn asks_for_time(&self) -> bool {
        self.calls("Now") || self.calls("Today") || self.reads_partial_dates()
    }

    /// Reports whether a date may be read by a form that leaves out the year: it is this year's.
    fn reads_partial_dates(&self) -> bool {
        let Code::Call(call) = &self.code else {
            return self.calls("FormatDateTime");
        };
        let names_the_year = |form: &Self| {
            let Code::Text(text) = &form.code else {
                return false;
            };
            text.is_empty() || text.contains("yy") && !text.contains(['\'', '"', '\\', '%'])
        };
        let form = call.arguments.get(2).and_then(Option::as_ref);
        let is_partial =
            call.function.name == "FormatDateTime" && form.is_some_and(|form| !names_the_year(form));
        is_partial || call.arguments.iter().flatten().any(Self::reads_partial_dates)
    }
}
