//! From where an incremental read goes on.

use std::fmt;

use ldap3::ResultEntry;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::{
    super::{entry::Entry, freshness::AsOf},
    Increments,
    domain::{self, Position},
};

/// What is not written as it is: blanks part the words of the text.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// How changes are found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Mechanism {
    Sync,
    Accesslog,
    Changelog,
    Timestamp,
    Dirsync,
    Numbers,
}

impl Mechanism {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Sync, "sync"),
        (Self::Accesslog, "accesslog"),
        (Self::Changelog, "changelog"),
        (Self::Timestamp, "timestamp"),
        (Self::Dirsync, "dirsync"),
        (Self::Numbers, "usn"),
    ];

    /// Reports whether it goes by the numbers of a domain controller of Active Directory.
    pub(super) const fn is_of_domain(self) -> bool {
        matches!(self, Self::Dirsync | Self::Numbers)
    }

    /// The mechanisms that are to be tried, in this order.
    pub(super) const fn of(wanted: Increments) -> &'static [Self] {
        match wanted {
            Increments::Domain => &[Self::Dirsync, Self::Numbers],
            Increments::Dirsync => &[Self::Dirsync],
            Increments::Usn => &[Self::Numbers],
            Increments::None => &[],
            Increments::Auto => &[Self::Sync, Self::Accesslog, Self::Changelog, Self::Timestamp],
            Increments::Sync => &[Self::Sync],
            Increments::Accesslog => &[Self::Accesslog],
            Increments::Changelog => &[Self::Changelog],
            Increments::Timestamp => &[Self::Timestamp],
        }
    }
}

/// From where to go on: good at the server it comes from only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Cursor {
    pub(super) mechanism: Mechanism,
    pub(super) server: String,
    /// The newest time stamp of an entry seen so far, by the server's clock (RFC 4517, section 3.3.13).
    pub(super) newest: String,
    /// A digest of the containers there are.
    pub(super) containers: String,
    /// What the mechanism itself goes on from.
    pub(super) position: String,
}

impl Cursor {
    /// Begins at a position at a server.
    pub(super) fn new(mechanism: Mechanism, place: &str, position: String) -> Self {
        Self {
            mechanism,
            server: AsOf::name(place),
            newest: String::new(),
            containers: String::new(),
            position,
        }
    }

    /// Reports whether it is one at a server.
    pub(in super::super) fn is_at(&self, place: &str) -> bool {
        self.server == AsOf::name(place)
    }

    /// Takes in the time stamps of entries.
    pub(super) fn saw<'e>(&mut self, entries: impl Iterator<Item = &'e ResultEntry>) {
        for entry in entries {
            if let Ok(entry) = Entry::from_tag(entry.0.clone()) {
                self.saw_time(entry.text("modifyTimestamp"));
            }
        }
    }

    /// Takes in a time stamp; what is no such thing is passed over.
    pub(in super::super) fn saw_time(&mut self, time: Option<&str>) {
        let Some(time) = time.and_then(second) else { return };
        if self.newest.as_str() < time {
            self.newest = format!("{time}Z");
        }
    }

    /// Returns the attribute by which it is told which containers were changed since.
    pub(super) const fn stamp(&self) -> &'static str {
        if self.mechanism.is_of_domain() {
            domain::CHANGED
        } else {
            "modifyTimestamp"
        }
    }

    /// Returns whether a value of that attribute is newer than this, or may be: one that is not told, for instance.
    pub(super) fn is_before(&self, stamp: Option<&str>) -> bool {
        if self.mechanism.is_of_domain() {
            let known = Position::parse(&self.position).map(|position| position.number);
            let number = stamp.and_then(|number| number.parse::<u64>().ok());
            return known.zip(number).is_none_or(|(known, number)| number > known);
        }
        let time = stamp.and_then(second).zip(second(&self.newest));
        time.is_none_or(|(time, newest)| time >= newest)
    }

    /// Returns whether it can be gone on from: without any time stamp it cannot.
    pub(in super::super) fn is_good(&self) -> bool {
        !self.newest.is_empty()
    }

    /// Reads what `Display` writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut word = || Some(percent_decode_str(words.next()?).decode_utf8().ok()?.into_owned());
        let name = word()?;
        let (mechanism, _) = Mechanism::ALL.into_iter().find(|(_, known)| *known == name)?;
        let cursor = Self {
            mechanism,
            server: word()?,
            newest: word()?,
            containers: word()?,
            position: word()?,
        };
        (second(&cursor.newest).is_some()).then_some(cursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Mechanism::ALL.into_iter();
        let name = names.find(|(known, _)| *known == self.mechanism);
        write!(
            formatter,
            "{} {} {} {} {}",
            name.map_or("", |(_, name)| name),
            utf8_percent_encode(&self.server, ESCAPED),
            utf8_percent_encode(&self.newest, ESCAPED),
            utf8_percent_encode(&self.containers, ESCAPED),
            utf8_percent_encode(&self.position, ESCAPED)
        )
    }
}

/// Returns year to second of a time stamp, which sorts by time.
pub(super) fn second(time: &str) -> Option<&str> {
    time.get(..14)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_as_text() {
        let mut cursor = Cursor {
            mechanism: Mechanism::Sync,
            server: "[::1]:389".to_owned(),
            newest: String::new(),
            containers: String::new(),
            position: "rid=000,csn=20261121#0 \n%".to_owned(),
        };
        assert!(!cursor.is_good());
        for time in ["20261121080000Z", "20261121070000.123Z", "never", ""] {
            cursor.saw_time(Some(time));
        }
        assert_eq!(cursor.newest, "20261121080000Z");
        assert!(!cursor.to_string().contains('\n'));
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        for text in [
            "",
            "sync",
            "sync a 20261121080000Z",
            "other a 20261121080000Z 1",
            "sync a now 1",
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
