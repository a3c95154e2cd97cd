//! Security identifiers (MS-DTYP, section 2.4.2): `S-1-5-21-…` as text, octets on the wire.

/// Reads the octets of an identifier.
pub(in super::super) fn to_text(octets: &[u8]) -> Option<String> {
    let (&revision, rest) = octets.split_first()?;
    let (&count, rest) = rest.split_first()?;
    let (authority, parts) = rest.split_at_checked(6)?;
    if parts.len() != usize::from(count) * 4 {
        return None;
    }
    let authority = authority
        .iter()
        .fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
    let mut text = format!("S-{revision}-{authority}");
    for part in parts.chunks_exact(4) {
        let part = part
            .iter()
            .rev()
            .fold(0_u32, |sum, octet| sum << 8 | u32::from(*octet));
        text = format!("{text}-{part}");
    }
    Some(text)
}

/// Returns the octets of an identifier that is written as text.
pub(in super::super) fn to_octets(text: &str) -> Option<Vec<u8>> {
    let mut words = text.strip_prefix("S-")?.split('-');
    let revision: u8 = words.next()?.parse().ok()?;
    let authority: u64 = words.next()?.parse().ok()?;
    let parts = words.map(str::parse).collect::<Result<Vec<u32>, _>>().ok()?;
    let mut octets = vec![revision, u8::try_from(parts.len()).ok()?];
    octets.extend(authority.to_be_bytes().get(2..)?);
    for part in parts {
        octets.extend(part.to_le_bytes());
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_go_both_ways() {
        for text in [
            "S-1-5-21-3623811015-3361044348-30300820-1013",
            "S-1-5-32-544",
            "S-1-0",
        ] {
            let octets = to_octets(text).unwrap();
            assert_eq!(to_text(&octets).as_deref(), Some(text));
        }
        assert_eq!(
            to_octets("S-1-5-32-544").unwrap(),
            [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]
        );
    }

    #[test]
    fn nonsense_is_none() {
        for octets in [
            &[][..],
            &[1],
            &[1, 2, 0, 0, 0, 0, 0, 5],
            &[1, 1, 0, 0, 0, 0, 0, 5, 1, 0],
        ] {
            assert_eq!(to_text(octets), None, "{octets:?}");
        }
        for text in ["", "S-", "S-1", "S-1-5-x", "1-5-32"] {
            assert_eq!(to_octets(text), None, "{text}");
        }
    }
}
