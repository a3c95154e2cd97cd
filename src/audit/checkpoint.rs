//! Checkpoints: records of the chain that sign it up to themselves.
//!
//! A checkpoint signs the record right before it, by number and hash, and with it everything before. What is signed
//! is five lines, each ended by a line feed: `usher audit checkpoint 1`, the number, the hash, the instant, and the
//! fingerprint of the key. So OpenSSL checks one, given the signature's octets and the public key's file:
//!
//! ```sh
//! openssl pkeyutl -verify -pubin -inkey usher.db-audit-key.pub -rawin -in five-lines -sigfile signature
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Draft, Entry, Head, KeyError, KeyFile, PublicKey, Record, SigningKey};

/// A checkpoint comes at the latest after so many records.
pub const EVERY: u64 = 1000;
/// The action of a checkpoint's record.
pub const ACTION: &str = "checkpoint";
/// What is followed by a checkpoint whatever the number: the ends of runs and of console sessions, and what is
/// carried elsewhere.
const ENDS: [&str; 4] = ["run-end", "logout", "anchor", super::archive::ACTION];

/// A signed place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The number of the last record it covers: so many records there were.
    pub sequence: u64,
    /// The hash of that record, hexadecimal.
    pub head: String,
    /// When it was signed.
    pub at: Timestamp,
    /// The fingerprint of the key.
    pub key: String,
    /// The public key, base64.
    pub public_key: String,
    /// The signature, base64.
    pub signature: String,
}

impl Checkpoint {
    /// Signs a head.
    pub fn sign(head: &Head, at: Timestamp, key: &SigningKey) -> Result<Self, KeyError> {
        let fingerprint = key.public().fingerprint();
        Ok(Self {
            sequence: head.sequence,
            head: head.hash.clone(),
            at,
            signature: key.sign(&message(head.sequence, &head.hash, at, &fingerprint))?,
            key: fingerprint,
            public_key: key.public().to_base64(),
        })
    }

    /// Reads the checkpoint that a record is; `None` if the record is none, or its details say why it could not be
    /// signed, or were erased.
    pub fn of(record: &Record) -> Option<Result<Self, String>> {
        let details = &record.entry.details;
        if record.entry.action != ACTION || record.is_erased() || details.get("unsigned").is_some() {
            return None;
        }
        Some(Self::deserialize(details).map_err(|error| error.to_string()))
    }

    /// Reports whether key, fingerprint and signature fit.
    pub fn fits(&self) -> bool {
        PublicKey::from_base64(&self.public_key).is_some_and(|key| {
            key.fingerprint() == self.key
                && key.verifies(
                    &message(self.sequence, &self.head, self.at, &self.key),
                    &self.signature,
                )
        })
    }
}

/// What is signed.
pub(super) fn message(sequence: u64, head: &str, at: Timestamp, key: &str) -> String {
    format!("usher audit checkpoint 1\n{sequence}\n{head}\n{at}\n{key}\n")
}

/// Reports whether a checkpoint is due after these entries, which went into the chain after record `before`.
pub fn is_due(before: u64, entries: &[Draft]) -> bool {
    let after = before + entries.len() as u64;
    before / EVERY != after / EVERY || entries.iter().any(|entry| ENDS.contains(&entry.action.as_str()))
}

/// Makes the entry of a checkpoint on a head that the entry `last` led to.
///
/// A key that cannot be used stops nothing, because what was done must be recorded: the entry then says why, and
/// the next checkpoint covers these records as well.
pub fn entry(head: &Head, last: &Draft, key: &KeyFile) -> Entry {
    let signed = key
        .signing()
        .and_then(|key| Checkpoint::sign(head, last.at, &key));
    let (summary, details) = match signed {
        Ok(checkpoint) => (format!("signs {} records", head.sequence), json!(checkpoint)),
        Err(error) => (
            format!("the records are not signed: {error}"),
            json!({ "unsigned": error.to_string() }),
        ),
    };
    Entry {
        at: last.at,
        actor: last.actor.clone(),
        action: ACTION.to_owned(),
        subject: format!("record {}", head.sequence),
        summary,
        details,
    }
}
