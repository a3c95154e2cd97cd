//! The functions: one table with their names, signatures and what runs them.

mod call;
mod case;
mod dates;
mod diacritics;
mod lists;
mod logic;
mod membership;
mod names;
mod numbers;
mod random;
mod replace;
mod roles;
mod table;
mod text;
mod transliterate;

use std::fmt;

pub(super) use call::Call;
pub(super) use membership::MEMBERSHIPS;

use super::{Fault, code::Node};
use crate::model::Value;

/// What a function gives, as far as that is known before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Truth,
    /// A date or an instant.
    Time,
    /// Several values.
    List,
    /// Whatever its arguments are.
    Anything,
}

/// What runs a function.
pub(super) type Run = for<'e, 'a> fn(&Call<'e, 'a>) -> Result<Value<'a>, Fault>;
/// What looks at a function's literal arguments before it ever runs; gives the argument and what is wrong with it.
pub(super) type Check = fn(&[Option<Node>]) -> Result<(), (usize, String)>;

/// A function of the language, for completion and documentation.
pub struct FunctionDoc {
    /// Its name, as it is best written; any case is understood.
    pub name: &'static str,
    /// How it is called: `Left(string, numChars)`; optional arguments end in `?`.
    pub signature: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// A call of it that can be evaluated on any record.
    pub example: &'static str,
    /// What the example gives, as text; several values are separated by `|`.
    pub result: &'static str,
    /// What it gives.
    pub gives: Gives,
    /// What each argument may be, a letter each, the last one for all that follow: `t` one text, `T` a text or
    /// several, `n` a number, `d` a date, `D` a date or a text in some form, `c` a condition, `*` anything.
    pub(super) takes: &'static str,
    /// How many arguments have to be written.
    pub(super) required: usize,
    /// How many arguments there may be.
    pub(super) most: usize,
    /// Which argument is a regular expression; 0 for none.
    pub(super) pattern_at: usize,
    pub(super) check: Option<Check>,
    pub(super) run: Run,
    /// Writes what the function makes of one text straight behind another, where it needs nothing else.
    pub(super) write: Option<fn(&str, &mut String)>,
}

impl FunctionDoc {
    /// Returns what an argument, counted from 0, may be.
    pub(super) fn taken(&self, number: usize) -> u8 {
        let letters = self.takes.as_bytes();
        letters.get(number).or(letters.last()).copied().unwrap_or(b'*')
    }

    /// Returns the name of a parameter, counted from 0.
    pub(super) fn parameter(&self, number: usize) -> Option<&'static str> {
        let inner = self.signature.split_once('(')?.1.strip_suffix(')')?;
        inner
            .split(',')
            .nth(number)
            .map(|name| name.trim().trim_end_matches('?'))
            .filter(|name| *name != "…")
    }
}

impl fmt::Debug for FunctionDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signature)
    }
}

/// Lists every function, in alphabetical order.
pub fn functions() -> &'static [FunctionDoc] {
    table::FUNCTIONS
}

/// Finds a function by its name in any case.
pub(super) fn find(name: &str) -> Option<&'static FunctionDoc> {
    table::FUNCTIONS
        .iter()
        .find(|function| function.name.eq_ignore_ascii_case(name))
}
