//! Copies of the store, and looking through all of it.

use std::path::Path;

use super::{SqliteStore, files};
use crate::store::{
    Error,
    sql::{
        Database as _,
        failure::{Failure, damaged},
    },
};

impl SqliteStore {
    /// Copies the store as it is at this moment into a new file, which is a store as well. Others go on meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] if there is a file, or none can be made; what was begun of it is removed.
    pub fn copy_to(&self, path: &Path) -> Result<(), Error> {
        let refuse = |reason: String| Error::Open {
            path: path.display().to_string(),
            reason: format!("the store cannot be copied there: {reason}"),
        };
        if path.exists() {
            return Err(refuse("there is a file already; name another".to_owned()));
        }
        files::create_private(path).map_err(|error| refuse(error.to_string()))?;
        let copied = self.readers.alone(|connection| {
            connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
            Ok(())
        });
        let synced = copied.and_then(|()| {
            let file = std::fs::File::open(path).and_then(|file| file.sync_all());
            file.map_err(|error| refuse(error.to_string()).into())
        });
        synced.map_err(|failure| {
            // half a copy is none
            let _ = std::fs::remove_file(path);
            failure.into_error("copy itself", &path.display().to_string())
        })
    }

    /// Looks through the whole file, which takes as long as reading it.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if something in it does not fit together.
    pub fn examine(&self) -> Result<(), Error> {
        let look = || -> Result<(), Failure> {
            let connection = self.readers.alone(|connection| {
                let found: String =
                    connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
                let stray: bool = connection.query_row(
                    "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check)",
                    [],
                    |row| row.get(0),
                )?;
                Ok((found, stray))
            });
            match connection? {
                (found, _) if found != "ok" => Err(damaged(&found).into()),
                (_, true) => Err(damaged("a row names another one that is not there").into()),
                _ => Ok(()),
            }
        };
        look().map_err(|failure| failure.into_error("look through its file", &self.place()))
    }
}
