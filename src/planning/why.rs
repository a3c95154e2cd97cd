//! The why of a value: source field → each step of the expression → normalised → what the target has → verdict.
//!
//! Nothing is told from hearsay. [`look`] plans a few people once more, with the planner's own compiled rules, rows
//! and stages, and asks those how each part of a value came about: what is told cannot disagree with what was
//! planned from the same records. Marked attributes, and whatever depends on them, are masked in every step.

mod adoption;
mod chain;
mod change;
mod compared;
mod mapped;
pub(super) mod marks;
mod part;
mod scene;
mod standing;

use jiff::Timestamp;
use serde::Serialize;

pub use self::{
    part::steps,
    scene::{Scene, look, referenced},
};
use crate::model::{SystemName, Value};

/// What a masked value is shown as.
pub const MASK: &str = "••••";

/// A value as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// There is none: absent, null or empty.
    Nothing,
    /// There may be one; it is marked, or depends on something marked.
    Masked,
    /// Its text; several values are separated by ` · `.
    Text(String),
    /// There is none because something went wrong: what.
    Fault(String),
}

impl Shown {
    /// Returns a value as it may be shown; references by what `Value` says of them.
    pub fn of(value: &Value<'_>) -> Self {
        if value.is_nothing() {
            return Self::Nothing;
        }
        Self::Text(match value {
            Value::Binary(octets) => format!("({} octets)", octets.len()),
            Value::Complex(parts) => {
                let parts = parts
                    .iter()
                    .map(|(name, value)| format!("{name}={}", Self::of(value)));
                parts.collect::<Vec<_>>().join(" ")
            }
            value => value
                .each()
                .filter_map(Value::as_text)
                .collect::<Vec<_>>()
                .join(" · "),
        })
    }

    fn masked_if(self, hidden: bool) -> Self {
        if hidden { Self::Masked } else { self }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("(nothing)"),
            Self::Masked => f.write_str(MASK),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Fault(message) => write!(f, "({message})"),
        }
    }
}

/// A field of a record that a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceField {
    /// The system the record was read from.
    pub system: SystemName,
    /// Where the record is: `people.csv line 482`, a DN, a path.
    pub record: String,
    /// The field.
    pub field: String,
    /// What it holds.
    pub value: Shown,
    /// When it was read.
    pub read_at: Timestamp,
}

/// One step on the way to a value: a part of an expression, a name in it, a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// How deep it stands: a step is made from the deeper ones that follow it.
    pub depth: u16,
    /// The part as it is written in the rule; where it is no whole expression, with `…` for parts of its own that
    /// follow as steps.
    pub text: String,
    /// What it gave.
    pub value: Shown,
    /// Where it comes from, if it is no part of the expression above: ``people `employees` ``, `hr, people.csv line 2`.
    pub from: String,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target has nothing: the value is added.
    Added,
    /// The target has another value: it is replaced.
    Replaced,
    /// There is no value, and the rule says so: what the target has is removed.
    Removed,
    /// The target has it already: nothing is written.
    Same,
    /// There is no value, and the rule leaves alone what the target has.
    LeftAlone,
    /// The target has values that are not mapped: they stay, and the missing ones are added.
    Merged,
    /// The target has a value, and the rule keeps whatever it has.
    Kept,
    /// It is written when the account is made, and not any more.
    OnCreateOnly,
    /// It is known once an account it comes from is made.
    Later,
    /// Nothing is written: the rule may not, or the operation is another one.
    NotWritten,
}

impl Verdict {
    /// Returns it in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Added => "the target has nothing: added",
            Self::Replaced => "they differ: replaced",
            Self::Removed => "there is nothing to hold: removed",
            Self::Same => "they are the same: nothing is written",
            Self::LeftAlone => "there is nothing to write: what is there is left alone",
            Self::Merged => "values are missing: added, the others stay",
            Self::Kept => "the target has a value already: it is kept",
            Self::OnCreateOnly => "written when the account is made, not any more",
            Self::Later => "known once the account it comes from is made",
            Self::NotWritten => "nothing is written by this operation",
        }
    }
}

/// How one value came about, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The attribute; `usable`, `container`, `member` and `object` for what is no attribute.
    pub attribute: String,
    /// Whether it is masked: marked itself, or made from something marked.
    pub masked: bool,
    /// The fields it comes from.
    pub source: Vec<SourceField>,
    /// The expression step by step, the whole first.
    pub steps: Vec<Step>,
    /// What it should be.
    pub value: Shown,
    /// The same in the form in which equal values are equal texts.
    pub normalised: Shown,
    /// What the target has; `None` if there is no account yet.
    pub target: Option<Shown>,
    /// How the two are compared.
    pub comparison: String,
    /// What became of it.
    pub verdict: Verdict,
    /// What else is to be said: the records have changed since the plan was made, a later choice was free.
    pub remark: String,
}
