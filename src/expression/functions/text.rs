//! Parts of texts, texts put together, white space. A character is a Unicode scalar value.

use std::borrow::Cow;

use super::Call;
use crate::{
    expression::{Fault, convert},
    model::Value,
};

/// `Append(source, suffix)`
pub(super) fn append<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let suffix = call.text(1)?.unwrap_or_default();
    call.each_text(|text| joined(call, &text, &suffix))
}

/// `Prepend(prefix, source)`
pub(super) fn prepend<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let prefix = call.text(0)?.unwrap_or_default();
    match call.text(1)? {
        None => Ok(Value::Null),
        Some(text) => joined(call, &prefix, &text).map(Value::Text),
    }
}

fn joined<'a>(call: &Call<'_, 'a>, first: &str, second: &str) -> Result<Cow<'a, str>, Fault> {
    let mut out = String::with_capacity(first.len() + second.len());
    call.push(&mut out, first)?;
    call.push(&mut out, second)?;
    Ok(Cow::Owned(out))
}

/// `CStr(value)`
pub(super) fn string<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(Ok)
}

/// `DefaultDomain()`: the compiler has put the domain in its place.
pub(super) fn default_domain<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Err(Fault::new(call.span, "the organisation has no default domain"))
}

/// `Left(string, numChars)`: all of it for a negative number; `""` for nothing.
pub(super) fn left<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let count = call.wanted_number(1)?;
    let Some(text) = call.text(0)? else {
        return Ok(Value::text(""));
    };
    Ok(Value::Text(match usize::try_from(count) {
        Ok(count) => part(text, 0, count),
        Err(_) => text,
    }))
}

/// `Mid(source, start, length)`: `start` counts from 1.
pub(super) fn mid<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let start = call.wanted_number(1)?;
    let length = call.wanted_number(2)?;
    let Some(skip) = start.checked_sub(1).and_then(|skip| usize::try_from(skip).ok()) else {
        return Err(call.fault(1, "characters are counted from 1"));
    };
    let Some(text) = call.text(0)? else {
        return Ok(Value::text(""));
    };
    Ok(Value::Text(part(
        text,
        skip,
        usize::try_from(length).unwrap_or(0),
    )))
}

/// Takes characters out of a text, without copying one that is borrowed.
fn part(text: Cow<'_, str>, skip: usize, count: usize) -> Cow<'_, str> {
    let start = text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at);
    let rest = &text[start..];
    let end = start + rest.char_indices().nth(count).map_or(rest.len(), |(at, _)| at);
    slice(text, start, end)
}

fn slice(text: Cow<'_, str>, start: usize, end: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            text.drain(..start);
            Cow::Owned(text)
        }
    }
}

/// `Trim(source)`: every Unicode white space at both ends, U+00A0 included.
pub(super) fn trim<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| {
        let start = text.len() - text.trim_start().len();
        let end = start + text.trim().len();
        Ok(slice(text, start, end))
    })
}

/// `Squeeze(source)`: trims, and makes every run of white space one blank.
pub(super) fn squeeze<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| {
        let mut out = String::with_capacity(text.len());
        for word in text.split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        Ok(if out == *text { text } else { Cow::Owned(out) })
    })
}

/// `StripSpaces(source)`: removes every U+0020.
pub(super) fn strip_spaces<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| {
        Ok(if text.contains(' ') {
            Cow::Owned(text.replace(' ', ""))
        } else {
            text
        })
    })
}

/// `Word(string, wordNumber, delimiters)`: each character of `delimiters` separates; `""` if there is no such word.
pub(super) fn word<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let number = call.wanted_number(1)?;
    let delimiters = call.text(2)?.unwrap_or(Cow::Borrowed(" "));
    let Some(text) = call.text(0)? else {
        return Ok(Value::text(""));
    };
    let Some(skip) = number.checked_sub(1).and_then(|skip| usize::try_from(skip).ok()) else {
        return Ok(Value::text(""));
    };
    let mut start = 0;
    let mut found = (0, 0);
    let mut seen = 0;
    for piece in text.split(|character| delimiters.contains(character)) {
        if !piece.is_empty() {
            if seen == skip {
                found = (start, start + piece.len());
                break;
            }
            seen += 1;
        }
        let separator = text[start + piece.len()..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        start += piece.len() + separator;
    }
    Ok(Value::Text(slice(text, found.0, found.1)))
}

/// `InStr(value1, value2, start?, compareType?)`: counted from 1; 0 if it is not there.
pub(super) fn position<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let (Some(text), Some(wanted)) = (call.text(0)?, call.text(1)?) else {
        return Ok(Value::Integer(0));
    };
    let start = call.number(2)?.unwrap_or(1);
    let Some(skip) = start.checked_sub(1).and_then(|skip| usize::try_from(skip).ok()) else {
        return Err(call.fault(2, "characters are counted from 1"));
    };
    let ignore_case = match call.value(3)? {
        Value::Integer(kind) => kind == 1,
        other => convert::text(other)
            .map_err(|message| call.fault(3, message))?
            .is_some_and(|kind| kind.eq_ignore_ascii_case("vbTextCompare")),
    };
    let fold = |text: &str| -> Vec<char> {
        let lower = |c: char| {
            if ignore_case {
                c.to_lowercase().next().unwrap_or(c)
            } else {
                c
            }
        };
        text.chars().map(lower).collect()
    };
    let (text, wanted) = (fold(&text), fold(&wanted));
    let rest: String = text.iter().skip(skip).collect();
    let wanted: String = wanted.into_iter().collect();
    if skip > text.len() {
        return Ok(Value::Integer(0));
    }
    Ok(Value::Integer(
        rest.find(&wanted)
            .map_or(0, |at| (rest[..at].chars().count() + skip + 1) as i64),
    ))
}
