use std::sync::Arc;

use super::*;
use crate::{
    model::{Comparison, RecordSet, Schema, ValueType, record::RecordHead},
    planning::rules::{MappedValue, NullPolicy, Source},
};

fn mapping() -> Mapping {
    let source = Source {
        text: "[x]".to_owned(),
        span: 0..3,
    };
    Mapping::new("x", MappedValue::Expression(source))
}

fn column(multi_valued: bool) -> Column {
    Column {
        multi_valued,
        comparison: Comparison::IgnoreCase,
        ..Column::text("x")
    }
}

fn list(texts: &[&str]) -> Value<'static> {
    Value::List(texts.iter().map(|text| Value::from((*text).to_owned())).collect())
}

/// Asks for the correction of an account that has these values.
fn correct(
    has: &[&str],
    wanted: Value<'_>,
    mapping: &Mapping,
    column: &Column,
) -> Result<Option<Value<'static>>, String> {
    let schema = Schema {
        columns: vec![column.clone()],
    };
    let mut records = RecordSet::new(Arc::new(schema));
    let mut writer = records.begin(RecordHead::default()).unwrap();
    match has {
        [] => writer.absent().unwrap(),
        [one] => writer.one(one).unwrap(),
        many => writer.many(many.iter().copied()).unwrap(),
    }
    drop(writer);
    correction(records.get(0).cell(0), wanted, mapping, column)
}

/// Each policy for each kind of nothing, for one value and for several, where there is something and where there is
/// nothing.
#[test]
fn null_empty_and_absent_are_three_things() {
    use NullPolicy::{Clear, Skip};
    let kinds = [
        Value::Null,
        Value::text(""),
        Value::List(vec![]),
        Value::List(vec![Value::text("")]),
        Value::Absent,
    ];
    // (null, empty, absent), and whether each of the kinds clears
    for ((null, empty, absent), clears) in [
        ((Skip, None, None), [false, false, false, false, false]),
        ((Clear, None, None), [true, true, true, true, true]),
        ((Clear, Some(Skip), None), [true, false, false, false, true]),
        ((Clear, None, Some(Skip)), [true, true, true, true, false]),
        ((Skip, Some(Clear), None), [false, true, true, true, false]),
        ((Skip, None, Some(Clear)), [false, false, false, false, true]),
        ((Skip, Some(Clear), Some(Clear)), [false, true, true, true, true]),
    ] {
        let mapping = Mapping {
            null,
            empty,
            absent,
            ..mapping()
        };
        for (kind, clears) in kinds.iter().zip(clears) {
            for has in [&["a"][..], &["a", "b"]] {
                let expected = clears.then_some(Value::Absent);
                let what = format!("{null:?} {empty:?} {absent:?} {kind:?} {has:?}");
                let found = correct(has, kind.clone(), &mapping, &column(has.len() > 1));
                assert_eq!(found, Ok(expected), "{what}");
            }
            // nothing equals nothing, whatever the policy: also a target that answers with an empty text
            for has in [&[][..], &[""]] {
                assert_eq!(correct(has, kind.clone(), &mapping, &column(true)), Ok(None));
            }
        }
    }
}

#[test]
fn what_an_account_has_is_replaced_merged_or_kept() {
    use ValuesPolicy::{Keep, Merge, Replace};
    let many = column(true);
    for (values, has, wanted, expected) in [
        (Replace, &["a", "b"][..], &["b", "c"][..], Some(list(&["b", "c"]))),
        (Replace, &["a", "b"], &["B", "A"], None),
        (Replace, &[], &["a"], Some(list(&["a"]))),
        (Merge, &["a", "b"], &["b", "c"], Some(list(&["a", "b", "c"]))),
        (Merge, &["a", "b"], &["B"], None),
        (Merge, &["a"], &["A", "b", "B"], Some(list(&["a", "b"]))),
        (Merge, &[], &["a", "A"], Some(list(&["a"]))),
        (Keep, &["a"], &["b"], None),
        (Keep, &[""], &["b"], Some(list(&["b"]))),
        (Keep, &[], &["b", "c"], Some(list(&["b", "c"]))),
    ] {
        let mapping = Mapping { values, ..mapping() };
        let found = correct(has, list(wanted), &mapping, &many);
        assert_eq!(found, Ok(expected), "{values:?} {has:?} {wanted:?}");
    }
    // one value is merged with many like a list of one
    let mapping = Mapping {
        values: Merge,
        ..mapping()
    };
    let found = correct(&["a", "b"], Value::text("c"), &mapping, &many);
    assert_eq!(found, Ok(Some(list(&["a", "b", "c"]))));
}

