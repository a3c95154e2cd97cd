//! One connection to a database, lent for a transaction: the statements of all stores are sent through it.

use jiff::Timestamp;

use super::{
    failure::Failure,
    statements::Sql,
    value::{FromValue, Params, Value, unexpected},
};
use crate::store::{
    postgres::session::{Prepared, Session, Stream},
    uptime,
};

/// A connection inside a transaction.
#[derive(Clone, Copy)]
pub(in crate::store) enum Connection<'c> {
    /// To the embedded database.
    Sqlite(&'c rusqlite::Connection, Beat),
    /// To a server.
    Postgres(&'c Session),
}

/// What leases in an embedded database go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Beat {
    /// How long the machine is up: all who use the database are on it.
    Machine,
    /// What the caller says, which may be anything.
    Caller,
}

impl<'c> Connection<'c> {
    /// Returns the time that leases go by: of the server, whose clock is the same for all machines, or of the machine,
    /// whose uptime does not jump; else the caller's.
    pub(super) fn clock(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        match self {
            Self::Sqlite(_, Beat::Machine) => {
                let up = uptime().and_then(|up| Timestamp::UNIX_EPOCH.checked_add(up).ok());
                Ok(up.unwrap_or(now))
            }
            Self::Sqlite(_, Beat::Caller) => Ok(now),
            Self::Postgres(session) => session.clock(now),
        }
    }

    /// Reports whether an instant of [`Connection::clock`] that has not come yet is one from before the machine was
    /// started anew.
    pub(super) fn starts_anew_with_the_machine(&self) -> bool {
        matches!(self, Self::Sqlite(_, Beat::Machine)) && uptime().is_some()
    }

    /// Reports whether a row that is added takes the place of those it collides with, without another statement.
    pub(super) fn replaces_by_itself(&self) -> bool {
        matches!(self, Self::Sqlite(..))
    }

    /// Reports whether a row is looked at for next to nothing: it costs less than having a change tell what it changed,
    /// for which a table is made each time.
    pub(super) fn is_at_hand(&self) -> bool {
        matches!(self, Self::Sqlite(..))
    }

    /// Has what is removed or replaced from now on overwritten, where the database can do so.
    pub(super) fn forget_for_good(&self) -> Result<(), Failure> {
        if let Self::Sqlite(connection, _) = self {
            connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
        }
        Ok(())
    }

    /// Prepares a statement, or finds it prepared.
    pub(super) fn prepare_cached(&self, sql: Sql) -> Result<Statement<'c>, Failure> {
        Ok(match self {
            Self::Sqlite(connection, _) => Statement::Sqlite(connection.prepare_cached(sql.sqlite)?),
            Self::Postgres(session) => Statement::Postgres(session, session.prepare(sql.postgres)?),
        })
    }
}

/// A prepared statement.
pub(super) enum Statement<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(&'c Session, Prepared),
}

