//! Cells in a row: an arena of texts, and where each cell's text lies in it.

use super::{Cell, Many, SetFull, entry, sharing::Sharing};

/// The place of a cell that is not there.
const ABSENT: u32 = u32::MAX;
/// The place of a cell without a value.
const NULL: u32 = u32::MAX - 1;

/// Cells in a row. Values that repeat lie in the arena once.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    /// The arena: texts, each with its length.
    text: String,
    /// Where each cell's text lies.
    places: Vec<u32>,
    sharing: Sharing,
}

impl Cells {
    pub(super) fn with_capacity(cells: usize, octets: usize) -> Self {
        Self {
            text: String::with_capacity(octets),
            places: Vec::with_capacity(cells),
            sharing: Sharing::default(),
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
        match self.places[index] {
            ABSENT => Cell::Absent,
            NULL => Cell::Null,
            place => match entry::at(&self.text, place as usize) {
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
        check_room(self.text.len() + other.text.len())?;
        let shift = self.text.len() as u32;
        self.text.push_str(&other.text);
        let moved = |place: &u32| if *place >= NULL { *place } else { place + shift };
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
        let found = self.sharing.find(&self.text, column, is_many, text);
        let found = found.or_else(|| {
            let place = *self.places.get(like?)?;
            (entry::at(&self.text, place as usize) == Some((is_many, text))).then_some(place)
        });
        if let Some(place) = found {
            self.places.push(place);
            return Ok(());
        }
        self.push_alone(is_many, text)?;
        let place = self.places.last().copied().unwrap_or(ABSENT);
        self.sharing.remember(&self.text, column, text, place);
        Ok(())
    }

    /// Adds a cell whose value is not expected again.
    pub(super) fn push_alone(&mut self, is_many: bool, text: &str) -> Result<(), SetFull> {
        let place = self.text.len() as u32;
        entry::push(&mut self.text, is_many, text);
        check_room(self.text.len())?;
        self.places.push(place);
        Ok(())
    }

    /// Puts another cell in the place of one; the text of the old one stays in the arena.
    pub(super) fn set(&mut self, index: usize, cell: Cell<'_>) -> Result<(), SetFull> {
        if self.get(index) == cell {
            return Ok(());
        }
        let (is_many, text) = match cell {
            Cell::Absent => {
                self.places[index] = ABSENT;
                return Ok(());
            }
            Cell::Null => {
                self.places[index] = NULL;
                return Ok(());
            }
            Cell::One(text) => (false, text),
            Cell::Many(many) => (true, many.written()),
        };
        let place = self.text.len() as u32;
        entry::push(&mut self.text, is_many, text);
        check_room(self.text.len())?;
        self.places[index] = place;
        Ok(())
    }

    /// Moves a row of cells forward, over others that are not kept.
    pub(super) fn move_row(&mut self, width: usize, from: usize, to: usize) {
        self.places
            .copy_within(from * width..(from + 1) * width, to * width);
    }

    pub(super) fn truncate(&mut self, cells: usize) {
        self.places.truncate(cells);
    }

    pub(super) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.places)
    }

    /// Puts stored cells together again; `None` if a place is not one of the arena.
    pub(super) fn from_parts(text: String, places: Vec<u32>) -> Option<Self> {
        let is_there = |place: &u32| *place >= NULL || entry::at(&text, *place as usize).is_some();
        (check_room(text.len()).is_ok() && places.iter().all(is_there)).then(|| Self {
            text,
            places,
            sharing: Sharing::default(),
        })
    }
}

fn check_room(length: usize) -> Result<(), SetFull> {
    // the last two places mark cells without text
    if length < NULL as usize {
        Ok(())
    } else {
        Err(SetFull)
    }
}
