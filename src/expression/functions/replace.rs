//! `Replace` in its modes: a text, a pattern, a named group of a pattern, a template.

use std::borrow::Cow;

use super::{Call, call};
use crate::{
    expression::{
        Fault,
        code::Node,
        pattern::{Captures, Pattern},
    },
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
    call.with_pattern(PATTERN, |pattern| {
        call.each_text(|source| {
            let group = group.as_deref();
            match substituted(call, pattern, &source, group, &replacement)? {
                Some(text) => Ok(Cow::Owned(text)),
                None => Ok(source),
            }
        })
    })
}

/// Replaces every match, or one group of it, the way .NET goes through a text: an empty match may follow a match.
fn substituted(
    call: &Call<'_, '_>,
    pattern: &Pattern,
    source: &str,
    group: Option<&str>,
    replacement: &str,
) -> Result<Option<String>, Fault> {
    let mut out = String::new();
    let (mut at, mut read) = (0, 0);
    while let Some(captures) = pattern.captures(source, at, call.context, call.span)? {
        let Some((start, all)) = captures.get(0) else {
            break;
        };
        let place = group.map_or(Some((start, all)), |name| captures.name(name));
        // a look behind may take a group from before the match that is read already
        if let Some((start, text)) = place.filter(|(start, _)| *start >= read) {
            call.push(&mut out, source.get(read..start).unwrap_or_default())?;
            expand(call, &mut out, replacement, &captures)?;
            read = start + text.len();
        }
        at = start + all.len();
        if all.is_empty() {
            match source.get(at..).and_then(|rest| rest.chars().next()) {
                Some(next) => at += next.len_utf8(),
                None => break,
            }
        }
    }
    if read == 0 && out.is_empty() {
        return Ok(None);
    }
    call.push(&mut out, source.get(read..).unwrap_or_default())?;
    Ok(Some(out))
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
    call.with_pattern(PATTERN, |pattern| {
        let found = pattern
            .captures(&other, 0, call.context, call.span)?
            .and_then(|captures| captures.name(&group).map(|(_, text)| text.to_owned()));
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
        Some(captures.get(number).map_or("", |(_, text)| text))
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
        let text = numbered(name).or_else(|| captures.name(name).map(|(_, text)| text))?;
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
