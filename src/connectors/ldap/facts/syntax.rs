//! What a directory's syntaxes and matching rules mean (RFC 4517).

use crate::model::{Comparison, ValueType};

/// The type of an attribute's values, by its syntax.
pub(super) fn value_type(syntax: &str) -> ValueType {
    match syntax.strip_prefix("1.3.6.1.4.1.1466.115.121.1.") {
        Some("7") => ValueType::Boolean,
        Some("27") => ValueType::Integer,
        Some("24") => ValueType::Instant,
        // a name, or a name with an id (uniqueMember)
        Some("12" | "34") => ValueType::Reference,
        Some("5" | "8" | "9" | "10" | "28" | "40") => ValueType::Binary,
        _ => ValueType::Text,
    }
}

/// The rule a directory compares by. Where an attribute type names none, as in Active Directory, its syntax tells
/// (RFC 4517, section 3.3).
pub(super) fn comparison(equality: &str, syntax: &str) -> Comparison {
    match equality {
        "caseIgnoreMatch" | "caseIgnoreIA5Match" | "caseIgnoreListMatch" | "objectIdentifierMatch" => {
            Comparison::IgnoreCase
        }
        "caseExactMatch" | "caseExactIA5Match" => Comparison::FoldSpace,
        "telephoneNumberMatch" => Comparison::Telephone,
        "distinguishedNameMatch" | "uniqueMemberMatch" => Comparison::DistinguishedName,
        "integerMatch" => Comparison::Numeric,
        "numericStringMatch" => Comparison::Digits,
        "booleanMatch" => Comparison::Boolean,
        "generalizedTimeMatch" => Comparison::Instant,
        "" => match syntax.strip_prefix("1.3.6.1.4.1.1466.115.121.1.") {
            Some("7") => Comparison::Boolean,
            Some("12" | "34") => Comparison::DistinguishedName,
            Some("15" | "26" | "41" | "44") => Comparison::IgnoreCase,
            Some("24") => Comparison::Instant,
            Some("27") => Comparison::Numeric,
            Some("36") => Comparison::Digits,
            Some("50") => Comparison::Telephone,
            _ => Comparison::Exact,
        },
        _ => Comparison::Exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_the_directory_does() {
        use Comparison::{
            Boolean, Digits, DistinguishedName, Exact, FoldSpace, IgnoreCase, Instant, Numeric, Telephone,
        };
        for (equality, syntax, expected) in [
            ("caseIgnoreMatch", "15", IgnoreCase),
            ("caseIgnoreIA5Match", "26", IgnoreCase),
            ("caseIgnoreListMatch", "41", IgnoreCase),
            ("caseExactMatch", "15", FoldSpace),
            ("caseExactIA5Match", "26", FoldSpace),
            ("telephoneNumberMatch", "50", Telephone),
            ("distinguishedNameMatch", "12", DistinguishedName),
            ("uniqueMemberMatch", "34", DistinguishedName),
            ("integerMatch", "27", Numeric),
            ("numericStringMatch", "36", Digits),
            ("booleanMatch", "7", Boolean),
            ("generalizedTimeMatch", "24", Instant),
            ("octetStringMatch", "40", Exact),
            ("somebodysOwnMatch", "15", Exact),
            ("", "15", IgnoreCase),
            ("", "24", Instant),
            ("", "28", Exact),
        ] {
            let syntax = format!("1.3.6.1.4.1.1466.115.121.1.{syntax}");
            assert_eq!(comparison(equality, &syntax), expected, "{equality} {syntax}");
        }
    }
}
