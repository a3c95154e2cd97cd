//! Plans and their operations.

use crate::store::sql::{
    connection::{Connection, OptionalExtension as _, Row},
    value::{Value, params},
};
use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    columns::{blob, fingerprint, instant, nanoseconds, text},
    decisions::{self, Standing},
    failure::{Failure, damaged},
    sealed::Sealer,
    statements as sql,
};
use crate::{
    model::{Demands, Fingerprint, OperationState, Plan, PlanId},
    store::{
        Error, Release, StoredBrief, StoredOperation, StoredPlan,
        codec::{
            demands,
            operation::{Names, brief, decode, encode, marks},
        },
    },
};

/// How many plans keep their operations.
const KEPT_PLANS: usize = 20;
/// How many operations are kept in all, beside those of the current plan: fewer plans are kept if they are large.
const KEPT_OPERATIONS: i64 = 500_000;

/// How many operations are taken from the database before they are decoded, by all processors.
const TOGETHER: usize = 4096;
/// How many of them one processor decodes at a time.
const CHUNK: usize = 256;

/// Stores a plan. What was applied or tried before returns to review if this plan has it again: an approval is
/// used up by its outcome.
pub(super) fn save(connection: &Connection, plan: &Plan) -> Result<PlanId, Failure> {
    let base: i64 = connection
        .prepare_cached(sql::LAST_OPERATION)?
        .query_row([], |row| row.get(0))?;
    let count = (plan.operations.len() + plan.scheduled.len() + plan.adoptions.len()) as i64;
    let id: i64 = connection.prepare_cached(sql::ADD_PLAN)?.query_row(
        params![
            plan.seal.0,
            nanoseconds(plan.now),
            json(&plan.findings)?,
            json(&plan.rails)?,
            json(&plan.situations)?,
            base + 1,
            base + count,
            demands::encode(&plan.demands)
        ],
        |row| row.get(0),
    )?;
    let mut add = connection.prepare_cached(sql::ADD_OPERATION)?;
    let sealer = Sealer::stored(connection)?;
    for ((operation, scheduled), number) in plan.all().zip(base + 1..) {
        let body = match marks::take(&operation) {
            None => encode(&operation, None),
            Some((rest, values)) => {
                let sealed = sealer.seal_octets(&operation.fingerprint.0, values)?;
                encode(&rest, Some(&sealed))
            }
        };
        add.send(params![number, id, operation.fingerprint.0, scheduled, body])?;
    }
    connection.prepare_cached(sql::RESET_STATES)?.send([])?;
    prune(connection)?;
    Ok(PlanId(id))
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map_err(|error| damaged(&format!("a part of the plan cannot be written ({error})")).into())
}

/// Drops the operations of old plans, except those that were tried: the journal tells of them.
fn prune(connection: &Connection) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(sql::KEPT_PLANS)?;
    let kept: Vec<(i64, i64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut operations = 0;
    for (place, (plan, count)) in kept.into_iter().enumerate().skip(1) {
        operations += count;
        if place < KEPT_PLANS && operations <= KEPT_OPERATIONS {
            continue;
        }
        connection.prepare_cached(sql::PRUNE_OPERATIONS)?.send([plan])?;
        connection.prepare_cached(sql::PRUNE_PLAN)?.send([plan])?;
        connection.prepare_cached(sql::DROP_PLAN)?.send([plan])?;
    }
    Ok(())
}

/// Returns the newest plan.
pub(super) fn current(connection: &Connection) -> Result<Option<StoredPlan>, Failure> {
    let mut statement = connection.prepare_cached(sql::CURRENT_PLAN)?;
    let mut rows = statement.query([])?;
    rows.next()?.map(plan).transpose()
}

/// Returns a plan, if its operations are still kept.
pub(super) fn load(connection: &Connection, id: PlanId) -> Result<Option<StoredPlan>, Failure> {
    let mut statement = connection.prepare_cached(sql::PLAN)?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(plan).transpose()
}

