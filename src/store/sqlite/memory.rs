//! Links, events, timers, reservations and grants.

use rusqlite::{Connection, Statement, params};

use super::{
    columns::{instant, nanoseconds, person, text},
    failure::{Failure, damaged},
    reads, statements as sql,
};
use crate::{
    model::{
        Anchor, Grant, LifecycleEvent, Link, LinkOwner, Memory, MemoryChange, OpenEvent, Reservation, Timer,
    },
    store::codec::operation::Names,
};

/// Loads what planning builds on.
pub(super) fn load(connection: &Connection) -> Result<Memory, Failure> {
    let names = &mut Names::default();
    Ok(Memory {
        links: links(connection, names)?,
        settled: reads::records(connection, "", reads::PEOPLE)?,
        events: events(connection)?,
        timers: timers(connection, names)?,
        reservations: reservations(connection, names)?,
        grants: grants(connection, names)?,
    })
}

fn links(connection: &Connection, names: &mut Names) -> Result<Vec<Link>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::LINKS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let rule = names.rule(text(row, 1)?);
        found.push(Link {
            owner: match row.get(0)? {
                0 => LinkOwner::Source(rule),
                1 => LinkOwner::Account(rule),
                other => return Err(damaged(&format!("there is no kind {other} of link")).into()),
            },
            anchor: Anchor::from(text(row, 2)?),
            person: person(row, 3)?,
            why: row.get(4)?,
            since: instant(row, 5)?,
        });
    }
    Ok(found)
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
    let mut statement = connection.prepare_cached(sql::RESERVATIONS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.push(Reservation {
            person: person(row, 0)?,
            rule: names.rule(text(row, 1)?),
            attribute: row.get(2)?,
            value: row.get(3)?,
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

/// Stores what a plan changes, all but the settled people.
pub(super) fn change(connection: &Connection, change: &MemoryChange) -> Result<(), Failure> {
    let mut add = connection.prepare_cached(sql::ADD_LINK)?;
    for link in &change.links {
        put_link(&mut add, link)?;
    }
    connection.prepare_cached(sql::CLEAR_EVENTS)?.execute([])?;
    let mut add = connection.prepare_cached(sql::ADD_EVENT)?;
    for event in &change.events {
        add.execute(params![
            event.person.0.as_bytes(),
            event.event.word(),
            nanoseconds(event.since)
        ])?;
    }
    connection.prepare_cached(sql::CLEAR_TIMERS)?.execute([])?;
    let mut add = connection.prepare_cached(sql::ADD_TIMER)?;
    for timer in &change.timers {
        add.execute(params![
            timer.person.0.as_bytes(),
            timer.rule.as_str(),
            timer.kind,
            timer.base.to_string()
        ])?;
    }
    connection.prepare_cached(sql::CLEAR_RESERVATIONS)?.execute([])?;
    let mut add = connection.prepare_cached(sql::ADD_RESERVATION)?;
    for kept in &change.reservations {
        add.execute(params![
            kept.person.0.as_bytes(),
            kept.rule.as_str(),
            kept.attribute,
            kept.value
        ])?;
    }
    for grant in &change.adopted {
        add_grant(connection, grant)?;
    }
    Ok(())
}

fn owner(link: &Link) -> (i64, &str) {
    match &link.owner {
        LinkOwner::Source(rule) => (0, rule.as_str()),
        LinkOwner::Account(rule) => (1, rule.as_str()),
    }
}

/// Makes a link. A record belongs to one person, so an older link of the record goes; a person has one account
/// under a rule, so an older link of the person under an account rule goes too. A person may have several records
/// in a source (an old number and a new one).
pub(super) fn add_link(connection: &Connection, link: &Link) -> Result<(), Failure> {
    let mut add = connection.prepare_cached(sql::ADD_LINK)?;
    put_link(&mut add, link)
}

fn put_link(add: &mut Statement<'_>, link: &Link) -> Result<(), Failure> {
    let (kind, rule) = owner(link);
    add.execute(params![
        kind,
        rule,
        link.anchor.as_str(),
        link.person.0.as_bytes(),
        link.why,
        nanoseconds(link.since)
    ])?;
    Ok(())
}

pub(super) fn drop_link(connection: &Connection, link: &Link) -> Result<(), Failure> {
    let (kind, rule) = owner(link);
    connection.prepare_cached(sql::DROP_LINK)?.execute(params![
        kind,
        rule,
        link.anchor.as_str(),
        link.person.0.as_bytes()
    ])?;
    Ok(())
}

pub(super) fn add_grant(connection: &Connection, grant: &Grant) -> Result<(), Failure> {
    keep_grant(connection, sql::ADD_GRANT, grant)
}

pub(super) fn drop_grant(connection: &Connection, grant: &Grant) -> Result<(), Failure> {
    keep_grant(connection, sql::DROP_GRANT, grant)
}

fn keep_grant(connection: &Connection, statement: &str, grant: &Grant) -> Result<(), Failure> {
    connection.prepare_cached(statement)?.execute(params![
        grant.person.0.as_bytes(),
        grant.rule.as_str(),
        grant.system.as_str(),
        grant.group.as_str()
    ])?;
    Ok(())
}
