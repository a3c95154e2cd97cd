//! Regular expressions, bounded. A pattern runs on an engine that is linear in the text; one that looks around or
//! back runs on a backtracking engine with a limit on its steps, on short texts only.

mod dotnet;

use fancy_regex::Error as BacktrackingError;
use regex::{Regex, RegexBuilder};

use super::{Fault, Span, evaluate::Context};

/// Largest compiled pattern, in bytes.
const SIZE_LIMIT: usize = 1 << 20;
/// Up to this size a pattern is light: its automaton fits the cache it is searched with.
const LIGHT: usize = 1 << 17;
/// How often a pattern that looks around or back may go back in one search.
const BACKTRACKS: usize = 5_000;
/// Longest text such a pattern is searched in, in bytes.
const BACKTRACKED_TEXT: usize = 2048;
/// What a search of such a pattern costs, in steps.
const BACKTRACKED_SEARCH: usize = 100_000;
/// How much more a step of a heavy pattern costs.
const HEAVY: usize = 16;
/// What it costs to compile a pattern that is made while an expression is evaluated.
pub(super) const COMPILING: usize = 1_000_000;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    engine: Engine,
    /// How many steps a byte of the text costs.
    weight: usize,
    /// How many bytes behind a match may be looked at, if that is known.
    reach: Option<usize>,
}

#[derive(Debug, Clone)]
enum Engine {
    Linear(Regex),
    Backtracking(fancy_regex::Regex),
}

/// The groups of one match.
pub(super) enum Captures<'t> {
    Linear(regex::Captures<'t>),
    Backtracking(fancy_regex::Captures<'t>),
}

impl<'t> Captures<'t> {
    /// Returns a group by its number: its place and its text.
    pub(super) fn get(&self, number: usize) -> Option<(usize, &'t str)> {
        match self {
            Self::Linear(captures) => captures.get(number).map(|found| (found.start(), found.as_str())),
            Self::Backtracking(captures) => captures.get(number).map(|found| (found.start(), found.as_str())),
        }
    }

    /// Returns a group by its name.
    pub(super) fn name(&self, name: &str) -> Option<(usize, &'t str)> {
        match self {
            Self::Linear(captures) => captures.name(name).map(|found| (found.start(), found.as_str())),
            Self::Backtracking(captures) => captures.name(name).map(|found| (found.start(), found.as_str())),
        }
    }

    /// Returns how many groups there are, the whole match among them.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Linear(captures) => captures.len(),
            Self::Backtracking(captures) => captures.len(),
        }
    }
}

impl Pattern {
    /// Reports whether the pattern has a group of this name.
    pub(super) fn has_group(&self, name: &str) -> bool {
        match &self.engine {
            Engine::Linear(regex) => regex.capture_names().flatten().any(|known| known == name),
            Engine::Backtracking(regex) => regex.capture_names().flatten().any(|known| known == name),
        }
    }

    /// Reports whether the pattern matches.
    pub(super) fn is_match(&self, text: &str, context: &Context<'_, '_>, span: Span) -> Result<bool, Fault> {
        match &self.engine {
            Engine::Linear(regex) => {
                context.charge(text.len() * self.weight, span)?;
                Ok(regex.is_match(text))
            }
            Engine::Backtracking(regex) => {
                short(text, context, span)?;
                regex.is_match(text).map_err(|error| gave_up(&error, span))
            }
        }
    }

    /// Finds the first match at or behind a place.
    pub(super) fn captures<'t>(
        &self,
        text: &'t str,
        at: usize,
        context: &Context<'_, '_>,
        span: Span,
    ) -> Result<Option<Captures<'t>>, Fault> {
        let regex = match &self.engine {
            Engine::Backtracking(regex) => {
                short(text, context, span)?;
                let found = regex.captures_from_pos(text, at);
                return found
                    .map(|found| found.map(Captures::Backtracking))
                    .map_err(|error| gave_up(&error, span));
            }
            Engine::Linear(regex) => regex,
        };
        let found = regex.captures_at(text, at);
        // without an end in sight, a search may look at all that is left to find a match of one letter
        let end = match (&found, self.reach) {
            (Some(found), Some(reach)) => found.get(0).map_or(text.len(), |all| all.end() + reach),
            _ => text.len(),
        };
        context.charge((end - at.min(end) + 8) * self.weight, span)?;
        Ok(found.map(Captures::Linear))
    }
}

fn short(text: &str, context: &Context<'_, '_>, span: Span) -> Result<(), Fault> {
    context.charge(BACKTRACKED_SEARCH, span)?;
    if text.len() <= BACKTRACKED_TEXT {
        return Ok(());
    }
    Err(Fault::new(
        span,
        format!(
            "a pattern that looks around or back is not searched in more than {BACKTRACKED_TEXT} bytes; shorten the text with `Left` first"
        ),
    ))
}

fn gave_up(error: &BacktrackingError, span: Span) -> Fault {
    let message = match error {
        BacktrackingError::RuntimeError(_) => {
            "this pattern takes too many steps on this text; write it without looking around or back"
                .to_owned()
        }
        error => format!("this pattern cannot be searched for: {error}"),
    };
    Fault::new(span, message)
}

/// Compiles a pattern that may match anywhere in a text, as `Replace` wants it.
pub(super) fn anywhere(pattern: &str) -> Result<Pattern, String> {
    build(&dotnet::translate(pattern)?)
}

/// Compiles a pattern that has to match a whole value, as `matches` wants it.
pub(super) fn whole(pattern: &str) -> Result<Pattern, String> {
    let translated = dotnet::translate(pattern)?;
    // alone first: a pattern that is wrong must not be closed by what is put around it
    build(&translated)?;
    build(&format!(r"\A(?:{translated})\z"))
}

fn build(translated: &str) -> Result<Pattern, String> {
    let linear = |limit| {
        RegexBuilder::new(translated)
            .size_limit(limit)
            .dfa_size_limit(LIGHT)
            .build()
    };
    let (regex, weight) = match linear(LIGHT) {
        Err(regex::Error::CompiledTooBig(_)) => (linear(SIZE_LIMIT), HEAVY),
        result => (result, 1),
    };
    let error = match regex {
        Ok(regex) => {
            return Ok(Pattern {
                engine: Engine::Linear(regex),
                weight,
                reach: reach(translated),
            });
        }
        Err(regex::Error::CompiledTooBig(_)) => {
            return Err("this pattern is too large; shorten its repetitions".to_owned());
        }
        Err(error) => error,
    };
    if !looks(translated) {
        return Err(explain(&error.to_string()));
    }
    fancy_regex::RegexBuilder::new(translated)
        .backtrack_limit(BACKTRACKS)
        .delegate_size_limit(LIGHT)
        .delegate_dfa_size_limit(LIGHT)
        .build()
        .map(|regex| Pattern {
            engine: Engine::Backtracking(regex),
            weight: 1,
            reach: None,
        })
        .map_err(|error| explain(&error.to_string()))
}

/// Bounds how far behind a match is looked: without repetition, no further than the pattern is long.
fn reach(translated: &str) -> Option<usize> {
    (!translated.contains(['*', '+', '{'])).then_some(translated.len() * 4)
}

/// Reports whether the pattern may want what the linear engine does not have.
fn looks(translated: &str) -> bool {
    ["(?=", "(?!", "(?<=", "(?<!", "(?>", "\\k"]
        .iter()
        .any(|sign| translated.contains(sign))
        || translated
            .as_bytes()
            .windows(2)
            .any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit())
}

fn explain(error: &str) -> String {
    let last = error
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    format!("this is not a regular expression: {last}")
}
