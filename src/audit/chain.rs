//! Making records: salts, digests, hashes.

use super::{
    Draft, Head, Record, canonical,
    rendered::{self, Place, Rendered},
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
pub fn seal(head: &Head, drafts: &[Draft], salts: &[Salt]) -> Vec<Sealed> {
    let mut sealed: Vec<Sealed> = Vec::with_capacity(drafts.len());
    for (draft, salt) in drafts.iter().zip(salts) {
        let (sequence, previous) = match sealed.last() {
            Some(last) => (last.sequence + 1, last.hash.as_str()),
            None => (head.sequence + 1, head.hash.as_str()),
        };
        let salt = hex::encode(salt);
        let details_digest = draft.rendered.details_digest(&salt);
        let place = Place {
            sequence,
            previous,
            details_digest: rendered::as_text(&details_digest),
        };
        let hash = rendered::as_text(&draft.rendered.hash(place)).to_owned();
        let line = draft.rendered.line(place, &salt, &hash);
        sealed.push(Sealed { sequence, hash, line });
    }
    sealed
}

/// Reports whether the hash of a record is the one it should have.
pub(super) fn hash_fits(record: &Record) -> bool {
    let place = canonical::place(record);
    record.hash.as_bytes() == Rendered::of(record).hash(place)
}

/// Reports whether the digest of a record's details is the one it should have.
pub(super) fn details_fit(record: &Record) -> bool {
    record.salt.len() == 2 * size_of::<Salt>()
        && record.details_digest.as_bytes() == Rendered::of(record).details_digest(&record.salt)
}
