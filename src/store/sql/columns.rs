//! How the model's types are kept in columns.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    connection::Row,
    failure::{Failure, damaged},
    value::{Value, unexpected},
};
use crate::model::{Fingerprint, OperationState, PersonId};

/// All states, to find one by its word.
const STATES: [OperationState; 11] = [
    OperationState::Proposed,
    OperationState::Approved,
    OperationState::Rejected,
    OperationState::Held,
    OperationState::Blocked,
    OperationState::Running,
    OperationState::Applied,
    OperationState::Verified,
    OperationState::Failed,
    OperationState::Conflict,
    OperationState::Unknown,
];

/// Returns nanoseconds since 1970; instants beyond the years 1677 to 2262 are kept as the last one within.
pub(super) fn nanoseconds(instant: Timestamp) -> i64 {
    let number = instant.as_nanosecond();
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

pub(super) fn instant(row: Row<'_>, column: usize) -> Result<Timestamp, Failure> {
    from_nanoseconds(row.get(column)?)
}

pub(super) fn from_nanoseconds(number: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_nanosecond(i128::from(number)).map_err(|error| damaged(&error.to_string()).into())
}

pub(super) fn fingerprint(row: Row<'_>, column: usize) -> Result<Fingerprint, Failure> {
    Ok(Fingerprint(row.get(column)?))
}

pub(super) fn person(row: Row<'_>, column: usize) -> Result<PersonId, Failure> {
    Ok(PersonId(Uuid::from_bytes(row.get(column)?)))
}

pub(super) fn state(word: &str) -> Result<OperationState, Failure> {
    STATES
        .into_iter()
        .find(|state| state.word() == word)
        .ok_or_else(|| damaged(&format!("there is no state {word:?}")).into())
}

/// Returns a text column without copying it.
pub(super) fn text(row: Row<'_>, column: usize) -> Result<&str, Failure> {
    match row.value(column)? {
        Value::Text(text) => Ok(text),
        _ => Err(unexpected(column)),
    }
}

/// Returns a column of octets without copying it.
pub(super) fn blob(row: Row<'_>, column: usize) -> Result<&[u8], Failure> {
    match row.value(column)? {
        Value::Blob(octets) => Ok(octets),
        _ => Err(unexpected(column)),
    }
}