#[test]
fn what_is_written_satisfies_the_rule_that_asked_for_it() {
    let many = column(true);
    for values in [ValuesPolicy::Replace, ValuesPolicy::Merge, ValuesPolicy::Keep] {
        let mapping = Mapping { values, ..mapping() };
        for has in [&[][..], &["a"], &["A", "b"], &["x", "y", "z"]] {
            for wanted in [&["a"][..], &["a", "A", ""], &["c", "b"], &["", ""]] {
                let once = correct(has, list(wanted), &mapping, &many).unwrap();
                let Some(written) = once else { continue };
                let texts: Vec<_> = written.each().filter_map(Value::as_text).collect();
                let texts: Vec<_> = texts.iter().map(AsRef::as_ref).collect();
                let twice = correct(&texts, list(wanted), &mapping, &many);
                assert_eq!(twice, Ok(None), "{values:?} {has:?} {wanted:?} → {texts:?}");
            }
        }
    }
}

#[test]
fn an_attribute_of_one_value_takes_one() {
    let one = column(false);
    assert_eq!(
        correct(&[], list(&["a", "A", ""]), &mapping(), &one),
        Ok(Some(Value::text("a")))
    );
    let error = correct(&["a"], list(&["a", "b"]), &mapping(), &one).unwrap_err();
    assert!(
        error.contains("x: it holds one value, and the mapping gives 2"),
        "{error}"
    );
    let parts = Value::Complex(vec![("value".into(), Value::text("a"))]);
    let merging = Mapping {
        values: ValuesPolicy::Merge,
        ..mapping()
    };
    assert!(correct(&["a"], Value::List(vec![parts]), &merging, &column(true)).is_err());
}

/// One rule of comparison a line: what is no change, and what is.
#[test]
fn only_what_the_rule_sees_is_a_change() {
    use Comparison::{
        Boolean, Digits, DistinguishedName, Exact, FoldSpace, IgnoreCase, Instant, Numeric, Telephone,
    };
    for (comparison, has, no_change, change) in [
        (Exact, "Ana", "Ana", "ana"),
        (IgnoreCase, "Ana  KOVAČ", "ana kovač", "ana kovac"),
        (FoldSpace, "Ana  Kovač", "Ana Kovač", "ana Kovač"),
        (Telephone, "+49 30-1", "+49301", "+49302"),
        (DistinguishedName, "UID=a, dc=x", "uid=A,dc=x", "uid=b,dc=x"),
        (Numeric, "007", "7", "8"),
        (Digits, "00 7", "007", "7"),
        (Boolean, "true", "TRUE", "FALSE"),
        (
            Instant,
            "2026-11-21T00:00:00Z",
            "20261121010000+0100",
            "2026-11-22",
        ),
        (
            Instant,
            "2026-11-21T00:00:00Z",
            "2026-11-21",
            "2026-11-21T00:00:01Z",
        ),
    ] {
        let column = Column {
            comparison,
            ..Column::text("x")
        };
        let none = correct(&[has], Value::text(no_change), &mapping(), &column);
        assert_eq!(none, Ok(None), "{comparison:?} {no_change}");
        let some = correct(&[has], Value::text(change), &mapping(), &column);
        assert_eq!(
            some,
            Ok(Some(Value::text(change).into_owned())),
            "{comparison:?} {change}"
        );
    }
    // a value of the type and a text that says the same
    let column = Column {
        comparison: Boolean,
        value_type: ValueType::Boolean,
        ..Column::text("x")
    };
    let none = correct(&["true"], Value::Boolean(true), &mapping(), &column);
    assert_eq!(none, Ok(None));
}
