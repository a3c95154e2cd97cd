//! When two texts of an attribute are the same value.
//!
//! The target decides: a directory that ignores case holds `MÜLLER` and `Müller` for one value, so writing the other
//! form would be noise today and again tomorrow. Everybody who compares values asks here, planning and connectors
//! alike, so that what is planned is also what is found afterwards.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::model::{dn, file_time::FileTime};

/// How two values of an attribute are compared (RFC 4517 matching rules, RFC 7643 `caseExact`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Octet for octet: `octetStringMatch`.
    #[default]
    Exact,
    /// Without case, runs of blanks folded: `caseIgnoreMatch`.
    IgnoreCase,
    /// Case counts, runs of blanks folded: `caseExactMatch`.
    FoldSpace,
    /// Without case, blanks and hyphens: `telephoneNumberMatch`.
    Telephone,
    /// As distinguished names, parsed, without case: `distinguishedNameMatch`.
    DistinguishedName,
    /// As whole numbers, so that leading zeros do not count: `integerMatch`.
    Numeric,
    /// As digits, blanks do not count: `numericStringMatch`.
    Digits,
    /// As true and false, without case: `booleanMatch`.
    Boolean,
    /// As points in time, however they are written: `generalizedTimeMatch`.
    Instant,
    /// As points in time that Active Directory counts; "never" is no time ([`FileTime`]).
    FileTime,
    /// As 0 or anything else, whatever the server makes of that: `pwdLastSet` in Active Directory.
    Zero,
}

impl Comparison {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::Exact,
        Self::IgnoreCase,
        Self::FoldSpace,
        Self::Telephone,
        Self::DistinguishedName,
        Self::Numeric,
        Self::Digits,
        Self::Boolean,
        Self::Instant,
        Self::FileTime,
        Self::Zero,
    ];

    /// Brings a text into the form in which equal values are equal texts. A text that is not of the kind the rule
    /// is for stays as it is.
    pub fn key(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(text),
            Self::IgnoreCase => fold_space(text, true),
            Self::FoldSpace => fold_space(text, false),
            Self::Telephone => telephone(text),
            Self::DistinguishedName => {
                dn::normalise(text).map_or_else(|| Cow::Owned(text.to_lowercase()), Cow::Owned)
            }
            Self::Numeric => number(text),
            Self::Digits => digits(text),
            Self::Boolean => boolean(text),
            Self::Instant => instant(text).map_or(Cow::Borrowed(text), |it| Cow::Owned(it.to_string())),
            Self::Zero => match number(text) {
                zero if zero == "0" => zero,
                _ => Cow::Borrowed("-1"),
            },
            Self::FileTime => match FileTime::parse(text) {
                Some(FileTime::Never) => Cow::Borrowed(""),
                Some(FileTime::At(ticks)) => Cow::Owned(ticks.to_string()),
                None => Cow::Borrowed(text),
            },
        }
    }

    /// Reports whether two texts are the same value.
    pub fn same(self, a: &str, b: &str) -> bool {
        a == b || (self != Self::Exact && self.key(a) == self.key(b))
    }
}

/// Reads a point in time: ISO 8601 with its offset, generalized time (RFC 4517, section 3.3.13), or a date, which is
/// its first moment in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let at_utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    if let Some(digits) = text.strip_suffix('Z') {
        return at_utc(DateTime::strptime("%Y%m%d%H%M%S%.f", digits.replace(',', ".")).ok()?);
    }
    if let Ok(instant) = Timestamp::strptime("%Y%m%d%H%M%S%.f%z", text) {
        return Some(instant);
    }
    // jiff reads a date out of any longer text
    let date = (text.len() == 10).then(|| text.parse::<Date>().ok())??;
    at_utc(date.to_datetime(jiff::civil::Time::midnight()))
}

fn boolean(text: &str) -> Cow<'_, str> {
    let word = text.trim();
    let known = ["true", "false"]
        .into_iter()
        .find(|known| word.eq_ignore_ascii_case(known));
    Cow::Borrowed(known.unwrap_or(text))
}

