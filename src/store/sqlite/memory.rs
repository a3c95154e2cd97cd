//! Links, events, timers, reservations and grants.

use rusqlite::{Connection, Rows, Statement, params};

use super::{
    columns::{instant, nanoseconds, person, text},
    failure::{Failure, damaged},
    reads, statements as sql,
};
use crate::{
    model::{
        Anchor, Grant, LifecycleEvent, Link, LinkOwner, Memory, MemoryChange, OpenEvent, PersonId,
        Reservation, Timer,
    },
    store::codec::operation::Names,
};

/// From how many links on they are made all at once.
const MANY: usize = 10_000;

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

/// All links, without their reasons: planning asks for none, and for a million people they are as much as the rest.
fn links(connection: &Connection, names: &mut Names) -> Result<Vec<Link>, Failure> {
    let mut statement = connection.prepare_cached(sql::LINKS)?;
    collect_links(statement.query([])?, names)
}

/// Hands out every link with its reason.
pub(super) fn each_link(connection: &Connection, each: &mut dyn FnMut(Link)) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(sql::LINKS_WITH_REASONS)?;
    let links = collect_links(statement.query([])?, &mut Names::default())?;
    links.into_iter().for_each(each);
    Ok(())
}

/// Returns links of one person, by one of the statements for that.
pub(super) fn links_of(
    connection: &Connection,
    statement: &str,
    person: PersonId,
) -> Result<Vec<Link>, Failure> {
    let mut statement = connection.prepare_cached(statement)?;
    collect_links(statement.query([person.0.as_bytes()])?, &mut Names::default())
}

fn collect_links(mut rows: Rows<'_>, names: &mut Names) -> Result<Vec<Link>, Failure> {
    let mut found = Vec::new();
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
    add_links(connection, &change.links)?;
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

/// Makes links. Many of them at the start are put in the order of the table, and their index is made at the end:
/// several times faster than keeping it up to date at places all over it.
fn add_links(connection: &Connection, links: &[Link]) -> Result<(), Failure> {
    let mut ordered: Vec<&Link> = links.iter().collect();
    let at_once = links.len() > MANY
        && !connection
            .prepare_cached(sql::HAS_ACCOUNTS)?
            .query_row([], |row| row.get::<_, bool>(0))?;
    if at_once {
        ordered.sort_by(|a, b| (owner(a), a.anchor.as_str()).cmp(&(owner(b), b.anchor.as_str())));
        connection.execute(sql::DROP_ACCOUNT_INDEX, [])?;
    }
    let mut add = connection.prepare_cached(sql::ADD_LINK)?;
    for link in ordered {
        put_link(&mut add, link)?;
    }
    if at_once {
        connection.execute(sql::ADD_ACCOUNT_INDEX, [])?;
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
