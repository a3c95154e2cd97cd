//! Cells in a row: an arena of texts, and where each cell's text lies in it.

use super::{Cell, Many, Numbers, SetFull, arena::Arena, sharing::Sharing};

/// The place of a cell that is not there.
const ABSENT: u32 = u32::MAX;
/// The place of a cell without a value.
const NULL: u32 = u32::MAX - 1;

/// Cells in a row. Values that repeat lie in the arena once.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    texts: Arena,
    /// Where each cell's text lies.
    places: Numbers,
    sharing: Sharing,
}

impl Cells {
    pub(super) fn with_capacity(octets: usize) -> Self {
        Self {
            texts: Arena::with_capacity(octets),
            ..Self::default()
        }
    }

    /// Returns how many cells there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns a cell; the caller keeps `index` below [`Self::len`].
    #[inline]
    pub fn get(&self, index: usize) -> Cell<'_> {
        match self.places.get(index) {
            ABSENT => Cell::Absent,
            NULL => Cell::Null,
            place => match self.texts.at(place) {
                Some((false, text)) => Cell::One(text),
                Some((true, text)) => Cell::Many(Many::of(text)),
                // places are checked when stored cells are put together
                None => Cell::Absent,
            },
        }
    }

    /// Adds a cell; it is compared with those before it that belong to the same `column`.
    pub fn push(&mut self, column: usize, cell: Cell<'_>) -> Result<(), SetFull> {
        match cell {
            Cell::Absent => self.places.push(ABSENT),
            Cell::Null => self.places.push(NULL),
            Cell::One(text) => self.push_value(column, false, text, None)?,
            Cell::Many(many) => self.push_value(column, true, many.written(), None)?,
        }
        Ok(())
    }

    /// Adds the cells of other ones.
    pub fn append(&mut self, other: &Self) -> Result<(), SetFull> {
        let shift = self.texts.append(&other.texts)?;
        let moved = |place| if place >= NULL { place } else { place + shift };
        self.places.extend(other.places.iter().map(moved));
        Ok(())
    }

    /// Adds a cell with a value; `like` is a cell before it that may well be the same.
    pub(super) fn push_value(
        &mut self,
        column: usize,
        is_many: bool,
        text: &str,
        like: Option<usize>,
    ) -> Result<(), SetFull> {
        let found = self.sharing.find(&self.texts, column, is_many, text);
        let found = found.or_else(|| {
            let place = self.places.get(like?);
            (self.texts.at(place) == Some((is_many, text))).then_some(place)
        });
        if let Some(place) = found {
            self.places.push(place);
            return Ok(());
        }
        let place = self.texts.push(is_many, text)?;
        self.places.push(place);
        self.sharing.remember(&self.texts, column, text, place);
        Ok(())
    }

    /// Adds a cell whose value is not expected again.
    pub(super) fn push_alone(&mut self, is_many: bool, text: &str) -> Result<(), SetFull> {
        self.places.push(self.texts.push(is_many, text)?);
        Ok(())
    }

    /// Puts another cell in the place of one; the text of the old one stays in the arena.
    pub(super) fn set(&mut self, index: usize, cell: Cell<'_>) -> Result<(), SetFull> {
        if self.get(index) == cell {
            return Ok(());
        }
        let (is_many, text) = match cell {
            Cell::Absent => {
                self.places.set(index, ABSENT);
                return Ok(());
            }
            Cell::Null => {
                self.places.set(index, NULL);
                return Ok(());
            }
            Cell::One(text) => (false, text),
            Cell::Many(many) => (true, many.written()),
        };
        self.places.set(index, self.texts.push(is_many, text)?);
        Ok(())
    }

    /// Moves a row of cells forward, over others that are not kept.
    pub(super) fn move_row(&mut self, width: usize, from: usize, to: usize) {
        for cell in 0..width {
            let place = self.places.get(from * width + cell);
            self.places.set(to * width + cell, place);
        }
    }

    pub(super) fn truncate(&mut self, cells: usize) {
        self.places.truncate(cells);
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.texts()
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &[u32]> {
        self.places.pieces()
    }

    /// Puts stored cells together again; `None` if a place is not one of the arena.
    pub(super) fn from_parts(text: String, places: Numbers) -> Option<Self> {
        let texts = Arena::of(text)?;
        let is_there = |place| place >= NULL || texts.at(place).is_some();
        let are_there = places.iter().all(is_there);
        are_there.then(|| Self {
            texts,
            places,
            sharing: Sharing::default(),
        })
    }
}
