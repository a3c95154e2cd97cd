//! The tree the parser makes: what was written, before any name has a meaning.

use super::{Span, token::Comparison};

/// One part of an expression.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) span: Span,
    pub(super) kind: PartKind,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum PartKind {
    /// Something that has been complained about already.
    Error,
    /// A text, unescaped.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// The path between brackets.
    Attribute(String),
    /// A function; an empty slot is `None`.
    Call {
        name: Span,
        arguments: Vec<Option<Part>>,
    },
    /// `not x`
    Not(Box<Part>),
    /// `a and b and c`
    All(Vec<Part>),
    /// `a or b or c`
    Any(Vec<Part>),
    /// A test of one value.
    Test {
        value: Box<Part>,
        test: Test,
        negated: bool,
    },
}

/// What is asked of a value.
#[derive(Debug)]
pub(super) enum Test {
    /// `= x`, `< x`, …
    Compare(Comparison, Box<Part>),
    /// `in (a, b)`
    In(Vec<Part>),
    /// `matches "regex"`
    Matches(Box<Part>),
    /// `starts with x`, `ends with x`, `contains x`
    Search(Search, Box<Part>),
    /// `is present`; negated: `is absent`
    Present,
    /// `is null`
    Null,
    /// `all x …`: the same of every value
    Every(Box<Test>),
}

/// Where a text is looked for in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// At its beginning.
    Start,
    /// At its end.
    End,
    /// Anywhere.
    Anywhere,
}
