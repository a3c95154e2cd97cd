//! Whether two values are the same for the target.
//!
//! The target decides: a directory that ignores case holds `MÜLLER` and `Müller` for one value, so writing the other
//! form would be noise today and again tomorrow.

use std::borrow::Cow;

use ahash::RandomState;

use crate::model::{Cell, Column, Comparison, Value, record::is_plain};

/// Brings a text into the form in which equal values are equal texts.
pub fn key(text: &str, comparison: Comparison) -> Cow<'_, str> {
    comparison.key(text)
}

/// Hashes a text so that equal values have equal hashes.
pub(super) fn hash_of(text: &str, comparison: Comparison, hasher: &RandomState) -> u64 {
    let mut lower = [0; 64];
    if comparison == Comparison::IgnoreCase
        && is_plain(text)
        && let Some(lower) = lower.get_mut(..text.len())
    {
        // what nearly all names and numbers are, without an allocation for each
        lower.copy_from_slice(text.as_bytes());
        lower.make_ascii_lowercase();
        return hasher.hash_one(&*lower);
    }
    hasher.hash_one(key(text, comparison).as_bytes())
}

/// Reports whether two texts are the same value.
pub fn same(a: &str, b: &str, comparison: Comparison) -> bool {
    comparison.same(a, b)
}

/// Reports whether a cell holds exactly this value: the same single value, or the same set (list, where order
/// matters) of values. Nothing equals nothing, whatever kind of nothing it is.
pub fn holds(cell: Cell<'_>, value: &Value<'_>, column: &Column) -> bool {
    if let (Cell::One(text), Value::Text(wanted)) = (cell, value) {
        return same(text, wanted, column.comparison);
    }
    let wanted: Vec<_> = value.each().filter_map(Value::as_key_text).collect();
    keys(cell.each(), column) == keys(wanted.iter().map(AsRef::as_ref), column)
}

/// Reports whether two cells hold the same.
pub fn cells_agree(a: Cell<'_>, b: Cell<'_>, column: &Column) -> bool {
    if let (Cell::One(a), Cell::One(b)) = (a, b) {
        return same(a, b, column.comparison);
    }
    keys(a.each(), column) == keys(b.each(), column)
}

/// The normalised values, sorted where order does not matter; an empty text is no value.
fn keys<'t>(texts: impl Iterator<Item = &'t str>, column: &Column) -> Vec<Cow<'t, str>> {
    let texts = texts.filter(|text| !text.is_empty());
    let mut keys: Vec<_> = texts.map(|text| key(text, column.comparison)).collect();
    if !column.ordered {
        keys.sort_unstable();
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_hashes() {
        for (a, b, comparison, expected) in [
            ("Müller", "MÜLLER", Comparison::IgnoreCase, true),
            ("Müller", "Mu\u{308}ller", Comparison::IgnoreCase, true),
            (" a  b ", "A B", Comparison::IgnoreCase, true),
            (" a  b ", "A B", Comparison::FoldSpace, false),
            ("a  b", "a b", Comparison::FoldSpace, true),
            ("a", "A", Comparison::Exact, false),
            ("+49 89-1", "+49891", Comparison::Telephone, true),
            ("0007", "7", Comparison::Numeric, true),
            ("0", "000", Comparison::Numeric, true),
            ("UID=a, dc=X", "uid=A,dc=x", Comparison::DistinguishedName, true),
            ("uid=a,dc=x", "uid=b,dc=x", Comparison::DistinguishedName, false),
        ] {
            assert_eq!(same(a, b, comparison), expected, "{a:?} {b:?} {comparison:?}");
            let hasher = RandomState::with_seeds(1, 2, 3, 4);
            let hashes = [a, b].map(|text| hash_of(text, comparison, &hasher));
            assert_eq!(hashes[0] == hashes[1], expected, "{a:?} {b:?} {comparison:?}");
        }
    }

    #[test]
    fn sets_ignore_order_and_lists_do_not() {
        let set = Column {
            multi_valued: true,
            ..Column::text("mail")
        };
        let list = Column {
            ordered: true,
            ..set.clone()
        };
        let value = Value::List(vec![Value::text("b"), Value::text("a")]);
        let mut records = crate::model::RecordSet::new(std::sync::Arc::new(crate::model::Schema {
            columns: vec![set.clone()],
        }));
        records
            .begin(crate::model::record::RecordHead::default())
            .unwrap()
            .many(["a", "b"])
            .unwrap();
        let cell = records.get(0).cell(0);
        assert!(holds(cell, &value, &set));
        assert!(!holds(cell, &value, &list));
        assert!(!holds(cell, &Value::text("a"), &set));
        assert!(holds(Cell::Absent, &Value::Null, &set));
    }
}
