//! Comparing values: each matching rule turns a value into a key, and equal keys are equal values.

use super::dn::Dn;

/// An equality matching rule (RFC 4517 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Text without regard to case and to runs of spaces.
    CaseIgnore,
    /// The same, ASCII only.
    CaseIgnoreIa5,
    /// Text with regard to case.
    CaseExact,
    /// Digits, without regard to spaces and hyphens.
    Telephone,
    /// A distinguished name.
    Dn,
    /// A whole number.
    Integer,
    /// `TRUE` or `FALSE`.
    Boolean,
    /// The name of a class or attribute.
    Oid,
    /// `YYYYmmddHHMMSSZ`.
    Time,
    /// A UUID as text.
    Uuid,
    /// Bytes.
    Octets,
}

impl Rule {
    /// Finds the rule by the name in the schema, else by the syntax.
    pub fn named(equality: Option<&str>, syntax: Option<&str>) -> Self {
        match equality.unwrap_or_default() {
            "caseIgnoreMatch" | "caseIgnoreListMatch" => Self::CaseIgnore,
            "caseIgnoreIA5Match" => Self::CaseIgnoreIa5,
            "caseExactMatch" | "caseExactIA5Match" | "objectIdentifierFirstComponentMatch" => Self::CaseExact,
            "telephoneNumberMatch" => Self::Telephone,
            "distinguishedNameMatch" => Self::Dn,
            "integerMatch" => Self::Integer,
            "booleanMatch" => Self::Boolean,
            "objectIdentifierMatch" => Self::Oid,
            "generalizedTimeMatch" => Self::Time,
            "UUIDMatch" => Self::Uuid,
            _ => match syntax.and_then(|oid| oid.rsplit('.').next()) {
                Some("12") => Self::Dn,
                Some("15") => Self::CaseIgnore,
                Some("27") => Self::Integer,
                Some("38") => Self::Oid,
                _ => Self::Octets,
            },
        }
    }

    /// The key of a value, or `None` when the value is not of the syntax (invalidAttributeSyntax).
    pub fn key(self, value: &[u8]) -> Option<Vec<u8>> {
        if self == Self::Octets {
            return Some(value.to_vec());
        }
        let text = std::str::from_utf8(value).ok()?;
        let key = match self {
            Self::Octets => return None,
            Self::CaseIgnore | Self::CaseExact | Self::CaseIgnoreIa5 => {
                if text.is_empty() || (self == Self::CaseIgnoreIa5 && !text.is_ascii()) {
                    return None;
                }
                prepare(text, self != Self::CaseExact)
            }
            Self::Telephone => {
                let allowed = |c: char| c.is_ascii_alphanumeric() || "'()+,-./:? *#".contains(c);
                if text.trim().is_empty() || !text.chars().all(allowed) {
                    return None;
                }
                let kept = text.chars().filter(|c| !matches!(c, ' ' | '-'));
                kept.map(|c| c.to_ascii_lowercase()).collect()
            }
            Self::Dn => Dn::parse(text)?.key(),
            Self::Integer => text.parse::<i64>().ok()?.to_string(),
            Self::Boolean => match text.to_ascii_uppercase().as_str() {
                upper @ ("TRUE" | "FALSE") => upper.to_owned(),
                _ => return None,
            },
            Self::Oid => {
                let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ';');
                if text.is_empty() || !text.chars().all(allowed) {
                    return None;
                }
                text.to_ascii_lowercase()
            }
            Self::Time => {
                let digits = text.strip_suffix('Z')?.split('.').next()?;
                if !(10..=14).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                format!("{digits:0<14}Z")
            }
            Self::Uuid => uuid::Uuid::try_parse(text).ok()?.to_string(),
        };
        Some(key.into_bytes())
    }

    /// The key of a fragment in a substring filter; spaces at its ends count.
    pub fn fragment(self, value: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(value).ok()?;
        match self {
            Self::CaseIgnore | Self::CaseIgnoreIa5 | Self::CaseExact => {
                let folded = prepare(&format!("x{text}x"), self != Self::CaseExact);
                Some(folded.as_bytes().get(1..folded.len().checked_sub(1)?)?.to_vec())
            }
            Self::Telephone => self.key(value),
            Self::Octets => Some(value.to_vec()),
            _ => None,
        }
    }

    /// Orders two keys; numbers by value.
    pub fn order(self, left: &[u8], right: &[u8]) -> std::cmp::Ordering {
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<i64>().ok();
        match self {
            Self::Integer => number(left).cmp(&number(right)),
            _ => left.cmp(right),
        }
    }
}

/// String preparation (RFC 4518), the part that matters here: case, and spaces trimmed and folded.
///
/// Accented characters keep their composition: both sides come from the same HR data.
pub fn prepare(text: &str, ignore_case: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        if ignore_case {
            out.extend(word.chars().flat_map(char::to_lowercase));
        } else {
            out.push_str(word);
        }
    }
    if out.is_empty() && !text.is_empty() {
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_folds_case_and_spaces() {
        assert_eq!(
            Rule::CaseIgnore.key("  ŁUKASZ   Żak ".as_bytes()),
            Rule::CaseIgnore.key("łukasz żak".as_bytes())
        );
        assert_ne!(Rule::CaseExact.key(b"A"), Rule::CaseExact.key(b"a"));
        assert_eq!(Rule::CaseIgnore.key(b""), None);
        assert_eq!(Rule::CaseIgnoreIa5.key("ł@x".as_bytes()), None);
        assert_ne!(Rule::Octets.key(b"A"), Rule::Octets.key(b"a"));
    }

    #[test]
    fn names_numbers_times_and_phones() {
        assert_eq!(Rule::Dn.key(b"CN=A\\2C B, dc=X"), Rule::Dn.key(b"cn=a\\, b,DC=x"));
        assert_eq!(Rule::Telephone.key(b"+49 30-12"), Rule::Telephone.key(b"+493012"));
        assert_eq!(
            Rule::Time.key(b"20240101000000.0Z"),
            Rule::Time.key(b"20240101000000Z")
        );
        assert_eq!(Rule::Integer.order(b"9", b"10"), std::cmp::Ordering::Less);
        assert_eq!(Rule::Boolean.key(b"maybe"), None);
    }

    #[test]
    fn fragments_keep_their_outer_spaces() {
        assert_eq!(Rule::CaseIgnore.fragment(b"Van "), Some(b"van ".to_vec()));
    }
}