/// Returns when a plan was used up: by applying its file, or by the first run of it.
pub(super) fn used(connection: &Connection, id: PlanId) -> Result<Option<Timestamp>, Failure> {
    let mut statement = connection.prepare_cached(sql::PLAN_USED)?;
    let mut rows = statement.query([id.0])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    match row.get::<Option<i64>>(0)? {
        Some(_) => instant(row, 0).map(Some),
        None => Ok(None),
    }
}

/// Uses a plan up; refused if it was before.
pub(super) fn use_up(connection: &Connection, id: PlanId, at: Timestamp) -> Result<(), Failure> {
    let changed = connection
        .prepare_cached(sql::USE_UP_PLAN)?
        .execute(params![id.0, nanoseconds(at)])?;
    if changed == 0 {
        let text = format!("plan {id} was applied already, or is no longer kept: make a new plan");
        return Err(Error::Busy(text).into());
    }
    Ok(())
}

fn plan(row: Row<'_>) -> Result<StoredPlan, Failure> {
    let broken = |error: serde_json::Error| damaged(&format!("a plan cannot be read ({error})"));
    Ok(StoredPlan {
        id: PlanId(row.get(0)?),
        seal: fingerprint(row, 1)?,
        now: instant(row, 2)?,
        findings: serde_json::from_str(text(row, 3)?).map_err(broken)?,
        rails: serde_json::from_str(text(row, 4)?).map_err(broken)?,
        situations: serde_json::from_str(text(row, 5)?).map_err(broken)?,
        demands: match row.value(6)? {
            Value::Null => Demands::default(),
            _ => {
                demands::decode(blob(row, 6)?).ok_or_else(|| damaged("what policy demands cannot be read"))?
            }
        },
    })
}

