//! What restrains runs and plans: quarantines, reads that wait for a person, failures, canaries.

use jiff::Timestamp;

use super::{
    columns::{fingerprint, from_nanoseconds, instant, nanoseconds, text},
    connection::{Connection, OptionalExtension as _, Row},
    decisions,
    failure::{Failure, damaged},
    statements as sql,
    value::params,
};
use crate::{
    model::{
        Acceptance, Cause, Fingerprint, HeldRead, OperationState, PlanId, Quarantine, RuleName, SystemName,
    },
    store::Error,
};

/// Returns what is in quarantine.
pub(super) fn quarantines(connection: &Connection) -> Result<Vec<Quarantine>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::QUARANTINES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let word = text(row, 2)?;
        let cause = Cause::ALL.into_iter().find(|cause| cause.word() == word);
        let rule = text(row, 1)?;
        found.push(Quarantine {
            system: text(row, 0)?.into(),
            rule: (!rule.is_empty()).then(|| rule.into()),
            cause: cause.ok_or_else(|| damaged(&format!("there is no cause {word:?}")))?,
            reason: row.get(3)?,
            since: instant(row, 4)?,
            tries: u32::try_from(row.get::<i64>(5)?).unwrap_or(u32::MAX),
            next: optional_instant(row, 6)?,
        });
    }
    Ok(found)
}

/// Puts something in quarantine, or changes what is known of it.
pub(super) fn quarantine(connection: &Connection, quarantine: &Quarantine) -> Result<(), Failure> {
    let rule = quarantine.rule.as_ref().map_or("", RuleName::as_str);
    connection.prepare_cached(sql::SET_QUARANTINE)?.send(params![
        quarantine.system.as_str(),
        rule,
        quarantine.cause.word(),
        quarantine.reason,
        nanoseconds(quarantine.since),
        i64::from(quarantine.tries),
        quarantine.next.map(nanoseconds)
    ])?;
    Ok(())
}

/// Ends a quarantine.
pub(super) fn end_quarantine(
    connection: &Connection,
    system: &SystemName,
    rule: Option<&RuleName>,
) -> Result<(), Failure> {
    let rule = rule.map_or("", RuleName::as_str);
    let ended = connection
        .prepare_cached(sql::END_QUARANTINE)?
        .execute(params![system.as_str(), rule])?;
    if ended == 0 {
        let text = format!("{system} is not in quarantine any more: nothing is left to release");
        return Err(Error::Busy(text).into());
    }
    Ok(())
}

/// Returns the reads that wait for a person, and those that one has accepted.
pub(super) fn held_reads(connection: &Connection) -> Result<Vec<HeldRead>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::HELD_READS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let count = |column| -> Result<Option<i64>, Failure> { row.get(column) };
        let accepted = match optional_instant(row, 7)? {
            None => None,
            Some(at) => Some(Acceptance {
                by: row.get::<Option<String>>(6)?.unwrap_or_default(),
                at,
                reason: row.get::<Option<String>>(8)?.unwrap_or_default(),
            }),
        };
        found.push(HeldRead {
            system: text(row, 0)?.into(),
            id: row.get(1)?,
            records: count(2)?.unwrap_or_default() as usize,
            before: count(3)?.map(|before| before as usize),
            why: row.get(4)?,
            at: instant(row, 5)?,
            accepted,
        });
    }
    Ok(found)
}

/// Notes a read that waits for a person. The same read stays accepted if it was.
pub(super) fn hold_read(connection: &Connection, read: &HeldRead) -> Result<(), Failure> {
    connection
        .prepare_cached(sql::DROP_OTHER_HELD_READ)?
        .send(params![read.system.as_str(), read.id])?;
    connection.prepare_cached(sql::HOLD_READ)?.send(params![
        read.system.as_str(),
        read.id,
        read.records as i64,
        read.before.map(|before| before as i64),
        read.why,
        nanoseconds(read.at)
    ])?;
    Ok(())
}

/// Accepts the read that waits, if it is still this one.
pub(super) fn accept_read(
    connection: &Connection,
    system: &SystemName,
    id: &str,
    acceptance: &Acceptance,
) -> Result<(), Failure> {
    let accepted = connection.prepare_cached(sql::ACCEPT_READ)?.execute(params![
        system.as_str(),
        id,
        acceptance.by,
        nanoseconds(acceptance.at),
        acceptance.reason
    ])?;
    if accepted == 0 {
        let text = format!("{system} was read again meanwhile: look at what waits now");
        return Err(Error::Busy(text).into());
    }
    Ok(())
}

/// Forgets the read of a system that waited: a read was taken over.
pub(super) fn let_go(connection: &Connection, system: &str) -> Result<(), Failure> {
    connection.prepare_cached(sql::DROP_HELD_READ)?.send([system])?;
    Ok(())
}

/// Returns when operations of a plan have failed since they were applied last, the oldest failure first.
pub(super) fn failures(
    connection: &Connection,
    plan: PlanId,
) -> Result<Vec<(Fingerprint, Timestamp)>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::FAILURES)?;
    let mut rows = statement.query([plan.0])?;
    while let Some(row) = rows.next()? {
        found.push((fingerprint(row, 0)?, instant(row, 1)?));
    }
    Ok(found)
}

/// Gives failed operations the state their live decisions want, so that they may be written again.
pub(super) fn take_up(connection: &Connection, operations: &[Fingerprint]) -> Result<(), Failure> {
    for id in operations {
        if decisions::state_of(connection, *id)? == OperationState::Failed {
            decisions::settle_state(connection, *id)?;
        }
    }
    Ok(())
}

/// Notes what a run has tried first.
pub(super) fn note_canary(connection: &Connection, run: i64, canary: Option<&str>) -> Result<(), Failure> {
    connection
        .prepare_cached(sql::NOTE_CANARY)?
        .send(params![run, canary])?;
    Ok(())
}

/// Returns what the newest run of a plan has tried first, if it was left off there.
pub(super) fn canary(connection: &Connection, plan: PlanId) -> Result<Option<String>, Failure> {
    let found: Option<Option<String>> = connection
        .prepare_cached(sql::CANARY)?
        .query_row([plan.0], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}

fn optional_instant(row: Row<'_>, column: usize) -> Result<Option<Timestamp>, Failure> {
    row.get::<Option<i64>>(column)?.map(from_nanoseconds).transpose()
}
