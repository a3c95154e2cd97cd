//! The tables, and how an older store becomes a newer one: forward only, a copy of the file first.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::files;
use crate::store::{Error, sql::failure::Failure};

/// Marks a `SQLite` file as usher's: "ushr".
const APPLICATION: i64 = 0x7573_6872;

/// What leads from each schema to the next; the first from an empty file to schema 1.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
];

/// Brings the store to the newest schema.
pub(super) fn migrate(writer: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), Failure> {
    let known = migrations.len() as u32;
    let found = version(writer)?;
    let application: i64 = writer.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let is_empty: bool = writer.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && !is_empty {
        return Err(Error::Open {
            path: path.display().to_string(),
            reason: "it is the database of another program: name another file".to_owned(),
        }
        .into());
    }
    if found > known {
        return Err(Error::Newer { found, known }.into());
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        back_up(writer, path, found)?;
    }
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // another usher may have done it meanwhile
    for migration in migrations.iter().skip(version(&transaction)? as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> Result<u32, Failure> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Returns where the copy of a store of schema `found` goes: `usher.db.schema-3`.
pub(super) fn backup_path(path: &Path, found: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".schema-{found}"));
    name.into()
}

fn back_up(connection: &Connection, path: &Path, found: u32) -> Result<(), Failure> {
    let copy = backup_path(path, found);
    let refuse = |reason: String| Error::Open {
        path: path.display().to_string(),
        reason: format!(
            "it must be copied to {} before it is changed: {reason}",
            copy.display()
        ),
    };
    // a copy left by an earlier try is of the same schema and perhaps half written
    match std::fs::remove_file(&copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(refuse(error.to_string()).into());
        }
        _ => {}
    }
    files::create_private(&copy).map_err(|error| refuse(error.to_string()))?;
    connection
        .execute("VACUUM INTO ?1", [copy.to_string_lossy()])
        .map_err(|error| refuse(error.to_string()))?;
    Ok(())
}
