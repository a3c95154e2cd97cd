//! The form in which values that people write differently are the same text.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::{model::Comparison, planning::compare::key};

/// Brings a text into normal form: one case, one Unicode form (NFKC), single spaces, numbers without leading zeros.
///
/// The comparison rule of the attribute counts first: what is the same for the target is the same here.
pub(in crate::planning) fn normal(text: &str, comparison: Comparison) -> Cow<'_, str> {
    let text = key(text, comparison);
    if matches!(comparison, Comparison::DistinguishedName) {
        return text;
    }
    if text.is_ascii() {
        return plain(text);
    }
    let folded: String = text
        .nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    let mut spaced = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    Cow::Owned(without_zeros(&spaced).to_owned())
}

/// Most texts: nothing but case, spaces and zeros to look at, and often not even that.
fn plain(text: Cow<'_, str>) -> Cow<'_, str> {
    let has_spaces = text.bytes().any(|byte| byte.is_ascii_whitespace());
    let has_case = text.bytes().any(|byte| byte.is_ascii_uppercase());
    if !has_spaces && !has_case && without_zeros(&text).len() == text.len() {
        return text;
    }
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    Cow::Owned(without_zeros(&words.join(" ").to_ascii_lowercase()).to_owned())
}

/// Leaves out the leading zeros of a number; zero itself keeps one.
fn without_zeros(text: &str) -> &str {
    if !text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    let kept = text.trim_start_matches('0');
    if kept.is_empty() { "0" } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_differently_is_the_same_text() {
        let exact = Comparison::Exact;
        for (a, b, comparison, expected) in [
            ("0042", "42", exact, true),
            ("0", "000", exact, true),
            ("", "0", exact, false),
            ("0042", "0420", exact, false),
            ("E0042", "E42", exact, false),
            ("00-42", "0-42", exact, false),
            ("ANA", "ana", exact, true),
            ("Straße", "STRASSE", exact, true),
            ("ΣΊΣΥΦΟΣ", "Σίσυφος", exact, true),
            ("Kovac\u{30c}", "KOVA\u{10c}", exact, true),
            ("\u{ff21}\u{ff11}\u{ff12}", "a12", exact, true),
            ("\u{ff10}\u{ff10}\u{ff14}\u{ff12}", "42", exact, true),
            ("\u{fb01}nance", "Finance", exact, true),
            ("a\u{a0}b", "a b", exact, true),
            ("  a   b ", "A B", exact, true),
            ("Kovac", "Kovač", exact, false),
            ("\u{430}na", "ana", exact, false),
            ("+49 89-1", "+49891", Comparison::Telephone, true),
            ("UID=a, dc=X", "uid=A,dc=x", Comparison::DistinguishedName, true),
        ] {
            assert_eq!(
                normal(a, comparison) == normal(b, comparison),
                expected,
                "{a:?} {b:?}"
            );
        }
    }

    #[test]
    fn a_normal_form_stays_as_it_is() {
        for text in ["0042", "Straße", "İstanbul", "ΐ", "\u{fdfa}", "  A  ", "ǆ", "①②"] {
            let once = normal(text, Comparison::Exact).into_owned();
            assert_eq!(normal(&once, Comparison::Exact), once, "{text:?}");
        }
    }
}
