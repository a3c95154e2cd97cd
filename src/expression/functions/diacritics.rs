//! Letters without their marks: Microsoft Entra's fixed table, Unicode NFC, and plain ASCII for every script.

use std::borrow::Cow;

use any_ascii::any_ascii;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::Call;
use crate::{expression::Fault, model::Value};

/// `NormalizeDiacritics(source)`
///
/// Only the letters of Entra's table lose their marks; `đ`, `ð`, `þ`, `ŋ` and other scripts stay.
pub(super) fn strip<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| {
        if text.is_ascii() {
            Ok(text)
        } else {
            Ok(Cow::Owned(stripped(&text)))
        }
    })
}

fn stripped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut bare = false;
    for character in text.nfd() {
        if matches!(character, '\u{300}'..='\u{36f}') && bare {
            continue;
        }
        let replacement = match character {
            'æ' => "ae",
            'Æ' => "AE",
            'ø' | 'œ' => "oe",
            'Ø' | 'Œ' => "OE",
            'ß' => "ss",
            'ẞ' => "SS",
            'ł' => "l",
            'Ł' => "L",
            'ı' => "i",
            _ => "",
        };
        bare = !replacement.is_empty() || "acdegilnorstuyz".contains(character.to_ascii_lowercase());
        if replacement.is_empty() {
            out.push(character);
        } else {
            out.push_str(replacement);
        }
    }
    if is_nfc(&out) { out } else { out.nfc().collect() }
}

/// `Normalize(source)`
pub(super) fn compose<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| {
        if is_nfc(&text) {
            Ok(text)
        } else {
            Ok(Cow::Owned(text.nfc().collect()))
        }
    })
}

/// `Ascii(source)`
pub(super) fn ascii<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    call.each_text(|text| {
        if text.is_ascii() {
            Ok(text)
        } else {
            Ok(Cow::Owned(any_ascii(&text.nfc().collect::<String>())))
        }
    })
}
