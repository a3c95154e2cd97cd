//! What Active Directory takes for the time a password was set (MS-ADTS, section 3.1.1.5.3.2; `pwdLastSet`).

/// The attribute. No other directory has one of this name with other rules.
const ATTRIBUTE: &str = "pwdLastSet";

/// Says why a value cannot be written, if so.
pub(super) fn refusal(attribute: &str, value: &str) -> Option<String> {
    if !attribute.eq_ignore_ascii_case(ATTRIBUTE) || matches!(value.trim(), "0" | "-1") {
        return None;
    }
    Some(format!(
        "{attribute}: `{value}` cannot be written: 0 has another password chosen at the next sign-in, -1 says that it was \
         set now, and nothing else is taken"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_numbers_are_taken() {
        for value in ["1", "true", "", "2026-11-21", "134397528332945510"] {
            assert!(refusal("PwdLastSet", value).is_some(), "{value}");
        }
        for value in ["0", "-1"] {
            assert_eq!(refusal(ATTRIBUTE, value), None);
        }
        assert_eq!(refusal("title", "1"), None);
    }
}
