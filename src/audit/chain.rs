//! Making records: salts, digests, hashes.

use aws_lc_rs::digest;

use super::{
    Entry, Head, Record,
    canonical::{self, Parts, Rest},
};

/// Salt of one record's details.
pub type Salt = [u8; 16];

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes for the salts of the audit: try again")]
pub struct NoRandomness;

/// Draws salts.
pub fn salts(count: usize) -> Result<Vec<Salt>, NoRandomness> {
    let mut octets = vec![0; count * size_of::<Salt>()];
    // not from the cryptographic library: it spends tens of milliseconds on a generator of its own when first asked,
    // and every command writes to the trail
    getrandom::fill(&mut octets).map_err(|_| NoRandomness)?;
    Ok(octets.as_chunks().0.to_vec())
}

/// A record as it is stored: its line, and what finds and follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its number.
    pub sequence: u64,
    /// Its hash.
    pub hash: String,
    /// The record as one line of JSON in canonical form.
    pub line: String,
}

/// Chains entries to the head of a trail ([`Head::default`] for a new one), one salt each; entries without a salt
/// are left out, so the caller draws as many as there are entries.
pub fn seal(head: &Head, entries: &[Entry], salts: &[Salt]) -> Vec<Sealed> {
    let mut sequence = head.sequence;
    let mut previous = head.hash.clone();
    entries
        .iter()
        .zip(salts)
        .map(|(entry, salt)| {
            sequence += 1;
            let salt = hex::encode(salt);
            let details = canonical::canonical(&canonical::settled(&entry.details));
            let parts = Parts {
                sequence,
                entry,
                details_digest: &digest_of(&salt, &details),
                previous: &previous,
            };
            let hash = hash_of(parts);
            let rest = Rest {
                details: &details,
                salt: &salt,
                hash: &hash,
            };
            let line = canonical::render(parts, Some(rest));
            previous.clone_from(&hash);
            Sealed { sequence, hash, line }
        })
        .collect()
}

pub(super) fn details_digest(record: &Record) -> String {
    digest_of(&record.salt, &canonical::canonical(&record.entry.details))
}

pub(super) fn hash(record: &Record) -> String {
    hash_of(record.into())
}

fn digest_of(salt: &str, details: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt.as_bytes());
    context.update(details.as_bytes());
    hex::encode(context.finish())
}

fn hash_of(parts: Parts<'_>) -> String {
    hex::encode(digest::digest(&digest::SHA256, canonical::head(parts).as_bytes()))
}
