//! Why Active Directory denies access to one object although usher's account has rights beside it.

use ldap3::{LdapResult, controls::RawControl};

use super::{
    super::{
        connection::Session,
        failure::{refused, said},
    },
    sid,
};
use crate::connectors::{ObjectRef, WriteError};

/// The result code of access that is denied.
const DENIED: u32 = 50;

/// The control that says which parts of a security descriptor are wanted, and its value: the access list only.
const PARTS: &str = "1.2.840.113556.1.4.801";
const ACCESS_LIST: [u8; 5] = [0x30, 3, 2, 1, 4];

/// The rights to delete an object, and to delete it with all below it (MS-ADTS, section 5.1.3.2).
const DELETE: u32 = 0x0001_0000 | 0x40;

/// Whom everybody is.
const EVERYBODY: &str = "S-1-1-0";

/// Says why a write to an object was refused. Where access was denied the object tells more than the answer.
pub(in super::super) async fn explained(
    session: &Session,
    object: &ObjectRef,
    what: &str,
    result: &LdapResult,
) -> WriteError {
    if result.rc != DENIED || !session.section.is_active_directory() {
        return refused(what, result);
    }
    let wanted = ["adminCount".to_owned(), "nTSecurityDescriptor".to_owned()];
    let control = RawControl {
        ctype: PARTS.to_owned(),
        crit: false,
        val: Some(ACCESS_LIST.to_vec()),
    };
    let found = session.entry_with(&object.location, &wanted, control).await;
    let Ok(Some(entry)) = found else {
        return refused(what, result);
    };
    let descriptor = entry.get("nTSecurityDescriptor").and_then(<[_]>::first);
    let why = if descriptor.is_some_and(|octets| is_protected(octets)) {
        "the object is protected from accidental deletion, which also forbids to move it: take the protection away first"
    } else if entry.text("adminCount") == Some("1") {
        "the account is, or was, in a privileged group (adminCount is 1), and AdminSDHolder takes away within an hour \
         what rights it is given: have it managed by an administrator, or take it out of the group, clear adminCount \
         and let it inherit its rights again"
    } else {
        return refused(what, result);
    };
    WriteError::Refused(format!("{what}: {why}{}", said(result)))
}

/// Reports whether an access list denies everybody to delete the object (MS-DTYP, section 2.4.6).
fn is_protected(descriptor: &[u8]) -> bool {
    denials(descriptor).unwrap_or_default()
}

fn denials(descriptor: &[u8]) -> Option<bool> {
    let at = usize::try_from(u32::from_le_bytes(descriptor.get(16..20)?.try_into().ok()?)).ok()?;
    let list = descriptor.get(at..).filter(|_| at > 0)?;
    let count = u16::from_le_bytes(list.get(4..6)?.try_into().ok()?);
    let mut rest = list.get(8..)?;
    for _ in 0..count {
        let kind = *rest.first()?;
        let size = usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?));
        let entry = rest.get(..size)?;
        // ACCESS_DENIED_ACE: a mask, then whom it is about
        if kind == 1 {
            let mask = u32::from_le_bytes(entry.get(4..8)?.try_into().ok()?);
            let whom = entry.get(8..).and_then(sid::to_text);
            if mask & DELETE != 0 && whom.as_deref() == Some(EVERYBODY) {
                return Some(true);
            }
        }
        rest = rest.get(size.max(4)..)?;
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(entries: &[(u8, u32, &str)]) -> Vec<u8> {
        let mut list = Vec::new();
        for (kind, mask, whom) in entries {
            let whom = sid::to_octets(whom).unwrap();
            list.extend([*kind, 0]);
            list.extend(u16::try_from(8 + whom.len()).unwrap().to_le_bytes());
            list.extend(mask.to_le_bytes());
            list.extend(whom);
        }
        let mut octets = vec![1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
        octets.extend([4, 0]);
        octets.extend(u16::try_from(8 + list.len()).unwrap().to_le_bytes());
        octets.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
        octets.extend([0, 0]);
        octets.extend(list);
        octets
    }

    #[test]
    fn protection_is_a_denial_to_everybody() {
        for (entries, protected) in [
            (&[(0, DELETE, EVERYBODY)][..], false),
            (&[(0, 1, "S-1-5-32-544"), (1, 0x0001_0040, EVERYBODY)], true),
            (&[(1, 0x20, EVERYBODY)], false),
            (&[(1, DELETE, "S-1-5-32-544")], false),
            (&[], false),
        ] {
            assert_eq!(is_protected(&descriptor(entries)), protected, "{entries:?}");
        }
        let whole = descriptor(&[(1, DELETE, EVERYBODY)]);
        for length in 0..whole.len() {
            assert!(!is_protected(&whole[..length]), "cut at {length}");
        }
    }
}
