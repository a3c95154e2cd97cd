//! Decisions, and what they make of an operation's state.

use crate::store::sql::{
    connection::{Connection, OptionalExtension as _, Row},
    value::params,
};
use hashbrown::HashMap;
use jiff::Timestamp;

use super::{
    columns::{fingerprint, from_nanoseconds, nanoseconds, state, text},
    failure::{Failure, damaged},
    statements as sql,
};
use crate::{
    model::{Actor, Decision, Fingerprint, OperationState, PlanId, Verdict},
    store::Error,
};

/// Where an operation stands that was decided about or tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) state: OperationState,
    /// Until when it is held.
    pub(super) until: Option<Timestamp>,
}

impl Standing {
    fn new(word: &str, until: Option<i64>) -> Result<Self, Failure> {
        Ok(Self {
            state: state(word)?,
            until: until.map(from_nanoseconds).transpose()?,
        })
    }
}

/// Returns where an operation stands; `None` is proposed.
pub(super) fn standing_of(connection: &Connection, id: Fingerprint) -> Result<Option<Standing>, Failure> {
    let mut statement = connection.prepare_cached(sql::STATE)?;
    let mut rows = statement.query([id.0])?;
    rows.next()?
        .map(|row| Standing::new(text(row, 0)?, row.get(1)?))
        .transpose()
}

/// Returns where all operations stand that are not proposed.
pub(super) fn standings(connection: &Connection) -> Result<HashMap<Fingerprint, Standing>, Failure> {
    let mut found = HashMap::new();
    let mut statement = connection.prepare_cached(sql::STATES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.insert(fingerprint(row, 0)?, Standing::new(text(row, 1)?, row.get(2)?)?);
    }
    Ok(found)
}

/// Returns the state of an operation.
pub(super) fn state_of(connection: &Connection, id: Fingerprint) -> Result<OperationState, Failure> {
    Ok(standing_of(connection, id)?.map_or(OperationState::Proposed, |standing| standing.state))
}

/// Stores decisions, all or none: one about an operation that is being written, or was, is refused.
pub(super) fn decide(connection: &Connection, decisions: &[Decision]) -> Result<(), Failure> {
    for decision in decisions {
        refuse_if_tried(connection, decision.operation)?;
        add(connection, decision)?;
    }
    Ok(())
}

/// Notes the decision that goes with taking an operation back. One that is being written again meanwhile keeps the
/// decision it is written by.
pub(super) fn note_undone(connection: &Connection, decision: &Decision) -> Result<(), Failure> {
    match state_of(connection, decision.operation)? {
        OperationState::Running | OperationState::Unknown => Ok(()),
        _ => add(connection, decision),
    }
}

fn add(connection: &Connection, decision: &Decision) -> Result<(), Failure> {
    let mut add = connection.prepare_cached(sql::ADD_DECISION)?;
    let until = match &decision.verdict {
        Verdict::Hold { until } | Verdict::RejectUntil { until } => Some(nanoseconds(*until)),
        _ => None,
    };
    let withdraws = decision.verdict == Verdict::Withdraw;
    if withdraws {
        connection
            .prepare_cached(sql::WITHDRAW)?
            .send([decision.operation.0])?;
    }
    add.send(params![
        decision.operation.0,
        !withdraws,
        decision.verdict.word(),
        until,
        decision.by.user,
        decision.by.ssh_client,
        nanoseconds(decision.at),
        decision.reason
    ])?;
    settle_state(connection, decision.operation)
}

fn refuse_if_tried(connection: &Connection, id: Fingerprint) -> Result<(), Failure> {
    let what_to_do = match state_of(connection, id)? {
        OperationState::Running => "is being written now: wait until its outcome is known",
        OperationState::Unknown => {
            "was sent and its outcome is not known: it is settled first, by reading again"
        }
        OperationState::Applied | OperationState::Verified => "was applied already: plan again, or undo it",
        _ => return Ok(()),
    };
    Err(Error::Busy(format!("operation {} {what_to_do}", id.short())).into())
}

/// Gives an operation the state its newest live decision wants.
pub(super) fn settle_state(connection: &Connection, id: Fingerprint) -> Result<(), Failure> {
    let live: Option<(String, Option<i64>)> = connection
        .prepare_cached(sql::LIVE_DECISION)?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((verdict, until)) = live else {
        connection.prepare_cached(sql::CLEAR_STATE)?.send([id.0])?;
        return Ok(());
    };
    let state = match verdict.as_str() {
        // the first of several approvals: it goes on waiting for the next
        "first-approval" => {
            connection.prepare_cached(sql::CLEAR_STATE)?.execute([id.0])?;
            return Ok(());
        }
        "approve" => OperationState::Approved,
        "reject" => OperationState::Rejected,
        "hold" => OperationState::Held,
        other => return Err(damaged(&format!("there is no verdict {other:?}")).into()),
    };
    set_state(connection, id, state, until)
}

pub(super) fn set_state(
    connection: &Connection,
    id: Fingerprint,
    state: OperationState,
    until: Option<i64>,
) -> Result<(), Failure> {
    connection
        .prepare_cached(sql::SET_STATE)?
        .send(params![id.0, state.word(), until])?;
    Ok(())
}

/// Marks the decisions about an operation as used up by an outcome.
pub(super) fn use_up(connection: &Connection, id: Fingerprint) -> Result<(), Failure> {
    connection.prepare_cached(sql::USE_UP)?.send([id.0])?;
    Ok(())
}

/// Returns all decisions about an operation, newest first.
pub(super) fn all(connection: &Connection, id: Fingerprint) -> Result<Vec<Decision>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::DECISIONS)?;
    let mut rows = statement.query([id.0])?;
    while let Some(row) = rows.next()? {
        found.push(decision(row, id)?);
    }
    Ok(found)
}

/// Hands out the decisions that count still about the operations of a plan, oldest first.
pub(super) fn live(
    connection: &Connection,
    plan: PlanId,
    each: &mut dyn FnMut(Decision),
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(sql::LIVE_DECISIONS)?;
    let mut rows = statement.query([plan.0])?;
    while let Some(row) = rows.next()? {
        each(decision(row, fingerprint(row, 6)?)?);
    }
    Ok(())
}

/// Hands out the decisions that count still about a few operations, the oldest of each first.
pub(super) fn live_about(
    connection: &Connection,
    ids: &[Fingerprint],
    each: &mut dyn FnMut(Decision),
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(sql::LIVE_DECISIONS_ABOUT)?;
    for id in ids {
        let mut rows = statement.query([id.0])?;
        while let Some(row) = rows.next()? {
            each(decision(row, *id)?);
        }
    }
    Ok(())
}

fn decision(row: Row<'_>, operation: Fingerprint) -> Result<Decision, Failure> {
    let until: Option<i64> = row.get(1)?;
    let word: String = row.get(0)?;
    Ok(Decision {
        operation,
        verdict: match (word.as_str(), until) {
            ("approve", _) => Verdict::Approve,
            ("first-approval", _) => Verdict::FirstApproval,
            ("reject", None) => Verdict::Reject,
            ("reject", Some(until)) => Verdict::RejectUntil {
                until: from_nanoseconds(until)?,
            },
            ("withdraw", _) => Verdict::Withdraw,
            ("hold", Some(until)) => Verdict::Hold {
                until: from_nanoseconds(until)?,
            },
            _ => return Err(damaged(&format!("there is no verdict {word:?}")).into()),
        },
        by: Actor {
            user: row.get(2)?,
            ssh_client: row.get(3)?,
        },
        at: from_nanoseconds(row.get(4)?)?,
        reason: row.get(5)?,
    })
}
