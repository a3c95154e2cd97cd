//! What changed in a stored set, kept beside it: a small read must not have a large set written again.

use std::{collections::BTreeSet, sync::Arc};

use aws_lc_rs::digest::{Context, SHA256};

use crate::model::{RecordSet, Schema, record::Parts};

/// The form of a stored set with patches: as [`FORM`](super::FORM), and the patches as a further part.
pub(crate) const PATCHED: i64 = 3;

/// The part of a stored set that its patches are, one piece each.
pub(crate) const PATCH: i64 = 3;

/// Writes down what changed.
pub(crate) fn encode(changes: &RecordSet, gone: &[String]) -> Vec<u8> {
    let Parts {
        texts,
        places,
        enabled,
    } = changes.parts();
    let length = texts.iter().map(|text| text.len()).sum::<usize>();
    let cells = places.iter().map(|places| places.len()).sum::<usize>();
    let mut octets = Vec::with_capacity(length + cells * 4 + enabled.len() + 32 * (gone.len() + 1));
    let number =
        |octets: &mut Vec<u8>, number: usize| octets.extend_from_slice(&(number as u64).to_le_bytes());
    number(&mut octets, gone.len());
    for anchor in gone {
        number(&mut octets, anchor.len());
        octets.extend_from_slice(anchor.as_bytes());
    }
    number(&mut octets, length);
    for text in texts {
        octets.extend_from_slice(text.as_bytes());
    }
    number(&mut octets, cells);
    for place in places.into_iter().flatten() {
        octets.extend_from_slice(&place.to_le_bytes());
    }
    octets.extend_from_slice(enabled);
    octets
}

/// Continues the digest of a stored set by a patch.
pub(crate) fn digest(before: &[u8], patch: &[u8]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(patch);
    context.finish().as_ref().to_vec()
}

/// The patches of a stored set, taken together.
pub(crate) struct Patches {
    schema: Arc<Schema>,
    changes: RecordSet,
    gone: BTreeSet<String>,
}

impl Patches {
    pub(crate) fn new(schema: Arc<Schema>) -> Self {
        Self {
            changes: RecordSet::new(schema.clone()),
            gone: BTreeSet::new(),
            schema,
        }
    }

    /// Takes the next patch; `None` if it is damaged.
    pub(crate) fn take(&mut self, octets: &[u8]) -> Option<()> {
        let mut rest = octets;
        let mut gone = Vec::new();
        for _ in 0..number(&mut rest)? {
            let length = number(&mut rest)?;
            gone.push(text(&mut rest, length)?);
        }
        let length = number(&mut rest)?;
        let arena = text(&mut rest, length)?;
        let length = number(&mut rest)?.checked_mul(4)?;
        let (places, enabled) = rest.split_at_checked(length)?;
        let (places, []) = places.as_chunks() else {
            return None;
        };
        let places = places.iter().map(|place| u32::from_le_bytes(*place)).collect();
        let changes = RecordSet::from_parts(self.schema.clone(), arena, places, enabled.to_vec())?;
        for record in changes.iter() {
            self.gone.remove(record.anchor());
        }
        self.changes
            .merge(&changes, gone.iter().map(String::as_str))
            .ok()?;
        self.gone.extend(gone);
        Some(())
    }

    /// Brings the set up to date.
    pub(crate) fn apply(&self, mut set: RecordSet) -> Option<RecordSet> {
        set.merge(&self.changes, self.gone.iter().map(String::as_str))
            .ok()?;
        Some(set)
    }
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let (number, tail) = rest.split_first_chunk()?;
    *rest = tail;
    usize::try_from(u64::from_le_bytes(*number)).ok()
}

fn text(rest: &mut &[u8], length: usize) -> Option<String> {
    let (text, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, record::RecordHead};

    fn set(schema: &Arc<Schema>, anchors: &[&str]) -> RecordSet {
        let mut set = RecordSet::new(schema.clone());
        for anchor in anchors {
            let head = RecordHead {
                anchor,
                location: "here",
                enabled: Some(true),
            };
            set.begin(head).unwrap().one("value").unwrap();
        }
        set
    }

    #[test]
    fn patches_come_back_and_the_last_word_counts() {
        let schema = Arc::new(Schema {
            columns: vec![Column::text("cn")],
        });
        let mut patches = Patches::new(schema.clone());
        for (changed, gone) in [
            (&["c", "d"][..], &["a"][..]),
            (&["a"], &["d"]),
            (&[], &["b", "c"]),
            (&["b"], &[]),
        ] {
            let gone: Vec<String> = gone.iter().map(|anchor| (*anchor).to_owned()).collect();
            patches.take(&encode(&set(&schema, changed), &gone)).unwrap();
        }
        let merged = patches.apply(set(&schema, &["a", "b", "e"])).unwrap();
        let anchors: Vec<_> = merged.iter().map(|record| record.anchor().to_owned()).collect();
        assert_eq!(anchors, ["a", "b", "e"]);
    }

    #[test]
    fn damaged_patches_are_refused() {
        let schema = Arc::new(Schema {
            columns: vec![Column::text("cn")],
        });
        let whole = encode(&set(&schema, &["a", "b"]), &["c".to_owned()]);
        assert!(Patches::new(schema.clone()).take(&whole).is_some());
        for end in 0..whole.len() {
            assert!(
                Patches::new(schema.clone()).take(&whole[..end]).is_none(),
                "{end}"
            );
        }
        let mut huge = whole;
        huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(Patches::new(schema).take(&huge).is_none());
    }
}
