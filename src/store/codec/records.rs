//! Record sets as they lie in memory, cut into pieces a database can hold.

use std::{borrow::Cow, sync::Arc};

use aws_lc_rs::digest::{Context, SHA256};

use crate::model::{RecordSet, Schema};

/// The largest piece, in bytes: one database row, one allocation.
pub(crate) const PIECE: usize = 8 << 20;

/// The version of the form; a column of the stored set.
pub(crate) const FORM: i64 = 1;

/// How many parts a set has.
pub(crate) const PARTS: usize = 4;

/// Takes a set apart: text, ends (32 bits, little-endian), kinds, enabled.
pub(crate) fn parts(set: &RecordSet) -> [Cow<'_, [u8]>; PARTS] {
    let (text, ends, kinds, enabled) = set.parts();
    let mut octets = Vec::with_capacity(size_of_val(ends));
    for end in ends {
        octets.extend_from_slice(&end.to_le_bytes());
    }
    [
        text.as_bytes().into(),
        octets.into(),
        kinds.into(),
        enabled.into(),
    ]
}

/// Computes the digest that tells whether two sets are the same, and whether a stored one is as it was.
pub(crate) fn digest(schema: &str, parts: [&[u8]; PARTS]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for part in [schema.as_bytes()].into_iter().chain(parts) {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// Puts a set together again; `None` if the parts are damaged.
pub(crate) fn assemble(schema: Schema, parts: [Vec<u8>; PARTS]) -> Option<RecordSet> {
    let [text, ends, kinds, enabled] = parts;
    let (ends, []) = ends.as_chunks() else {
        return None;
    };
    let ends = ends.iter().copied().map(u32::from_le_bytes).collect();
    let text = String::from_utf8(text).ok()?;
    RecordSet::from_parts(Arc::new(schema), text, ends, kinds, enabled)
}
