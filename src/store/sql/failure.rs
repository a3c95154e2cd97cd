//! What can go wrong inside a transaction, and how it is told.

use rusqlite::ErrorCode;

use crate::store::{Error, postgres, sqlite};

/// A failure before it is known what was tried.
#[derive(Debug)]
pub(in crate::store) enum Failure {
    /// The embedded database refused.
    Sqlite(rusqlite::Error),
    /// The server refused, or is gone.
    Postgres(Box<tokio_postgres::Error>),
    /// There is no such row.
    NoRow,
    /// The store refused.
    Store(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// Says what was tried, and what to do.
    pub(in crate::store) fn into_error(self, what: &'static str) -> Error {
        let error = match self {
            Self::Store(error) => return error,
            Self::Postgres(error) => return postgres::failure::told(&error, what),
            Self::NoRow => return damaged("a row that must be there is not"),
            Self::Sqlite(error) => error,
        };
        let reason = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                return damaged(&format!("{error}"));
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                return Error::Busy(format!(
                    "the store could not {what}: another usher has been writing for more than {} seconds; \
                     try again when it is done",
                    sqlite::PATIENCE.as_secs()
                ));
            }
            Some(ErrorCode::DiskFull) => "the disk is full: free some space and try again".to_owned(),
            Some(ErrorCode::ReadOnly) => {
                "its file or folder is read-only: make both writable for this user".to_owned()
            }
            Some(ErrorCode::SystemIoFailure) => {
                format!("the disk failed ({error}): check the disk and its free space")
            }
            Some(_) => error.to_string(),
            // not from the database: a column holds what no usher writes there
            None => return damaged(&error.to_string()),
        };
        Error::Database { what, reason }
    }
}

/// Says that the store is damaged, and what to do.
pub(in crate::store) fn damaged(what: &str) -> Error {
    Error::Damaged(format!(
        "{what}; move it aside and put back a copy, or start with a new store: people and accounts are found \
         again by reading, decisions and history are not"
    ))
}
