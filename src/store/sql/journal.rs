//! Runs, intents and outcomes.

use crate::store::sql::{
    connection::{Connection, OptionalExtension as _, Row, Rows, Statement},
    value::params,
};
use jiff::{Timestamp, civil::Date};

use super::{
    columns::{blob, fingerprint, from_nanoseconds, instant, nanoseconds, state, text},
    decisions,
    failure::{Failure, damaged},
    leases,
    links::Changing,
    memory,
    plans::bounds,
    sealed::{Sealer, is_sealed},
    statements as sql,
};
use crate::{
    model::{Anchor, Fingerprint, Operation, OperationState, PlanId},
    store::{
        Error, Intent, JournalEntry, Lease, Outcome, Placed,
        codec::operation::{Names, decode},
    },
};

/// Starts a run.
pub(super) fn start(
    connection: &Connection,
    plan: PlanId,
    operations: usize,
    at: Timestamp,
) -> Result<i64, Failure> {
    connection
        .prepare_cached(sql::START_RUN)?
        .query_row(params![plan.0, operations as i64, nanoseconds(at)], |row| {
            row.get(0)
        })
}

/// Ends a run.
pub(super) fn end(connection: &Connection, run: i64, at: Timestamp) -> Result<(), Failure> {
    connection
        .prepare_cached(sql::END_RUN)?
        .send(params![run, nanoseconds(at)])?;
    Ok(())
}

/// Writes intents, all or none. Leases that were taken over, and operations that are no longer approved (somebody
/// took the approval back while the run went on), are refused here, in the same transaction.
pub(super) fn intend(
    connection: &Connection,
    run: i64,
    held: &[Lease],
    intents: &[Intent],
    at: Timestamp,
) -> Result<(), Failure> {
    for lease in held {
        leases::renew(connection, lease, at)?;
    }
    let sealer = if intents.iter().any(|intent| intent.is_marked) {
        Some(Sealer::stored(connection)?)
    } else {
        None
    };
    let last: i64 = connection
        .prepare_cached(sql::LAST_INTENT)?
        .query_row([], |row| row.get(0))?;
    let mut add = connection.prepare_cached(sql::ADD_INTENT)?;
    let mut begin = connection.prepare_cached(sql::BEGIN)?;
    for (intent, number) in intents.iter().zip(last + 1..) {
        let id = intent.operation;
        if begin.execute(params![id.0, number, run, nanoseconds(at)])? != 1 {
            let state = decisions::state_of(connection, id)?;
            return Err(Error::NotApproved(format!(
                "operation {} is {}, no longer approved: it is not written",
                id.short(),
                state.word()
            ))
            .into());
        }
        let sealed = match (&sealer, intent.is_marked) {
            (Some(sealer), true) => Some(sealer.seal(&id.0, &intent.write)?),
            _ => None,
        };
        let write = sealed.as_ref().unwrap_or(&intent.write);
        add.send(params![number, id.0, run, write.as_str()])?;
    }
    Ok(())
}

/// Writes outcomes, with the links and grants they make and drop.
pub(super) fn conclude(
    connection: &Connection,
    run: i64,
    outcomes: &[Outcome],
    at: Timestamp,
) -> Result<(), Failure> {
    let mut note = connection.prepare_cached(sql::ADD_JOURNAL)?;
    let mut settling = Settling::new(connection, run)?;
    let mut links = None;
    for outcome in outcomes {
        let id = outcome.operation;
        note.send(params![
            run,
            id.0,
            settling.settle(id, outcome.state)?,
            nanoseconds(at),
            outcome.state.word(),
            outcome.message,
            outcome.anchor.as_ref().map(crate::model::Anchor::as_str),
            outcome.location,
            // what failed before is mended by this
            matches!(outcome.state, OperationState::Applied | OperationState::Verified).then_some(id.0)
        ])?;
        if outcome.link.is_some() || outcome.unlink.is_some() {
            let links = match &mut links {
                Some(links) => links,
                None => links.insert(Changing::new(connection)?),
            };
            outcome.unlink.iter().try_for_each(|link| links.drop(link))?;
            outcome.link.iter().try_for_each(|link| links.add(link))?;
        }
        if let Some(grant) = &outcome.revoke {
            memory::drop_grant(connection, grant)?;
        }
        if let Some(grant) = &outcome.grant {
            memory::add_grant(connection, grant)?;
        }
        if let Some(decision) = &outcome.undone {
            decisions::note_undone(connection, decision)?;
        }
    }
    settling.finish()
}

