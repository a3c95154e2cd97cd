//! What the numbers mean that Active Directory hides in the text of a result (MS-ERREF).
//!
//! A result says `0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0`: the first word is a
//! Windows error, and of a refused bind the one after `data` is.

/// What is said of a reference to nothing.
pub(in super::super) const NOT_THERE: &str =
    "a value names an object that is not there: plan again, or correct the reference";

/// Says what a refused bind (result code 49) means, and what to do.
pub(in super::super) fn bind(text: &str) -> Option<&'static str> {
    Some(match after_data(text)? {
        0x525 => "there is no such account: correct bind_dn",
        0x52e => "the password is wrong: correct it where it is kept",
        0x52f => "the account may not sign in this way (account restriction): see its policy",
        0x530 => "the account may not sign in at this time: allow these hours",
        0x531 => "the account may not sign in from this machine: allow it (userWorkstations)",
        0x532 => "the password has expired: set a new one, or one that does not expire",
        0x533 => "the account is disabled: enable it",
        0x568 => "the account is in too many groups: take it out of some",
        0x701 => "the account has expired: set accountExpires to a later time",
        0x773 => "the password must be changed at the first sign-in: change it, or clear that demand",
        0x775 => "the account is locked after wrong passwords: unlock it, and see who uses an old one",
        _ => return None,
    })
}

/// Says what the Windows error in a refusal means, and what to do.
pub(in super::super) fn refusal(text: &str) -> Option<&'static str> {
    Some(match first_word(text)? {
        0x05 | 0x2098 => "access is denied: grant usher's account the right on the object or its container",
        0x1f => "passwords are only taken over an encrypted connection: use ldaps:// or start_tls = true",
        0x57 => "a value cannot be converted: see which attributes are written",
        0x523 => "the account name is not allowed: correct sAMAccountName",
        0x524 | 0x526 => "an object with this sAMAccountName exists already: choose another",
        0x528 | 0x562 => "it is a member of the group already",
        0x529 | 0x561 => "it is no member of the group",
        0x52b => "the old password is wrong",
        0x52c | 0x52d => {
            "the password does not satisfy the domain's policy (length, complexity, history or age), or there is none \
             and the account cannot be enabled: give it one that does"
        }
        0x55e => "it is the primary group of the account: make another group the primary one first",
        0x200a => "the attribute or value to remove is not there",
        0x200b => "a value does not have the form its attribute demands: correct the mapping",
        0x200c => "the schema does not know one of the attributes: correct the mapping",
        0x200d | 0x2083 => "the attribute has this value already",
        0x2010 | 0x2011 => "the domain controller has no more numbers for new objects: see its RID master",
        0x2014 => "the object's class demands or forbids one of the attributes: correct class or mapping",
        0x2015 | 0x208c => "there are objects below it: remove or move them first",
        0x2016 => "the naming attribute can only be changed by renaming",
        0x2071 => "an object with this name exists in the container already: choose another name",
        0x2077 => "the server does not let this attribute be changed in this way",
        0x2081 => "the attribute holds one value only: correct the mapping",
        0x2082 => "a value is too long or too short: correct the mapping",
        0x2084 | 0x2085 => "the value to remove is not there",
        0x2089 => "the container is not there: create it first",
        0x208d => "the object is not there",
        0x2099 => "the container cannot hold objects of this class: choose another",
        0x209a => "the attribute belongs to the server: take it out of the mapping",
        0x20b5 => NOT_THERE,
        0x216d => "the number of computers this account may add is used up",
        0x21c7 => "a servicePrincipalName is taken in the forest: choose another",
        0x21c8 => "the userPrincipalName is taken in the forest: choose another",
        _ => return None,
    })
}

/// The hexadecimal number a text begins with, if it is one of eight digits.
fn first_word(text: &str) -> Option<u32> {
    let (word, _) = text.trim_start().split_once(':')?;
    (word.len() == 8).then(|| u32::from_str_radix(word, 16).ok())?
}

/// The hexadecimal number after `data`.
fn after_data(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("data ")?;
    let digits = rest.split(|sign: char| !sign.is_ascii_hexdigit()).next()?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_are_told_apart() {
        let text = |data: &str| {
            format!(
                "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v3839"
            )
        };
        for (data, means) in [
            ("525", "no such account"),
            ("52e", "password is wrong"),
            ("530", "at this time"),
            ("531", "this machine"),
            ("532", "has expired: set a new one"),
            ("533", "disabled"),
            ("701", "account has expired"),
            ("773", "must be changed"),
            ("775", "locked"),
        ] {
            assert!(bind(&text(data)).unwrap().contains(means), "{data}");
        }
        for other in ["", "data", "data zz", &text("1")] {
            assert_eq!(bind(other), None, "{other}");
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        for (text, means) in [
            (
                "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
                "policy",
            ),
            (
                "0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
                "encrypted",
            ),
            (
                "00002098: SecErr: DSID-03150E49, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0",
                "denied",
            ),
            (
                "00000524: UpdErr: DSID-031A11C0, problem 6005 (ENTRY_EXISTS), data 0",
                "sAMAccountName exists",
            ),
            (
                "00002071: UpdErr: DSID-0305038D, problem 6005 (ENTRY_EXISTS), data 0",
                "name exists",
            ),
        ] {
            assert!(refusal(text).unwrap().contains(means), "{text}");
        }
        for other in ["", "0000052D", "52D: x", "no code: here", "0000FFFF: x"] {
            assert_eq!(refusal(other), None, "{other}");
        }
    }
}
