//! Tells what changes in the facts that are remembered of people.

use std::sync::Arc;

use rayon::prelude::*;
use uuid::Uuid;

use super::{NOBODY, NOTHING, People, person_of, state_word};
use crate::{
    model::{
        Cell, Column, LifecycleState, PersonId, RecordSet, RecordView, Schema, SettledChange,
        record::{RecordHead, SetFull},
    },
    planning::{compile::Compiled, events::Events},
};

/// The column of the settled set that holds where a person stood.
pub(in crate::planning) const STATE_COLUMN: &str = "%state";
/// What the columns begin with that hold whom a reference named.
pub(in crate::planning) const REFERENCE_PREFIX: &str = "%reference ";

/// How many people one worker takes at a time.
const CHUNK: usize = 1 << 14;
/// How many such pieces are put together at a time, so that the facts are not in memory twice.
const BATCH: usize = 4;

/// For how many octets of text a person there is room; more only costs copying, less only address space.
const ROOM: usize = 96;

/// What the facts of one person become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// They stay what they were, or stay unknown.
    Stays,
    /// The present facts are remembered.
    Settled,
    /// The person is forgotten.
    Forgotten,
}

/// Tells what changes in the settled facts: the present facts of the people who are settled are remembered, the old
/// ones of the others, nothing of newcomers who are not. Whom no source names any more is forgotten together with
/// the last account, not before: an account whose owner is forgotten would be an orphan. Whom a read that proves
/// nothing does not name is still whom it was.
pub(in crate::planning) fn settle(
    compiled: &Compiled,
    people: &People<'_>,
    settled: Option<&RecordSet>,
    events: &Events,
    is_settled: &(dyn Fn(usize) -> bool + Sync),
    has_accounts: &(dyn Fn(usize) -> bool + Sync),
) -> Result<SettledChange, SetFull> {
    let schema = Arc::new(settled_schema(compiled));
    let before = settled.filter(|settled| *settled.schema() == schema);
    let fate = |person: usize| {
        let is_known = events.old[person] != NOBODY;
        if !is_settled(person) {
            Fate::Stays
        } else if people.standings[person].state == LifecycleState::Gone && !has_accounts(person) {
            if is_known { Fate::Forgotten } else { Fate::Stays }
        } else if before.is_some() && is_known && events.unchanged[person] {
            Fate::Stays
        } else {
            Fate::Settled
        }
    };
    let fates: Vec<Fate> = (0..people.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(fate)
        .collect();
    let Some(before) = before else {
        return everybody(people, &schema, settled, events, &fates).map(SettledChange::All);
    };
    if fates.iter().all(|fate| *fate == Fate::Stays) {
        return Ok(SettledChange::Nothing);
    }
    let mut rows = RecordSet::new(before.schema().clone());
    let mut forgotten = Vec::new();
    for (person, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Stays => {}
            Fate::Settled => write(&mut rows, people, person)?,
            Fate::Forgotten => forgotten.push(people.ids[person]),
        }
    }
    Ok(SettledChange::Some { rows, forgotten })
}

/// Makes the facts of everybody, where there were none or others are kept now.
fn everybody(
    people: &People<'_>,
    schema: &Arc<Schema>,
    settled: Option<&RecordSet>,
    events: &Events,
    fates: &[Fate],
) -> Result<RecordSet, SetFull> {
    let piece = |first: usize, fates: &[Fate]| {
        let mut rows = RecordSet::with_capacity(schema.clone(), fates.len(), 0);
        for (person, fate) in (first..).zip(fates) {
            match (fate, settled, events.old[person]) {
                (Fate::Settled, ..) => write(&mut rows, people, person)?,
                (Fate::Stays, Some(settled), old) if old != NOBODY => {
                    carry_over(&mut rows, settled.get(old as usize))?;
                }
                _ => {}
            }
        }
        Ok(rows)
    };
    let mut all = RecordSet::with_capacity(schema.clone(), people.len(), ROOM);
    for (batch, fates) in fates.chunks(CHUNK * BATCH).enumerate() {
        let first = batch * CHUNK * BATCH;
        let pieces: Vec<Result<RecordSet, SetFull>> = fates
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(chunk, fates)| piece(first + chunk * CHUNK, fates))
            .collect();
        for piece in pieces {
            all.append(&piece?)?;
        }
    }
    for record in settled.into_iter().flat_map(RecordSet::iter) {
        if people.settled[record.index()] == NOBODY {
            carry_over(&mut all, record)?;
        }
    }
    Ok(all)
}

fn write(rows: &mut RecordSet, people: &People<'_>, person: usize) -> Result<(), SetFull> {
    let mut buffer = Uuid::encode_buffer();
    let mut written = |id: PersonId| -> String { id.0.simple().encode_lower(&mut buffer).to_owned() };
    let anchor = written(people.ids[person]);
    let mut writer = rows.begin(RecordHead {
        anchor: &anchor,
        ..RecordHead::default()
    })?;
    for column in 0..people.schema().columns.len() {
        writer.cell(people.cell(person, column))?;
    }
    writer.one(state_word(people.standings[person].state))?;
    for reference in &people.references {
        match reference[person] {
            NOBODY | NOTHING => writer.absent()?,
            other => writer.one(&written(people.ids[other as usize]))?,
        }
    }
    Ok(())
}

fn carry_over(rows: &mut RecordSet, record: RecordView<'_>) -> Result<(), SetFull> {
    let schema = rows.schema().clone();
    let mut writer = rows.begin(RecordHead {
        anchor: record.anchor(),
        ..RecordHead::default()
    })?;
    for column in &schema.columns {
        writer.cell(record.get(&column.name))?;
    }
    Ok(())
}

fn settled_schema(compiled: &Compiled) -> Schema {
    let mut schema = compiled.people_schema.clone();
    schema.columns.push(Column::text(STATE_COLUMN));
    for reference in &compiled.references {
        schema
            .columns
            .push(Column::text(format!("{REFERENCE_PREFIX}{reference}")));
    }
    schema
}

/// Reports whether a reference names somebody else than it did when the person was settled.
pub(in crate::planning) fn names_another(people: &People<'_>, named: u32, before: Cell<'_>) -> bool {
    let before = before.first().map(person_of);
    match named {
        NOBODY | NOTHING => before.is_some(),
        other => before != Some(Some(people.ids[other as usize])),
    }
}
