//! What tells that old records were taken out of a store into an archive, and so that nobody cut them off.
//!
//! A trail whose first record is not number 1 is sound only if a later record of it says who archived those before,
//! when and into which file, signed with the audit's key. What is signed is seven lines, each ended by a line feed:
//! `usher audit archive 1`, the numbers of the first and the last record, the hash of the last one, the SHA-256 of
//! the file, the instant, and the fingerprint of the key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Head, KeyError, PublicKey, Record, SigningKey};

/// The action of the record.
pub const ACTION: &str = "archive";

/// Records that are in a file and no longer in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archived {
    /// The number of the first record in the file.
    pub first: u64,
    /// The number of the last one.
    pub last: u64,
    /// The hash of the last one, hexadecimal: what the store's first record follows.
    pub head: String,
    /// The SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// The name the file had.
    pub file: String,
    /// When it was made.
    pub at: Timestamp,
    /// The fingerprint of the key.
    pub key: String,
    /// The public key, base64.
    pub public_key: String,
    /// The signature, base64.
    pub signature: String,
}

impl Archived {
    /// Signs that the records from `first` to `last` are in a file.
    ///
    /// # Errors
    ///
    /// [`KeyError::Signing`] if the key does not sign.
    pub fn sign(
        first: u64,
        last: &Head,
        (file, sha256): (String, String),
        at: Timestamp,
        key: &SigningKey,
    ) -> Result<Self, KeyError> {
        let mut archived = Self {
            first,
            last: last.sequence,
            head: last.hash.clone(),
            sha256,
            file,
            at,
            key: key.public().fingerprint(),
            public_key: key.public().to_base64(),
            signature: String::new(),
        };
        archived.signature = key.sign(&archived.message())?;
        Ok(archived)
    }

    /// Reads what the record of an archive says; nothing of any other record.
    pub(super) fn of(record: &Record) -> Option<Self> {
        if record.entry.action != ACTION {
            return None;
        }
        Self::deserialize(&record.entry.details).ok()
    }

    /// Reports whether key, fingerprint and signature fit.
    pub(super) fn fits(&self) -> bool {
        PublicKey::from_base64(&self.public_key).is_some_and(|key| {
            key.fingerprint() == self.key && key.verifies(&self.message(), &self.signature)
        })
    }

    fn message(&self) -> String {
        let Self {
            first,
            last,
            head,
            sha256,
            at,
            key,
            ..
        } = self;
        format!("usher audit archive 1\n{first}\n{last}\n{head}\n{sha256}\n{at}\n{key}\n")
    }
}
