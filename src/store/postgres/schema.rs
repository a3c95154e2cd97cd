//! The tables, and how older ones become newer ones: forward only, all or nothing.

use super::session::Session;
use crate::store::{
    Error,
    sql::{failure::Failure, value::Value},
};

/// What leads from each schema to the next; the first makes the tables.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
];

/// Brings the tables in a namespace to the newest schema.
pub(super) fn migrate(session: &Session, namespace: &str, migrations: &[&str]) -> Result<(), Failure> {
    let known = migrations.len() as u32;
    let before = found(session)?;
    if before == known {
        return Ok(());
    }
    if before > known {
        return Err(Error::Newer { found: before, known }.into());
    }
    // two locks: one for those who make the namespace at once, one for those who write to it already
    session.batch("BEGIN; SELECT pg_advisory_xact_lock(1970499442, 0)")?;
    let is_there = session.prepare_plain("SELECT to_regnamespace($1) IS NOT NULL")?;
    let rows = session.query(&is_there, &[Value::Text(namespace)])?;
    if !rows.first().ok_or(Failure::NoRow)?.try_get::<_, bool>(0)? {
        session.batch(&format!("CREATE SCHEMA {namespace}"))?;
    }
    session.batch("SELECT pg_advisory_xact_lock(1970499442, hashtext(current_schema()))")?;
    // another usher may have done it meanwhile
    for migration in migrations.iter().skip(found(session)? as usize) {
        session.batch(migration)?;
    }
    let note = session.prepare_plain("UPDATE meta SET value = $1 WHERE name = 'schema'")?;
    session.execute(&note, &[Value::Integer(known.into())])?;
    session.batch("COMMIT")
}

/// Returns which schema the tables have; 0 is none.
fn found(session: &Session) -> Result<u32, Failure> {
    let is_there = session.prepare_plain("SELECT to_regclass('meta') IS NOT NULL")?;
    let rows = session.query(&is_there, &[])?;
    if !rows.first().ok_or(Failure::NoRow)?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let schema = session.prepare_plain("SELECT value FROM meta WHERE name = 'schema'")?;
    let rows = session.query(&schema, &[])?;
    let found: i64 = rows.first().ok_or(Failure::NoRow)?.try_get(0)?;
    Ok(found as u32)
}

/// Returns the number that tells this store from every other one.
pub(super) fn identity(session: &Session) -> Result<i64, Failure> {
    let identity = session.prepare_plain("SELECT value FROM meta WHERE name = 'identity'")?;
    let rows = session.query(&identity, &[])?;
    Ok(rows.first().ok_or(Failure::NoRow)?.try_get(0)?)
}
