//! Links: in packs those that were made many at a time, in rows those made one by one since.

mod hidden;
mod packs;

use crate::store::sql::{
    connection::{Connection, Rows, Statement},
    value::params,
};

use self::hidden::Hidden;
use super::{
    columns::{instant, nanoseconds, person, text},
    failure::{Failure, damaged},
    statements as sql,
};
use crate::{
    model::{Link, LinkOwner, LinkView, Links, PersonId, RuleName},
    store::codec::operation::Names,
};

/// From how many new links on they are put into packs.
const MANY: usize = 10_000;
/// How many links are in rows before they are put into packs, too.
const MANY_ROWS: i64 = 50_000;

/// Whether the reasons of links are loaded: for a million people they are as much as the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reasons {
    /// They are left out.
    Without,
    /// They are there.
    With,
}

/// Loads all links.
pub(super) fn load(connection: &Connection, reasons: Reasons) -> Result<Links, Failure> {
    let mut links = packs::load(connection, reasons, &Hidden::load(connection)?)?;
    let mut statement = connection.prepare_cached(match reasons {
        Reasons::Without => sql::LINKS,
        Reasons::With => sql::LINKS_WITH_REASONS,
    })?;
    collect(statement.query([])?, |link| links.push(&link))?;
    Ok(links)
}

/// Hands out every link with its reason.
pub(super) fn each(connection: &Connection, each: &mut dyn FnMut(Link)) -> Result<(), Failure> {
    let links = load(connection, Reasons::With)?;
    links.iter().map(LinkView::to_link).for_each(each);
    Ok(())
}

/// Returns the accounts of one person.
pub(super) fn accounts_of(connection: &Connection, person: PersonId) -> Result<Vec<Link>, Failure> {
    links_of(connection, sql::ACCOUNTS_OF, 1, person)
}

/// Returns the records that sources have of one person, the oldest link first.
pub(super) fn sources_of(connection: &Connection, person: PersonId) -> Result<Vec<Link>, Failure> {
    let mut found = links_of(connection, sql::SOURCES_OF, 0, person)?;
    found.sort_by_key(|link| link.since);
    Ok(found)
}

fn links_of(
    connection: &Connection,
    rows: sql::Sql,
    kind: i64,
    person: PersonId,
) -> Result<Vec<Link>, Failure> {
    let mut found = packs::links_of(connection, kind, person, &Hidden::load(connection)?)?;
    let mut statement = connection.prepare_cached(rows)?;
    collect(statement.query([person.0.as_bytes()])?, |link| found.push(link))?;
    Ok(found)
}

/// Returns the link of a record.
pub(super) fn owner_of(
    connection: &Connection,
    of: &LinkOwner,
    anchor: &str,
) -> Result<Option<Link>, Failure> {
    let (kind, rule) = owner(of);
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(sql::OWNER_OF)?;
    collect(statement.query(params![kind, rule, anchor])?, |link| {
        found.push(link);
    })?;
    match found.pop() {
        None => packs::owner_of(connection, of, anchor, &Hidden::load(connection)?),
        found => Ok(found),
    }
}

fn collect(mut rows: Rows<'_>, mut each: impl FnMut(Link)) -> Result<(), Failure> {
    let names = &mut Names::default();
    while let Some(row) = rows.next()? {
        each(Link {
            owner: owner_from(row.get(0)?, names.rule(text(row, 1)?))?,
            anchor: text(row, 2)?.into(),
            person: person(row, 3)?,
            why: row.get(4)?,
            since: instant(row, 5)?,
        });
    }
    Ok(())
}

fn owner_from(kind: i64, rule: RuleName) -> Result<LinkOwner, Failure> {
    match kind {
        0 => Ok(LinkOwner::Source(rule)),
        1 => Ok(LinkOwner::Account(rule)),
        other => Err(damaged(&format!("there is no kind {other} of link")).into()),
    }
}

fn owner(owner: &LinkOwner) -> (i64, &str) {
    match owner {
        LinkOwner::Source(rule) => (0, rule.as_str()),
        LinkOwner::Account(rule) => (1, rule.as_str()),
    }
}

