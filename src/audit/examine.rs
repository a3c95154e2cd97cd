//! Examining a trail: the chain, the signatures on it, and the anchors kept elsewhere.

use serde::Serialize;

use super::{
    Anchor, Archived, Broken, Checkpoint, Flaw, Head, Record, Verifier, checkpoint::EVERY, key::PublicKey,
};

/// Which keys may sign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// Fingerprints of the keys; with none, the key of the first checkpoint is taken, which proves only that it is
    /// the same all along.
    pub keys: Vec<String>,
}

/// A key and the records whose checkpoints it signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// The fingerprint.
    pub key: String,
    /// Whether the key was known beforehand.
    pub known: bool,
    /// The last record that is covered by its first checkpoint.
    pub first: u64,
    /// The last record that is covered by its last one.
    pub last: u64,
    /// How many checkpoints.
    pub checkpoints: u64,
}

/// What was found about a trail that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// What was archived before its first record; number 0 if nothing was.
    pub start: Head,
    /// The last record.
    pub head: Head,
    /// The records that account for erased ones, each with how many.
    pub erasures: Vec<(u64, u64)>,
    /// Who signed, in the order of their first checkpoints.
    pub signed: Vec<Signed>,
    /// How many checkpoints could not be signed when they were due.
    pub unsigned: u64,
}

impl Examined {
    /// Returns the number of the last record that a signature covers; 0 if none.
    pub fn covered(&self) -> u64 {
        self.signed.iter().map(|signed| signed.last).max().unwrap_or(0)
    }
}

/// Examines a trail record by record, in constant memory.
#[derive(Debug, Clone, Default)]
pub struct Examiner {
    start: Option<Head>,
    archived: Vec<Archived>,
    chain: Verifier,
    trust: Trust,
    anchors: Vec<Anchor>,
    keys: Vec<PublicKey>,
    signed: Vec<Signed>,
    unsigned: u64,
}

impl Examiner {
    /// Starts an examination.
    pub fn new(trust: Trust, anchors: Vec<Anchor>) -> Self {
        Self {
            trust,
            anchors,
            ..Self::default()
        }
    }

    /// Returns the head of what was examined so far.
    pub fn head(&self) -> &Head {
        self.chain.head()
    }

    /// Examines the next record.
    pub fn check(&mut self, record: &Record) -> Result<(), Broken> {
        if self.start.is_none() {
            self.begin(record)?;
        }
        self.chain.check(record)?;
        let broken = |flaw| Broken {
            sequence: record.sequence,
            flaw,
        };
        let other = |anchor: &Anchor| anchor.sequence == record.sequence && anchor.head != record.hash;
        if let Some(anchor) = self.anchors.iter().find(|anchor| other(anchor)) {
            return Err(broken(Flaw::Anchor(anchor.at)));
        }
        self.archived.extend(Archived::of(record));
        match Checkpoint::of(record) {
            None if record.entry.action == super::checkpoint::ACTION => self.unsigned += 1,
            None => {}
            Some(Err(reason)) => return Err(broken(Flaw::Checkpoint(reason))),
            Some(Ok(checkpoint)) => self.checkpoint(record, &checkpoint).map_err(broken)?,
        }
        Ok(())
    }

    /// A trail begins where the archive before it ends; whether there is one is told by a later record.
    fn begin(&mut self, first: &Record) -> Result<(), Broken> {
        let start = Head {
            sequence: first.sequence.saturating_sub(1),
            hash: first.previous.clone(),
            erased: 0,
        };
        if start.sequence == 0 {
            self.start = Some(Head::default());
            return Ok(());
        }
        for anchor in &self.anchors {
            let flaw = match anchor.sequence {
                sequence if sequence < start.sequence => Flaw::InArchive(anchor.at),
                sequence if sequence == start.sequence && anchor.head != start.hash => {
                    Flaw::Anchor(anchor.at)
                }
                _ => continue,
            };
            return Err(Broken {
                sequence: anchor.sequence,
                flaw,
            });
        }
        self.chain = Verifier::after(start.clone());
        self.start = Some(start);
        Ok(())
    }

    /// Reports whether who signed the trail has signed that everything before its first record was archived.
    fn is_archived(&self, start: &Head) -> bool {
        let signs = |archived: &Archived| {
            let key = &archived.key;
            self.trust.keys.contains(key) || self.signed.iter().any(|signed| signed.key == *key)
        };
        self.archived.iter().any(|archived| {
            archived.last == start.sequence
                && archived.head == start.hash
                && signs(archived)
                && archived.fits()
        })
    }

    fn checkpoint(&mut self, record: &Record, checkpoint: &Checkpoint) -> Result<(), Flaw> {
        if checkpoint.sequence + 1 != record.sequence || checkpoint.head != record.previous {
            return Err(Flaw::Checkpoint("it was made for another place".to_owned()));
        }
        if !checkpoint.fits() {
            return Err(Flaw::Checkpoint("its signature does not fit".to_owned()));
        }
        let key = &checkpoint.key;
        let known = self.trust.keys.contains(key);
        if !known && !self.trust.keys.is_empty() {
            return Err(Flaw::Key(key.clone()));
        }
        if let Some(signed) = self.signed.iter_mut().find(|signed| signed.key == *key) {
            signed.last = checkpoint.sequence;
            signed.checkpoints += 1;
            return Ok(());
        }
        if !known && !self.signed.is_empty() {
            return Err(Flaw::Key(key.clone()));
        }
        self.keys.extend(PublicKey::from_base64(&checkpoint.public_key));
        self.signed.push(Signed {
            key: key.clone(),
            known,
            first: checkpoint.sequence,
            last: checkpoint.sequence,
            checkpoints: 1,
        });
        Ok(())
    }

    /// Ends the examination: what should have been there must have come.
    pub fn finish(self) -> Result<Examined, Broken> {
        self.chain.finish()?;
        let head = self.chain.head().clone();
        let start = self.start.clone().unwrap_or_default();
        if start.sequence > 0 && !self.is_archived(&start) {
            return Err(Broken {
                sequence: start.sequence + 1,
                flaw: Flaw::Beginning,
            });
        }
        let missing = |flaw| Broken {
            sequence: head.sequence + 1,
            flaw,
        };
        if let Some(anchor) = self.anchors.iter().find(|anchor| anchor.sequence > head.sequence) {
            return Err(missing(Flaw::CutOff(anchor.sequence)));
        }
        let signs = |anchor: &Anchor| self.keys.iter().any(|key| anchor.is_signed_by(key));
        if let Some(anchor) = self.anchors.iter().find(|anchor| !signs(anchor)) {
            return Err(Broken {
                sequence: anchor.sequence,
                flaw: Flaw::AnchorKey(anchor.key.clone()),
            });
        }
        let found = Examined {
            start,
            head: head.clone(),
            erasures: self.chain.erasures().to_vec(),
            signed: self.signed,
            unsigned: self.unsigned,
        };
        let must_be_signed = !self.trust.keys.is_empty() || !found.signed.is_empty();
        // a batch is followed by its checkpoint; what a key that failed left open is signed by the next one
        if must_be_signed && head.sequence > 0 && head.sequence - found.covered() > 2 * EVERY
            || !self.trust.keys.is_empty() && head.sequence > 0 && found.signed.is_empty()
        {
            return Err(missing(Flaw::Unsigned(found.covered())));
        }
        Ok(found)
    }
}
