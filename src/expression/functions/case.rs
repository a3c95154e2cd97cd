//! Upper, lower and proper case, one character for one, as .NET does it.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

use super::Call;
use crate::{
    expression::{
        Fault,
        code::{Code, Node},
        convert,
    },
    model::Value,
};

/// `ToLower(source, culture?)`
pub(super) fn lower<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let turkish = turkish(call)?;
    call.each_text(|text| {
        Ok(if text.is_ascii() && !turkish {
            match text {
                Cow::Borrowed(text) if !text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                    Cow::Borrowed(text)
                }
                Cow::Borrowed(text) => Cow::Owned(text.to_ascii_lowercase()),
                Cow::Owned(mut text) => {
                    text.make_ascii_lowercase();
                    Cow::Owned(text)
                }
            }
        } else {
            Cow::Owned(text.chars().map(|c| lower_one(c, turkish)).collect())
        })
    })
}

/// `ToUpper(source, culture?)`
pub(super) fn upper<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let turkish = turkish(call)?;
    call.each_text(|text| {
        Ok(if text.is_ascii() && !turkish {
            match text {
                Cow::Borrowed(text) if !text.bytes().any(|byte| byte.is_ascii_lowercase()) => {
                    Cow::Borrowed(text)
                }
                Cow::Borrowed(text) => Cow::Owned(text.to_ascii_uppercase()),
                Cow::Owned(mut text) => {
                    text.make_ascii_uppercase();
                    Cow::Owned(text)
                }
            }
        } else {
            Cow::Owned(text.chars().map(|c| upper_one(c, turkish)).collect())
        })
    })
}

/// Checks that a culture that was written as a text has the form of one (RFC 4646).
pub(super) fn check_culture(arguments: &[Option<Node>]) -> Result<(), (usize, String)> {
    let Some(Some(Node {
        code: Code::Text(culture),
        ..
    })) = arguments.get(1)
    else {
        return Ok(());
    };
    let mut parts = culture.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let sound = (2..=3).contains(&language.len())
        && letters(language)
        && parts.all(|part| (1..=8).contains(&part.len()) && letters(part));
    if sound || culture.is_empty() {
        return Ok(());
    }
    let culture = convert::shortened(culture);
    Err((
        1,
        format!("`{culture}` is not a culture; one is written like `tr-TR`"),
    ))
}

/// Turkish and Azeri pair `i` with `İ` and `ı` with `I`.
fn turkish(call: &Call<'_, '_>) -> Result<bool, Fault> {
    if call.count() < 2 {
        return Ok(false);
    }
    let culture = call.text(1)?.unwrap_or_default();
    let language = culture.split(['-', '_']).next().unwrap_or_default();
    Ok(language.eq_ignore_ascii_case("tr") || language.eq_ignore_ascii_case("az"))
}

fn lower_one(character: char, turkish: bool) -> char {
    match character {
        'I' if turkish => 'ı',
        'İ' if turkish => 'i',
        // the invariant culture leaves the Turkish letters alone
        'İ' => 'İ',
        other => only(other, other.to_lowercase()),
    }
}

fn upper_one(character: char, turkish: bool) -> char {
    match character {
        'i' if turkish => 'İ',
        'ı' if turkish => 'I',
        'ı' => 'ı',
        other => only(other, other.to_uppercase()),
    }
}

/// Keeps a character whose other case is more than one character: `ß` stays `ß`.
fn only(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// `PCase(source, wordSeparators?)`
pub(super) fn proper<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let separators = call.text(1)?.filter(|separators| !separators.is_empty());
    call.each_text(|text| {
        let mut out = String::with_capacity(text.len());
        let mut begins = true;
        for character in text.chars() {
            out.push(if begins {
                upper_one(character, false)
            } else {
                lower_one(character, false)
            });
            begins = match &separators {
                Some(separators) => separators.contains(character),
                None => !character.is_alphanumeric() && !is_combining_mark(character),
            };
        }
        Ok(Cow::Owned(out))
    })
}
