//! The expression language: text → [`Expression`] → [`Value`].
//!
//! It is Microsoft Entra's mapping language, so that an expression copied from there works unchanged, with
//! conditions added. [`Expression::compile`] reads a text once, resolves every name and reports everything that is
//! wrong; evaluating then touches no names, and borrows from the record wherever it can. Nothing here reads a clock:
//! a [`Moment`] is an argument.
//!
//! # What was decided
//!
//! | matter | decision |
//! |---|---|
//! | names of functions, keywords | any case; those of attributes as [`Names`] decides |
//! | `=`, `<>`, `in`, keys of `Switch`, `contains`, `matches` on text | exact, case-sensitive (Entra's EQUALS is) |
//! | a number and a text | equal as numbers; two texts only if they are the same (`"007"` is not `"7"`) |
//! | a truth value and a text | equal in any case (`"True"`) |
//! | a date and a text | as dates; a civil date and an instant as civil dates in the person's zone |
//! | `<`, `<=`, `>`, `>=` | as numbers if both read as numbers, else as dates if both do, else two texts by code point; anything else is a fault |
//! | absent, null or empty on either side of a test | false, also for `<>`, `not in` and `not matches`, as in Entra; `not (…)` turns it round |
//! | `= ""`, `<> ""`, `is absent`, `is empty`, `is present` | whether there is anything: absent, null and empty are the same to them |
//! | `is null` | absent or null, not empty (`IsNull`) |
//! | several values | a test holds if it holds for any (`any` may be written), after `all` if it holds for every one and there is one; `<>` and `not in` if no value is equal |
//! | `matches` | the whole value; `Replace` finds its pattern anywhere |
//! | regular expressions | .NET's named groups, comments, taking classes from classes; linear time; those that look around or back run on texts of up to 2 KiB with a limit on their steps; `$` and `\Z` are the very end |
//! | empty matches in `Replace` | as in .NET, also directly behind another match (`a*` in `aab`: `--b-`) |
//! | `IIF` with a missing slot, `Switch` with one | null |
//! | a text function on nothing | the same nothing; `""` for `Left`, `Mid`, `Word` |
//! | a text function on several values | each of them; a function that wants one value faults |
//! | dates | stay dates; as text they are ISO 8601, never `M/d/yyyy h:mm:ss tt` (`FormatDateTime` writes that) |
//! | a date without time | a civil date; as an instant, midnight in the person's zone |
//! | a date and time without offset | UTC, as in Entra |
//! | `DateAdd`, `DateDiff`, `FormatDateTime` on instants | in UTC, as in Entra; in the person's zone with `"person"` as last argument |
//! | `DateDiff` | as Visual Basic: `yyyy`, `m`, `ww` count boundaries, `d` and less cut the time between |
//! | what an input format lacks | today's, if it has nothing of the date; else this year, the first (.NET) |
//! | characters in `Left`, `Mid`, `InStr` | Unicode scalar values |
//! | `ToLower`, `ToUpper` | one character for one, invariant (`ß` stays); `tr`, `az` by culture |
//! | `RandomString` beyond its minima | filled from the kinds whose minimum is not 0, from letters and digits if all are 0 |
//! | random values | made from the [`Draw`] of person, rule and attribute; refused for secrets ([`Expression::compile_for`]) |
//! | `SingleAppRoleAssignment` of several | the first in the order of the alphabet |
//! | `IsMemberOf` | a DN in any spelling, or a name in any case |
//! | `DefaultDomain()` | put in its place when the expression is compiled ([`Names::default_domain`]) |
//! | `Redact` | the value flows; traces and faults show `[Redact]` ([`Expression::redacts`]) |
//! | `SelectUniqueValue`, `IgnoreFlowIfNullOrEmpty` | outermost only |
//! | limits | 10,000 characters, 64 levels, 64 patterns, values of 1 MiB, and for 10 ms a count of 10,000,000 steps, which is the same on every machine |
//!
//! # Where Microsoft's pages contradict each other
//!
//! | matter | decision |
//! |---|---|
//! | `IIF` with `IsPresent`, `IsNullOrEmpty`: "unsupported" here, recommended there | works; so does `IIF([c] = "", …)` |
//! | disabling: text `"False"` or boolean `false` | a boolean; a text equals it in any case, and the connector writes what its target takes |
//! | null: "cannot be provisioned", or clears | each mapping says: skip, clear or default; expressions keep absent, null and empty apart |
//! | default value: on create only, or whenever the source is empty | whenever the expression gives nothing; `apply = "create"` limits the mapping, not its default |
//! | write-back that blanks the value while the hire date lies ahead, or the opposite | what the expression says: nothing is added to it |
//! | `&`, `!&` in scoping filters | refused, since nobody defines them; write `BitAnd([x], 2) <> 0`, `in (…)` or `contains` |
//! | the sample that drops `+` with `[()\s-]+` | keeps the `+`, which is not in the class |
//! | `Split` trims in the sample only | values trimmed, empty ones dropped |
//! | quarantine codes, retry loops, delivery times and rates, agents | not of the language: the engine has one retry for an operation and one quarantine for a system |
//! | several values, references and groups unsupported on premises, or not | supported wherever the target's schema has them |
//! | null in NOT EQUALS | makes the clause false |

