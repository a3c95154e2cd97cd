//! `usher audit verify`

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

use clap::Args;
use color_eyre::eyre::{Result, eyre};
use serde_json::json;

use crate::{
    audit::{self, Anchor, CheckError, Examined, Examiner, KeyFile, PublicKey, Trust},
    cli::{
        DONE, Global, NOT_DONE, open,
        output::{self, say},
    },
    store::sqlite,
};

/// Proves that nothing was changed, left out or added; names the first record that is broken.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// An archive, an exported JSON Lines file or a store's file, or several that follow one another, the oldest
    /// first; needs no configuration [default: the configuration's store]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A key that may have signed: its public file, or its fingerprint [default: the one beside the store]
    #[arg(long = "key", value_name = "FILE|SHA256:…")]
    keys: Vec<String>,
    /// A line of `usher audit anchor` that the trail must still contain
    #[arg(long = "anchor", value_name = "LINE")]
    anchors: Vec<String>,
}

impl Verify {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let mut files = self.files.clone();
        if files.is_empty() {
            files.push(open::config(global)?.store);
        }
        let anchors = self
            .anchors
            .iter()
            .map(|line| line.parse())
            .collect::<Result<Vec<Anchor>, _>>()?;
        let trust = Trust {
            keys: self.trusted(&files)?,
        };
        let has_key = !trust.keys.is_empty();
        let mut examiner = Examiner::new(trust, anchors);
        let mut result = Ok(());
        for file in &files {
            if result.is_ok() {
                result = read(file, &mut examiner)?;
            }
        }
        let result = result.and_then(|()| examiner.finish().map_err(|broken| broken.to_string()));
        match result {
            Ok(found) => self.holds(global, &found, has_key),
            Err(broken) => {
                if global.json {
                    output::json(&json!({ "holds": false, "broken": broken }))?;
                } else {
                    say!("the chain is broken: {}", output::clean(&broken));
                }
                Ok(NOT_DONE)
            }
        }
    }

    /// The fingerprints of the keys that may have signed.
    fn trusted(&self, files: &[PathBuf]) -> Result<Vec<String>> {
        if self.keys.is_empty() {
            let mut keys = Vec::new();
            for file in files {
                keys.extend(KeyFile::beside(file).public()?.iter().map(PublicKey::fingerprint));
            }
            return Ok(keys);
        }
        self.keys
            .iter()
            .map(|key| {
                if key.starts_with("SHA256:") {
                    return Ok(key.clone());
                }
                let text = std::fs::read_to_string(key)
                    .map_err(|error| eyre!("the key {key} cannot be read: {error}"))?;
                let public = PublicKey::from_pem(&text).ok_or_else(|| {
                    eyre!("{key} is no public Ed25519 key: name the file that ends in -audit-key.pub")
                })?;
                Ok(public.fingerprint())
            })
            .collect()
    }

    fn holds(&self, global: &Global, found: &Examined, has_key: bool) -> Result<u8> {
        let head = &found.head;
        if global.json {
            output::json(&json!({
                "holds": true, "records": head.sequence, "archived": found.start.sequence, "head": head.hash, "broken": null,
                "erased": head.erased, "erasures": found.erasures, "signed": found.signed, "covered": found.covered(),
                "unsigned": found.unsigned, "anchors": self.anchors.len(),
            }))?;
            return Ok(DONE);
        }
        say!("the chain holds: {} records, head {}", head.sequence, head.hash);
        if found.start.sequence > 0 {
            say!(
                "the first {} of them are in archives, not in this trail",
                found.start.sequence
            );
        }
        for (by, records) in &found.erasures {
            say!("what {records} of them told was erased by record {by}");
        }
        if !found.erasures.is_empty() {
            say!("`usher audit log erase` says by whom and why");
        }
        for signed in &found.signed {
            say!(
                "signed up to record {} by {} ({} checkpoints)",
                signed.last,
                signed.key,
                signed.checkpoints
            );
        }
        if found.signed.is_empty() {
            say!("nothing is signed yet: who can write to the store could have rewritten all of it");
        } else if !has_key {
            say!("that key was not known before: compare it, or name the known one with --key");
        }
        if found.unsigned > 0 {
            say!(
                "{} checkpoints could not be signed when they were due",
                found.unsigned
            );
        }
        for anchor in &self.anchors {
            say!("contains {}", output::clean(anchor));
        }
        Ok(DONE)
    }
}

/// Reads a trail into an examination; the inner error is what is broken, the outer one that it cannot be read.
fn read(path: &Path, examiner: &mut Examiner) -> Result<Result<(), String>> {
    let failed = |error: std::io::Error| eyre!("{} cannot be read: {error}", path.display());
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    if !sqlite::is_database(reader.fill_buf().map_err(failed)?) {
        return match audit::each_json_line(reader, |record| examiner.check(record)) {
            Err(CheckError::Read(error)) => Err(failed(error)),
            Err(CheckError::Broken(broken)) => Ok(Err(broken.to_string())),
            Ok(()) => Ok(Ok(())),
        };
    }
    let mut broken = None;
    sqlite::audit_in(path, &mut |record| match examiner.check(&record) {
        Ok(()) => true,
        Err(problem) => {
            broken = Some(problem.to_string());
            false
        }
    })?;
    Ok(broken.map_or(Ok(()), Err))
}
