//! An entry in canonical form, and what is computed of it: digest, hash and line.

use std::ops::Range;

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use super::{Entry, Record, canonical};
use crate::model::Actor;

/// A SHA-256 in hexadecimal digits.
pub(super) type Digits = [u8; 64];

/// What stands before the details of an entry.
const DETAILS: &str = ",\"details\":";

/// An entry in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rendered {
    text: String,
    /// Where its details are, with their name.
    details: Range<usize>,
}

/// Place of a record in the chain.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) sequence: u64,
    pub(super) previous: &'a str,
    pub(super) details_digest: &'a str,
}

/// What an entry is but its details.
#[derive(Debug, Clone, Copy)]
pub struct Outline<'a> {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: &'a Actor,
    /// What was done.
    pub action: &'a str,
    /// To whom or what.
    pub subject: &'a str,
    /// In words.
    pub summary: &'a str,
}

impl<'a> From<&'a Entry> for Outline<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            at: entry.at,
            actor: &entry.actor,
            action: &entry.action,
            subject: &entry.subject,
            summary: &entry.summary,
        }
    }
}

impl Rendered {
    /// Renders an entry; `details` writes its details in canonical form.
    pub(super) fn new(outline: &Outline<'_>, details: impl FnOnce(&mut String)) -> Self {
        use std::fmt::Write as _;
        let mut out = String::with_capacity(1024);
        out.push_str("{\"action\":");
        canonical::text(&mut out, outline.action);
        out.push_str(",\"actor\":{");
        if let Some(client) = &outline.actor.ssh_client {
            out.push_str("\"ssh_client\":");
            canonical::text(&mut out, client);
            out.push(',');
        }
        out.push_str("\"user\":");
        canonical::text(&mut out, &outline.actor.user);
        // writing to a String cannot fail
        let _ = write!(out, "}},\"at\":\"{}\"", outline.at);
        let begin = out.len();
        out.push_str(DETAILS);
        details(&mut out);
        let end = out.len();
        out.push_str(",\"subject\":");
        canonical::text(&mut out, outline.subject);
        out.push_str(",\"summary\":");
        canonical::text(&mut out, outline.summary);
        out.push('}');
        Self {
            text: out,
            details: begin..end,
        }
    }

    /// Renders the entry of a record as it is.
    pub(super) fn of(record: &Record) -> Self {
        let entry = &record.entry;
        Self::new(&entry.into(), |out| canonical::write(out, &entry.details))
    }

    /// Computes the digest of the details.
    pub(super) fn details_digest(&self, salt: &str) -> Digits {
        let details = &self.text[self.details.start + DETAILS.len()..self.details.end];
        digits(&[salt, details])
    }

    /// Computes the hash of the record with this entry at a place.
    pub(super) fn hash(&self, place: Place<'_>) -> Digits {
        let sequence = place.sequence.to_string();
        digits(&[
            "{\"details_digest\":\"",
            place.details_digest,
            "\",\"entry\":",
            &self.text[..self.details.start],
            &self.text[self.details.end..],
            ",\"previous\":\"",
            place.previous,
            "\",\"sequence\":",
            &sequence,
            "}",
        ])
    }

    /// Renders the record with this entry at a place, as it is exported and stored.
    pub(super) fn line(&self, place: Place<'_>, salt: &str, hash: &str) -> String {
        let sequence = place.sequence.to_string();
        [
            "{\"details_digest\":\"",
            place.details_digest,
            "\",\"entry\":",
            &self.text,
            ",\"hash\":\"",
            hash,
            "\",\"previous\":\"",
            place.previous,
            "\",\"salt\":\"",
            salt,
            "\",\"sequence\":",
            &sequence,
            "}",
        ]
        .concat()
    }
}

/// Lends digits as text.
pub(super) fn as_text(digits: &Digits) -> &str {
    // they are digits
    std::str::from_utf8(digits).unwrap_or_default()
}

/// Computes the SHA-256 of texts one after the other.
pub(super) fn digits(texts: &[&str]) -> Digits {
    let mut context = Context::new(&SHA256);
    for text in texts {
        context.update(text.as_bytes());
    }
    let mut digits = [0; 64];
    for (pair, octet) in digits
        .as_chunks_mut::<2>()
        .0
        .iter_mut()
        .zip(context.finish().as_ref())
    {
        *pair = [digit(octet >> 4), digit(octet & 15)];
    }
    digits
}

const fn digit(number: u8) -> u8 {
    b"0123456789abcdef"[number as usize]
}
