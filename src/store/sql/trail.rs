//! The audit trail in the store.

use crate::store::sql::{
    connection::{Connection, OptionalExtension as _, Row},
    value::params,
};

use super::{
    columns::text,
    failure::{Failure, damaged},
    statements as sql,
};
use crate::{
    audit::{
        self, Archived, Draft, Entry, Head, KeyFile, Record, checkpoint,
        erasure::{Left, Search},
    },
    model::PersonId,
    store::Error,
};

/// How many entries are rendered before they are written.
const TOGETHER: usize = checkpoint::EVERY as usize;

/// Chains entries to the trail, in the transaction of what they tell of; signs it where a checkpoint is due.
pub(super) fn append(connection: &Connection, entries: &[Entry], key: &KeyFile) -> Result<(), Failure> {
    entries.chunks(TOGETHER).try_for_each(|entries| {
        let drafts: Vec<_> = entries.iter().map(Draft::from).collect();
        append_drafts(connection, &drafts, key)
    })
}

/// The same with entries that are rendered already.
pub(super) fn append_drafts(connection: &Connection, drafts: &[Draft], key: &KeyFile) -> Result<(), Failure> {
    if drafts.is_empty() {
        return Ok(());
    }
    let mut head = connection
        .prepare_cached(sql::AUDIT_HEAD)?
        .query_row([], |row| {
            Ok(Head {
                sequence: row.get::<i64>(0)? as u64,
                hash: row.get(1)?,
                erased: 0,
            })
        })
        .optional()?
        .unwrap_or_default();
    for drafts in drafts.chunks(TOGETHER) {
        let before = head.sequence;
        add(connection, &mut head, drafts)?;
        if let Some(last) = drafts.last().filter(|_| checkpoint::is_due(before, drafts)) {
            let signed = checkpoint::entry(&head, last, key);
            add(connection, &mut head, &[Draft::from(&signed)])?;
        }
    }
    Ok(())
}

fn add(connection: &Connection, head: &mut Head, drafts: &[Draft]) -> Result<(), Failure> {
    let salts = audit::salts(drafts.len()).map_err(|error| Error::Database {
        what: "record the audit",
        reason: error.to_string(),
    })?;
    let mut add = connection.prepare_cached(sql::ADD_AUDIT)?;
    for (record, draft) in audit::seal(head, drafts, &salts).into_iter().zip(drafts) {
        add.send(params![
            record.sequence as i64,
            record.hash,
            record.line,
            draft.words()
        ])?;
        head.sequence = record.sequence;
        head.hash = record.hash;
    }
    Ok(())
}

/// Reads a page of the trail, newest first, and the number of records that match.
pub(super) fn page(
    connection: &Connection,
    offset: usize,
    limit: usize,
    filter: &str,
) -> Result<(usize, Vec<Record>), Failure> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let (limit, offset) = (
        i64::try_from(limit).unwrap_or(i64::MAX),
        i64::try_from(offset).unwrap_or(i64::MAX),
    );
    let mut records = Vec::new();
    let count: i64 = if words.is_empty() {
        let mut page = connection.prepare_cached(sql::AUDIT_PAGE)?;
        let mut rows = page.query(params![limit, offset])?;
        while let Some(row) = rows.next()? {
            records.push(record(row)?);
        }
        connection
            .prepare_cached(sql::AUDIT_COUNT)?
            .query_row([], |row| row.get(0))?
    } else {
        let words = serde_json::Value::from(words).to_string();
        let mut page = connection.prepare_cached(sql::AUDIT_PAGE_FILTERED)?;
        let mut rows = page.query(params![limit, offset, words])?;
        while let Some(row) = rows.next()? {
            records.push(record(row)?);
        }
        connection
            .prepare_cached(sql::AUDIT_COUNT_FILTERED)?
            .query_row([words], |row| row.get(0))?
    };
    Ok((count as usize, records))
}

/// Hands out the whole trail, oldest first, until `each` says no.
pub(in crate::store) fn all(
    connection: &Connection,
    each: &mut dyn FnMut(Record) -> bool,
) -> Result<(), Failure> {
    from(connection, 0, each)
}

/// Hands out the trail from a record on, oldest first, until `each` says no.
pub(in crate::store) fn from(
    connection: &Connection,
    first: u64,
    each: &mut dyn FnMut(Record) -> bool,
) -> Result<(), Failure> {
    let mut all = connection.prepare_cached(sql::AUDIT_FROM)?;
    let mut rows = all.stream([i64::try_from(first).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        if !each(record(row)?) {
            break;
        }
    }
    Ok(())
}

/// Removes records that are in an archive, if the last of them is the one it was made of.
pub(super) fn forget(connection: &Connection, archived: &Archived) -> Result<(), Failure> {
    let last = archived.last as i64;
    let hash: Option<String> = connection
        .prepare_cached(sql::AUDIT_HASH)?
        .query_row([last], |row| row.get(0))
        .optional()?;
    if hash.as_ref() != Some(&archived.head) {
        let text = "the audit is not any more what was archived: nothing was removed; verify it";
        return Err(Error::Busy(text.to_owned()).into());
    }
    connection.prepare_cached(sql::ARCHIVE_AUDIT)?.send([last])?;
    connection.prepare_cached(sql::FORGET_AUDIT)?.send([last])?;
    Ok(())
}

/// Erases what records tell of somebody; returns what is left of them.
pub(super) fn erase(connection: &Connection, person: PersonId) -> Result<Vec<Left>, Failure> {
    // what was there is overwritten in the file, too
    connection.forget_for_good()?;
    let mut search = Search::new(person.to_string());
    all(connection, &mut |record| {
        search.follow(&record);
        true
    })?;
    let mut found = Vec::new();
    all(connection, &mut |record| {
        if search.finds(&record) {
            found.push(record);
        }
        true
    })?;
    let mut erase = connection.prepare_cached(sql::ERASE_AUDIT)?;
    for record in &mut found {
        record.erase();
        erase.send(params![
            record.sequence as i64,
            audit::json_line(record),
            audit::searchable(&record.entry)
        ])?;
    }
    Ok(found.iter().map(Left::of).collect())
}

fn record(row: Row<'_>) -> Result<Record, Failure> {
    let line = text(row, 0)?;
    serde_json::from_str(line)
        .map_err(|error| damaged(&format!("an audit record cannot be read ({error})")).into())
}
