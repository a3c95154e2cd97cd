//! Security identifiers as text (MS-DTYP, section 2.4.2.1), and which of them give power over a domain.
//!
//! Groups of Active Directory are called otherwise in every language and may be renamed; their identifiers stay.

/// What identifiers of groups that are in every domain begin with (the domain `Builtin`).
const BUILT_IN: &str = "S-1-5-32-";

/// What identifiers of whatever is in a domain of its own begin with; the domain's three numbers follow.
const OF_DOMAIN: &str = "S-1-5-21-";

/// The built-in groups with power over domain controllers (MS-DTYP, section 2.4.2.4): their last numbers, and what they
/// are called in English.
const BUILT_IN_GROUPS: [(&str, &str); 6] = [
    ("544", "Administrators"),
    ("548", "Account Operators"),
    ("549", "Server Operators"),
    ("550", "Print Operators"),
    ("551", "Backup Operators"),
    ("552", "Replicator"),
];

/// Those with power over a domain or its forest.
const DOMAIN_GROUPS: [(&str, &str); 9] = [
    ("498", "Enterprise Read-only Domain Controllers"),
    ("512", "Domain Admins"),
    ("516", "Domain Controllers"),
    ("518", "Schema Admins"),
    ("519", "Enterprise Admins"),
    ("520", "Group Policy Creator Owners"),
    ("521", "Read-only Domain Controllers"),
    ("526", "Key Admins"),
    ("527", "Enterprise Key Admins"),
];

/// The accounts that every domain begins with and which are as powerful: Administrator and krbtgt.
const DOMAIN_ACCOUNTS: [&str; 2] = ["500", "502"];

/// Returns the English name of a group that makes its members privileged in any domain, by its identifier as text;
/// nothing for any other.
pub fn privileged_group(sid: &str) -> Option<&'static str> {
    let (number, groups) = match last_number(sid, BUILT_IN, 0) {
        Some(number) => (number, &BUILT_IN_GROUPS[..]),
        None => (last_number(sid, OF_DOMAIN, 3)?, &DOMAIN_GROUPS[..]),
    };
    let known = groups.iter().find(|(known, _)| *known == number);
    known.map(|(_, name)| *name)
}

/// Reports whether an identifier, as text, is that of an account which is privileged in any domain by itself.
pub fn is_privileged_account(sid: &str) -> bool {
    last_number(sid, OF_DOMAIN, 3).is_some_and(|number| DOMAIN_ACCOUNTS.contains(&number))
}

/// The last number of an identifier that begins so and has so many numbers in between.
fn last_number<'s>(sid: &'s str, begins: &str, between: usize) -> Option<&'s str> {
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|octet| octet.is_ascii_digit());
    let head = sid.get(..begins.len())?;
    let rest = head.eq_ignore_ascii_case(begins).then(|| &sid[begins.len()..])?;
    let mut words = rest.split('-');
    let has_all = words
        .by_ref()
        .take(between)
        .filter(|word| is_number(word))
        .count()
        == between;
    let last = words.next().filter(|word| is_number(word))?;
    (has_all && words.next().is_none()).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_group(sid: &str) -> bool {
        privileged_group(sid).is_some()
    }

    #[test]
    fn groups_are_told_by_their_numbers() {
        const DOMAIN: &str = "S-1-5-21-3623811015-3361044348-30300820";
        for number in [498, 512, 516, 518, 519, 520, 521, 526, 527] {
            assert!(is_group(&format!("{DOMAIN}-{number}")), "{number}");
        }
        for number in [500, 501, 502, 513, 514, 515, 517, 553, 571, 572, 1105, 5120] {
            assert!(!is_group(&format!("{DOMAIN}-{number}")), "{number}");
        }
        for number in [544, 548, 549, 550, 551, 552] {
            assert!(is_group(&format!("s-1-5-32-{number}")), "{number}");
        }
        for sid in [
            "S-1-5-32-545",
            "S-1-5-32-512",
            "S-1-5-21-1-2-512",
            "S-1-5-21-1-2-3-4-512",
            "S-1-5-21-1-2-3-512-7",
            "S-1-5-21--2-3-512",
            "S-1-5-21-1-2-3-",
            "S-1-18-512",
            "512",
            "",
            "Ä-1-5-32-544",
        ] {
            assert!(!is_group(sid), "{sid}");
        }
    }

    #[test]
    fn accounts_are_told_by_their_numbers() {
        for (number, expected) in [
            (500, true),
            (501, false),
            (502, true),
            (512, false),
            (1500, false),
        ] {
            let sid = format!("S-1-5-21-1-2-3-{number}");
            assert_eq!(is_privileged_account(&sid), expected, "{sid}");
        }
    }
}
