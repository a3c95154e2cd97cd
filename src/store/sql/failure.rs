//! What can go wrong inside a transaction, and how it is told.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::{
    Error, postgres,
    sqlite::{self, files},
};

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
    /// Says what was tried, with which store (its file, or its server), and what to do.
    pub(in crate::store) fn into_error(self, what: &'static str, place: &str) -> Error {
        let error = match self {
            Self::Store(Error::Damaged(text)) => return Error::Damaged(format!("{place}: {text}")),
            Self::Store(error) => return error,
            Self::Postgres(error) => return postgres::failure::told(&error, what),
            Self::NoRow => {
                return Self::from(damaged("a row that must be there is not")).into_error(what, place);
            }
            Self::Sqlite(error) => error,
        };
        let reason = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                return Self::from(damaged(&error.to_string())).into_error(what, place);
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                return Error::Busy(format!(
                    "the store could not {what}: another usher has been writing for more than {} seconds; \
                     try again when it is done",
                    sqlite::PATIENCE.as_secs()
                ));
            }
            Some(ErrorCode::DiskFull) => full(place),
            // the log's index cannot be made on a full disk either, and is told as a failure of the disk
            Some(ErrorCode::SystemIoFailure) if files::is_full(Path::new(place)) => full(place),
            Some(ErrorCode::ReadOnly) => {
                format!("{place} or its folder is read-only: make both writable for this user")
            }
            Some(ErrorCode::SystemIoFailure) => {
                format!("the disk of {place} failed ({error}): check the disk and its free space")
            }
            Some(_) => format!("{place}: {error}"),
            // not from the database: a column holds what no usher writes there
            None => return Self::from(damaged(&error.to_string())).into_error(what, place),
        };
        Error::Database { what, reason }
    }
}

fn full(place: &str) -> String {
    format!(
        "the disk of {place} is full; nothing of this was stored, and nothing before it is lost: free some space and \
         do it again"
    )
}

/// Says that the store is damaged, and what to do.
pub(in crate::store) fn damaged(what: &str) -> Error {
    Error::Damaged(format!(
        "{what}; move it aside and put back a copy (`usher store copy` makes one), or start with a new store: people \
         and accounts are found again by reading, decisions and history are not"
    ))
}
