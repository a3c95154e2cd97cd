//! The bits of `userAccountControl` (MS-ADTS, section 2.2.16): which of them usher sets, and which it leaves alone.

/// The attribute.
pub(in super::super) const ATTRIBUTE: &str = "userAccountControl";

/// `ADS_UF_ACCOUNTDISABLE`.
const DISABLED: u32 = 0x2;
/// `ADS_UF_NORMAL_ACCOUNT`, what an account has that nobody has said anything else of.
const NORMAL: u32 = 0x200;
/// `ADS_UF_LOCKOUT` and `ADS_UF_PASSWORD_EXPIRED`, which the server computes.
const COMPUTED: u32 = 0x10 | 0x0080_0000;

/// `ADS_UF_PASSWD_NOTREQD` and `ADS_UF_SMARTCARD_REQUIRED`: an account that is used without a password.
const NO_PASSWORD: u32 = 0x20 | 0x0004_0000;

/// Reads the bits of an account; nothing where there are none, as contacts have none.
pub(in super::super) fn bits(values: &[Vec<u8>]) -> Option<u32> {
    let text = std::str::from_utf8(values.first()?).ok()?;
    // old servers write it as a negative number if the highest bit is set
    let number: i64 = text.trim().parse().ok()?;
    u32::try_from(number & 0xFFFF_FFFF).ok()
}

/// Reports whether an account can be used.
pub(in super::super) fn is_usable(values: &[Vec<u8>]) -> Option<bool> {
    Some(bits(values)? & DISABLED == 0)
}

/// Reports whether an account may be usable although it has no password.
pub(in super::super) fn needs_no_password(values: &[Vec<u8>]) -> bool {
    bits(values).is_some_and(|bits| bits & NO_PASSWORD != 0)
}

/// Returns the bits an account has when it becomes usable or unusable: every other bit stays.
pub(in super::super) fn with_state(values: &[Vec<u8>], usable: bool) -> Vec<u8> {
    let bits = bits(values).unwrap_or(NORMAL);
    let bits = if usable { bits & !DISABLED } else { bits | DISABLED };
    bits.to_string().into_bytes()
}

/// Returns the bits that a record shows and a mapping sets: whether the account can be used is told apart, and what
/// the server computes is nobody's to set.
pub(in super::super) fn shown(values: &[Vec<u8>]) -> Option<Vec<u8>> {
    Some((bits(values)? & !(DISABLED | COMPUTED)).to_string().into_bytes())
}

/// Returns the bits an account has when a mapping sets them: it stays usable or unusable.
pub(in super::super) fn with_mapped(values: &[Vec<u8>], mapped: &[Vec<u8>]) -> Option<Vec<u8>> {
    let now = bits(values).unwrap_or(NORMAL);
    let kept = DISABLED | COMPUTED;
    let wanted = bits(mapped)?;
    Some(((wanted & !kept) | (now & kept)).to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<Vec<u8>> {
        vec![text.into()]
    }

    #[test]
    fn only_one_bit_says_whether_an_account_can_be_used() {
        for (now, usable, disabled, enabled) in [
            ("512", true, "514", "512"),
            ("514", false, "514", "512"),
            ("66048", true, "66050", "66048"),
            ("546", false, "546", "544"),
            ("8389120", true, "8389122", "8389120"),
        ] {
            assert_eq!(is_usable(&values(now)), Some(usable), "{now}");
            assert_eq!(with_state(&values(now), false), disabled.as_bytes(), "{now}");
            assert_eq!(with_state(&values(now), true), enabled.as_bytes(), "{now}");
        }
        assert_eq!(with_state(&[], false), b"514");
        assert!(needs_no_password(&values("544")) && needs_no_password(&values("262656")));
        assert!(!needs_no_password(&values("512")) && !needs_no_password(&[]));
        assert_eq!(is_usable(&[]), None);
        assert_eq!(bits(&values("-2147483136")), Some(0x8000_0200));
    }

    #[test]
    fn a_mapping_sets_the_bits_that_are_left() {
        assert_eq!(shown(&values("66066")), Some(b"66048".to_vec()));
        assert_eq!(
            with_mapped(&values("514"), &values("66048")),
            Some(b"66050".to_vec())
        );
        assert_eq!(with_mapped(&values("528"), &values("514")), Some(b"528".to_vec()));
        assert_eq!(with_mapped(&values("512"), &values("many")), None);
    }
}
