//! The embedded store: `SQLite` in WAL mode on a local disk.
//!
//! Any number of processes may have a store open. Each has one connection that writes, always in a `BEGIN
//! IMMEDIATE` transaction (one that turned from reading to writing would fail at once when another process writes),
//! and lends a few that read, each read being of one moment. When a method returns, what it wrote is on disk.

mod connection;
mod copy;
pub(super) mod files;
mod log;
mod network;
mod offline;
mod presence;
mod schema;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, TransactionBehavior};

pub(super) use self::connection::PATIENCE;
pub use self::offline::{audit_in, is_database};
use self::{connection::Readers, presence::Presence};
use super::{
    Error,
    sql::{
        Database,
        alive::Locks,
        connection::{Beat, Connection as Lent},
        failure::{Failure, damaged},
    },
};
use crate::audit::KeyFile;

/// The embedded store.
#[derive(Debug)]
pub struct SqliteStore {
    // fields are dropped in this order: the last connection to close is one that may clear the log away
    readers: Readers,
    writer: Mutex<Connection>,
    locks: Locks,
    key: KeyFile,
    path: PathBuf,
    beat: Beat,
    presence: Presence,
    _temporary: Option<tempfile::TempDir>,
}

impl SqliteStore {
    /// Opens the store in a file, making file and folder if they are not there.
    ///
    /// Refuses network file systems, stores of a newer usher and files of other programs. An older store is copied
    /// beside itself and brought up to date. If the last process that had it open was cut off, it is checked.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_at(path, None)
    }

    fn open_at(path: &Path, temporary: Option<tempfile::TempDir>) -> Result<Self, Error> {
        let mut presence = files::prepare(path)?;
        let writer = Self::open_writer(path, presence.was_cut_off)
            .map_err(|failure| failure.into_error("open its file", &path.display().to_string()))?;
        // the log is there by now, and stays until the last one leaves
        presence.note_use().map_err(|error| Error::Open {
            path: path.display().to_string(),
            reason: format!("{error}; free some space and do it again"),
        })?;
        Ok(Self {
            path: path.to_owned(),
            beat: Beat::Machine,
            readers: Readers::new(path),
            writer: Mutex::new(writer),
            locks: Locks::new(path),
            key: KeyFile::beside(path),
            presence,
            _temporary: temporary,
        })
    }

    /// Opens an empty store that is gone when it is dropped: for tests and for trying things out. Its leases go by the
    /// time the caller tells.
    pub fn open_in_memory() -> Result<Self, Error> {
        // a file in a temporary folder, because connections cannot share what is in memory as they share a file
        let folder = tempfile::tempdir().map_err(|error| Error::Open {
            path: std::env::temp_dir().display().to_string(),
            reason: format!("no temporary folder can be made in it: {error}"),
        })?;
        let path = folder.path().join("usher.db");
        let mut store = Self::open_at(&path, Some(folder))?;
        store.beat = Beat::Caller;
        store
            .writer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .pragma_update(None, "synchronous", "off")
            .map_err(|error| Failure::from(error).into_error("open its file", &path.display().to_string()))?;
        Ok(store)
    }

    fn open_writer(path: &Path, check: bool) -> Result<Connection, Failure> {
        let mut writer = connection::open_writer(path)?;
        if check {
            let answer: String = writer.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if answer != "ok" {
                return Err(damaged(&answer).into());
            }
        }
        schema::migrate(&mut writer, path, schema::MIGRATIONS)?;
        Ok(writer)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.presence.note_end();
    }
}

impl Database for SqliteStore {
    fn lend<T>(&self, work: impl FnOnce(&Lent<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        self.readers.lend(|moment| work(&Lent::Sqlite(moment, self.beat)))
    }

    fn commit<T>(&self, work: impl FnOnce(&Lent<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        // a panic while it was held rolled its transaction back
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&Lent::Sqlite(&transaction, self.beat))?;
        transaction.commit()?;
        Ok(done)
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn locks(&self) -> &Locks {
        &self.locks
    }

    fn key(&self) -> &KeyFile {
        &self.key
    }
}
