//! Anchors: a checkpoint on one line, to be kept where nobody can rewrite it together with the trail.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use super::{Checkpoint, checkpoint::message, key::PublicKey};

const NAME: &str = "usher-audit";

/// A checkpoint as it is copied elsewhere: a ticket, a printed page, a mail to the auditor.
///
/// Its line: `usher-audit`, instant, number, hash, fingerprint of the key, signature, with blanks between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// When it was signed.
    pub at: Timestamp,
    /// The number of the last record it covers.
    pub sequence: u64,
    /// The hash of that record, hexadecimal.
    pub head: String,
    /// The fingerprint of the key.
    pub key: String,
    /// The signature, base64.
    pub signature: String,
}

impl Anchor {
    /// Reports whether a key has signed it.
    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.fingerprint() == self.key
            && key.verifies(
                &message(self.sequence, &self.head, self.at, &self.key),
                &self.signature,
            )
    }
}

impl From<&Checkpoint> for Anchor {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self {
            at: checkpoint.at,
            sequence: checkpoint.sequence,
            head: checkpoint.head.clone(),
            key: checkpoint.key.clone(),
            signature: checkpoint.signature.clone(),
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            sequence,
            head,
            key,
            signature,
        } = self;
        write!(f, "{NAME} {at} {sequence} {head} {key} {signature}")
    }
}

/// A line is no anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no line of `usher audit anchor` ({0}): copy the whole line")]
pub struct NoAnchor(&'static str);

impl FromStr for Anchor {
    type Err = NoAnchor;

    fn from_str(line: &str) -> Result<Self, NoAnchor> {
        let words: Vec<_> = line.split_whitespace().collect();
        let [NAME, at, sequence, head, key, signature] = words[..] else {
            return Err(NoAnchor("it has not the six words of one"));
        };
        Ok(Self {
            at: at
                .parse()
                .map_err(|_| NoAnchor("its second word is no instant"))?,
            sequence: sequence
                .parse()
                .map_err(|_| NoAnchor("its third word is no number"))?,
            head: head.to_owned(),
            key: key.to_owned(),
            signature: signature.to_owned(),
        })
    }
}
