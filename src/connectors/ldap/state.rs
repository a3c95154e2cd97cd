//! What an entry says of itself beside its attributes: its immutable id, and whether the account can be used.

use super::{
    Disable, Section,
    active_directory::{control, form::Form},
    entry::Entry,
};
use crate::model::dn;

/// The value that locks an account for good (draft-behera-ldap-password-policy, section 5.3.3).
pub(super) const LOCKED: &str = "000001010000Z";

/// The day, counted from 1 January 1970, since which an expired account is expired. 0 means "never" to some systems.
const EXPIRED: &str = "1";

/// Returns the attribute that locks an account.
pub(super) fn attribute(disable: &Disable) -> Option<&'static str> {
    match disable {
        Disable::Ppolicy => Some("pwdAccountLockedTime"),
        Disable::NsAccountLock => Some("nsAccountLock"),
        Disable::Shadow => Some("shadowExpire"),
        Disable::UserAccountControl => Some(control::ATTRIBUTE),
        Disable::None | Disable::Container(_) => None,
    }
}

/// Returns the values of that attribute that make an account usable or unusable, given those it has.
pub(super) fn values(disable: &Disable, current: &[Vec<u8>], usable: bool) -> Vec<Vec<u8>> {
    match disable {
        Disable::UserAccountControl => vec![control::with_state(current, usable)],
        _ if usable => Vec::new(),
        Disable::Ppolicy => vec![LOCKED.into()],
        Disable::Shadow => vec![EXPIRED.into()],
        _ => vec![b"TRUE".to_vec()],
    }
}

/// Reports whether the account can be used; `None` where the directory has no such state.
pub(super) fn enabled(disable: &Disable, entry: &Entry) -> Option<bool> {
    match disable {
        Disable::None => None,
        // another time is a lock after wrong passwords, which ends by itself
        Disable::Ppolicy => Some(entry.text("pwdAccountLockedTime") != Some(LOCKED)),
        Disable::NsAccountLock => Some(
            !entry
                .text("nsAccountLock")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
        ),
        // another day is an end that somebody else has set
        Disable::Shadow => Some(entry.text("shadowExpire") != Some(EXPIRED)),
        // contacts and groups have none
        Disable::UserAccountControl => control::is_usable(entry.get(control::ATTRIBUTE)?),
        Disable::Container(container) => Some(!dn::is_below(&entry.dn, container)),
    }
}

/// Returns the immutable id; a binary one as a GUID in the mixed order of Active Directory.
pub(super) fn anchor(section: &Section, entry: &Entry) -> Option<String> {
    let octets = entry
        .get(&section.anchor)?
        .first()
        .filter(|octets| !octets.is_empty())?;
    match Form::of(&section.anchor) {
        Some(form) => form.to_text(octets),
        None => String::from_utf8(octets.clone()).ok(),
    }
}

/// Returns the octets of an id as a filter wants them.
pub(super) fn anchor_octets(section: &Section, anchor: &str) -> Vec<u8> {
    match Form::of(&section.anchor) {
        Some(form) => form.to_octets(anchor),
        None => anchor.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_lock_is_recognised() {
        let entry = |name: &str, value: &str| Entry {
            dn: "uid=a,ou=b".to_owned(),
            attributes: vec![(name.to_owned(), vec![value.into()])],
        };
        for (disable, other) in [
            (Disable::Ppolicy, "20261121053000Z"),
            (Disable::NsAccountLock, "false"),
            (Disable::Shadow, "20000"),
        ] {
            let name = attribute(&disable).unwrap();
            let value = values(&disable, &[], false).pop().unwrap();
            let locked = entry(&name.to_uppercase(), std::str::from_utf8(&value).unwrap());
            assert_eq!(enabled(&disable, &locked), Some(false), "{disable:?}");
            assert_eq!(enabled(&disable, &entry(name, other)), Some(true), "{disable:?}");
            assert_eq!(enabled(&disable, &entry("cn", "a")), Some(true), "{disable:?}");
            assert!(values(&disable, &[], true).is_empty());
        }
        let container = Disable::Container("OU=b".to_owned());
        assert_eq!(enabled(&container, &entry("cn", "a")), Some(false));
        assert_eq!(enabled(&Disable::None, &entry("cn", "a")), None);
        let bits = Disable::UserAccountControl;
        assert_eq!(enabled(&bits, &entry("userAccountControl", "66050")), Some(false));
        assert_eq!(enabled(&bits, &entry("userAccountControl", "512")), Some(true));
        assert_eq!(enabled(&bits, &entry("cn", "a contact")), None);
    }
}
