//! Texts one after the other, in pieces that stay where they are when more is added.
//!
//! To whoever stores it, it is one text. In memory it is not: a buffer that grows leaves its older self behind, and by
//! the end of a read there would be as much of those as of texts.

use super::{SetFull, entry};

/// A piece grows until it is so large, in octets; what that leaves behind is not worth another piece.
const SMALL: usize = 1 << 20;

/// A piece also grows as long as so many times as much lies before it: sets that are copied and added to again and
/// again must not come apart into ever more pieces.
const FEW: usize = 4;

/// Texts, each found again by its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Arena {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Default)]
struct Piece {
    /// How much text lies before it.
    start: u32,
    /// No entry goes on in the next piece.
    text: String,
}

impl Piece {
    fn end(&self) -> usize {
        self.start as usize + self.text.len()
    }
}

impl Arena {
    /// What is larger has no places: the last two numbers mark cells without text.
    const ROOM: usize = u32::MAX as usize - 1;

    /// Takes text that is put together already; nothing if it is too much.
    pub(super) fn of(text: String) -> Option<Self> {
        (text.len() < Self::ROOM).then(|| Self {
            pieces: vec![Piece { start: 0, text }],
        })
    }

    pub(super) fn with_capacity(octets: usize) -> Self {
        Self {
            pieces: vec![Piece {
                start: 0,
                text: String::with_capacity(octets),
            }],
        }
    }

    /// Returns the entry at a place: whether it is several values, and its text; `None` if there is none.
    #[inline]
    pub(super) fn at(&self, place: u32) -> Option<(bool, &str)> {
        // few, and the last ones are the largest
        let piece = self.pieces.iter().rfind(|piece| piece.start <= place)?;
        entry::at(&piece.text, (place - piece.start) as usize)
    }

    /// Adds an entry; returns its place.
    pub(super) fn push(&mut self, is_many: bool, text: &str) -> Result<u32, SetFull> {
        let piece = self.room(text.len() + entry::MOST_DIGITS)?;
        let place = piece.end() as u32;
        entry::push(&mut piece.text, is_many, text);
        Ok(place)
    }

    /// Adds the entries of another arena; returns how much further back their places are now.
    pub(super) fn append(&mut self, other: &Self) -> Result<u32, SetFull> {
        let shift = self.len();
        for piece in &other.pieces {
            self.room(piece.text.len())?.text.push_str(&piece.text);
        }
        Ok(shift as u32)
    }

    /// Returns the text, in its pieces.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().map(|piece| piece.text.as_str())
    }

    fn len(&self) -> usize {
        self.pieces.last().map_or(0, Piece::end)
    }

    /// Returns the piece that takes so many octets more.
    fn room(&mut self, octets: usize) -> Result<&mut Piece, SetFull> {
        let length = self.len();
        if octets >= Self::ROOM - length {
            return Err(SetFull);
        }
        let takes = |piece: &Piece| {
            let text = &piece.text;
            let grows = text.len() < SMALL || text.len() < piece.start as usize / FEW;
            grows || text.len() + octets <= text.capacity()
        };
        if !self.pieces.last().is_some_and(takes) {
            // as large as everything before it, so that they stay few; memory that is not written to is not taken
            self.pieces.push(Piece {
                start: length as u32,
                text: String::with_capacity(octets.max(length)),
            });
        }
        self.pieces.last_mut().ok_or(SetFull)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: usize) -> String {
        let length = if number % 4000 == 3999 {
            5 << 19
        } else {
            number * 37 % 2000
        };
        "ž".repeat(length / 2)
    }

    #[test]
    fn texts_stay_where_they_are_and_are_one_text_in_the_end() {
        let mut arena = Arena::default();
        let mut whole = String::new();
        let places: Vec<u32> = (0..16_000)
            .map(|number| {
                assert_eq!(arena.len(), whole.len());
                entry::push(&mut whole, number % 2 == 0, &text(number));
                arena.push(number % 2 == 0, &text(number)).unwrap()
            })
            .collect();
        assert!(arena.texts().collect::<String>() == whole);
        assert!((3..8).contains(&arena.pieces.len()), "{}", arena.pieces.len());
        let mut twice = Arena::of(whole).unwrap();
        let shift = twice.append(&arena).unwrap();
        for (number, place) in places.into_iter().enumerate() {
            let expected = (number % 2 == 0, &text(number)[..]);
            assert_eq!(arena.at(place), Some(expected));
            assert_eq!(twice.at(place), Some(expected));
            assert_eq!(twice.at(place + shift), Some(expected));
        }
    }

    #[test]
    fn copies_that_are_added_to_do_not_come_apart() {
        let mut arena = Arena::of("x".repeat(2 << 20)).unwrap();
        for number in 0..2000 {
            arena = arena.clone();
            for _ in 0..3 {
                arena.push(false, &text(number)).unwrap();
            }
        }
        assert!(arena.len() > 7 << 20);
        assert!(arena.pieces.len() < 8, "{}", arena.pieces.len());
    }

    #[test]
    fn there_is_no_place_behind_the_last() {
        let mut arena = Arena::default();
        assert_eq!(arena.at(0), None);
        arena.push(false, "a").unwrap();
        assert_eq!(arena.at(2), None);
        assert_eq!(arena.at(u32::MAX), None);
        assert_eq!(Arena::default().append(&arena), Ok(0));
    }
}
