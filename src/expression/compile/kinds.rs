//! What kinds of values parts give, and which of them cannot be meant: found before any record is read.

use super::Compiler;
use crate::expression::{
    Diagnostic, Names,
    code::{Code, Node, TestCode},
    convert,
    functions::{FunctionDoc, Gives},
    time::When,
    token::Comparison,
};

/// Names a kind, for a message.
pub(in crate::expression) fn word(kind: Gives) -> &'static str {
    match kind {
        Gives::Text => "a text",
        Gives::Number => "a number",
        Gives::Truth => "true or false",
        Gives::Time => "a date",
        Gives::List => "several values",
        Gives::Anything => "a value",
    }
}

/// Returns what a node always gives, as far as that is known.
pub(in crate::expression) fn kind(node: &Node, names: &dyn Names) -> Gives {
    match &node.code {
        Code::Text(_) => Gives::Text,
        Code::Integer(_) => Gives::Number,
        Code::Boolean(_) | Code::Not(_) | Code::All(_) | Code::Any(_) | Code::Test { .. } => Gives::Truth,
        Code::Attribute(slot) => names.gives(*slot).unwrap_or(Gives::Anything),
        Code::Call(call) => match call.function.name {
            "IIF" => common(call.arguments.get(1..).unwrap_or_default(), names),
            "Coalesce" | "SelectUniqueValue" | "IgnoreFlowIfNullOrEmpty" | "Redact" => {
                common(&call.arguments, names)
            }
            _ => call.function.gives,
        },
    }
}

/// Returns the kind all of several nodes give.
fn common(nodes: &[Option<Node>], names: &dyn Names) -> Gives {
    let mut kinds = nodes.iter().flatten().map(|node| kind(node, names));
    let Some(first) = kinds.next() else {
        return Gives::Anything;
    };
    if kinds.all(|kind| kind == first) {
        first
    } else {
        Gives::Anything
    }
}

impl Compiler<'_, '_> {
    /// Returns what a node always gives, as far as that is known.
    pub(super) fn kind(&self, node: &Node) -> Gives {
        kind(node, self.names)
    }

    /// Complains about arguments that can never be what the function wants.
    pub(super) fn check_arguments(&mut self, function: &'static FunctionDoc, arguments: &[Option<Node>]) {
        for (index, node) in arguments.iter().enumerate() {
            let Some(node) = node else { continue };
            let kind = self.kind(node);
            let (wanted, fits) = match function.taken(index) {
                b't' => ("one text", kind != Gives::List),
                b'n' => (
                    "a number",
                    match (&node.code, kind) {
                        (Code::Text(text), _) => text.is_empty() || text.trim().parse::<i64>().is_ok(),
                        (_, kind) => !matches!(kind, Gives::Truth | Gives::Time | Gives::List),
                    },
                ),
                b'd' => (
                    "a date",
                    match (&node.code, kind) {
                        (Code::Text(text), _) => text.is_empty() || When::read(text).is_some(),
                        (_, kind) => matches!(kind, Gives::Text | Gives::Time | Gives::Anything),
                    },
                ),
                b'D' => ("a date", !matches!(kind, Gives::Truth | Gives::List)),
                _ => continue,
            };
            if fits {
                continue;
            }
            let given = match &node.code {
                Code::Text(text) => format!("the text `{}`", convert::shortened(text)),
                _ => word(kind).to_owned(),
            };
            let name = function.parameter(index).unwrap_or("argument");
            let message = format!(
                "`{}` wants {wanted} for `{name}`, this gives {given}",
                function.name
            );
            let hint = match kind {
                Gives::List => "take one value with `Item`, or put them together with `Join`".to_owned(),
                _ => format!("write it as `{}`", function.signature),
            };
            self.report(Diagnostic::new(node.span, message).hint(hint));
        }
    }

    /// Complains about a comparison that can never hold.
    pub(super) fn check_comparison(&mut self, value: &Node, test: &TestCode) {
        match test {
            TestCode::Every(inner) => self.check_comparison(value, inner),
            TestCode::Compare(comparison, side) => self.check_pair(value, side, *comparison),
            TestCode::In(choices) => {
                for choice in choices {
                    self.check_pair(value, choice, Comparison::Equal);
                }
            }
            TestCode::Matches(side, _) | TestCode::Search(_, side) => {
                let kind = self.kind(side);
                if matches!(kind, Gives::Truth | Gives::List | Gives::Time) {
                    let message = format!("a text is wanted here, this gives {}", word(kind));
                    self.report(Diagnostic::new(side.span, message));
                }
            }
            TestCode::Present | TestCode::Null => {}
        }
    }

    fn check_pair(&mut self, left: &Node, right: &Node, comparison: Comparison) {
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::Unequal);
        let (a, b) = (self.kind(left), self.kind(right));
        if meet(a, right, b, ordered) && meet(b, left, a, ordered) {
            return;
        }
        let name = |node: &Node, kind| match &node.code {
            Code::Text(text) => format!("the text `{}`", convert::shortened(text)),
            _ => word(kind).to_owned(),
        };
        let message = format!(
            "`{}` cannot compare {} with {}",
            comparison.sign(),
            name(left, a),
            name(right, b)
        );
        let hint = match (a, b) {
            (Gives::Time, _) | (_, Gives::Time) => "a date is written like `\"2026-11-21\"`",
            (Gives::Truth, _) | (_, Gives::Truth) => "truth values are `true` and `false`",
            _ => "both sides must be of one kind",
        };
        self.report(Diagnostic::new(right.span, message).hint(hint));
    }
}

/// Reports whether a value of one kind can ever be compared with another node.
fn meet(kind: Gives, other: &Node, other_kind: Gives, ordered: bool) -> bool {
    let text = match &other.code {
        Code::Text(text) => Some(&**text),
        _ => None,
    };
    match (kind, other_kind) {
        (Gives::Time, Gives::Number | Gives::Truth) => false,
        (Gives::Time, Gives::Text) => text.is_none_or(|text| text.is_empty() || When::read(text).is_some()),
        (Gives::Truth, Gives::Number) => !ordered,
        (Gives::Truth, Gives::Text) => {
            !ordered && text.is_none_or(|text| text.is_empty() || convert::truth_text(text).is_some())
        }
        (Gives::Number, Gives::Text) => {
            text.is_none_or(|text| text.is_empty() || text.trim().parse::<f64>().is_ok())
        }
        _ => true,
    }
}
