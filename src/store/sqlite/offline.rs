//! Reading the audit out of a database file alone: nothing is made, locked or changed, and no configuration needed.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::files;
use crate::{
    audit::Record,
    store::{
        Error,
        sql::{
            connection::{Beat, Connection as Lent},
            failure::Failure,
            trail,
        },
    },
};

/// How a database file begins (<https://sqlite.org/fileformat.html>, section 1.3).
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Reports whether a file that begins like this is a database.
pub fn is_database(beginning: &[u8]) -> bool {
    beginning.starts_with(MAGIC)
}

/// Hands out every audit record in a store's file, oldest first, until `each` says `false`. The file may be a copy in
/// a folder that cannot be written to, or in use.
pub fn audit_in(path: &Path, each: &mut dyn FnMut(Record) -> bool) -> Result<(), Error> {
    let mut read = || -> Result<(), Failure> {
        let connection = open(path)?;
        trail::all(&Lent::Sqlite(&connection, Beat::Caller), each)
    };
    read().map_err(|failure| failure.into_error("read the audit in its file", &path.display().to_string()))
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // the companion file is there while the store is in use, or was cut off
    if files::beside(path, "-wal").exists() {
        return Connection::open_with_flags(path, flags);
    }
    // without one nothing changes the file, and SQLite need not make one to read it
    let mut uri = String::from("file:");
    let whole = path
        .canonicalize()
        .map_err(|_| rusqlite::Error::InvalidPath(path.to_owned()))?;
    uri.extend(percent_encoding::utf8_percent_encode(
        &whole.to_string_lossy(),
        percent_encoding::NON_ALPHANUMERIC,
    ));
    uri.push_str("?immutable=1");
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
}
