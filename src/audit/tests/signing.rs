//! Checkpoints, keys and anchors, against somebody who can write to the store but has not the key.

use std::path::Path;

use super::*;

/// A trail that grows as the store lets it.
struct Trail {
    records: Vec<Record>,
    key: KeyFile,
}

impl Trail {
    fn new(folder: &Path, name: &str) -> Self {
        Self {
            records: Vec::new(),
            key: KeyFile::beside(&folder.join(name)),
        }
    }

    fn head(&self) -> Head {
        verify(self.records.clone()).unwrap()
    }

    fn push(&mut self, entry: Entry) {
        let sealed = chain(&self.head(), &[entry], &salts(1).unwrap());
        self.records.extend(sealed);
    }

    fn sign(&mut self) {
        let last = Draft::from(&self.records.last().unwrap().entry);
        self.push(checkpoint::entry(&self.head(), &last, &self.key));
    }

    /// Three records, signed, three more, signed, and one that is not.
    fn signed(folder: &Path, name: &str, word: &str) -> Self {
        let mut trail = Self::new(folder, name);
        for _ in 0..2 {
            for _ in 0..3 {
                trail.push(one(word, json!({ "reason": word })));
            }
            trail.sign();
        }
        trail.push(one(word, Value::Null));
        trail
    }

    fn trust(&self) -> Trust {
        Trust {
            keys: vec![self.key.public().unwrap().unwrap().fingerprint()],
        }
    }

    fn anchor(&self) -> Anchor {
        let mut checkpoints = self.records.iter().rev().filter_map(Checkpoint::of);
        Anchor::from(&checkpoints.next().unwrap().unwrap())
    }
}

fn examine(records: &[Record], trust: Trust, anchors: &[Anchor]) -> Result<Examined, Broken> {
    let mut examiner = Examiner::new(trust, anchors.to_vec());
    for record in records {
        examiner.check(record)?;
    }
    examiner.finish()
}

/// Chains entries anew, as somebody does who changes the store.
fn rechained(entries: impl IntoIterator<Item = Entry>) -> Vec<Record> {
    let entries: Vec<_> = entries.into_iter().collect();
    chain(&Head::default(), &entries, &salts(entries.len()).unwrap())
}

#[test]
fn a_signed_trail_holds_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail::signed(folder.path(), "usher.db", "left");
    for trust in [trail.trust(), Trust::default()] {
        let known = !trust.keys.is_empty();
        let found = examine(&trail.records, trust, &[trail.anchor()]).unwrap();
        assert_eq!((found.head.sequence, found.covered(), found.unsigned), (9, 7, 0));
        assert_eq!(found.signed.len(), 1);
        assert_eq!((found.signed[0].known, found.signed[0].checkpoints), (known, 2));
    }
}

#[test]
fn a_rewritten_chain_is_found_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail::signed(folder.path(), "usher.db", "left");
    let mut entries: Vec<_> = trail.records.iter().map(|record| record.entry.clone()).collect();
    entries[1].summary = "approved by nobody".to_owned();
    // every hash is computed anew, the checkpoints are kept: they sign what is not there any more
    let kept = rechained(entries.clone());
    assert!(verify(kept.clone()).is_ok(), "the chain alone does not tell");
    let broken = examine(&kept, trail.trust(), &[]).unwrap_err();
    assert_eq!(broken.sequence, 4);
    assert!(matches!(broken.flaw, Flaw::Checkpoint(_)), "{broken}");
    // the checkpoints are taken out
    let bare = rechained(
        entries
            .into_iter()
            .filter(|entry| entry.action != checkpoint::ACTION),
    );
    let broken = examine(&bare, trail.trust(), &[]).unwrap_err();
    assert_eq!(broken.flaw, Flaw::Unsigned(0));
    // the checkpoints are made anew with another key
    let forged = Trail::signed(folder.path(), "forger.db", "stays");
    let broken = examine(&forged.records, trail.trust(), &[]).unwrap_err();
    assert!(matches!(broken.flaw, Flaw::Key(_)), "{broken}");
    // without a known key only an anchor tells
    assert!(examine(&forged.records, Trust::default(), &[]).is_ok());
    let broken = examine(&forged.records, Trust::default(), &[trail.anchor()]).unwrap_err();
    assert!(matches!(broken.flaw, Flaw::Anchor(_)), "{broken}");
}

