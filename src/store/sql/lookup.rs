//! Looks up what is asked about one person only.

use crate::store::sql::connection::Connection;

use super::{columns::text, failure::Failure, sealed::Sealer, statements as sql};
use crate::model::{PersonId, Reservation, RuleName};

/// Returns the values that are kept for one person.
pub(super) fn reservations_of(connection: &Connection, who: PersonId) -> Result<Vec<Reservation>, Failure> {
    let mut found = Vec::new();
    let sealer = Sealer::stored(connection)?;
    let mut statement = connection.prepare_cached(sql::RESERVATIONS_OF)?;
    let mut rows = statement.query([who.0.as_bytes()])?;
    while let Some(row) = rows.next()? {
        found.push(Reservation {
            person: who,
            rule: RuleName::from(text(row, 0)?),
            attribute: row.get(1)?,
            value: sealer.open(who.0.as_bytes(), text(row, 2)?)?,
        });
    }
    Ok(found)
}
