//! The store of a team: on a `PostgreSQL` server, for several admins on several machines.
//!
//! It keeps what the embedded store keeps, in tables of the same names, and promises the same. Whoever writes holds
//! one lock of the server for as long as the transaction lasts, so that there is one writer at a time as in the
//! embedded store: the audit is one chain, and what was looked at before something is decided is still so. A read is
//! of one moment (`REPEATABLE READ`). A session that was lost is replaced when the next thing is done; what was in
//! the middle of a transaction fails, and nothing of it is there.
//!
//! Leases go by the server's clock. Changes are announced (`NOTIFY`), so that a console shows what others decide.

mod address;
pub(super) mod failure;
mod listen;
mod pgpass;
mod schema;
mod server;
pub(super) mod session;
#[cfg(test)]
mod tests;
mod value;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

pub use self::address::{Address, AddressError};
use self::{server::Server, session::Session};
use super::{
    Error,
    sql::{Database, alive::Locks, connection::Connection, failure::Failure},
};
use crate::audit::KeyFile;

/// Returns the SQL that makes database roles for the tables in a namespace.
pub fn roles(schema: &str) -> String {
    include_str!("postgres/roles.sql").replace("@usher@", schema)
}

/// How many idle sessions that read are kept.
const IDLE_READERS: usize = 3;

/// What a transaction that writes begins with: there is one writer at a time.
const BEGIN_WRITING: &str = "BEGIN; SET LOCAL lock_timeout = '10s'; \
    SELECT pg_advisory_xact_lock(1970499442, hashtext(current_schema()))";
/// What a transaction that reads begins with.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The store of a team.
pub struct PostgresStore {
    // fields are dropped in this order: sessions say goodbye while something still drives them
    readers: Mutex<Vec<Session>>,
    writer: Mutex<Option<Session>>,
    locks: Locks,
    key: KeyFile,
    server: Arc<Server>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PostgresStore")
            .field("address", self.server.address())
            .finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Opens the store on a server, making its tables if they are not there and bringing older ones up to date.
    ///
    /// `beside` is a path on this machine: files beside it tell whether another process of this machine that holds a
    /// lease has ended.
    pub fn open(address: Address, beside: &Path) -> Result<Self, Error> {
        let server = Server::new(address)?;
        let opened = || {
            let writer = server.connect()?;
            schema::migrate(&writer, server.address().schema(), schema::MIGRATIONS)?;
            let identity = schema::identity(&writer)?;
            Ok((writer, identity))
        };
        let (writer, identity) = opened().map_err(|failure: Failure| server.refuse(failure))?;
        // a lock that another store left there must not tell of a holder in this one
        let key = KeyFile::beside(beside);
        let mut beside = beside.as_os_str().to_owned();
        beside.push(format!("-{identity:016x}"));
        Ok(Self {
            readers: Mutex::default(),
            writer: Mutex::new(Some(writer)),
            locks: Locks::new(Path::new(&beside)),
            key,
            server: Arc::new(server),
        })
    }

    /// Says which server and database, without secrets.
    pub fn place(&self) -> String {
        self.server.address().to_string()
    }

    /// Says which server it is: its version and the time between question and answer.
    pub fn state(&self) -> Result<String, Error> {
        self.server.state().map_err(|failure| self.server.refuse(failure))
    }

    fn reader(&self) -> Result<Session, Failure> {
        loop {
            let idle = lock(&self.readers).pop();
            match idle {
                Some(session) if session.is_closed() => {}
                Some(session) => return Ok(session),
                None => return self.server.connect(),
            }
        }
    }
}

impl Database for PostgresStore {
    fn lend<T>(&self, work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let session = self.reader()?;
        session.send_batch(BEGIN_READING)?;
        let done = work(&Connection::Postgres(&session))?;
        // nothing depends on how a transaction ends that has only read
        session.send_and_forget("COMMIT");
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(session);
        }
        Ok(done)
    }

    fn commit<T>(&self, work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut writer = lock(&self.writer);
        // taken out: a session that fails in the middle is not used again, and its transaction ends with it
        let session = match writer.take() {
            Some(session) if !session.is_closed() && session.batch(BEGIN_WRITING).is_ok() => session,
            _ => {
                let session = self.server.connect()?;
                session.batch(BEGIN_WRITING)?;
                session
            }
        };
        let done = work(&Connection::Postgres(&session)).and_then(|done| {
            session.batch("COMMIT")?;
            Ok(done)
        });
        if done.is_err() {
            session.send_and_forget("ROLLBACK");
        }
        if !session.is_closed() {
            *writer = Some(session);
        }
        done
    }

    fn place(&self) -> String {
        self.server.address().to_string()
    }

    fn locks(&self) -> &Locks {
        &self.locks
    }

    fn key(&self) -> &KeyFile {
        &self.key
    }

    fn changes(&self, notice: Arc<dyn Fn() + Send + Sync>) -> Result<(), Error> {
        listen::listen(&self.server, notice);
        Ok(())
    }
}

/// Takes a lock; a panic while it was held leaves sound sessions, or none.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
