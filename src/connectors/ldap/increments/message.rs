//! The messages of content synchronisation (RFC 4533), taken apart without trust: what is malformed is `None`.

use ldap3::asn1::{PL, StructureTag, TagClass, parse_tag};

use super::super::entry::{constructed, primitive};

/// Marks a Sync Info message (RFC 4533, section 2.5).
const SYNC_INFO: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.4";
/// The control on each entry (RFC 4533, section 2.3).
pub(super) const STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
/// The control on the result (RFC 4533, section 2.4).
pub(super) const DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";

/// What a message between entries says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) cookie: Option<Vec<u8>>,
    /// The ids it lists, and whether they are those of deleted entries; else of entries that are still there.
    pub(super) ids: Option<(Vec<Vec<u8>>, bool)>,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Present,
    /// Added or modified: the entry comes with it.
    Changed,
    Deleted,
}

/// Takes a message between entries apart; another one than Sync Info says nothing.
pub(super) fn info(message: StructureTag) -> Option<Info> {
    let mut parts = constructed(message)?.into_iter();
    let name = parts.next().and_then(primitive)?;
    if name != SYNC_INFO {
        return Some(Info::default());
    }
    let value = parts.next().and_then(primitive)?;
    let (_, tag) = parse_tag(&value).ok()?;
    if tag.class != TagClass::Context {
        return None;
    }
    match tag.id {
        0 => Some(Info {
            cookie: Some(primitive(tag)?),
            ids: None,
        }),
        kind @ 1..=3 => listed(constructed(tag)?, kind == 3),
        _ => None,
    }
}

fn listed(parts: Vec<StructureTag>, lists_ids: bool) -> Option<Info> {
    let mut info = Info::default();
    let mut deletes = false;
    let mut ids = Vec::new();
    for part in parts {
        match (part.id, part.payload) {
            (4, PL::P(cookie)) => info.cookie = Some(cookie),
            (1, PL::P(flag)) => deletes = *flag.first()? != 0,
            (17, PL::C(set)) => ids = set.into_iter().map(primitive).collect::<Option<_>>()?,
            _ => return None,
        }
    }
    if lists_ids {
        info.ids = Some((ids, deletes));
    }
    Some(info)
}

/// Takes the control of an entry apart: how it stands, its id, a cookie.
pub(super) fn state(value: &[u8]) -> Option<(State, Vec<u8>, Option<Vec<u8>>)> {
    let (_, tag) = parse_tag(value).ok()?;
    let mut parts = constructed(tag)?.into_iter();
    let state = match parts.next().and_then(primitive)?.as_slice() {
        [0] => State::Present,
        [1 | 2] => State::Changed,
        [3] => State::Deleted,
        _ => return None,
    };
    let id = parts.next().and_then(primitive)?;
    Some((state, id, parts.next().and_then(primitive)))
}

/// Takes the control of the result apart: a cookie, and whether what was not named is still there.
pub(super) fn done(value: &[u8]) -> Option<(Option<Vec<u8>>, bool)> {
    let (_, tag) = parse_tag(value).ok()?;
    let (mut cookie, mut deletes) = (None, false);
    for part in constructed(tag)? {
        match (part.id, part.payload) {
            (4, PL::P(octets)) => cookie = Some(octets),
            (1, PL::P(flag)) => deletes = *flag.first()? != 0,
            _ => return None,
        }
    }
    Some((cookie, deletes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(value: &[u8]) -> StructureTag {
        let octets = |id, octets: &[u8]| StructureTag {
            class: TagClass::Context,
            id,
            payload: PL::P(octets.to_vec()),
        };
        StructureTag {
            class: TagClass::Application,
            id: 25,
            payload: PL::C(vec![octets(0, SYNC_INFO), octets(1, value)]),
        }
    }

    #[test]
    fn messages_are_taken_apart() {
        let cookie = Some(b"c".to_vec());
        assert_eq!(
            info(message(b"\x80\x01c")),
            Some(Info {
                cookie: cookie.clone(),
                ids: None
            })
        );
        let ids = b"\xa3\x0b\x04\x01c\x01\x01\xff\x31\x03\x04\x01i";
        assert_eq!(
            info(message(ids)),
            Some(Info {
                cookie: cookie.clone(),
                ids: Some((vec![b"i".to_vec()], true))
            })
        );
        assert_eq!(
            state(b"\x30\x06\x0a\x01\x03\x04\x01i"),
            Some((State::Deleted, b"i".to_vec(), None))
        );
        assert_eq!(done(b"\x30\x06\x04\x01c\x01\x01\x00"), Some((cookie, false)));
        assert_eq!(done(b"\x30\x00"), Some((None, false)));
    }

    #[test]
    fn malformed_messages_are_refused() {
        for value in [
            &b""[..],
            b"\x30",
            b"\x84\x00",
            b"\xa3\x02\x02\x00",
            b"\xa3\x02\x01\x00",
            b"\x80\x05c",
        ] {
            assert_eq!(info(message(value)), None, "{value:?}");
        }
        for value in [
            &b""[..],
            b"\x04\x00",
            b"\x30\x00",
            b"\x30\x06\x0a\x01\x07\x04\x01i",
            b"\x30\x03\x0a\x01\x01",
        ] {
            assert!(state(value).is_none(), "{value:?}");
        }
        for value in [&b""[..], b"\x04\x00", b"\x30\x02\x01\x00", b"\x30\x02\x02\x00"] {
            assert!(done(value).is_none(), "{value:?}");
        }
    }
}
