//! Leases: one process at a time writes to a system.

use crate::store::sql::{
    connection::{Connection, OptionalExtension as _},
    value::params,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    alive::Locks,
    columns::{from_nanoseconds, nanoseconds},
    failure::Failure,
    statements as sql,
};
use crate::{
    model::SystemName,
    store::{Error, Lease},
};

/// After how long without a sign of life a lease may be taken over.
const SILENCE: SignedDuration = SignedDuration::from_secs(30);

/// Takes a lease: one that is free, the holder's own, or one whose holder has ended or has been silent. Each taking
/// makes the tokens before it worthless.
///
/// The locks of older leases stay until this one is on disk: whoever is killed before would leave a lease that nobody
/// can take for a while.
pub(in crate::store) fn take(
    connection: &Connection,
    locks: &Locks,
    system: &SystemName,
    holder: &str,
    now: Timestamp,
) -> Result<Lease, Failure> {
    let now = connection.clock(now)?;
    let found: Option<(i64, Option<String>, i64)> = connection
        .prepare_cached(sql::LEASE)?
        .query_row([system.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if let Some((token, Some(other), seen)) = found {
        let before = Lease {
            system: system.clone(),
            token,
        };
        let silent = now.duration_since(from_nanoseconds(seen)?);
        let is_of_another_start = connection.starts_anew_with_the_machine() && silent.is_negative();
        let has_ended = is_of_another_start || locks.holder_has_ended(&before);
        if other != holder && !has_ended && silent <= SILENCE {
            return Err(Error::Busy(format!(
                "{system} is being written by {other}, last seen {} s ago: wait until that run has ended, or \
                 {} s if it hangs",
                silent.as_secs().max(0),
                SILENCE.as_secs()
            ))
            .into());
        }
    }
    let token = connection
        .prepare_cached(sql::TAKE_LEASE)?
        .query_row(params![system.as_str(), holder, nanoseconds(now)], |row| {
            row.get(0)
        })?;
    let lease = Lease {
        system: system.clone(),
        token,
    };
    locks.hold(&lease);
    Ok(lease)
}

/// Shows that the holder is alive; refused if somebody else has taken over.
pub(super) fn renew(connection: &Connection, lease: &Lease, now: Timestamp) -> Result<(), Failure> {
    let now = connection.clock(now)?;
    let renewed = connection.prepare_cached(sql::RENEW_LEASE)?.execute(params![
        lease.system.as_str(),
        lease.token,
        nanoseconds(now)
    ])?;
    if renewed == 1 {
        return Ok(());
    }
    let holder: Option<Option<String>> = connection
        .prepare_cached(sql::LEASE)?
        .query_row([lease.system.as_str()], |row| row.get(1))
        .optional()?;
    let by = holder.flatten().map_or_else(
        || "given back".to_owned(),
        |holder| format!("taken over by {holder}"),
    );
    Err(Error::Busy(format!(
        "the right to write to {} was {by}: nothing more is written to it; start the run again",
        lease.system
    ))
    .into())
}

/// Gives a lease back; one that was taken over meanwhile stays with its new holder.
pub(super) fn give_back(connection: &Connection, lease: &Lease) -> Result<(), Failure> {
    connection
        .prepare_cached(sql::GIVE_BACK_LEASE)?
        .execute(params![lease.system.as_str(), lease.token])?;
    Ok(())
}
