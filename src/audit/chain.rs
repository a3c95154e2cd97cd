//! Making records: salts, digests, hashes.

use aws_lc_rs::{digest, rand};

use super::{Entry, Head, Record, canonical};

/// Salt of one record's details.
pub type Salt = [u8; 16];

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes for the salts of the audit: try again")]
pub struct NoRandomness;

/// Draws salts.
pub fn salts(count: usize) -> Result<Vec<Salt>, NoRandomness> {
    let mut octets = vec![0; count * size_of::<Salt>()];
    rand::fill(&mut octets).map_err(|_| NoRandomness)?;
    Ok(octets.as_chunks().0.to_vec())
}

/// Chains entries to the head of a trail ([`Head::default`] for a new one), one salt each; entries without a salt
/// are left out, so the caller draws as many as there are entries.
pub fn chain(head: &Head, entries: &[Entry], salts: &[Salt]) -> Vec<Record> {
    let mut sequence = head.sequence;
    let mut previous = head.hash.clone();
    entries
        .iter()
        .zip(salts)
        .map(|(entry, salt)| {
            sequence += 1;
            let mut entry = entry.clone();
            canonical::settle(&mut entry.details);
            let mut record = Record {
                sequence,
                entry,
                salt: hex::encode(salt),
                details_digest: String::new(),
                previous: std::mem::take(&mut previous),
                hash: String::new(),
            };
            record.details_digest = details_digest(&record);
            record.hash = hash(&record);
            previous.clone_from(&record.hash);
            record
        })
        .collect()
}

pub(super) fn details_digest(record: &Record) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(record.salt.as_bytes());
    context.update(canonical::canonical(&record.entry.details).as_bytes());
    hex::encode(context.finish())
}

pub(super) fn hash(record: &Record) -> String {
    hex::encode(digest::digest(
        &digest::SHA256,
        canonical::head(record).as_bytes(),
    ))
}
