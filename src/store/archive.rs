//! Retention of the audit: old records move into a sealed file, and out of the store only once the file is proven.
//!
//! The file is the trail as JSON Lines, cut right after a signed checkpoint, so that a signature covers all of it;
//! `usher audit verify FILE` checks it with no store. It is written beside its place, synced, named, read back from
//! the disk and compared with the chain; then one transaction adds the record of it to the store's trail and removes
//! what it has. Interrupted at any point, every record is in the store, in the file, or in both.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read as _, Write as _},
    path::Path,
};

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use super::Store;
use crate::{
    audit::{
        self, Archived, CheckError, Checkpoint, Entry, Head, KeyError, KeyFile, Verifier, each_json_line,
        json_line,
    },
    model::Actor,
};

/// Why nothing was archived. Nothing was removed from the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store cannot be read or written to.
    #[error(transparent)]
    Store(#[from] super::Error),
    /// The key does not sign.
    #[error("nothing was archived, because it could not be signed: {0}")]
    Key(#[from] KeyError),
    /// There is nothing that old.
    #[error("no records before {0} end with a signed checkpoint: there is nothing to archive")]
    Nothing(Timestamp),
    /// The store's trail is broken.
    #[error("nothing was archived, because the audit does not verify: {0}")]
    Broken(#[from] audit::Broken),
    /// The file cannot be made.
    #[error("the archive {path} cannot be {what}: {reason}; nothing was removed")]
    File {
        /// The file.
        path: String,
        /// What was tried.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The file does not prove what it should.
    #[error(
        "the archive {path} does not read back as it was written ({reason}): nothing was removed; check the disk"
    )]
    NotProven {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// Who archives, and when.
#[derive(Debug, Clone)]
pub struct Archiving {
    /// Records before this are archived.
    pub before: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// The instant of the record of it.
    pub at: Timestamp,
}

/// The records that go.
struct Part {
    start: Head,
    end: Head,
}

/// Moves old records of the audit into a new file; returns what is in it.
///
/// # Errors
///
/// Each [`Error`] leaves the store as it was. If the file could not be proven it stays where it is.
pub fn archive(
    store: &dyn Store,
    key: &KeyFile,
    path: &Path,
    archiving: Archiving,
) -> Result<Archived, Error> {
    let signing = key.signing()?;
    let part = choose(store, archiving.before)?;
    write(store, path, &part)?;
    let sha256 = prove(path, &part.start, &part.end)?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let first = part.start.sequence + 1;
    let archived = Archived::sign(first, &part.end, (name, sha256), archiving.at, &signing)?;
    let entry = Entry {
        at: archiving.at,
        actor: archiving.actor,
        action: audit::archive::ACTION.to_owned(),
        subject: "audit".to_owned(),
        summary: format!(
            "records {first} to {} were moved into {}",
            archived.last, archived.file
        ),
        details: serde_json::json!(archived),
    };
    store.forget_audit(&archived, &[entry])?;
    Ok(archived)
}

/// Finds the last signed checkpoint before an instant, and checks everything up to it.
fn choose(store: &dyn Store, before: Timestamp) -> Result<Part, Error> {
    let mut start = None;
    let mut chain = Verifier::default();
    let mut end = None;
    let mut broken = None;
    store.audit_all(&mut |record| {
        if record.entry.at >= before {
            return false;
        }
        if start.is_none() {
            let head = Head {
                sequence: record.sequence.saturating_sub(1),
                hash: record.previous.clone(),
                erased: 0,
            };
            chain = Verifier::after(head.clone());
            start = Some(head);
        }
        if let Err(problem) = chain.check(&record) {
            broken = Some(problem);
            return false;
        }
        if let Some(Ok(checkpoint)) = Checkpoint::of(&record)
            && checkpoint.fits()
        {
            end = Some(chain.head().clone());
        }
        true
    })?;
    if let Some(problem) = broken {
        return Err(problem.into());
    }
    match (start, end) {
        (Some(start), Some(end)) => Ok(Part { start, end }),
        _ => Err(Error::Nothing(before)),
    }
}

/// Writes the file whole and synced, or not at all; a file that is there is never replaced.
fn write(store: &dyn Store, path: &Path, part: &Part) -> Result<(), Error> {
    let failed = |what, error: &io::Error| Error::File {
        path: path.display().to_string(),
        what,
        reason: error.to_string(),
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed("made", &error))?;
    let mut writer = BufWriter::new(file.as_file_mut());
    let mut written = Ok(());
    store.audit_all(&mut |record| {
        if record.sequence > part.end.sequence {
            return false;
        }
        written = writeln!(writer, "{}", json_line(&record));
        written.is_ok()
    })?;
    written
        .and_then(|()| writer.flush())
        .map_err(|error| failed("written", &error))?;
    drop(writer);
    file.as_file()
        .sync_all()
        .map_err(|error| failed("written to the disk", &error))?;
    file.persist_noclobber(path)
        .map_err(|error| failed("made", &error.error))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| failed("written to the disk", &error))
}

/// Reads a file back and checks that it has exactly the records after `start` up to `end`; returns its SHA-256.
fn prove(path: &Path, start: &Head, end: &Head) -> Result<String, Error> {
    let failed = |reason: String| Error::NotProven {
        path: path.display().to_string(),
        reason,
    };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut chain = Verifier::after(start.clone());
    each_json_line(BufReader::new(file), |record| chain.check(record))
        .map_err(|error: CheckError| failed(error.to_string()))?;
    if (chain.head().sequence, &chain.head().hash) != (end.sequence, &end.hash) {
        return Err(failed(format!(
            "it ends with record {} and should end with record {}",
            chain.head().sequence,
            end.sequence
        )));
    }
    digest(path).map_err(|error| failed(error.to_string()))
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut octets = vec![0; 1 << 16];
    loop {
        match file.read(&mut octets)? {
            0 => return Ok(hex::encode(context.finish())),
            count => context.update(&octets[..count]),
        }
    }
}

#[cfg(test)]
mod tests;
