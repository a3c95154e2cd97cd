//! Letters written in the basic Latin alphabet by a named rule.
//!
//! | rule | what it does | scripts |
//! |---|---|---|
//! | `icao9303` | machine readable travel documents (ICAO Doc 9303 part 3, section 6): upper case, apostrophes and full stops gone, hyphens a blank | Latin, Cyrillic |
//! | `cldr` | close to CLDR's Latin-ASCII: marks gone, `ø` → `o`, `æ` → `ae`, `’` → `'` | Latin |
//! | `german` | DIN 5007-2: `ä` → `ae`, `ö` → `oe`, `ü` → `ue`, `ß` → `ss`, the rest as `cldr` | Latin |
//! | `nordic` | `æ`, `ä` → `ae`, `ø`, `ö` → `oe`, `å` → `aa`, the rest as `cldr` | Latin |
//!
//! A letter the rule does not know stays as it is, so that nothing is lost in silence; `Ascii` writes any script.

mod icao9303;

use std::borrow::Cow;

use any_ascii::any_ascii_char;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Call;
use crate::{
    expression::{
        Fault,
        code::{Code, Node},
        convert, suggest,
    },
    model::Value,
};

/// A rule.
#[derive(Clone, Copy)]
struct Rule {
    name: &'static str,
    write: fn(&str) -> String,
}

const RULES: [Rule; 4] = [
    Rule {
        name: "icao9303",
        write: icao9303::write,
    },
    Rule {
        name: "cldr",
        write: |text| latin(text, |_| None),
    },
    Rule {
        name: "german",
        write: |text| latin(text, german),
    },
    Rule {
        name: "nordic",
        write: |text| latin(text, nordic),
    },
];

/// `Transliterate(source, rule)`
pub(super) fn transliterate<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let name = call.text(1)?.unwrap_or_default();
    let rule = find(&name).map_err(|message| call.fault(1, message))?;
    call.each_text(|text| Ok(Cow::Owned((rule.write)(&text))))
}

/// Checks a rule that was written as a text.
pub(super) fn check(arguments: &[Option<Node>]) -> Result<(), (usize, String)> {
    match arguments.get(1).and_then(Option::as_ref).map(|node| &node.code) {
        Some(Code::Text(name)) => find(name).map(|_| ()).map_err(|message| (1, message)),
        _ => Ok(()),
    }
}

fn find(name: &str) -> Result<Rule, String> {
    let found = RULES
        .into_iter()
        .find(|rule| rule.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let names = RULES.map(|rule| rule.name);
        let near = suggest::nearest(name, names)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        let name = convert::shortened(name);
        format!("there is no rule `{name}`, only {}{near}", names.join(", "))
    })
}

/// Writes Latin letters and general punctuation in ASCII; `own` has the first word on a composed letter in lower case.
fn latin(text: &str, own: fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let composed: Vec<char> = text.nfc().collect();
    let mut bare = false;
    for (at, &letter) in composed.iter().enumerate() {
        if letter.is_ascii() {
            bare = letter.is_ascii_alphabetic();
            out.push(letter);
            continue;
        }
        if is_combining_mark(letter) && bare {
            continue;
        }
        let mut lower = letter.to_lowercase();
        let small = match (lower.next(), lower.next()) {
            (Some(one), None) => one,
            _ => letter,
        };
        let plain = own(small).map_or_else(|| unmarked(letter, small), |text| cased(text, small != letter));
        bare = is_latin(letter);
        if let Some(plain) = plain {
            // between capitals a letter that becomes two stays all capitals: ÆRØ → AERO, Ærø → Aero
            let capitals = plain.len() > 1 && small != letter && surrounded_by_capitals(&composed, at);
            out.push_str(&if capitals {
                plain.to_ascii_uppercase()
            } else {
                plain
            });
        } else {
            out.push(letter);
        }
    }
    out
}

fn surrounded_by_capitals(text: &[char], at: usize) -> bool {
    let near = [at.checked_sub(1), Some(at + 1)];
    let mut letters = near
        .into_iter()
        .flatten()
        .filter_map(|at| text.get(at))
        .filter(|c| c.is_alphabetic())
        .peekable();
    letters.peek().is_some() && letters.all(|c| c.is_uppercase())
}

fn cased(text: &str, capital: bool) -> Option<String> {
    let mut letters = text.chars();
    let first = letters.next()?;
    Some(if capital {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    } else {
        text.to_owned()
    })
}

fn unmarked(letter: char, small: char) -> Option<String> {
    if letter == 'ʻ' {
        return Some("'".to_owned());
    }
    let known = is_latin(letter)
        || matches!(letter, '\u{2b0}'..='\u{2ff}' | '\u{2000}'..='\u{206f}' | '\u{a0}'..='\u{bf}');
    let plain = any_ascii_char(letter);
    // as CLDR has it: Æ is AE, Þ is TH
    let plain = if small == letter {
        plain.to_owned()
    } else {
        plain.to_ascii_uppercase()
    };
    (known && !plain.is_empty()).then_some(plain)
}

fn is_latin(letter: char) -> bool {
    letter.is_alphabetic()
        && matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{fb00}'..='\u{fb06}')
        || letter.is_ascii_alphabetic()
}

fn german(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' => "ae",
        'ö' => "oe",
        'ü' => "ue",
        _ => return None,
    })
}

fn nordic(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' | 'ä' => "ae",
        'ø' | 'ö' => "oe",
        'å' => "aa",
        _ => return None,
    })
}
