//! How a text lies in the arena: its length, whether it is several values, then the text.
//!
//! The length is written in digits of six bits, the lowest first, each but the last marked by the seventh bit: octets
//! that are ASCII, so that the arena is text as a whole and every piece of it is cut out without checking it again.

const MORE: u8 = 0x40;

/// More digits no length has that fits an arena.
pub(super) const MOST_DIGITS: usize = 7;

/// Appends an entry.
pub(super) fn push(arena: &mut String, is_many: bool, text: &str) {
    let mut number = text.len() << 1 | usize::from(is_many);
    while number >= usize::from(MORE) {
        arena.push(char::from(number as u8 & (MORE - 1) | MORE));
        number >>= 6;
    }
    arena.push(char::from(number as u8));
    arena.push_str(text);
}

/// Returns the entry at a place: whether it is several values, and its text; `None` if there is none.
#[inline]
pub(super) fn at(arena: &str, place: usize) -> Option<(bool, &str)> {
    let octets = arena.as_bytes();
    let first = *octets.get(place)?;
    let (mut number, mut start) = (usize::from(first), place + 1);
    if first >= MORE {
        number &= usize::from(MORE - 1);
        let mut shift = 6;
        loop {
            let digit = *octets.get(start)?;
            start += 1;
            number |= usize::from(digit & (MORE - 1)) << shift;
            if digit < MORE {
                break;
            }
            shift += 6;
            if shift > 36 {
                return None;
            }
        }
    }
    let text = arena.get(start..start.checked_add(number >> 1)?)?;
    Some((number & 1 == 1, text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn entries_of_any_length_come_back() {
        let mut arena = String::new();
        let texts: Vec<String> = [0, 1, 31, 32, 33, 2047, 2048, 70_000]
            .iter()
            .map(|length| "ž".repeat(*length))
            .collect();
        let places: Vec<usize> = texts
            .iter()
            .enumerate()
            .map(|(number, text)| {
                let place = arena.len();
                super::push(&mut arena, number % 2 == 0, text);
                place
            })
            .collect();
        for (number, (place, text)) in places.iter().zip(&texts).enumerate() {
            assert_eq!(super::at(&arena, *place), Some((number % 2 == 0, text.as_str())));
        }
        assert_eq!(super::at(&arena, arena.len()), None);
        assert_eq!(
            super::at("\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}", 0),
            None
        );
        assert_eq!(super::at("\u{06}ab", 0), None);
    }
}
