//! Reads: the last attempt, the last good one, and its records in pieces.

use crate::store::sql::{connection::Connection, value::params};
use jiff::Timestamp;

use super::{
    columns::{blob, from_nanoseconds, instant, nanoseconds},
    failure::{Failure, damaged},
    restraint,
    sealed::Sealer,
    statements as sql,
};
use crate::{
    model::{Completeness, Coverage, Read, ReadKind, RecordSet, Schema},
    store::{
        Changes, LastRead, ReadAttempt,
        codec::records::{
            Assembly, Earlier, FORM, PATCH, PATCHED, PIECE, Patches, digest, patch, patched, pieces,
        },
    },
};

/// The accounts (or people) of a system.
pub(super) const ACCOUNTS: &str = "accounts";
/// The groups of a system.
pub(super) const GROUPS: &str = "groups";
/// The facts last settled, under no system.
pub(super) const PEOPLE: &str = "people";

/// Added to the form of a set whose pieces are sealed.
const SEALED: i64 = 16;

/// Patches may be a fourth as large as what they patch; then it is written anew.
const PATCHED_UP_TO: usize = 4;

/// A set made ready before the transaction, so that others need not wait for it.
pub(super) struct Prepared<'a> {
    set: &'a RecordSet,
    schema: String,
    /// Computed when it is needed, where there are changes.
    digest: Option<Vec<u8>>,
    changes: Option<Patch>,
}

/// What changed since a stored read.
struct Patch {
    since: LastRead,
    /// Nothing if nothing changed.
    octets: Option<Vec<u8>>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(set: &'a RecordSet) -> Result<Self, Failure> {
        let mut prepared = Self::unfinished(set)?;
        prepared.digest = Some(digest(&prepared.schema, set));
        Ok(prepared)
    }

    /// Makes a set ready of which it is known what changed in it.
    pub(super) fn changed(set: &'a RecordSet, changes: &Changes<'_>) -> Result<Self, Failure> {
        let ReadKind::Delta { tombstones, .. } = &changes.read.kind else {
            return Self::new(set);
        };
        let records = &changes.read.records;
        let is_nothing = records.is_empty() && tombstones.is_empty();
        Ok(Self {
            changes: Some(Patch {
                since: changes.since.clone(),
                octets: (!is_nothing).then(|| patch(records, tombstones)),
            }),
            ..Self::unfinished(set)?
        })
    }

    fn unfinished(set: &'a RecordSet) -> Result<Self, Failure> {
        let schema = serde_json::to_string(set.schema().as_ref())
            .map_err(|error| damaged(&format!("a schema cannot be written ({error})")))?;
        Ok(Self {
            set,
            schema,
            digest: None,
            changes: None,
        })
    }

    /// Stores the set; one that is there already is not written again.
    pub(super) fn save(
        &self,
        connection: &Connection,
        system: &str,
        part: &str,
        coverage: &str,
        ended: Timestamp,
    ) -> Result<(), Failure> {
        let stored = find(connection, system, part)?;
        if let (Some(stored), Some(changes)) = (&stored, &self.changes)
            && self.add_to(connection, stored, changes, coverage, ended)?
        {
            return Ok(());
        }
        let digest = match &self.digest {
            Some(digest) => digest.clone(),
            None => digest(&self.schema, self.set),
        };
        if let Some(stored) = stored
            && stored.digest == digest
            && stored.form == self.form(FORM)
        {
            connection.prepare_cached(sql::TOUCH_RECORD_SET)?.send(params![
                stored.id,
                coverage,
                nanoseconds(ended)
            ])?;
            return Ok(());
        }
        if self.set.is_marked() {
            // what an earlier usher has stored in the clear is overwritten in the file, too
            connection.forget_for_good()?;
        }
        drop_set(connection, system, part)?;
        let id: i64 = connection.prepare_cached(sql::ADD_RECORD_SET)?.query_row(
            params![
                system,
                part,
                coverage,
                self.set.len() as i64,
                nanoseconds(ended),
                self.form(FORM),
                self.schema,
                digest
            ],
            |row| row.get(0),
        )?;
        let sealer = self.sealer(connection)?;
        let mut add = connection.prepare_cached(sql::ADD_PIECE)?;
        for (part, octets) in pieces(self.set) {
            match &sealer {
                None => add.send(params![id, part, octets])?,
                Some(sealer) => {
                    let sealed = sealer.seal_octets(&name(id, part), octets.into_owned())?;
                    add.send(params![id, part, sealed])?;
                }
            }
        }
        Ok(())
    }

    /// The form a set is stored in: sealed if something in it is marked.
    fn form(&self, form: i64) -> i64 {
        if self.set.is_marked() { form | SEALED } else { form }
    }