/// Makes the links of a plan.
pub(super) fn add_all(connection: &Connection, links: &Links) -> Result<(), Failure> {
    let rows: i64 = connection
        .prepare_cached(sql::COUNT_LINKS)?
        .query_row([], |row| row.get(0))?;
    if links.len() <= MANY && rows <= MANY_ROWS {
        let mut changing = Changing::new(connection)?;
        return links.iter().try_for_each(|link| changing.add(&link.to_link()));
    }
    let has_packs: bool = connection
        .prepare_cached(sql::HAS_PACKS)?
        .query_row([], |row| row.get(0))?;
    if rows == 0 && !has_packs {
        return packs::save(connection, links);
    }
    let mut all = load(connection, Reasons::With)?;
    let mut hidden = Hidden::default();
    for group in links.groups() {
        for at in 0..group.len() {
            hidden.replaced(group.owner(), group.anchor(at), group.people()[at]);
        }
    }
    hidden.hide(&mut all);
    all.append(links.clone());
    for statement in [sql::CLEAR_LINKS, sql::CLEAR_PACKS, sql::CLEAR_HIDDEN_LINKS] {
        connection.prepare_cached(statement)?.execute([])?;
    }
    packs::save(connection, &all)
}

/// Makes a link. A record belongs to one person, so an older link of the record goes; a person has one account
/// under a rule, so an older link of the person under an account rule goes too. A person may have several records
/// in a source (an old number and a new one).
pub(super) fn add(connection: &Connection, link: &Link) -> Result<(), Failure> {
    Changing::new(connection)?.add(link)
}

/// Drops a link.
pub(super) fn drop(connection: &Connection, link: &Link) -> Result<(), Failure> {
    Changing::new(connection)?.drop(link)
}

/// Makes and drops links, some in one transaction: what is the same for all of them is looked up once.
pub(super) struct Changing<'c> {
    connection: Connection<'c>,
    add: Statement<'c>,
    /// Whether older links may be in packs.
    has_packs: bool,
}

impl<'c> Changing<'c> {
    /// Prepares everything.
    pub(super) fn new(connection: &Connection<'c>) -> Result<Self, Failure> {
        Ok(Self {
            connection: *connection,
            add: connection.prepare_cached(sql::ADD_LINK)?,
            has_packs: connection
                .prepare_cached(sql::HAS_PACKS)?
                .query_row([], |row| row.get(0))?,
        })
    }

    /// Makes a link, as [`add`].
    pub(super) fn add(&mut self, link: &Link) -> Result<(), Failure> {
        let (kind, rule) = owner(&link.owner);
        let (anchor, person) = (link.anchor.as_str(), link.person.0.as_bytes().as_slice());
        self.hide(kind, rule, anchor, &[])?;
        if kind == 1 {
            self.hide(kind, rule, "", person)?;
        }
        if !self.connection.replaces_by_itself() {
            self.connection
                .prepare_cached(sql::REPLACE_LINK)?
                .send(params![kind, rule, anchor])?;
            if kind == 1 {
                self.connection
                    .prepare_cached(sql::REPLACE_ACCOUNT)?
                    .send(params![rule, person])?;
            }
        }
        let since = nanoseconds(link.since);
        self.add
            .send(params![kind, rule, anchor, person, link.why, since])
    }

    /// Drops a link.
    pub(super) fn drop(&mut self, link: &Link) -> Result<(), Failure> {
        let (kind, rule) = owner(&link.owner);
        let (anchor, person) = (link.anchor.as_str(), link.person.0.as_bytes().as_slice());
        self.hide(kind, rule, anchor, person)?;
        self.connection
            .prepare_cached(sql::DROP_LINK)?
            .send(params![kind, rule, anchor, person])
    }

    /// Notes what holds no longer, if it can be in a pack.
    fn hide(&self, kind: i64, rule: &str, anchor: &str, person: &[u8]) -> Result<(), Failure> {
        if self.has_packs {
            self.connection
                .prepare_cached(sql::HIDE_LINKS)?
                .send(params![kind, rule, anchor, person])?;
        }
        Ok(())
    }
}