/// Gives operations the states of their outcomes.
struct Settling<'c> {
    connection: &'c Connection<'c>,
    run: i64,
    begun: Statement<'c>,
    conclude: Statement<'c>,
    use_up: Statement<'c>,
    /// Intents that are settled, by number.
    settled: Vec<i64>,
}

impl<'c> Settling<'c> {
    fn new(connection: &'c Connection<'c>, run: i64) -> Result<Self, Failure> {
        Ok(Self {
            connection,
            run,
            begun: connection.prepare_cached(sql::BEGUN)?,
            conclude: connection.prepare_cached(if connection.is_at_hand() {
                sql::CONCLUDE
            } else {
                sql::CONCLUDE_AND_TELL
            })?,
            use_up: connection.prepare_cached(sql::USE_UP)?,
            settled: Vec::new(),
        })
    }

    /// Gives an operation the state of its outcome; returns when its write was begun, if that is not told yet. Only
    /// what was certainly not written, failed operations among it, keeps its approval, and only what is not known
    /// keeps its intent.
    ///
    /// An intent that is not there any more, or is another run's by now, was settled by somebody who has taken the
    /// system over: what this run believes of it counts no more, and is refused.
    fn settle(&mut self, id: Fingerprint, state: OperationState) -> Result<Option<i64>, Failure> {
        use OperationState::{Approved, Failed, Unknown};
        let take = |row: Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let is_concluded = !matches!(state, Approved | Unknown);
        let found: Option<(i64, Option<i64>)> = if is_concluded && !self.connection.is_at_hand() {
            self.conclude
                .query_row(params![id.0, self.run, state.word()], take)
                .optional()?
        } else {
            let begun = self.begun.query_row(params![id.0, self.run], take).optional()?;
            if is_concluded && begun.is_some() {
                self.conclude.send(params![id.0, self.run, state.word()])?;
            }
            begun
        };
        let Some((intent, begun)) = found else {
            return Err(Error::Busy(format!(
                "operation {} was settled by another usher, which has taken over: its outcome is not written a second \
                 time",
                id.short()
            ))
            .into());
        };
        match state {
            Unknown => {
                self.connection.prepare_cached(sql::LEAVE_UNKNOWN)?.send([id.0])?;
                return Ok(begun);
            }
            Approved => decisions::settle_state(self.connection, id)?,
            // it is tried again for as long as it stays exactly this
            Failed => {}
            _ => self.use_up.send([id.0])?,
        }
        self.settled.push(intent);
        Ok(begun)
    }

    /// Removes the intents that are settled: those that lie side by side at once.
    fn finish(mut self) -> Result<(), Failure> {
        let mut drop = self.connection.prepare_cached(sql::DROP_INTENTS)?;
        self.settled.sort_unstable();
        for side_by_side in self.settled.chunk_by(|one, next| one + 1 == *next) {
            if let (Some(first), Some(last)) = (side_by_side.first(), side_by_side.last()) {
                drop.send([*first, *last])?;
            }
        }
        Ok(())
    }
}

/// Returns intents whose outcome is not known.
pub(super) fn unsettled(connection: &Connection) -> Result<Vec<(i64, Intent)>, Failure> {
    let sealer = Sealer::stored(connection)?;
    let mut statement = connection.prepare_cached(sql::INTENTS)?;
    let rows = statement.query_map([], |row| {
        let operation = Fingerprint(row.get(1)?);
        let stored: String = row.get(2)?;
        let intent = Intent {
            operation,
            write: sealer.open(&operation.0, &stored)?,
            is_marked: is_sealed(&stored),
        };
        Ok((row.get(0)?, intent))
    })?;
    rows.collect::<Result<_, _>>()
}

/// Returns the journal of an operation, newest first.
pub(super) fn of_operation(connection: &Connection, id: Fingerprint) -> Result<Vec<JournalEntry>, Failure> {
    let mut found = outcomes(connection.prepare_cached(sql::JOURNAL)?.query([id.0])?)?;
    found.extend(open(connection.prepare_cached(sql::OPEN_INTENT)?.query([id.0])?)?);
    found.reverse();
    Ok(found)
}

/// Returns the journal of a run, oldest first: each write with its outcome, at the end those without one.
pub(super) fn of_run(connection: &Connection, run: i64) -> Result<Vec<JournalEntry>, Failure> {
    let mut found = outcomes(connection.prepare_cached(sql::RUN_JOURNAL)?.query([run])?)?;
    found.extend(open(connection.prepare_cached(sql::OPEN_INTENTS)?.query([run])?)?);
    Ok(found)
}

