//! The audit trail: append-only, hash-chained, verifiable without usher.
//!
//! # How the chain is computed
//!
//! A record is exported as one line of JSON in canonical form: no blanks, the members of every object sorted by
//! name (as UTF-16 code units, RFC 8785 section 3.2.3), strings with the escapes of RFC 8785 section 3.2.2.2, text
//! in UTF-8. Numbers are whole and written in full; a fraction in the details is kept as text, because no two
//! programs agree on its digits. Instants are RFC 3339 in UTC.
//!
//! * `details_digest` is SHA-256 over the salt (its 32 hexadecimal digits, as text) followed by the canonical form
//!   of `entry.details`.
//! * `hash` is SHA-256 over the canonical form of the record without `entry.details`, `salt` and `hash`.
//! * `previous` is the `hash` of the record before, 64 zeros for the first; `sequence` counts from 1 without gaps.
//!
//! All digests are lower-case hexadecimal. The canonical form sorts as `jq -S` does, so an auditor recomputes record
//! 7 of an export with nothing but ordinary tools:
//!
//! ```sh
//! sed -n 7p audit.jsonl | jq -cjS 'del(.entry.details, .salt, .hash)' | sha256sum    # = .hash
//! { sed -n 7p audit.jsonl | jq -j .salt; sed -n 7p audit.jsonl | jq -cjS .entry.details; } | sha256sum
//!                                                                                    # = .details_digest
//! ```
//!
//! # Erasing
//!
//! What a record tells of somebody may have to be erased lawfully. Its details go, and their salt with them, or a short
//! detail could be guessed from its digest; subject and summary become the word `erased`. Number, instant, actor,
//! action, digest and hash stay, so the records before and after still join. The hash cannot be computed any more from
//! what is left. In its place the record of the erasure, which is in the chain itself, names every record it has
//! erased with the SHA-256 of the line that is left (as `sed -n 7p audit.jsonl | tr -d '\n' | sha256sum` gives it), so
//! that nobody can erase more, or change what is left. A record with an empty salt and `null` details counts as
//! erased; one that no later record accounts for breaks the trail. See [`erasure`].
//!
//! # What a chain cannot show
//!
//! Records cut off at the end leave a shorter, sound chain, and who can write to the store can compute a whole new
//! one. Therefore the chain is signed: see [`checkpoint`]. Who has the key as well can still rewrite everything; an
//! [`Anchor`] that was copied elsewhere shows even that, and shows what was cut off after the last checkpoint.
//!
//! A store need not keep all of it: old records can be moved into a file that verifies by itself, see [`archive`].

pub mod access;
mod anchor;
pub mod archive;
mod canonical;
mod chain;
pub mod checkpoint;
mod draft;
pub mod erasure;
mod examine;
mod export;
mod key;
mod rendered;
mod selection;
#[cfg(test)]
mod tests;
mod verify;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use anchor::{Anchor, NoAnchor};
pub use archive::Archived;
pub use canonical::canonical;
pub use chain::{NoRandomness, Salt, Sealed, salts, seal};
pub use checkpoint::Checkpoint;
pub use draft::{Draft, Items, Members, Slot};
pub use examine::{Examined, Examiner, Signed, Trust};
pub use export::{CheckError, Exporter, Format, each_json_line, json_line};
pub use key::{KeyError, KeyFile, PublicKey, SigningKey};
pub use rendered::Outline;
pub use selection::{Selection, searchable};
pub use verify::{Broken, Flaw, Head, Verifier, verify};

use crate::model::Actor;

/// Something to be recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What was done: `plan`, `approve`, `reject`, `hold`, `write`, `read`, `release`, `run`, ….
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// In words.
    pub summary: String,
    /// The particulars (fingerprint, old and new values, reason), never a secret.
    pub details: serde_json::Value,
}

/// A recorded entry and its place in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number, from 1, without gaps.
    pub sequence: u64,
    /// What was recorded.
    pub entry: Entry,
    /// Salt of the digest of the details, hexadecimal; empty once the details are erased.
    pub salt: String,
    /// SHA-256 of salt and details, hexadecimal; stays when the details are lawfully erased.
    pub details_digest: String,
    /// The hash of the record before, hexadecimal; 64 zeros for the first.
    pub previous: String,
    /// SHA-256 over all of the above but details and salt, hexadecimal.
    pub hash: String,
}

impl Record {
    /// Erases what it tells: details, their salt, subject and summary. The chain verifies if a later record accounts
    /// for it.
    pub fn erase(&mut self) {
        self.entry.details = serde_json::Value::Null;
        self.salt.clear();
        erasure::ERASED.clone_into(&mut self.entry.subject);
        erasure::ERASED.clone_into(&mut self.entry.summary);
    }

    /// Reports whether the details were erased.
    pub fn is_erased(&self) -> bool {
        self.salt.is_empty() && self.entry.details.is_null()
    }
}
