//! Record sets as they lie in memory, cut into pieces a database can hold.

mod earlier;
mod patch;

use std::{borrow::Cow, sync::Arc};

use aws_lc_rs::digest::{Context, SHA256};
use rayon::prelude::*;

use crate::model::{RecordSet, Schema, record::Numbers};

pub(crate) use self::{
    earlier::Earlier,
    patch::{PATCH, PATCHED, Patches, digest as patched, encode as patch},
};

/// The largest piece, in bytes: one database row, one allocation. Whole numbers of 32 bits.
pub(crate) const PIECE: usize = 8 << 20;

/// The version of the form; a column of the stored set.
pub(crate) const FORM: i64 = 2;

/// A part of a set, or a piece of one: octets in a row, or numbers that are stored as 32 bits each, little-endian.
enum Part<'a> {
    Octets(Vec<&'a [u8]>),
    Numbers(Vec<&'a [u32]>),
}

impl<'a> Part<'a> {
    fn octets(&self) -> usize {
        match self {
            Self::Octets(octets) => octets.iter().map(|octets| octets.len()).sum(),
            Self::Numbers(numbers) => numbers.iter().map(|numbers| size_of_val(*numbers)).sum(),
        }
    }

    fn pieces(&self) -> Vec<Self> {
        match self {
            Self::Octets(octets) => cut(octets, PIECE).into_iter().map(Part::Octets).collect(),
            Self::Numbers(numbers) => cut(numbers, PIECE / 4).into_iter().map(Part::Numbers).collect(),
        }
    }

    fn stored(&self) -> Cow<'a, [u8]> {
        match self {
            Self::Octets(octets) => match &octets[..] {
                [octets] => (*octets).into(),
                octets => octets.concat().into(),
            },
            Self::Numbers(numbers) => {
                let mut octets = Vec::with_capacity(self.octets());
                for numbers in numbers {
                    octets.extend(little_endian(numbers));
                }
                octets.into()
            }
        }
    }
}

fn little_endian(numbers: &[u32]) -> impl Iterator<Item = u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes())
}

/// Cuts what lies in rows into pieces of a size, wherever each row ends.
fn cut<'a, T>(rows: &[&'a [T]], size: usize) -> Vec<Vec<&'a [T]>> {
    let mut pieces = Vec::new();
    let mut room = 0;
    for mut row in rows.iter().copied() {
        while !row.is_empty() {
            if room == 0 {
                pieces.push(Vec::new());
                room = size;
            }
            let (taken, rest) = row.split_at(row.len().min(room));
            if let Some(piece) = pieces.last_mut() {
                piece.push(taken);
            }
            room -= taken.len();
            row = rest;
        }
    }
    pieces
}

fn parts(set: &RecordSet) -> [Part<'_>; 3] {
    let parts = set.parts();
    [
        Part::Octets(parts.texts.into_iter().map(str::as_bytes).collect()),
        Part::Numbers(parts.places),
        Part::Octets(vec![parts.enabled]),
    ]
}

/// Returns the pieces of a set: which part each belongs to, and its octets.
pub(crate) fn pieces(set: &RecordSet) -> impl Iterator<Item = (i64, Cow<'_, [u8]>)> {
    (0..).zip(parts(set)).flat_map(|(number, part)| {
        part.pieces()
            .into_iter()
            .map(move |piece| (number, piece.stored()))
    })
}

/// Computes the digest that tells whether two sets are the same, and whether a stored one is as it was: over the
/// digests of the pieces, which are computed side by side.
pub(crate) fn digest(schema: &str, set: &RecordSet) -> Vec<u8> {
    let parts = parts(set);
    let pieces: Vec<Part<'_>> = parts.iter().flat_map(Part::pieces).collect();
    let digests: Vec<_> = pieces
        .into_par_iter()
        .map(|piece| {
            let mut context = Context::new(&SHA256);
            match piece {
                Part::Octets(octets) => octets.iter().for_each(|octets| context.update(octets)),
                Part::Numbers(numbers) => numbers
                    .iter()
                    .for_each(|numbers| context.update(&little_endian(numbers).collect::<Vec<u8>>())),
            }
            context.finish()
        })
        .collect();
    let mut context = Context::new(&SHA256);
    context.update(&(schema.len() as u64).to_le_bytes());
    context.update(schema.as_bytes());
    for part in parts {
        context.update(&(part.octets() as u64).to_le_bytes());
    }
    for digest in digests {
        context.update(digest.as_ref());
    }
    context.finish().as_ref().to_vec()
}

/// A set that is put together from its pieces.
#[derive(Default)]
pub(crate) struct Assembly {
    text: Vec<u8>,
    places: Numbers,
    enabled: Vec<u8>,
}

impl Assembly {
    /// Makes room for what a part will hold.
    pub(crate) fn reserve(&mut self, part: i64, octets: usize) {
        match part {
            0 => self.text.reserve_exact(octets),
            2 => self.enabled.reserve_exact(octets),
            _ => {}
        }
    }

    /// Takes the next piece of a part; `None` if it cannot be one.
    pub(crate) fn take(&mut self, part: i64, octets: &[u8]) -> Option<()> {
        match part {
            0 => self.text.extend_from_slice(octets),
            1 => {
                let (numbers, []) = octets.as_chunks() else {
                    return None;
                };
                self.places
                    .extend(numbers.iter().map(|number| u32::from_le_bytes(*number)));
            }
            2 => self.enabled.extend_from_slice(octets),
            _ => return None,
        }
        Some(())
    }

    /// Puts the set together; `None` if the parts are damaged.
    pub(crate) fn finish(self, schema: Schema) -> Option<RecordSet> {
        let text = String::from_utf8(self.text).ok()?;
        RecordSet::from_parts(Arc::new(schema), text, self.places, self.enabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, record::RecordHead};

    #[test]
    fn how_a_set_lies_in_memory_does_not_show_in_what_is_stored() {
        let schema = Schema {
            columns: vec![Column::text("cn")],
        };
        let mut set = RecordSet::new(Arc::new(schema.clone()));
        for number in 0..4000 {
            let head = RecordHead {
                anchor: &number.to_string(),
                ..RecordHead::default()
            };
            let value = number.to_string().repeat(1200 + number % 7);
            set.begin(head).unwrap().one(&value).unwrap();
        }
        let length: usize = set.parts().texts.iter().map(|text| text.len()).sum();
        assert!(set.parts().texts.len() > 2 && length > 2 * PIECE, "{length}");
        let mut assembly = Assembly::default();
        let mut sizes = Vec::new();
        for (part, octets) in pieces(&set) {
            assembly.take(part, &octets).unwrap();
            sizes.extend((part == 0).then_some(octets.len()));
        }
        assert_eq!(sizes, [PIECE, PIECE, length - 2 * PIECE]);
        let stored = assembly.finish(schema).unwrap();
        assert_eq!(stored.parts().texts.len(), 1);
        assert!(set.parts().texts.concat() == stored.parts().texts[0]);
        assert_eq!(stored.parts().places, set.parts().places);
        assert_eq!(digest("", &set), digest("", &stored));
    }
}