#[test]
fn another_key_on_the_way_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut trail = Trail::signed(folder.path(), "usher.db", "left");
    let before = trail.trust();
    trail.key = KeyFile::beside(&folder.path().join("other.db"));
    trail.sign();
    let both = Trust {
        keys: [before.keys.clone(), trail.trust().keys].concat(),
    };
    for trust in [before, trail.trust(), Trust::default()] {
        let broken = examine(&trail.records, trust, &[]).unwrap_err();
        assert!(matches!(broken.flaw, Flaw::Key(_)), "{broken}");
    }
    assert_eq!(examine(&trail.records, both, &[]).unwrap().signed.len(), 2);
}

#[test]
fn anchors_tell_what_was_cut_off_or_rewritten_with_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail::signed(folder.path(), "usher.db", "left");
    let anchor = trail.anchor();
    assert_eq!(anchor.to_string().parse(), Ok(anchor.clone()));
    assert!("usher-audit 2026-11-21T09:14:00Z 7 ab".parse::<Anchor>().is_err());
    let broken = examine(&trail.records[..5], trail.trust(), std::slice::from_ref(&anchor)).unwrap_err();
    assert_eq!(broken.flaw, Flaw::CutOff(7));
    let again = Trail::signed(folder.path(), "usher.db", "stays");
    assert!(examine(&again.records, trail.trust(), &[]).is_ok());
    let broken = examine(&again.records, trail.trust(), std::slice::from_ref(&anchor)).unwrap_err();
    assert_eq!((broken.sequence, broken.flaw), (7, Flaw::Anchor(anchor.at)));
    let altered = Anchor {
        at: anchor.at + jiff::SignedDuration::from_secs(1),
        ..anchor
    };
    let broken = examine(&trail.records, trail.trust(), &[altered]).unwrap_err();
    assert!(matches!(broken.flaw, Flaw::AnchorKey(_)), "{broken}");
}

#[test]
fn a_key_is_made_once_and_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("usher.db");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let make = || KeyFile::beside(&store).signing().unwrap().public().clone();
        let makers: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    let file = KeyFile::beside(&store);
    assert!(
        keys.iter()
            .all(|key| Some(key) == file.public().unwrap().as_ref())
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join("usher.db-audit-key");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(KeyFile::beside(&store).signing().unwrap().public(), &keys[0]);
        assert_eq!(mode(), 0o600);
    }
    let told = format!("{:?}", file.signing().unwrap());
    assert_eq!(told, format!("SigningKey({})", keys[0].fingerprint()));
}

/// RFC 8032 section 7.1, test 1; the files are what `openssl pkey` writes for it.
#[test]
fn key_files_are_as_openssl_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("usher.db");
    std::fs::write(
        folder.path().join("usher.db-audit-key"),
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
         -----END PRIVATE KEY-----\n",
    )
    .unwrap();
    let public = KeyFile::beside(&store).signing().unwrap().public().to_pem();
    assert_eq!(
        public,
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
         -----END PUBLIC KEY-----\n"
    );
}

#[test]
fn a_key_that_cannot_be_used_stops_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut trail = Trail::signed(folder.path(), "usher.db", "left");
    let key = std::mem::replace(
        &mut trail.key,
        KeyFile::beside(&folder.path().join("gone/usher.db")),
    );
    trail.sign();
    trail.key = key;
    let found = examine(&trail.records, trail.trust(), &[]).unwrap();
    assert_eq!((found.unsigned, found.covered(), found.head.sequence), (1, 7, 10));
}

#[test]
fn checkpoints_are_due_by_number_and_at_ends() {
    let plain = one("a", Value::Null);
    let end = Entry {
        action: "run-end".to_owned(),
        ..plain.clone()
    };
    let (plain, end) = (Draft::from(&plain), Draft::from(&end));
    assert!(!checkpoint::is_due(0, std::slice::from_ref(&plain)));
    assert!(checkpoint::is_due(999, std::slice::from_ref(&plain)));
    assert!(!checkpoint::is_due(1000, std::slice::from_ref(&plain)));
    assert!(checkpoint::is_due(5, &[plain, end]));
}