mod about;
mod code;
mod compare;
mod compile;
mod convert;
mod date_format;
mod date_style;
mod draw;
mod evaluate;
mod functions;
mod highlight;
mod lexer;
mod literal;
mod names;
mod parser;
mod pattern;
mod scan;
mod span;
mod suggest;
mod syntax;
#[cfg(test)]
mod tests;
mod time;
mod token;
mod trace;

pub use about::Target;
pub use draw::{Draw, Drawn};
pub use evaluate::MAXIMUM_VALUE;
pub use functions::{FunctionDoc, Gives, functions};
pub use highlight::{TokenClass, highlight};
pub use names::{Moment, Names, Row, Slot};
pub use parser::{MAXIMUM_DEPTH, MAXIMUM_LENGTH};
pub use span::{Diagnostic, Fault, Span};
pub use trace::Trace;

use std::cell::Cell;

use crate::model::Value;
use code::{Code, Node};
use compile::Compiler;
use evaluate::Context;

/// The first number `Counter()` gives.
const FIRST_COUNT: u32 = 2;
/// The last one.
const LAST_COUNT: u32 = 9999;

/// The last number of a try of a rule with random values.
const LAST_DRAW: u32 = 100;

/// An expression, ready to be evaluated on any number of records.
#[derive(Debug, Clone)]
pub struct Expression {
    text: Box<str>,
    node: Node,
    slots: Box<[Slot]>,
    /// Whether there is a random value in it; asked for everybody.
    draws: bool,
}

impl Expression {
    /// Compiles a text. On failure every diagnostic is given, in the order of the text.
    pub fn compile(text: &str, names: &dyn Names) -> Result<Self, Vec<Diagnostic>> {
        Self::build(text, names, false)
    }

    /// Compiles a text that must be able to give a truth value.
    pub fn compile_condition(text: &str, names: &dyn Names) -> Result<Self, Vec<Diagnostic>> {
        Self::build(text, names, true)
    }

    fn build(text: &str, names: &dyn Names, condition: bool) -> Result<Self, Vec<Diagnostic>> {
        let (part, diagnostics) = parser::parse(text);
        let mut compiler = Compiler {
            text,
            names,
            diagnostics,
            slots: Vec::new(),
            in_rule: false,
            patterns: 0,
        };
        let node = compiler.top(part);
        if condition && compiler.diagnostics.is_empty() {
            compiler.expect_truth(&node);
        }
        if compiler.diagnostics.is_empty() {
            return Ok(Self {
                text: text.into(),
                draws: node.calls("Guid") || node.calls("RandomString"),
                node,
                slots: compiler.slots.into(),
            });
        }
        compiler.diagnostics.sort_by_key(|problem| problem.span);
        Err(compiler.diagnostics)
    }

