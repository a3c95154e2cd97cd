//! Numbers in a row, in pieces that stay where they are when more come.

/// How many numbers are in each piece but the last.
const PIECE: usize = 1 << 16;

/// Numbers in a row.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    pieces: Vec<Vec<u32>>,
}

impl Numbers {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match &self.pieces[..] {
            [] => 0,
            [whole @ .., last] => whole.len() * PIECE + last.len(),
        }
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Adds a number.
    #[inline]
    pub fn push(&mut self, number: u32) {
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(number),
            None => self.pieces.push(vec![number]),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(number);
                self.pieces.push(piece);
            }
        }
    }

    /// Returns the number at an index; the caller keeps it below [`Self::len`].
    #[inline]
    pub(super) fn get(&self, index: usize) -> u32 {
        self.pieces[index / PIECE][index % PIECE]
    }

    /// Puts another number in the place of one; the caller keeps `index` below [`Self::len`].
    pub(super) fn set(&mut self, index: usize, number: u32) {
        self.pieces[index / PIECE][index % PIECE] = number;
    }

    pub(super) fn truncate(&mut self, numbers: usize) {
        self.pieces.truncate(numbers.div_ceil(PIECE));
        if let Some(last) = self.pieces.last_mut()
            && !numbers.is_multiple_of(PIECE)
        {
            last.truncate(numbers % PIECE);
        }
    }

    /// Returns them, in their pieces.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u32]> {
        self.pieces.iter().map(Vec::as_slice)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.pieces().flatten().copied()
    }
}

impl Extend<u32> for Numbers {
    fn extend<T: IntoIterator<Item = u32>>(&mut self, numbers: T) {
        let mut numbers = numbers.into_iter();
        while let Some(number) = numbers.next() {
            self.push(number);
            if let Some(last) = self.pieces.last_mut() {
                last.extend(numbers.by_ref().take(PIECE - last.len()));
            }
        }
    }
}

impl FromIterator<u32> for Numbers {
    fn from_iter<T: IntoIterator<Item = u32>>(numbers: T) -> Self {
        let mut row = Self::default();
        row.extend(numbers);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stay_in_their_row() {
        let count = 2 * PIECE as u32 + 7;
        let mut row: Numbers = (0..count).collect();
        assert_eq!(row.len(), count as usize);
        row.set(PIECE, 5);
        row.set(PIECE - 1, 6);
        for (index, number) in row.iter().enumerate() {
            let expected = match index {
                PIECE => 5,
                before if before == PIECE - 1 => 6,
                other => other as u32,
            };
            assert_eq!((number, row.get(index)), (expected, expected));
        }
        for left in [2 * PIECE + 7, 2 * PIECE + 1, 2 * PIECE, PIECE - 1, 1, 0] {
            row.truncate(left);
            assert_eq!(row.len(), left);
            assert_eq!(row.iter().count(), left);
        }
        assert!(row.is_empty());
        row.push(1);
        assert_eq!(row.iter().collect::<Vec<_>>(), [1]);
    }
}
