//! What planning builds on: links, the people last settled, events, timers, reservations and grants.

use crate::store::sql::{connection::Connection, value::params};

use super::{
    columns::{instant, nanoseconds, person, text},
    failure::{Failure, damaged},
    links::{self, Reasons},
    reads::{self, Prepared},
    sealed::Sealer,
    statements as sql,
};
use crate::{
    model::{
        Anchor, Grant, LifecycleEvent, Memory, MemoryChange, OpenEvent, Plan, Reservation, Seed,
        SettledChange, SettledError, Timer,
    },
    store::{Error, codec::operation::Names},
};

/// Loads what planning builds on.
pub(super) fn load(connection: &Connection) -> Result<Memory, Failure> {
    let names = &mut Names::default();
    Ok(Memory {
        seed: seed(connection)?,
        links: links::load(connection, Reasons::Without)?,
        settled: reads::records(connection, "", reads::PEOPLE)?,
        events: events(connection)?,
        timers: timers(connection, names)?,
        reservations: reservations(connection, names)?,
        grants: grants(connection, names)?,
        ..Memory::default()
    })
}

/// Loads what random values are drawn from.
pub(super) fn seed(connection: &Connection) -> Result<Seed, Failure> {
    let octets: Vec<u8> = connection
        .prepare_cached(sql::SEED)?
        .query_row([], |row| row.get(0))?;
    let octets = octets.try_into().map_err(|_| damaged("the seed is cut"))?;
    Ok(Seed(octets))
}

fn events(connection: &Connection) -> Result<Vec<OpenEvent>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::EVENTS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let word = text(row, 1)?;
        found.push(OpenEvent {
            person: person(row, 0)?,
            event: LifecycleEvent::ALL
                .into_iter()
                .find(|event| event.word() == word)
                .ok_or_else(|| damaged(&format!("there is no event {word:?}")))?,
            since: instant(row, 2)?,
        });
    }
    Ok(found)
}

fn timers(connection: &Connection, names: &mut Names) -> Result<Vec<Timer>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::TIMERS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.push(Timer {
            person: person(row, 0)?,
            rule: names.rule(text(row, 1)?),
            kind: row.get(2)?,
            base: text(row, 3)?
                .parse()
                .map_err(|error: jiff::Error| damaged(&error.to_string()))?,
        });
    }
    Ok(found)
}

fn reservations(connection: &Connection, names: &mut Names) -> Result<Vec<Reservation>, Failure> {
    let mut found = Vec::new();
    let sealer = Sealer::stored(connection)?;
    let mut statement = connection.prepare_cached(sql::RESERVATIONS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let person = person(row, 0)?;
        found.push(Reservation {
            person,
            rule: names.rule(text(row, 1)?),
            attribute: row.get(2)?,
            value: sealer.open(person.0.as_bytes(), text(row, 3)?)?,
        });
    }
    Ok(found)
}

fn grants(connection: &Connection, names: &mut Names) -> Result<Vec<Grant>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::GRANTS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.push(Grant {
            person: person(row, 0)?,
            rule: names.rule(text(row, 1)?),
            system: names.system(text(row, 2)?),
            group: Anchor::from(text(row, 3)?),
        });
    }
    Ok(found)
}

/// Makes the people that replace those settled before ready to be stored.
pub(super) fn prepare(change: &MemoryChange) -> Result<Option<Prepared<'_>>, Failure> {
    match &change.settled {
        SettledChange::All(people) => Prepared::new(people).map(Some),
        SettledChange::Nothing | SettledChange::Some { .. } => Ok(None),
    }
}

/// Stores what a plan changes in the people last settled.
pub(super) fn settle(
    connection: &Connection,
    change: &SettledChange,
    prepared: Option<&Prepared<'_>>,
    plan: &Plan,
) -> Result<(), Failure> {
    if let Some(prepared) = prepared {
        return prepared.save(connection, "", reads::PEOPLE, "", plan.now);
    }
    let SettledChange::Some { rows, forgotten } = change else {
        return Ok(());
    };
    let mut settled = reads::records(connection, "", reads::PEOPLE)?;
    SettledChange::merge(&mut settled, rows, forgotten).map_err(|error| match error {
        SettledError::OtherAttributes => Error::Busy(error.to_string()),
        SettledError::Full(_) => Error::Database {
            what: "store the plan",
            reason: error.to_string(),
        },
    })?;
    settled.map_or(Ok(()), |settled| {
        Prepared::new(&settled)?.save(connection, "", reads::PEOPLE, "", plan.now)
    })
}

/// Stores what else a plan changes.
pub(super) fn change(connection: &Connection, change: &MemoryChange) -> Result<(), Failure> {
    links::add_all(connection, &change.links)?;
    connection.prepare_cached(sql::CLEAR_EVENTS)?.send([])?;
    let mut add = connection.prepare_cached(sql::ADD_EVENT)?;
    for event in &change.events {
        add.send(params![
            event.person.0.as_bytes(),
            event.event.word(),
            nanoseconds(event.since)
        ])?;
    }
    connection.prepare_cached(sql::CLEAR_TIMERS)?.send([])?;
    let mut add = connection.prepare_cached(sql::ADD_TIMER)?;
    for timer in &change.timers {
        add.send(params![
            timer.person.0.as_bytes(),
            timer.rule.as_str(),
            timer.kind,
            timer.base.to_string()
        ])?;
    }
    connection.prepare_cached(sql::CLEAR_RESERVATIONS)?.send([])?;
    let mut add = connection.prepare_cached(sql::ADD_RESERVATION)?;
    let sealer = Sealer::stored(connection)?;
    for kept in &change.reservations {
        add.send(params![
            kept.person.0.as_bytes(),
            kept.rule.as_str(),
            kept.attribute,
            sealer.seal(kept.person.0.as_bytes(), &kept.value)?
        ])?;
    }
    for grant in &change.adopted {
        add_grant(connection, grant)?;
    }
    Ok(())
}

pub(super) fn add_grant(connection: &Connection, grant: &Grant) -> Result<(), Failure> {
    keep_grant(connection, sql::ADD_GRANT, grant)
}

pub(super) fn drop_grant(connection: &Connection, grant: &Grant) -> Result<(), Failure> {
    keep_grant(connection, sql::DROP_GRANT, grant)
}

fn keep_grant(connection: &Connection, statement: sql::Sql, grant: &Grant) -> Result<(), Failure> {
    connection.prepare_cached(statement)?.send(params![
        grant.person.0.as_bytes(),
        grant.rule.as_str(),
        grant.system.as_str(),
        grant.group.as_str()
    ])?;
    Ok(())
}