/// Hands out the operations of a plan in the order of the run.
pub(super) fn operations(
    connection: &Connection,
    plan: PlanId,
    each: &mut dyn FnMut(StoredOperation),
) -> Result<(), Failure> {
    // read as a whole: looking each of a hundred thousand up takes longer than all the rest
    let standings = decisions::standings(connection)?;
    let sealer = Sealer::stored(connection)?;
    let mut statement = connection.prepare_cached(sql::OPERATIONS)?;
    let mut rows = statement.stream([plan.0])?;
    let mut taken = Vec::with_capacity(TOGETHER);
    loop {
        let row = rows.next()?;
        let is_last = row.is_none();
        if let Some(row) = row {
            taken.push(Kept::take(row, fingerprint(row, 0)?)?);
        }
        if is_last || taken.len() == TOGETHER {
            let decoded: Vec<_> = taken
                .par_chunks(CHUNK)
                .map(|chunk| {
                    let names = &mut Names::default();
                    let stored = chunk
                        .iter()
                        .map(|kept| kept.stored(standings.get(&kept.id).copied(), names, &sealer));
                    stored.collect::<Result<Vec<_>, _>>()
                })
                .collect();
            taken.clear();
            for chunk in decoded {
                chunk?.into_iter().for_each(&mut *each);
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Hands out what a list shows of the operations of a plan, in the order of the run; first how many at most.
pub(super) fn briefs(
    connection: &Connection,
    plan: PlanId,
    count: &mut dyn FnMut(usize),
    each: &mut dyn FnMut(StoredBrief<'_>),
) -> Result<(), Failure> {
    let most: Option<i64> = connection
        .prepare_cached(sql::OPERATION_COUNT)?
        .query_row([plan.0], |row| row.get(0))
        .optional()?;
    count(most.and_then(|most| usize::try_from(most).ok()).unwrap_or(0));
    let standings = decisions::standings(connection)?;
    let names = &mut Names::default();
    let mut statement = connection.prepare_cached(sql::OPERATIONS)?;
    let mut rows = statement.stream([plan.0])?;
    while let Some(row) = rows.next()? {
        let id = fingerprint(row, 0)?;
        let body = blob(row, 2)?;
        let standing = standings.get(&id).copied();
        each(StoredBrief {
            operation: brief::decode(id, body, names)
                .ok_or_else(|| damaged(&format!("operation {} cannot be read", id.short())))?,
            state: standing.map_or(OperationState::Proposed, |standing| standing.state),
            held_until: standing.and_then(|standing| standing.until),
        });
    }
    Ok(())
}

/// Returns one operation of a plan.
pub(super) fn operation(
    connection: &Connection,
    plan: PlanId,
    id: Fingerprint,
) -> Result<Option<StoredOperation>, Failure> {
    let sealer = Sealer::stored(connection)?;
    let mut statement = connection.prepare_cached(sql::OPERATION)?;
    let mut rows = statement.query(params![plan.0, id.0])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let standing = decisions::standing_of(connection, id)?;
    let kept = Kept::take(row, id)?;
    kept.stored(standing, &mut Names::default(), &sealer).map(Some)
}

/// An operation as it lies in the store.
struct Kept {
    id: Fingerprint,
    scheduled: bool,
    body: Vec<u8>,
}

impl Kept {
    fn take(row: Row<'_>, id: Fingerprint) -> Result<Self, Failure> {
        Ok(Self {
            id,
            scheduled: row.get(1)?,
            body: blob(row, 2)?.to_vec(),
        })
    }

    fn stored(
        &self,
        standing: Option<Standing>,
        names: &mut Names,
        sealer: &Sealer,
    ) -> Result<StoredOperation, Failure> {
        let open = |id: Fingerprint, sealed: &[u8]| sealer.open_octets(&id.0, sealed.to_vec());
        Ok(StoredOperation {
            operation: decode(self.id, &self.body, names, &open)
                .ok_or_else(|| damaged(&format!("operation {} cannot be read", self.id.short())))?,
            scheduled: self.scheduled,
            state: standing.map_or(OperationState::Proposed, |standing| standing.state),
            held_until: standing.and_then(|standing| standing.until),
        })
    }
}

/// Finds the operations of a plan whose fingerprint starts with some hexadecimal digits.
pub(super) fn find(connection: &Connection, plan: PlanId, prefix: &str) -> Result<Vec<Fingerprint>, Failure> {
    let Some((low, high)) = bounds(prefix) else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(sql::FIND_OPERATIONS)?;
    let rows = statement.query_map(params![plan.0, low.0, high.0], |row| row.get(0).map(Fingerprint))?;
    rows.collect::<Result<_, _>>()
}

/// The first and the last fingerprint that start with some hexadecimal digits.
pub(super) fn bounds(prefix: &str) -> Option<(Fingerprint, Fingerprint)> {
    let bound = |rest: char| {
        let mut digits = prefix.to_ascii_lowercase();
        digits.extend(std::iter::repeat_n(rest, 64_usize.saturating_sub(prefix.len())));
        Fingerprint::parse(&digits)
    };
    Some((bound('0')?, bound('f')?))
}

/// Returns the guard rails released for a plan.
pub(super) fn releases(connection: &Connection, plan: PlanId) -> Result<Vec<Release>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::RELEASES)?;
    let mut rows = statement.query([plan.0])?;
    while let Some(row) = rows.next()? {
        let part: Option<Vec<u8>> = row.get(1)?;
        found.push(Release {
            rail: row.get(0)?,
            operations: part.map(|octets| octets.as_chunks().0.iter().copied().map(Fingerprint).collect()),
            by: row.get(2)?,
            at: instant(row, 3)?,
            reason: row.get(4)?,
        });
    }
    Ok(found)
}

/// Releases a guard rail for a plan.
pub(super) fn release(connection: &Connection, plan: PlanId, release: &Release) -> Result<(), Failure> {
    let part = release
        .operations
        .as_ref()
        .map(|operations| operations.iter().flat_map(|id| id.0).collect::<Vec<u8>>());
    connection.prepare_cached(sql::ADD_RELEASE)?.send(params![
        plan.0,
        release.rail,
        part,
        release.by,
        nanoseconds(release.at),
        release.reason
    ])?;
    Ok(())
}
