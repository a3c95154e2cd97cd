//! Links in packs.

use crate::store::sql::{
    connection::{Connection, Row},
    value::{Value, params},
};
use aws_lc_rs::digest::{Context, SHA256};

use super::{Reasons, hidden::Hidden, owner, owner_from, sql};
use crate::{
    model::{Link, LinkOwner, LinkView, Links, PersonId, links::LinkGroup},
    store::{
        codec::links::{PACK, Packed, has, pack, unpack},
        sql::{
            columns::{blob, text},
            failure::{Failure, damaged},
        },
    },
};

/// The version of the form.
const FORM: i64 = 1;

/// Stores links in packs.
pub(super) fn save(connection: &Connection, links: &Links) -> Result<(), Failure> {
    let mut add = connection.prepare_cached(sql::ADD_PACK)?;
    for group in links.groups() {
        let (kind, rule) = owner(group.owner());
        for first in (0..group.len()).step_by(PACK) {
            let Packed {
                people,
                anchors,
                runs,
                values,
            } = pack(group, first);
            let digest = digest(&people, &anchors, &runs);
            add.send(params![kind, rule, FORM, digest, people, anchors, runs, values])?;
        }
    }
    Ok(())
}

/// Loads the links in packs that still hold.
pub(super) fn load(connection: &Connection, reasons: Reasons, hidden: &Hidden) -> Result<Links, Failure> {
    let mut links = Links::default();
    let mut statement = connection.prepare_cached(sql::PACKS_SIZES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let owner = owner_from(row.get(0)?, text(row, 1)?.into())?;
        let octets = |column| row.get::<i64>(column).map(|octets| octets as usize);
        links.reserve(&owner, octets(2)? / size_of::<PersonId>(), octets(3)?);
    }
    let mut statement = connection.prepare_cached(match reasons {
        Reasons::Without => sql::PACKS,
        Reasons::With => sql::PACKS_WITH_REASONS,
    })?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        links.push_group(group(row)?);
    }
    hidden.hide(&mut links);
    Ok(links)
}

/// Returns the links of one person.
pub(super) fn links_of(
    connection: &Connection,
    kind: i64,
    person: PersonId,
    hidden: &Hidden,
) -> Result<Vec<Link>, Failure> {
    let mut packs: Vec<i64> = Vec::new();
    let mut statement = connection.prepare_cached(sql::PACKED_PEOPLE)?;
    let mut rows = statement.query([kind])?;
    while let Some(row) = rows.next()? {
        if has(blob(row, 1)?, person) {
            packs.push(row.get(0)?);
        }
    }
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::PACK)?;
    for pack in packs {
        let mut rows = statement.query([pack])?;
        while let Some(row) = rows.next()? {
            let group = group(row)?;
            let links = group.iter().filter(|link| link.person == person);
            found.extend(links.filter(|link| !hidden.has(*link)).map(LinkView::to_link));
        }
    }
    Ok(found)
}

/// Returns the link of a record.
pub(super) fn owner_of(
    connection: &Connection,
    of: &LinkOwner,
    anchor: &str,
    hidden: &Hidden,
) -> Result<Option<Link>, Failure> {
    let (kind, rule) = owner(of);
    let mut statement = connection.prepare_cached(sql::PACKS_OF)?;
    let mut rows = statement.query(params![kind, rule])?;
    while let Some(row) = rows.next()? {
        let group = group(row)?;
        let found = (0..group.len()).rfind(|at| group.anchor(*at) == anchor);
        if let Some(link) = found.and_then(|at| group.iter().nth(at)) {
            return Ok((!hidden.has(link)).then(|| link.to_link()));
        }
    }
    Ok(None)
}

fn group(row: Row<'_>) -> Result<LinkGroup, Failure> {
    let broken = |why: &str| Failure::from(damaged(&format!("a pack of links {why}")));
    if row.get::<i64>(2)? != FORM {
        return Err(broken("has a form this usher does not know"));
    }
    let octets = |column| blob(row, column);
    let (people, anchors, runs) = (octets(4)?, octets(5)?, octets(6)?);
    if digest(people, anchors, runs) != octets(3)? {
        return Err(broken("is not what was stored: its digest differs"));
    }
    let values = match row.value(7)? {
        Value::Null => None,
        _ => Some(blob(row, 7)?),
    };
    let owner = owner_from(row.get(0)?, text(row, 1)?.into())?;
    unpack(owner, people, anchors, runs, values).ok_or_else(|| broken("does not fit together"))
}

fn digest(people: &[u8], anchors: &[u8], runs: &[u8]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for part in [people, anchors, runs] {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}
