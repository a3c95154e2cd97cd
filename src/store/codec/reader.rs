//! Takes plain values out of octets; `None` wherever the octets end or make no sense.

use jiff::{Timestamp, civil::Date};

use crate::model::{RuleName, SystemName};

/// Names that come again and again, kept so that a hundred thousand operations share them.
#[derive(Default)]
pub(crate) struct Names {
    rules: Vec<RuleName>,
    systems: Vec<SystemName>,
}

/// How many names are kept: more are made anew each time.
const KEPT: usize = 64;

impl Names {
    /// Returns a rule's name, shared if it was seen before.
    pub(crate) fn rule(&mut self, name: &str) -> RuleName {
        shared(
            &mut self.rules,
            |known| known.as_str() == name,
            || RuleName::from(name),
        )
    }

    /// Returns a system's name, shared if it was seen before.
    pub(crate) fn system(&mut self, name: &str) -> SystemName {
        shared(
            &mut self.systems,
            |known| known.as_str() == name,
            || SystemName::from(name),
        )
    }
}

fn shared<T: Clone>(kept: &mut Vec<T>, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> T {
    if let Some(known) = kept.iter().find(|known| is(known)) {
        return known.clone();
    }
    let name = make();
    if kept.len() < KEPT {
        kept.push(name.clone());
    }
    name
}

/// What is left of a blob.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    pub(super) names: &'a mut Names,
}

impl<'a> Reader<'a> {
    pub(super) fn new(octets: &'a [u8], names: &'a mut Names) -> Self {
        Self { rest: octets, names }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    pub(super) fn truth(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        let mut length = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                // every item takes at least one octet, so a longer list than what is left is damage
                return (length <= self.rest.len()).then_some(length);
            }
        }
        None
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    pub(super) fn number(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn instant(&mut self) -> Option<Timestamp> {
        let second = self.number()?;
        Timestamp::new(second, i32::from_le_bytes(self.array()?)).ok()
    }

    pub(super) fn date(&mut self) -> Option<Date> {
        let year = i16::from_le_bytes(self.array()?);
        Date::new(year, self.byte()? as i8, self.byte()? as i8).ok()
    }

    #[expect(
        clippy::option_option,
        reason = "damage is one thing, a value that is not there another"
    )]
    pub(super) fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.truth()? {
            read(self).map(Some)
        } else {
            Some(None)
        }
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.length()?;
        let mut list = Vec::with_capacity(length);
        for _ in 0..length {
            list.push(read(self)?);
        }
        Some(list)
    }
}