    /// Returns the text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Evaluates the expression on a row. Of `SelectUniqueValue` this is the first rule; see
    /// [`candidates`](Self::candidates).
    #[inline]
    pub fn evaluate<'a, R: Row<'a> + ?Sized>(
        &'a self,
        row: &R,
        moment: &Moment<'_>,
    ) -> Result<Value<'a>, Fault> {
        match &self.node.code {
            Code::Attribute(slot) => Ok(row.get(*slot)),
            _ => Self::run(&self.node, &row, moment, FIRST_COUNT),
        }
    }

    fn run<'a>(
        node: &'a Node,
        row: &dyn Row<'a>,
        moment: &Moment<'_>,
        counter: u32,
    ) -> Result<Value<'a>, Fault> {
        Context {
            row,
            moment,
            counter,
            tracer: None,
            spent: Cell::new(0),
        }
        .value(node)
        .map_err(|fault| {
            if node.calls("Redact") {
                Fault::new(
                    fault.span,
                    "a value that is hidden cannot be made; look at its parts one by one",
                )
            } else {
                fault
            }
        })
    }

    /// Evaluates a condition; absent, null and empty are false.
    pub fn holds<'a, R: Row<'a> + ?Sized>(&'a self, row: &R, moment: &Moment<'_>) -> Result<bool, Fault> {
        let value = self.evaluate(row, moment)?;
        convert::truth(value).map_err(|message| Fault::new(self.node.span, message))
    }

    /// Evaluates the rules of a choice lazily and in order; a rule with `Counter()` is tried with 2, 3, … 9999,
    /// one with random values a hundred times.
    /// Any other expression is its own only rule. Which candidate is free is for the caller to find out.
    pub fn candidates<'a, 'r, R: Row<'a> + ?Sized>(
        &'a self,
        row: &'r R,
        moment: &'r Moment<'r>,
    ) -> impl Iterator<Item = Result<Value<'a>, Fault>> + use<'a, 'r, R> {
        let rules: Vec<&'a Node> = match &self.node.code {
            Code::Call(call) if self.is_unique_choice() => call.arguments.iter().flatten().collect(),
            _ => vec![&self.node],
        };
        rules.into_iter().flat_map(move |rule| {
            let last = if rule.calls("Counter") {
                LAST_COUNT
            } else if rule.calls("RandomString") || rule.calls("Guid") {
                LAST_DRAW
            } else {
                FIRST_COUNT
            };
            (FIRST_COUNT..=last).map(move |counter| Self::run(rule, &row, moment, counter))
        })
    }

    /// Evaluates the expression and tells what each part of it gave.
    pub fn trace<'a, R: Row<'a> + ?Sized>(&'a self, row: &R, moment: &Moment<'_>) -> Trace {
        let tracer = trace::Tracer::new(&self.text);
        let context = Context {
            row: &row,
            moment,
            counter: FIRST_COUNT,
            tracer: Some(&tracer),
            spent: Cell::new(0),
        };
        let value = context
            .value(&self.node)
            .map(Value::into_owned)
            .map_err(|fault| fault.message);
        let untraced = Trace {
            span: self.node.span,
            text: self.text.to_string(),
            value,
            children: Vec::new(),
        };
        tracer.finish().unwrap_or(untraced)
    }
}

/// Lists the attributes a text names, with the places of their brackets, without knowing what they mean.
pub fn attributes(text: &str) -> Vec<(Span, String)> {
    let (tokens, _) = lexer::tokens(text);
    tokens
        .into_iter()
        .filter(|token| token.kind == token::TokenKind::Attribute)
        .map(|token| (token.span, literal::path(token.span.of(text)).to_owned()))
        .collect()
}
