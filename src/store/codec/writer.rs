//! Puts plain values into octets: lengths as LEB128, numbers little-endian, text as UTF-8.

use jiff::{Timestamp, civil::Date};

/// Grows a blob.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) octets: Vec<u8>,
}

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.octets.push(byte);
    }

    pub(super) fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.byte(length as u8 | 0x80);
            length >>= 7;
        }
        self.byte(length as u8);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.octets.extend_from_slice(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn number(&mut self, number: i64) {
        self.octets.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn instant(&mut self, instant: Timestamp) {
        self.number(instant.as_second());
        self.octets
            .extend_from_slice(&instant.subsec_nanosecond().to_le_bytes());
    }

    pub(super) fn date(&mut self, date: Date) {
        self.octets.extend_from_slice(&date.year().to_le_bytes());
        self.byte(date.month() as u8);
        self.byte(date.day() as u8);
    }

    pub(super) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn list<T>(&mut self, values: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.length(values.len());
        for value in values {
            write(self, value);
        }
    }
}
