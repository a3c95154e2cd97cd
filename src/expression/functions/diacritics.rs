//! Letters without their marks: Microsoft Entra's fixed table, Unicode NFC, and plain ASCII for every script.

use std::borrow::Cow;

use any_ascii::any_ascii;
use unicode_normalization::{UnicodeNormalization, char::decompose_canonical, is_nfc};

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
            let mut stripped = String::with_capacity(text.len());
            write(&text, &mut stripped);
            Ok(Cow::Owned(stripped))
        }
    })
}

/// Writes a text without its marks behind another.
pub(super) fn write(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.push_str(text);
        return;
    }
    let start = out.len();
    strip_marks(text, out);
    // what kept its marks was taken apart
    let stripped = &out[start..];
    if !stripped.is_ascii() && !is_nfc(stripped) {
        let composed: String = stripped.nfc().collect();
        out.truncate(start);
        out.push_str(&composed);
    }
}

fn strip_marks(text: &str, out: &mut String) {
    let mut bare = false;
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter);
            bare = loses_marks(letter);
            continue;
        }
        let known = plain(letter);
        if !known.is_empty() {
            out.push_str(known);
            bare = true;
            continue;
        }
        decompose_canonical(letter, |part| {
            let known = plain(part);
            if !known.is_empty() {
                out.push_str(known);
                bare = true;
            } else if !(bare && matches!(part, '\u{300}'..='\u{36f}')) {
                out.push(part);
                bare = loses_marks(part);
            }
        });
    }
}

fn loses_marks(letter: char) -> bool {
    matches!(
        letter.to_ascii_lowercase(),
        'a' | 'c' | 'd' | 'e' | 'g' | 'i' | 'l' | 'n' | 'o' | 'r' | 's' | 't' | 'u' | 'y' | 'z'
    )
}

/// The letters most names have; nothing for all others, which are taken apart to see what they are made of.
#[rustfmt::skip]
fn plain(letter: char) -> &'static str {
    match letter {
        'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ā' | 'Ă' | 'Ą' | 'Ǎ' | 'Ǟ' | 'Ǡ' | 'Ǻ' | 'Ȁ' | 'Ȃ' => "A",
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ǟ' | 'ǡ' | 'ǻ' | 'ȁ' | 'ȃ' => "a",
        'Æ' => "AE",
        'æ' => "ae",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'Ď' => "D",
        'ď' => "d",
        'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' | 'Ȅ' | 'Ȇ' => "E",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ȅ' | 'ȇ' => "e",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' | 'Ǧ' | 'Ǵ' => "G",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' | 'ǧ' | 'ǵ' => "g",
        'Ì' | 'Í' | 'Î' | 'Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' | 'Ǐ' | 'Ȉ' | 'Ȋ' => "I",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ȉ' | 'ȋ' => "i",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ł' => "L",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' | 'Ǹ' => "N",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ǹ' => "n",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ō' | 'Ŏ' | 'Ő' | 'Ơ' | 'Ǒ' | 'Ǫ' | 'Ǭ' | 'Ȍ' | 'Ȏ' => "O",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ǫ' | 'ǭ' | 'ȍ' | 'ȏ' => "o",
        'Ø' | 'Œ' => "OE",
        'ø' | 'œ' => "oe",
        'Ŕ' | 'Ŗ' | 'Ř' | 'Ȑ' | 'Ȓ' => "R",
        'ŕ' | 'ŗ' | 'ř' | 'ȑ' | 'ȓ' => "r",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => "S",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ẞ' => "SS",
        'ß' => "ss",
        'Ţ' | 'Ť' | 'Ț' => "T",
        'ţ' | 'ť' | 'ț' => "t",
        'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' | 'Ư' | 'Ǔ' | 'Ǖ' | 'Ǘ' | 'Ǚ' | 'Ǜ' | 'Ȕ' | 'Ȗ' => "U",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' | 'ȕ' | 'ȗ' => "u",
        'Ý' | 'Ŷ' | 'Ÿ' => "Y",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
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
