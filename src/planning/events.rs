//! Compares everybody with the facts that were last settled, and names what happened.

use rayon::prelude::*;

use super::{
    compile::Compiled,
    lifecycle::{Transition, event},
    people::{NOBODY, People, REFERENCE_PREFIX, STATE_COLUMN, names_another, state_of},
};
use crate::model::{Cell, LifecycleEvent, LifecycleState, RecordSet};

/// What happened to everybody, beside the list of people.
pub(super) struct Events {
    /// The event, if any.
    pub of: Vec<Option<LifecycleEvent>>,
    /// The place of the settled facts; [`NOBODY`] if there are none.
    pub old: Vec<u32>,
    /// Where the person stood.
    pub before: Vec<Option<LifecycleState>>,
    /// Whether all facts are as they were when they were settled.
    pub unchanged: Vec<bool>,
}

/// Compares everybody with the settled facts.
pub(super) fn compare(compiled: &Compiled, people: &People<'_>, settled: Option<&RecordSet>) -> Events {
    let mut old = vec![NOBODY; people.len()];
    for (at, person) in people.settled.iter().enumerate() {
        if *person != NOBODY {
            old[*person as usize] = at as u32;
        }
    }
    let columns = settled.map(|settled| Columns::of(compiled, settled));
    let compared: Vec<_> = old
        .par_iter()
        .enumerate()
        .with_min_len(1024)
        .map(|(person, old)| match (settled, &columns) {
            (Some(settled), Some(columns)) if *old != NOBODY => {
                columns.compare(compiled, people, person, settled, *old as usize)
            }
            _ => (None, first_sight(people, person), false),
        })
        .collect();
    let mut events = Events {
        of: Vec::with_capacity(people.len()),
        old,
        before: Vec::with_capacity(people.len()),
        unchanged: Vec::with_capacity(people.len()),
    };
    for (before, event, unchanged) in compared {
        events.before.push(before);
        events.of.push(event);
        events.unchanged.push(unchanged);
    }
    events
}

fn first_sight(people: &People<'_>, person: usize) -> Option<LifecycleEvent> {
    let after = people.standings[person].state;
    event(Transition {
        before: None,
        after,
        name_changed: false,
        moved: false,
    })
}

/// Where the columns of today's people are in the settled set; a column may be new since then.
struct Columns {
    attributes: Vec<Option<usize>>,
    state: Option<usize>,
    references: Vec<Option<usize>>,
}

impl Columns {
    fn of(compiled: &Compiled, settled: &RecordSet) -> Self {
        let schema = settled.schema();
        Self {
            attributes: compiled
                .people_schema
                .columns
                .iter()
                .map(|c| schema.position(&c.name))
                .collect(),
            state: schema.position(STATE_COLUMN),
            references: compiled
                .references
                .iter()
                .map(|name| schema.position(&format!("{REFERENCE_PREFIX}{name}")))
                .collect(),
        }
    }

    fn compare(
        &self,
        compiled: &Compiled,
        people: &People<'_>,
        person: usize,
        settled: &RecordSet,
        at: usize,
    ) -> (Option<LifecycleState>, Option<LifecycleEvent>, bool) {
        let old = settled.get(at);
        // an attribute that was not mapped then is no change of the person's
        let pair = |column: usize| Some((people.cell(person, column), old.cell(self.attributes[column]?)));
        // nothing said in another way is no event, and still a fact that a mapping may tell apart
        let is_other = |column: usize| pair(column).is_some_and(|(now, before)| now != before);
        let differs = |column: &usize| {
            is_other(*column)
                && pair(*column).is_some_and(|(now, before)| !(is_nothing(now) && is_nothing(before)))
        };
        let reference_differs = |reference: &usize| {
            self.references[*reference].is_some_and(|before| {
                names_another(people, people.references[*reference][person], old.cell(before))
            })
        };
        let before = self
            .state
            .and_then(|column| old.cell(column).first())
            .and_then(state_of);
        let after = people.standings[person].state;
        let transition = Transition {
            before,
            after,
            name_changed: compiled.name_change.iter().any(differs),
            moved: compiled.mover.iter().any(differs)
                || compiled.mover_references.iter().any(reference_differs),
        };
        let unchanged = before == Some(after)
            && (0..self.attributes.len()).all(|column| !is_other(column))
            && (0..self.references.len()).all(|reference| !reference_differs(&reference));
        (before, event(transition), unchanged)
    }
}

fn is_nothing(cell: Cell<'_>) -> bool {
    cell.each().all(str::is_empty)
}
