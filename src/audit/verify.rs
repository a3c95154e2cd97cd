//! Checking a chain, record by record.

use std::collections::BTreeMap;

use super::{
    Record, chain,
    erasure::{Left, Told},
};

/// The last record of a trail, as an auditor notes it elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the last record; 0 of an empty trail.
    pub sequence: u64,
    /// Its hash, hexadecimal; 64 zeros of an empty trail.
    pub hash: String,
    /// How many records up to here were erased.
    pub erased: u64,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            sequence: 0,
            hash: "0".repeat(64),
            erased: 0,
        }
    }
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A number is missing, comes twice or out of order.
    #[error("its number is {found}: records were removed, added or moved")]
    Sequence {
        /// The number it has.
        found: u64,
    },
    /// It does not follow the record before.
    #[error("it does not follow the record before: one of the two was exchanged")]
    Previous,
    /// The details were changed.
    #[error("its details do not fit their digest: they were changed")]
    Details,
    /// Something else of it was changed.
    #[error("its contents do not fit its hash: it was changed")]
    Hash,
    /// What it told is gone, and nothing says that this was lawful.
    #[error(
        "what it told is gone, and no later record here accounts for it: it was removed without `usher audit erase`; \
         if the record of the erasure is in a later file or the store, name that too"
    )]
    Unaccounted,
    /// What an erasure has left of it was changed.
    #[error("it is not what record {0}, which accounts for its erasure, has left of it: it was changed")]
    Left(u64),
    /// It is a checkpoint, and no good one.
    #[error("it is a checkpoint, but {0}: the trail was written by somebody without the key")]
    Checkpoint(String),
    /// Its signature is good, but of a key that is not the known one.
    #[error(
        "it is signed by another key than before, {0}: if that key is yours too, name both with --key, else the \
         trail was rewritten"
    )]
    Key(String),
    /// An anchor names another hash for it.
    #[error("it is not the record that the anchor of {0} was made for: the trail was rewritten")]
    Anchor(jiff::Timestamp),
    /// No checkpoint was signed with the key of an anchor.
    #[error(
        "its anchor is signed by {0}, which has signed no checkpoint of this trail, or the anchor was altered"
    )]
    AnchorKey(String),
    /// An anchor names a record that is not there.
    #[error("it is missing: an anchor says there were {0} records, so the last ones were cut off")]
    CutOff(u64),
    /// An anchor names a record that is in an archive.
    #[error(
        "it is in an archive, and the anchor of {0} was made for it: name the archive too, before this file"
    )]
    InArchive(jiff::Timestamp),
    /// The first records are not there, and nothing signed says that they were archived.
    #[error(
        "it is the first one here, and no signed record says that those before were archived: if they were, name \
         the earlier archive too, before this file; else they were cut off"
    )]
    Beginning,
    /// Signatures are missing.
    #[error(
        "signatures by the known key are missing after record {0}: checkpoints were removed or the trail rewritten"
    )]
    Unsigned(u64),
    /// The line is not a record in canonical form.
    #[error("its line is not as usher writes it: {0}")]
    Form(String),
}

/// The first broken record of a trail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("audit record {sequence} is broken: {flaw}")]
pub struct Broken {
    /// The number it should have.
    pub sequence: u64,
    /// What is wrong.
    pub flaw: Flaw,
}

/// Checks a trail record by record; in memory is only what was erased and is not accounted for yet.
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    head: Head,
    /// What is left of erased records, and whether their hash still fits it.
    pending: BTreeMap<u64, (Left, bool)>,
    /// The records that account for erased ones, each with how many.
    erasures: Vec<(u64, u64)>,
}

impl Verifier {
    /// Starts after a head that is known to be sound; [`Verifier::default`] starts at the first record.
    pub fn after(head: Head) -> Self {
        Self {
            head,
            ..Self::default()
        }
    }

    /// Returns the records that account for erased ones, each with how many.
    pub fn erasures(&self) -> &[(u64, u64)] {
        &self.erasures
    }

    /// Ends the check: everything that was erased must be accounted for.
    pub fn finish(&self) -> Result<(), Broken> {
        match self.pending.keys().next() {
            None => Ok(()),
            Some(sequence) => Err(Broken {
                sequence: *sequence,
                flaw: Flaw::Unaccounted,
            }),
        }
    }

    /// Returns the head of what was checked so far.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Checks that a record is sound and follows the ones before.
    pub fn check(&mut self, record: &Record) -> Result<(), Broken> {
        let expected = self.expected();
        let fits = chain::hash_fits(record);
        let flaw = if record.sequence != expected {
            Some(Flaw::Sequence {
                found: record.sequence,
            })
        } else if record.previous != self.head.hash {
            Some(Flaw::Previous)
        } else if !record.is_erased() && !chain::details_fit(record) {
            Some(Flaw::Details)
        } else if !record.is_erased() && !fits {
            Some(Flaw::Hash)
        } else {
            None
        };
        if let Some(flaw) = flaw {
            return Err(Broken {
                sequence: expected,
                flaw,
            });
        }
        self.head.sequence = record.sequence;
        self.head.hash.clone_from(&record.hash);
        if record.is_erased() {
            self.head.erased += 1;
            self.pending.insert(record.sequence, (Left::of(record), fits));
        }
        match Told::of(record) {
            Some(told) => self.account(record.sequence, &told),
            None => Ok(()),
        }
    }

    /// Takes the record of an erasure, which accounts for earlier records.
    fn account(&mut self, by: u64, told: &Told) -> Result<(), Broken> {
        let before = self.pending.len();
        for left in &told.erased {
            match self.pending.remove(&left.sequence) {
                Some((found, _)) if found != *left => {
                    return Err(Broken {
                        sequence: left.sequence,
                        flaw: Flaw::Left(by),
                    });
                }
                Some(_) | None => {}
            }
        }
        if told.erased.is_empty() {
            // an older record tells only how many, and their hashes still fit
            let fitting = self.pending.iter().filter(|(_, (_, fits))| *fits);
            let fitting: Vec<_> = fitting
                .map(|(sequence, _)| *sequence)
                .take(told.records)
                .collect();
            for sequence in &fitting {
                self.pending.remove(sequence);
            }
        }
        let accounted = (before - self.pending.len()) as u64;
        if accounted > 0 {
            self.erasures.push((by, accounted));
        }
        Ok(())
    }

    pub(super) fn expected(&self) -> u64 {
        self.head.sequence.saturating_add(1)
    }
}

/// Checks a trail from its first record on; the error names the first broken one.
pub fn verify(records: impl IntoIterator<Item = Record>) -> Result<Head, Broken> {
    let mut verifier = Verifier::default();
    for record in records {
        verifier.check(&record)?;
    }
    verifier.finish()?;
    Ok(verifier.head)
}