    fn sealer(&self, connection: &Connection) -> Result<Option<Sealer>, Failure> {
        self.set
            .is_marked()
            .then(|| Sealer::stored(connection))
            .transpose()
    }

    /// Adds what changed to a stored set; reports whether that could be done.
    fn add_to(
        &self,
        connection: &Connection,
        stored: &Stored,
        changes: &Patch,
        coverage: &str,
        ended: Timestamp,
    ) -> Result<bool, Failure> {
        let is_the_one = stored.last == changes.since
            && stored.schema == self.schema
            && [self.form(FORM), self.form(PATCHED)].contains(&stored.form);
        if !is_the_one {
            return Ok(false);
        }
        let Some(octets) = &changes.octets else {
            connection.prepare_cached(sql::TOUCH_RECORD_SET)?.send(params![
                stored.id,
                coverage,
                nanoseconds(ended)
            ])?;
            return Ok(true);
        };
        let (mut patches, mut whole) = (octets.len(), 0);
        for (part, octets) in sizes(connection, stored.id)? {
            *(if part == PATCH { &mut patches } else { &mut whole }) += octets;
        }
        if patches > whole / PATCHED_UP_TO || octets.len() > PIECE {
            return Ok(false);
        }
        let sealed = match self.sealer(connection)? {
            Some(sealer) => Some(sealer.seal_octets(&name(stored.id, PATCH), octets.clone())?),
            None => None,
        };
        connection.prepare_cached(sql::ADD_PIECE)?.send(params![
            stored.id,
            PATCH,
            sealed.as_ref().unwrap_or(octets)
        ])?;
        connection.prepare_cached(sql::PATCH_RECORD_SET)?.send(params![
            stored.id,
            coverage,
            self.set.len() as i64,
            nanoseconds(ended),
            self.form(PATCHED),
            patched(&stored.digest, octets)
        ])?;
        Ok(true)
    }
}

struct Stored {
    id: i64,
    last: LastRead,
    form: i64,
    schema: String,
    digest: Vec<u8>,
}

impl Stored {
    fn is_sealed(&self) -> bool {
        self.form & SEALED != 0
    }
}

fn find(connection: &Connection, system: &str, part: &str) -> Result<Option<Stored>, Failure> {
    let mut statement = connection.prepare_cached(sql::RECORD_SET)?;
    let mut rows = statement.query([system, part])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Stored {
        id: row.get(0)?,
        last: LastRead {
            coverage: Coverage {
                question: row.get(1)?,
            },
            records: row.get::<i64>(2)? as usize,
            ended: instant(row, 3)?,
        },
        form: row.get(4)?,
        schema: row.get(5)?,
        digest: row.get(6)?,
    }))
}

fn drop_set(connection: &Connection, system: &str, part: &str) -> Result<(), Failure> {
    connection
        .prepare_cached(sql::DROP_RECORD_SET)?
        .send([system, part])?;
    Ok(())
}

