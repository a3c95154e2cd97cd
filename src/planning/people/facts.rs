//! Everybody's attributes.
//!
//! Most facts are what the source says, letter for letter: those are looked up in the source's records, and only
//! the others are held here.

use crate::{
    model::{
        Cell, RecordSet, RecordView, Schema,
        record::{Cells, SetFull},
    },
    planning::{Inputs, compile::Compiled, names::Name},
};

use super::Place;

/// Everybody's attributes.
pub(super) struct Facts<'a> {
    schema: &'a Schema,
    sources: Vec<Source<'a>>,
    columns: Vec<FactColumn>,
}

/// The records of a people rule.
struct Source<'a> {
    records: &'a RecordSet,
    /// For each attribute, the column of the records that it is most likely the same as.
    like: Vec<Option<usize>>,
}

/// One attribute of some people.
#[derive(Default)]
pub(super) struct FactColumn {
    people: usize,
    /// Whose value is held here, a bit a person.
    own: Vec<u64>,
    /// How many values are held here before each of those words.
    before: Vec<u32>,
    cells: Cells,
}

impl<'a> Facts<'a> {
    pub(super) fn new(compiled: &'a Compiled, inputs: &Inputs<'a>) -> Self {
        let sources = compiled.people.iter().map(|people| Source {
            records: &inputs.read(&people.rule.from).records,
            like: people
                .attributes
                .iter()
                .map(|expression| {
                    let slots = expression.as_ref()?.slots();
                    slots.iter().find_map(|slot| match Name::of(*slot) {
                        Name::Own(column) => Some(usize::from(column)),
                        _ => None,
                    })
                })
                .collect(),
        });
        let schema = &compiled.people_schema;
        Self {
            schema,
            sources: sources.collect(),
            columns: schema.columns.iter().map(|_| FactColumn::default()).collect(),
        }
    }

    pub(super) fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// Returns the record that a source has of somebody.
    pub(super) fn record(&self, place: Place) -> RecordView<'a> {
        self.sources[usize::from(place.rule)]
            .records
            .get(place.record as usize)
    }

    /// Returns what the source says for an attribute.
    pub(super) fn source(&self, place: Place, column: usize) -> Cell<'a> {
        let source = &self.sources[usize::from(place.rule)];
        source.like[column].map_or(Cell::Absent, |like| {
            source.records.get(place.record as usize).cell(like)
        })
    }

    pub(super) fn cell(&self, place: Option<Place>, person: usize, column: usize) -> Cell<'_> {
        match self.columns[column].own(person) {
            Some(cell) => cell,
            None => place.map_or(Cell::Absent, |place| self.source(place, column)),
        }
    }

    /// Adds the facts of the people that follow.
    pub(super) fn append(&mut self, columns: &[FactColumn]) -> Result<(), SetFull> {
        for (column, more) in self.columns.iter_mut().zip(columns) {
            column.append(more)?;
        }
        Ok(())
    }

    /// Adds an attribute of the person that follows.
    pub(super) fn push_own(&mut self, column: usize, cell: Cell<'_>) -> Result<(), SetFull> {
        self.columns[column].push(Some(cell))
    }
}

impl FactColumn {
    /// Adds the next person: with a value that is not what the source says, if there is one.
    pub(super) fn push(&mut self, own: Option<Cell<'_>>) -> Result<(), SetFull> {
        if self.people.is_multiple_of(64) {
            self.own.push(0);
            self.before.push(self.cells.len() as u32);
        }
        if let (Some(cell), Some(word)) = (own, self.own.last_mut()) {
            *word |= 1 << (self.people % 64);
            self.cells.push(0, cell)?;
        }
        self.people += 1;
        Ok(())
    }

    fn own(&self, person: usize) -> Option<Cell<'_>> {
        let (word, bit) = (self.own[person / 64], person % 64);
        if word >> bit & 1 == 0 {
            return None;
        }
        let within = (word & ((1 << bit) - 1)).count_ones();
        Some(self.cells.get((self.before[person / 64] + within) as usize))
    }

    fn append(&mut self, more: &Self) -> Result<(), SetFull> {
        if self.people.is_multiple_of(64) {
            let before = self.cells.len() as u32;
            self.own.extend_from_slice(&more.own);
            self.before.extend(more.before.iter().map(|count| count + before));
            self.people += more.people;
            return self.cells.append(&more.cells);
        }
        (0..more.people).try_for_each(|person| self.push(more.own(person)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_values_are_found_among_those_of_the_source() {
        let value = |person: usize| person.is_multiple_of(3).then(|| format!("v{}", person / 6));
        let (mut all, mut pieces) = (FactColumn::default(), FactColumn::default());
        let mut piece = FactColumn::default();
        for person in 0..1000 {
            let text = value(person);
            let cell = text.as_deref().map(Cell::One);
            all.push(cell).unwrap();
            piece.push(cell).unwrap();
            // pieces that end within a word, and pieces that do not
            if person == 127 || person == 200 || person == 999 {
                pieces.append(&piece).unwrap();
                piece = FactColumn::default();
            }
        }
        for person in 0..1000 {
            let text = value(person);
            let expected = text.as_deref().map(Cell::One);
            assert_eq!(all.own(person), expected, "{person}");
            assert_eq!(pieces.own(person), expected, "{person}");
        }
    }
}