impl Statement<'_> {
    /// Executes it; returns how many rows it changed.
    pub(super) fn execute(&mut self, params: impl Params) -> Result<usize, Failure> {
        params.lend(|values| match self {
            Self::Sqlite(statement) => Ok(statement.execute(rusqlite::params_from_iter(values))?),
            Self::Postgres(session, statement) => session.execute(statement, values),
        })
    }

    /// Executes it where nobody needs to know how many rows it changed: a server is not waited for, and an error
    /// comes with one of the next statements, at the latest with the commit.
    pub(super) fn send(&mut self, params: impl Params) -> Result<(), Failure> {
        params.lend(|values| match self {
            Self::Sqlite(statement) => {
                statement.execute(rusqlite::params_from_iter(values))?;
                Ok(())
            }
            Self::Postgres(session, statement) => session.send(statement, values),
        })
    }

    /// Asks for rows.
    pub(super) fn query(&mut self, params: impl Params) -> Result<Rows<'_>, Failure> {
        params.lend(|values| {
            Ok(match self {
                Self::Sqlite(statement) => Rows::Sqlite(statement.query(rusqlite::params_from_iter(values))?),
                Self::Postgres(session, statement) => Rows::Postgres {
                    rows: session.query(statement, values)?.into_iter(),
                    current: None,
                },
            })
        })
    }

    /// Asks for very many rows, of which a server sends on as they are taken. Until all are taken, or the rows are
    /// dropped, nothing else may be asked of the connection.
    pub(super) fn stream(&mut self, params: impl Params) -> Result<Rows<'_>, Failure> {
        params.lend(|values| {
            Ok(match self {
                Self::Sqlite(statement) => Rows::Sqlite(statement.query(rusqlite::params_from_iter(values))?),
                Self::Postgres(session, statement) => Rows::Stream {
                    stream: session.stream(statement, values)?,
                    current: None,
                },
            })
        })
    }

    /// Asks for one row; [`Failure::NoRow`] if there is none.
    pub(super) fn query_row<T>(
        &mut self,
        params: impl Params,
        take: impl FnOnce(Row<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut rows = self.query(params)?;
        rows.next()?.map_or(Err(Failure::NoRow), take)
    }

    /// Asks for a few rows and takes each.
    pub(super) fn query_map<T>(
        &mut self,
        params: impl Params,
        mut take: impl FnMut(Row<'_>) -> Result<T, Failure>,
    ) -> Result<impl Iterator<Item = Result<T, Failure>>, Failure> {
        let mut taken = Vec::new();
        let mut rows = self.query(params)?;
        while let Some(row) = rows.next()? {
            taken.push(take(row));
        }
        Ok(taken.into_iter())
    }
}

/// Rows, one after the other.
pub(super) enum Rows<'s> {
    Sqlite(rusqlite::Rows<'s>),
    Postgres {
        rows: std::vec::IntoIter<tokio_postgres::Row>,
        current: Option<tokio_postgres::Row>,
    },
    Stream {
        stream: Stream<'s>,
        current: Option<tokio_postgres::Row>,
    },
}

impl Rows<'_> {
    /// Returns the next row.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, Failure> {
        Ok(match self {
            Self::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Self::Postgres { rows, current } => {
                *current = rows.next();
                current.as_ref().map(Row::Postgres)
            }
            Self::Stream { stream, current } => {
                *current = stream.next()?;
                current.as_ref().map(Row::Postgres)
            }
        })
    }
}

/// A row.
#[derive(Clone, Copy)]
pub(super) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    /// Takes what is in a column.
    pub(super) fn get<T: FromValue>(self, column: usize) -> Result<T, Failure> {
        T::from_value(self.value(column)?).ok_or_else(|| unexpected(column))
    }

    /// Lends what is in a column.
    pub(super) fn value(self, column: usize) -> Result<Value<'r>, Failure> {
        match self {
            Self::Sqlite(row) => Ok(match row.get_ref(column)? {
                rusqlite::types::ValueRef::Null => Value::Null,
                rusqlite::types::ValueRef::Integer(number) => Value::Integer(number),
                rusqlite::types::ValueRef::Real(_) => return Err(unexpected(column)),
                rusqlite::types::ValueRef::Text(text) => {
                    Value::Text(std::str::from_utf8(text).map_err(|_| unexpected(column))?)
                }
                rusqlite::types::ValueRef::Blob(octets) => Value::Blob(octets),
            }),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(octets) => ValueRef::Blob(octets),
        }))
    }
}

/// Makes nothing of a row that is not there.
pub(super) trait OptionalExtension<T> {
    /// Returns nothing instead of [`Failure::NoRow`].
    fn optional(self) -> Result<Option<T>, Failure>;
}

impl<T> OptionalExtension<T> for Result<T, Failure> {
    fn optional(self) -> Result<Option<T>, Failure> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(Failure::NoRow) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
