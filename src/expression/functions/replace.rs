//! `Replace` in its modes: a text, a pattern, a named group of a pattern, a template.

use std::borrow::Cow;

use regex::Captures;

use super::{Call, call};
use crate::{
    expression::{Fault, code::Node},
    model::Value,
};

const OLD: usize = 1;
const PATTERN: usize = 2;
const GROUP: usize = 3;
const VALUE: usize = 4;
const ATTRIBUTE: usize = 5;
const TEMPLATE: usize = 6;

/// `Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName, template)`
pub(super) fn replace<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    if call.given(GROUP) && call.node(ATTRIBUTE).is_some() {
        return from_other(call);
    }
    if call.given(OLD) && call.given(TEMPLATE) {
        let (old, template) = (
            call.text(OLD)?.unwrap_or_default(),
            call.text(TEMPLATE)?.unwrap_or_default(),
        );
        return call.each_text(|source| plain(call, &template, &old, &source).map(Cow::Owned));
    }
    let with = if call.node(VALUE).is_some() {
        VALUE
    } else {
        ATTRIBUTE
    };
    let replacement = call.text(with)?.unwrap_or_default();
    if call.given(OLD) {
        let old = call.text(OLD)?.unwrap_or_default();
        return call.each_text(|source| {
            if source.contains(&*old) {
                plain(call, &source, &old, &replacement).map(Cow::Owned)
            } else {
                Ok(source)
            }
        });
    }
    let group = if call.given(GROUP) {
        call.text(GROUP)?
    } else {
        None
    };
    call.with_pattern(PATTERN, |regex| {
        call.each_text(|source| {
            let mut out = String::with_capacity(source.len());
            let mut read = 0;
            for captures in regex.captures_iter(&source) {
                let (start, end) = match &group {
                    None => captures
                        .get(0)
                        .map_or((read, read), |found| (found.start(), found.end())),
                    Some(name) => match captures.name(name) {
                        Some(found) => (found.start(), found.end()),
                        None => continue,
                    },
                };
                call.push(&mut out, &source[read..start])?;
                expand(call, &mut out, &replacement, &captures)?;
                read = end;
            }
            call.push(&mut out, &source[read..])?;
            Ok(Cow::Owned(out))
        })
    })
}

/// The source if it has a value, otherwise the named group of another attribute.
fn from_other<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let source = call.value(0)?;
    if !source.is_nothing() {
        return Ok(source);
    }
    let (Some(other), Some(group)) = (call.text(ATTRIBUTE)?, call.text(GROUP)?) else {
        return Ok(source);
    };
    call.with_pattern(PATTERN, |regex| {
        let found = regex
            .captures(&other)
            .and_then(|captures| captures.name(&group).map(|found| found.as_str().to_owned()));
        Ok(found.map_or(source, |text| Value::Text(Cow::Owned(text))))
    })
}

fn plain(call: &Call<'_, '_>, text: &str, old: &str, new: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    if old.is_empty() {
        call.push(&mut out, text)?;
        return Ok(out);
    }
    for (number, piece) in text.split(old).enumerate() {
        if number > 0 {
            call.push(&mut out, new)?;
        }
        call.push(&mut out, piece)?;
    }
    Ok(out)
}

/// Writes a replacement the way .NET reads it: `${name}`, `${1}`, `$1`, `$&`, `$$`; any other `$` is itself.
fn expand(
    call: &Call<'_, '_>,
    out: &mut String,
    template: &str,
    captures: &Captures<'_>,
) -> Result<(), Fault> {
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        call.push(out, &rest[..at])?;
        let after = &rest[at + 1..];
        let (text, used) = reference(after, captures).unwrap_or(("$", 0));
        call.push(out, text)?;
        rest = &after[used..];
    }
    call.push(out, rest)
}

/// Reads what follows a `$`: the text it stands for, and how many bytes were read.
fn reference<'c>(after: &str, captures: &'c Captures<'_>) -> Option<(&'c str, usize)> {
    let numbered = |digits: &str| {
        let number = digits
            .parse::<usize>()
            .ok()
            .filter(|number| *number < captures.len())?;
        Some(captures.get(number).map_or("", |found| found.as_str()))
    };
    if after.starts_with('$') {
        return Some(("$", 1));
    }
    if after.starts_with('&') {
        return Some((numbered("0")?, 1));
    }
    if let Some(inner) = after.strip_prefix('{') {
        let end = inner.find('}')?;
        let name = &inner[..end];
        let text = numbered(name).or_else(|| captures.name(name).map(|found| found.as_str()))?;
        return Some((text, end + 2));
    }
    let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some((numbered(&after[..digits])?, digits))
}

/// Checks that the slots written make one of the modes.
pub(super) fn check(arguments: &[Option<Node>]) -> Result<(), (usize, String)> {
    let given = |index| call::given(arguments, index);
    let written = |index: usize| arguments.get(index).is_some_and(Option::is_some);
    if given(OLD) && given(PATTERN) {
        return Err((
            PATTERN,
            "`Replace` looks for a text or for a pattern, not for both".to_owned(),
        ));
    }
    if !given(OLD) && !given(PATTERN) {
        return Err((
            arguments.len(),
            "`Replace` needs an `oldValue` or a `regexPattern` to look for".to_owned(),
        ));
    }
    if !(written(VALUE) || written(ATTRIBUTE) || (given(OLD) && given(TEMPLATE))) {
        let message = "`Replace` needs a `replacementValue`, a `replacementAttributeName`, or a `template` for `oldValue`";
        return Err((arguments.len(), message.to_owned()));
    }
    Ok(())
}
