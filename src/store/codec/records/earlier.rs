//! The first form of stored sets: texts in a row, where each ends, and what kind each is.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use crate::model::{
    Cell, RecordSet, Schema,
    record::{Many, RecordHead},
};

/// How many parts a set of this form has: text, ends (32 bits, little-endian), kinds, enabled.
const PARTS: usize = 4;

/// A set of the first form that is put together from its pieces.
#[derive(Default)]
pub(crate) struct Earlier {
    parts: [Vec<u8>; PARTS],
}

impl Earlier {
    /// The number of the form.
    pub(crate) const FORM: i64 = 1;

    /// Takes the next piece of a part; `None` if there is no such part.
    pub(crate) fn take(&mut self, part: i64, octets: &[u8]) -> Option<()> {
        let part = usize::try_from(part).ok()?;
        self.parts.get_mut(part)?.extend_from_slice(octets);
        Some(())
    }

    /// Computes the digest as it was computed for this form.
    pub(crate) fn digest(&self, schema: &str) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        let parts = self.parts.iter().map(Vec::as_slice);
        for part in std::iter::once(schema.as_bytes()).chain(parts) {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    }

    /// Makes a set of today's form; `None` if the parts are damaged.
    pub(crate) fn finish(self, schema: Schema) -> Option<RecordSet> {
        let [text, ends, kinds, enabled] = self.parts;
        let text = String::from_utf8(text).ok()?;
        let (ends, []) = ends.as_chunks() else {
            return None;
        };
        let columns = schema.columns.len();
        if kinds.len() != enabled.len() * columns || ends.len() != enabled.len() * (columns + 2) {
            return None;
        }
        let mut set = RecordSet::with_capacity(Arc::new(schema), enabled.len(), 0);
        let mut start = 0;
        let mut texts = ends.iter().map(|end| {
            let end = u32::from_le_bytes(*end) as usize;
            let text = text.get(start..end);
            start = end;
            text
        });
        let mut kinds = kinds.into_iter();
        for state in enabled {
            let mut writer = set
                .begin(RecordHead {
                    anchor: texts.next()??,
                    location: texts.next()??,
                    enabled: [Some(false), Some(true)]
                        .get(usize::from(state))
                        .copied()
                        .flatten(),
                })
                .ok()?;
            for _ in 0..columns {
                let text = texts.next()??;
                let cell = match kinds.next()? {
                    0 => Cell::Absent,
                    1 => Cell::Null,
                    2 => Cell::One(text),
                    3 => Cell::Many(Many::of(text)),
                    _ => return None,
                };
                writer.cell(cell).ok()?;
            }
        }
        Some(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Column;

    fn stored() -> Earlier {
        let texts = ["7", "line 2", "Ana", "2:ab1:c", "8", "line 3", "", ""];
        let mut earlier = Earlier::default();
        let mut end = 0_u32;
        for text in texts {
            end += text.len() as u32;
            earlier.take(0, text.as_bytes()).unwrap();
            earlier.take(1, &end.to_le_bytes()).unwrap();
        }
        earlier.take(2, &[2, 3, 1, 0]).unwrap();
        earlier.take(3, &[1, 2]).unwrap();
        earlier
    }

    #[test]
    fn the_first_form_is_still_read() {
        let schema = Schema {
            columns: ["name", "mail"].map(Column::text).to_vec(),
        };
        let set = stored().finish(schema.clone()).unwrap();
        let (first, second) = (set.get(0), set.get(1));
        assert_eq!(
            (first.anchor(), first.location(), first.enabled()),
            ("7", "line 2", Some(true))
        );
        assert_eq!(first.get("name"), Cell::One("Ana"));
        assert_eq!(first.get("mail").each().collect::<Vec<_>>(), ["ab", "c"]);
        assert_eq!(
            (second.get("name"), second.get("mail")),
            (Cell::Null, Cell::Absent)
        );
        assert_eq!((second.anchor(), second.enabled()), ("8", None));

        let mut longer = stored();
        longer.take(2, &[0]).unwrap();
        assert!(longer.finish(schema.clone()).is_none());
        let mut shorter = stored();
        shorter.parts[0].truncate(5);
        assert!(shorter.finish(schema).is_none());
    }
}
