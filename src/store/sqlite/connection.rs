//! Connections: one that writes, a few that read.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::store::sql::failure::Failure;

/// How long a writer waits for another process.
pub(in crate::store) const PATIENCE: Duration = Duration::from_secs(10);

/// How many idle readers are kept.
const IDLE_READERS: usize = 4;

/// How many prepared statements a connection keeps: all there are.
const STATEMENTS: usize = 128;

/// Opens the connection that writes.
pub(super) fn open_writer(path: &Path) -> Result<Connection, Failure> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // counts only before the first table is made; the larger page halves the chains of long blobs
    connection.pragma_update(None, "page_size", 8192)?;
    // asked for before anything is written: a file that is no database is left as it is
    let _: i64 = connection.pragma_query_value(None, "schema_version", |row| row.get(0))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // a commit is on disk when it returns: intents must survive a loss of power
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // KiB, used as needed: tens of thousands of decisions touch pages all over the indexes
    connection.pragma_update(None, "cache_size", -32_000)?;
    // pages: a run writes the same ones again and again, and they are carried over once
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 4000, |_| Ok(()))?;
    // after a large plan the log is cut back, not kept at its largest
    connection.pragma_update_and_check(None, "journal_size_limit", 32 << 20, |_| Ok(()))?;
    Ok(connection)
}

fn open(path: &Path, mode: OpenFlags) -> Result<Connection, Failure> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // else a statement is made anew whenever it gets other values, as another plan could be better for those
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // a damaged file must end as an error, not as strange rows or as code of its own
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Connections that read, opened when they are needed.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Lends a connection; everything that is read with it is of one moment.
    pub(super) fn lend<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let moment = connection.transaction()?;
        let done = work(&moment)?;
        drop(moment);
        let mut idle = self.idle();
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        Ok(done)
    }

    /// Opens a connection of its own for something that takes long; not in a transaction.
    pub(super) fn alone<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        work(&open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // a panic while it was held leaves a list of sound connections
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
