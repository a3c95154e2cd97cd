//! The audit trail: append-only, hash-chained, verifiable without usher.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Actor;

/// Something to be recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
pub struct Record {
    /// Its number, from 1, without gaps.
    pub sequence: u64,
    /// What was recorded.
    pub entry: Entry,
    /// Salt of the digest of the details, hexadecimal.
    pub salt: String,
    /// SHA-256 of salt and details, hexadecimal; stays when the details are lawfully erased.
    pub details_digest: String,
    /// The hash of the record before, hexadecimal; 64 zeros for the first.
    pub previous: String,
    /// SHA-256 over all of the above but the details, hexadecimal.
    pub hash: String,
}
