//! Search filters (RFC 4515) made of outside text.

use std::fmt::Write as _;

/// Escapes octets so that they stand for themselves in a filter.
pub(super) fn escape(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value {
        match byte {
            b'*' | b'(' | b')' | b'\\' | 0..=0x1f | 0x7f.. => {
                // writing to a String cannot fail
                let _ = write!(text, "\\{byte:02x}");
            }
            byte => text.push(char::from(*byte)),
        }
    }
    text
}

/// `(attribute=value)`.
pub(super) fn equal(attribute: &str, value: &[u8]) -> String {
    format!("({attribute}={})", escape(value))
}

/// All of them, or any of them, by `sign` (`&` or `|`); one alone stands for itself.
pub(super) fn combine(sign: char, parts: &[impl AsRef<str>]) -> String {
    match parts {
        [one] => one.as_ref().to_owned(),
        parts => {
            let parts: String = parts.iter().map(AsRef::as_ref).collect();
            format!("({sign}{parts})")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_from_outside_is_syntax() {
        assert_eq!(equal("uid", b"a*)(uid=\\\0"), r"(uid=a\2a\29\28uid=\5c\00)");
        assert_eq!(equal("cn", "ü".as_bytes()), r"(cn=\c3\bc)");
        assert_eq!(combine('|', &["(a=b)"]), "(a=b)");
        assert_eq!(combine('&', &["(a=b)", "(c=d)"]), "(&(a=b)(c=d))");
    }

    proptest! {
        #[test]
        fn every_value_makes_a_filter(value in proptest::collection::vec(any::<u8>(), 0..20)) {
            prop_assert!(ldap3::parse_filter(equal("cn", &value)).is_ok());
        }
    }
}
