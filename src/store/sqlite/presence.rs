//! The lock beside the store: who else has it open, and how the last one left it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
};

use super::files::{beside, create_private};

/// What the last one who had the store open wrote into the lock: it is open, and its log is there.
const IN_USE: &str = "in use\n";
/// It was closed, and everything is in the file.
const CLOSED: &str = "closed\n";

/// How the store was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// There was none, or others have it open, or an earlier usher left it.
    Nothing,
    /// Closed.
    Closed,
    /// Somebody was cut off who had it open.
    InUse,
}

/// The lock beside the store, held shared for as long as it is open.
///
/// `SQLite` looks after the store's contents. This lock only tells the first to open from the others, so that the
/// first can see whether the last one was cut off, and whether anything is missing since.
#[derive(Debug)]
pub(super) struct Presence {
    lock: File,
    /// Whether nobody else has the store open, and the last one who had it did not close it.
    pub(super) was_cut_off: bool,
    /// How it was left.
    pub(super) left: Left,
}

impl Presence {
    /// Takes the lock of a store that is, or will be, in this file.
    pub(super) fn take(path: &Path) -> io::Result<Self> {
        let lock_path = beside(path, "-lock");
        create_private(&lock_path)?;
        let mut lock = OpenOptions::new().read(true).write(true).open(lock_path)?;
        let is_first = lock.try_lock().is_ok();
        let was_cut_off = is_first && std::fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0);
        let left = if is_first { left(&mut lock)? } else { Left::Nothing };
        if is_first {
            lock.unlock()?;
        }
        lock.lock_shared()?;
        Ok(Self {
            lock,
            was_cut_off,
            left,
        })
    }

    /// Notes that the store is open: from now on its log is there until the last one has closed it.
    pub(super) fn note_use(&mut self) -> io::Result<()> {
        self.note(IN_USE)
    }

    /// Notes that the store is closed, if nobody else has it open. Called before the log goes: whoever is cut off in
    /// between leaves a log, and that is seen anyway.
    pub(super) fn note_end(&mut self) {
        // who cannot have the lock alone is not the last; a note that cannot be made is missed by nobody but a
        // reader who is more careful than need be
        if self.lock.try_lock().is_ok() {
            let _ = self.note(CLOSED).and_then(|()| self.lock.sync_data());
        }
    }

    fn note(&mut self, words: &str) -> io::Result<()> {
        self.lock.rewind()?;
        self.lock.write_all(words.as_bytes())?;
        self.lock.set_len(words.len() as u64)
    }
}

fn left(lock: &mut File) -> io::Result<Left> {
    let mut text = String::new();
    lock.take(64).read_to_string(&mut text)?;
    Ok(match text.as_str() {
        IN_USE => Left::InUse,
        CLOSED => Left::Closed,
        _ => Left::Nothing,
    })
}
