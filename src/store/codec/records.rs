//! Record sets as they lie in memory, cut into pieces a database can hold.

mod earlier;
mod patch;

use std::{borrow::Cow, sync::Arc};

use aws_lc_rs::digest::{Context, SHA256};
use rayon::prelude::*;

use crate::model::{RecordSet, Schema};

pub(crate) use self::{
    earlier::Earlier,
    patch::{PATCH, PATCHED, Patches, digest as patched, encode as patch},
};

/// The largest piece, in bytes: one database row, one allocation. Whole numbers of 32 bits.
pub(crate) const PIECE: usize = 8 << 20;

/// The version of the form; a column of the stored set.
pub(crate) const FORM: i64 = 2;

/// A part of a set: octets, or numbers that are stored as 32 bits each, little-endian.
#[derive(Clone, Copy)]
enum Part<'a> {
    Octets(&'a [u8]),
    Numbers(&'a [u32]),
}

impl<'a> Part<'a> {
    fn octets(self) -> usize {
        match self {
            Self::Octets(octets) => octets.len(),
            Self::Numbers(numbers) => size_of_val(numbers),
        }
    }

    fn pieces(self) -> impl Iterator<Item = Self> {
        let (octets, numbers): (&[u8], &[u32]) = match self {
            Self::Octets(octets) => (octets, &[]),
            Self::Numbers(numbers) => (&[], numbers),
        };
        let numbers = numbers.chunks(PIECE / 4).map(Part::Numbers);
        octets.chunks(PIECE).map(Part::Octets).chain(numbers)
    }

    fn stored(self) -> Cow<'a, [u8]> {
        match self {
            Self::Octets(octets) => octets.into(),
            Self::Numbers(numbers) => numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect::<Vec<u8>>()
                .into(),
        }
    }
}

fn parts(set: &RecordSet) -> [Part<'_>; 3] {
    let (text, places, enabled) = set.parts();
    [
        Part::Octets(text.as_bytes()),
        Part::Numbers(places),
        Part::Octets(enabled),
    ]
}

/// Returns the pieces of a set: which part each belongs to, and its octets.
pub(crate) fn pieces(set: &RecordSet) -> impl Iterator<Item = (i64, Cow<'_, [u8]>)> {
    (0..)
        .zip(parts(set))
        .flat_map(|(number, part)| part.pieces().map(move |piece| (number, piece.stored())))
}

/// Computes the digest that tells whether two sets are the same, and whether a stored one is as it was: over the
/// digests of the pieces, which are computed side by side.
pub(crate) fn digest(schema: &str, set: &RecordSet) -> Vec<u8> {
    let parts = parts(set);
    let pieces: Vec<Part<'_>> = parts.iter().flat_map(|part| part.pieces()).collect();
    let digests: Vec<_> = pieces
        .into_par_iter()
        .map(|piece| {
            let mut context = Context::new(&SHA256);
            match piece {
                Part::Octets(octets) => context.update(octets),
                Part::Numbers(numbers) => numbers
                    .chunks(1 << 14)
                    .for_each(|numbers| context.update(&Part::Numbers(numbers).stored())),
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
    places: Vec<u32>,
    enabled: Vec<u8>,
}

impl Assembly {
    /// Makes room for what a part will hold.
    pub(crate) fn reserve(&mut self, part: i64, octets: usize) {
        match part {
            0 => self.text.reserve_exact(octets),
            1 => self.places.reserve_exact(octets / 4),
            _ => self.enabled.reserve_exact(octets),
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
