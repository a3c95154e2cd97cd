//! What Active Directory allows for the logon name of an account (MS-ADTS, section 3.1.1.6; `sAMAccountName`).

/// The attribute. No other directory has one of this name with other rules.
const ATTRIBUTE: &str = "sAMAccountName";

/// How many characters a name has at most: older systems cannot sign in with more.
const LONGEST: usize = 20;

/// What a name cannot hold.
const FORBIDDEN: &str = "\"/\\[]:;|=,+*?<>@";

/// Says why a value cannot be a logon name, if so.
pub(super) fn refusal(attribute: &str, value: &str) -> Option<String> {
    if !attribute.eq_ignore_ascii_case(ATTRIBUTE) {
        return None;
    }
    let count = value.chars().count();
    let why = if count > LONGEST {
        format!("has {count} characters, and {LONGEST} are allowed: shorten it, as `Left(…, {LONGEST})` does")
    } else if let Some(sign) = value
        .chars()
        .find(|sign| FORBIDDEN.contains(*sign) || sign.is_control())
    {
        format!("holds {sign:?}, which is not allowed: replace it, as `Replace(…)` does")
    } else if value.ends_with('.') {
        "ends with a full stop, which is not allowed: cut it off".to_owned()
    } else if value.chars().all(|sign| matches!(sign, ' ' | '.')) {
        "holds nothing but blanks and full stops: choose another".to_owned()
    } else {
        return None;
    };
    Some(format!("{attribute}: `{value}` {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_before_they_are_planned() {
        for (value, means) in [
            ("abcdefghijklmnopqrstu", "21 characters"),
            ("ana,novak", "','"),
            ("ana@x", "'@'"),
            ("ana\t", "'\\t'"),
            ("ana.", "full stop"),
            (". .", "full stop"),
            ("   ", "blanks"),
        ] {
            let refusal = refusal("samaccountname", value).unwrap();
            assert!(refusal.contains(means), "{refusal}");
        }
        for value in ["ana.novak", "müller", "o'brien", "abcdefghijklmnopqrst", "Žak 1"] {
            assert_eq!(refusal(ATTRIBUTE, value), None, "{value}");
        }
        assert_eq!(refusal("uid", "a,b"), None);
    }
}
