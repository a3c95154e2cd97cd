//! Looks up what is asked about one record or one person only.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    columns::{instant, person, text},
    failure::Failure,
    statements as sql,
};
use crate::model::{Anchor, Link, LinkOwner, PersonId, Reservation, RuleName};

/// Returns the link of a record.
pub(super) fn owner_of(
    connection: &Connection,
    owner: &LinkOwner,
    anchor: &str,
) -> Result<Option<Link>, Failure> {
    let (kind, rule) = match owner {
        LinkOwner::Source(rule) => (0, rule),
        LinkOwner::Account(rule) => (1, rule),
    };
    let mut statement = connection.prepare_cached(sql::OWNER_OF)?;
    let found = statement.query_row(params![kind, rule.as_str(), anchor], |row| {
        Ok((person(row, 0), row.get(1)?, instant(row, 2)))
    });
    let Some((person, why, since)) = found.optional()? else {
        return Ok(None);
    };
    Ok(Some(Link {
        person: person?,
        owner: owner.clone(),
        anchor: Anchor::from(anchor),
        why,
        since: since?,
    }))
}

/// Returns the values that are kept for one person.
pub(super) fn reservations_of(connection: &Connection, who: PersonId) -> Result<Vec<Reservation>, Failure> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::RESERVATIONS_OF)?;
    let mut rows = statement.query([who.0.as_bytes()])?;
    while let Some(row) = rows.next()? {
        found.push(Reservation {
            person: who,
            rule: RuleName::from(text(row, 0)?),
            attribute: row.get(1)?,
            value: row.get(2)?,
        });
    }
    Ok(found)
}