/// Notes an attempt to read a system, and stores what was good of it: full and complete reads only.
pub(super) fn save(
    connection: &Connection,
    (accounts, prepared_accounts): (&Read, &Option<Prepared<'_>>),
    groups: Option<(&Read, &Option<Prepared<'_>>)>,
) -> Result<(), Failure> {
    let system = accounts.system.as_str();
    let groups_read = groups.map(|(read, _)| read);
    let trouble = trouble(accounts).or_else(|| groups_read.and_then(trouble));
    let ended = groups_read.map_or(accounts.ended, |groups| groups.ended.max(accounts.ended));
    connection
        .prepare_cached(sql::NOTE_ATTEMPT)?
        .send(params![system, nanoseconds(ended), trouble])?;
    if let Some(prepared) = prepared_accounts {
        restraint::let_go(connection, system)?;
        let coverage = &accounts.coverage.question;
        prepared.save(connection, system, ACCOUNTS, coverage, accounts.ended)?;
        if groups.is_none() {
            // the system is read without groups now: those of long ago would be taken for present ones
            drop_set(connection, system, GROUPS)?;
        }
    }
    if let Some((read, Some(prepared))) = groups {
        prepared.save(connection, system, GROUPS, &read.coverage.question, read.ended)?;
    }
    Ok(())
}

fn trouble(read: &Read) -> Option<&str> {
    match &read.completeness {
        Completeness::Complete => None,
        Completeness::Partial(reason) | Completeness::Failed(reason) | Completeness::Refused(reason) => {
            Some(reason)
        }
    }
}

/// Returns the last good read of a system.
pub(super) fn last(connection: &Connection, system: &str) -> Result<Option<LastRead>, Failure> {
    Ok(find(connection, system, ACCOUNTS)?.map(|stored| stored.last))
}

/// Returns the last good read of the groups of a system.
pub(super) fn last_groups(connection: &Connection, system: &str) -> Result<Option<LastRead>, Failure> {
    Ok(find(connection, system, GROUPS)?.map(|stored| stored.last))
}

/// Returns the last attempt to read each system.
pub(super) fn attempts(connection: &Connection) -> Result<Vec<ReadAttempt>, Failure> {
    let mut statement = connection.prepare_cached(sql::READ_ATTEMPTS)?;
    let rows = statement.query_map([], |row| Ok((row.get::<String>(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (system, ended, trouble) = row?;
        Ok(ReadAttempt {
            system: system.into(),
            ended: from_nanoseconds(ended)?,
            trouble,
        })
    })
    .collect()
}

/// Loads a stored set.
pub(super) fn records(
    connection: &Connection,
    system: &str,
    part: &str,
) -> Result<Option<RecordSet>, Failure> {
    let Some(stored) = find(connection, system, part)? else {
        return Ok(None);
    };
    let broken = |why: &str| Failure::from(damaged(&format!("the stored {part} of {system:?} {why}")));
    let schema: Schema =
        serde_json::from_str(&stored.schema).map_err(|_| broken("have attributes that cannot be read"))?;
    let set = match stored.form & !SEALED {
        FORM | PATCHED => assembled(connection, &stored, schema)?,
        Earlier::FORM => {
            let mut earlier = Earlier::default();
            each_piece(connection, &stored, |part, octets| earlier.take(part, octets))?
                .map(|()| earlier.digest(&stored.schema))
                .and_then(|digest| Some((digest, earlier.finish(schema)?)))
        }
        _ => return Err(broken("have a form this usher does not know")),
    };
    match set {
        Some((digest, mut set)) if digest == stored.digest => {
            if stored.is_sealed() {
                set.mark();
            }
            Ok(Some(set))
        }
        Some(_) => Err(broken("are not what was stored: their digest differs")),
        None => Err(broken("do not fit together")),
    }
}

/// Puts a set together with what changed in it; with the digest of both.
fn assembled(
    connection: &Connection,
    stored: &Stored,
    schema: Schema,
) -> Result<Option<(Vec<u8>, RecordSet)>, Failure> {
    let mut assembly = Assembly::default();
    let mut patches = Vec::new();
    for (part, octets) in sizes(connection, stored.id)? {
        if part != PATCH {
            assembly.reserve(part, octets);
        }
    }
    let taken = each_piece(connection, stored, |part, octets| {
        if part == PATCH && stored.form & !SEALED == PATCHED {
            patches.push(octets.to_vec());
            return Some(());
        }
        assembly.take(part, octets)
    })?;
    let Some(set) = taken.and_then(|()| assembly.finish(schema)) else {
        return Ok(None);
    };
    let mut digest = digest(&stored.schema, &set);
    let mut together = Patches::new(set.schema().clone());
    for patch in &patches {
        digest = patched(&digest, patch);
        if together.take(patch).is_none() {
            return Ok(None);
        }
    }
    let set = if patches.is_empty() {
        Some(set)
    } else {
        together.apply(set)
    };
    Ok(set.map(|set| (digest, set)))
}

/// Returns how many octets each part of a set has.
fn sizes(connection: &Connection, set: i64) -> Result<Vec<(i64, usize)>, Failure> {
    let mut statement = connection.prepare_cached(sql::PIECES_SIZES)?;
    let rows = statement.query_map([set], |row| Ok((row.get(0)?, row.get::<i64>(1)? as usize)))?;
    rows.collect::<Result<_, _>>()
}

/// What a sealed piece belongs to.
fn name(set: i64, part: i64) -> Vec<u8> {
    format!("records {set} {part}").into_bytes()
}

/// Hands out the pieces of a set, part by part, until one is refused; returns nothing then.
fn each_piece(
    connection: &Connection,
    set: &Stored,
    mut take: impl FnMut(i64, &[u8]) -> Option<()>,
) -> Result<Option<()>, Failure> {
    let sealer = set.is_sealed().then(|| Sealer::stored(connection)).transpose()?;
    let mut pieces = connection.prepare_cached(sql::PIECES)?;
    let mut rows = pieces.stream([set.id])?;
    while let Some(row) = rows.next()? {
        let (part, octets) = (row.get(0)?, blob(row, 1)?);
        let taken = match &sealer {
            None => take(part, octets),
            Some(sealer) => sealer
                .open_octets(&name(set.id, part), octets.to_vec())
                .and_then(|opened| take(part, &opened)),
        };
        if taken.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(()))
}