fn digits(text: &str) -> Cow<'_, str> {
    if text.contains(' ') {
        Cow::Owned(text.replace(' ', ""))
    } else {
        Cow::Borrowed(text)
    }
}

fn telephone(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+') {
        return Cow::Borrowed(text);
    }
    text.chars()
        .filter(|sign| !matches!(sign, ' ' | '-'))
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .into()
}

fn number(text: &str) -> Cow<'_, str> {
    let plain = text.trim();
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.strip_prefix('+').unwrap_or(plain)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    match digits.trim_start_matches('0') {
        "" => Cow::Borrowed("0"),
        digits if sign.is_empty() => Cow::Borrowed(digits),
        digits => Cow::Owned(format!("{sign}{digits}")),
    }
}

/// Whether there is nothing to fold but case.
pub(crate) fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ")
}

fn fold_space(text: &str, ignore_case: bool) -> Cow<'_, str> {
    if is_plain(text) {
        let folds = ignore_case && text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if folds {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let composed: Cow<'_, str> = if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    };
    let mut folded = String::with_capacity(composed.len());
    for word in composed.split(' ').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if ignore_case {
            folded.extend(word.chars().flat_map(char::to_lowercase));
        } else {
            folded.push_str(word);
        }
    }
    Cow::Owned(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each rule, two texts that are one value to it, and two that are not.
    #[test]
    fn each_rule_knows_what_is_the_same_and_what_is_not() {
        use Comparison::{
            Boolean, Digits, DistinguishedName, Exact, FileTime, FoldSpace, IgnoreCase, Instant, Numeric,
            Telephone,
        };
        for (rule, a, b, same) in [
            (Exact, "a", "a", true),
            (Exact, "a", "A", false),
            (Exact, "a b", "a  b", false),
            (IgnoreCase, "Müller", "MÜLLER", true),
            (IgnoreCase, "Müller", "Mu\u{308}ller", true),
            (IgnoreCase, " a  b ", "A B", true),
            (IgnoreCase, "a b", "ab", false),
            (FoldSpace, "a  b", " a b", true),
            (FoldSpace, " a  b ", "A B", false),
            (Telephone, "+49 89-1", "+49891", true),
            (Telephone, "+49 89 1 EXT 2", "+49891ext2", true),
            (Telephone, "+49 89 1", "0049 89 1", false),
            (DistinguishedName, "UID=a, dc=X", "uid=A,dc=x", true),
            (DistinguishedName, "uid=a,dc=x", "uid=b,dc=x", false),
            (Numeric, "0007", "7", true),
            (Numeric, "0", "-000", true),
            (Numeric, "-07", "-7", true),
            (Numeric, "+7", "7", true),
            (Numeric, "7", "-7", false),
            (Numeric, "007x", "7x", false),
            (Digits, "12 34", "1234", true),
            (Digits, "01234", "1234", false),
            (Boolean, "TRUE", "true", true),
            (Boolean, "true", "false", false),
            (Boolean, "1", "true", false),
            (Instant, "2026-01-01T01:00:00+01:00", "20260101000000Z", true),
            (Instant, "20260101000000.5Z", "2026-01-01T00:00:00.500Z", true),
            (Instant, "20260101003000+0030", "20260101000000Z", true),
            (Instant, "2026-01-01", "2026-01-01T00:00:00Z", true),
            (Instant, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", false),
            (Instant, "soon", "later", false),
            (FileTime, "2026-12-31", "134432352000000000", true),
            (FileTime, "0", "9223372036854775807", true),
            (FileTime, "0", "2026-12-31", false),
        ] {
            assert_eq!(rule.same(a, b), same, "{rule:?} {a:?} {b:?}");
            assert_eq!(rule.key(a) == rule.key(b), same, "{rule:?} {a:?} {b:?}");
        }
    }

    #[test]
    fn a_key_is_its_own_key() {
        for rule in Comparison::ALL {
            for text in [
                "",
                " ",
                "A  b",
                "-007",
                "TRUE",
                "20260101000000Z",
                "Uid=a, dc=X",
                "+49 (0) 89-1",
            ] {
                let key = rule.key(text);
                assert_eq!(rule.key(&key), key, "{rule:?} {text:?}");
            }
        }
    }
}
