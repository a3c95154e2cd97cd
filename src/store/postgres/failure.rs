//! What the server says, in words that tell what to do.

use tokio_postgres::{Error as Refusal, error::SqlState};

use crate::store::{Error, sql::failure::damaged};

/// Says what was tried, and what to do.
pub(in crate::store) fn told(error: &Refusal, what: &'static str) -> Error {
    let Some(code) = error.code() else {
        return Error::Database {
            what,
            reason: reason(error),
        };
    };
    match *code {
        SqlState::LOCK_NOT_AVAILABLE => Error::Busy(format!(
            "the store could not {what}: another usher has been writing for more than 10 seconds; try again when it \
             is done"
        )),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => damaged(&reason(error)),
        _ => Error::Database {
            what,
            reason: reason(error),
        },
    }
}

/// Says why, and what to do.
pub(super) fn reason(error: &Refusal) -> String {
    let Some(said) = error.as_db_error() else {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        let advice = if error.is_closed() {
            "the connection was lost: nothing of it was stored; try again, it is opened again by itself"
        } else {
            "check that the server runs, and host, port and `sslmode` of `store`"
        };
        return format!("{text}; {advice}");
    };
    let message = said.message();
    let advice = match *error.code().unwrap_or(&SqlState::INTERNAL_ERROR) {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "check the user and its password (`store.password`, PGPASSWORD or ~/.pgpass), and that the server's \
             pg_hba.conf lets this machine in"
        }
        SqlState::INVALID_CATALOG_NAME => "make the database first (createdb), or name another in `store`",
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "this database role may not: ask for one that may (`usher store roles` tells which there are)"
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            "the server has no connection left: try again, or raise max_connections"
        }
        SqlState::DISK_FULL => "the server's disk is full: free some space and try again",
        SqlState::READ_ONLY_SQL_TRANSACTION => "this server is a copy that only reads: name the primary one",
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            "the server ended the connection: nothing of it was stored; try again when it is back"
        }
        _ => return message.to_owned(),
    };
    format!("{message}; {advice}")
}