/// Takes outcomes, each after the intent that its row tells of.
fn outcomes(mut rows: Rows<'_>) -> Result<Vec<JournalEntry>, Failure> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (run, operation) = (row.get(0)?, fingerprint(row, 1)?);
        if let Some(begun) = row.get(5)? {
            found.push(intent(run, operation, begun)?);
        }
        found.push(JournalEntry {
            run,
            operation,
            at: instant(row, 2)?,
            state: state(text(row, 3)?)?,
            message: row.get(4)?,
        });
    }
    Ok(found)
}

/// Takes intents that no outcome tells of yet.
fn open(mut rows: Rows<'_>) -> Result<Vec<JournalEntry>, Failure> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(intent(row.get(0)?, fingerprint(row, 1)?, row.get(2)?)?);
    }
    Ok(found)
}

fn intent(run: i64, operation: Fingerprint, at: i64) -> Result<JournalEntry, Failure> {
    Ok(JournalEntry {
        run,
        operation,
        at: from_nanoseconds(at)?,
        state: OperationState::Running,
        message: String::new(),
    })
}

/// Returns what the runs of a plan have written.
pub(super) fn placed(connection: &Connection, plan: PlanId) -> Result<Vec<Placed>, Failure> {
    placed_rows(connection, sql::PLACED, plan.0)
}

/// Returns what one run has written.
pub(super) fn placed_by(connection: &Connection, run: i64) -> Result<Vec<Placed>, Failure> {
    placed_rows(connection, sql::PLACED_BY, run)
}

/// Finds applied operations by the first digits of their fingerprints.
pub(super) fn find_applied(
    connection: &Connection,
    prefix: &str,
) -> Result<Vec<(i64, Fingerprint)>, Failure> {
    let Some((low, high)) = bounds(prefix) else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(sql::FIND_APPLIED)?;
    let rows = statement.query_map(params![low.0, high.0], |row| {
        Ok((row.get(0)?, Fingerprint(row.get(1)?)))
    })?;
    rows.collect::<Result<_, _>>()
}

fn placed_rows(connection: &Connection, statement: sql::Sql, number: i64) -> Result<Vec<Placed>, Failure> {
    let mut statement = connection.prepare_cached(statement)?;
    let rows = statement.query_map([number], |row| {
        Ok(Placed {
            operation: Fingerprint(row.get(0)?),
            anchor: Anchor::from(row.get::<String>(1)?),
            location: row.get(2)?,
        })
    })?;
    rows.collect::<Result<_, _>>()
}

/// Returns the plan that a run applies.
pub(super) fn plan_of(connection: &Connection, run: i64) -> Result<PlanId, Failure> {
    let plan = connection
        .prepare_cached(sql::PLAN_OF_RUN)?
        .query_row([run], |row| row.get(0))?;
    Ok(PlanId(plan))
}

/// Returns the newest run.
pub(super) fn last(connection: &Connection) -> Result<Option<(i64, Timestamp, Option<Timestamp>)>, Failure> {
    let last: Option<(i64, i64, Option<i64>)> = connection
        .prepare_cached(sql::LAST_RUN)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    last.map(|(run, started, ended)| {
        Ok((
            run,
            from_nanoseconds(started)?,
            ended.map(from_nanoseconds).transpose()?,
        ))
    })
    .transpose()
}

/// Returns what was applied since a moment, each operation with when, once a run.
pub(super) fn applied_since(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<(Timestamp, Operation)>, Failure> {
    let names = &mut Names::default();
    let mut found = Vec::new();
    let sealer = Sealer::stored(connection)?;
    let mut statement = connection.prepare_cached(sql::APPLIED_SINCE)?;
    let mut rows = statement.query([nanoseconds(since)])?;
    while let Some(row) = rows.next()? {
        let id = fingerprint(row, 1)?;
        let octets = blob(row, 2)?;
        let operation = decode(id, octets, names, &|id, sealed| {
            sealer.open_octets(&id.0, sealed.to_vec())
        })
        .ok_or_else(|| damaged(&format!("operation {} cannot be read", id.short())))?;
        found.push((instant(row, 0)?, operation));
    }
    Ok(found)
}

/// Counts applied and failed operations by day.
pub(super) fn history(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<(Date, usize, usize)>, Failure> {
    const DAY: i64 = 86_400_000_000_000;
    let mut statement = connection.prepare_cached(sql::HISTORY)?;
    let rows = statement.query_map([nanoseconds(since)], |row| {
        Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?))
    })?;
    rows.map(|row| {
        let (day, applied, failed) = row?;
        let day = from_nanoseconds(day.saturating_mul(DAY))?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        Ok((day, applied as usize, failed as usize))
    })
    .collect()
}
