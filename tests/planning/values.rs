//! Everything a mapping of one attribute can say, planned: what becomes of the attribute when the account is made, and
//! when it is there; and that what was written leaves nothing to do.

mod case;
mod compared;
mod told;

use usher::model::{FindingKind, Value};

use self::case::{Case, EMPTY, NONE, Said, target, written};

/// Each kind of nothing, under each policy, when the account is made and when it is there, for attributes of one and
/// of many values.
#[test]
fn what_nothing_does() {
    let kinds = [Said::Null, EMPTY, NONE, Said::Absent];
    for (mapping, clears) in [
        (r#""[x]""#, [false, false, false, false]),
        (
            r#"{ value = "[x]", null = "skip" }"#,
            [false, false, false, false],
        ),
        (r#"{ value = "[x]", null = "clear" }"#, [true, true, true, true]),
        (
            r#"{ value = "[x]", null = "clear", absent = "skip" }"#,
            [true, true, true, false],
        ),
        (
            r#"{ value = "[x]", null = "clear", empty = "skip" }"#,
            [true, false, false, true],
        ),
        (
            r#"{ value = "[x]", empty = "clear" }"#,
            [false, true, true, false],
        ),
        (
            r#"{ value = "[x]", absent = "clear" }"#,
            [false, false, false, true],
        ),
        (
            r#"{ value = "IgnoreFlowIfNullOrEmpty([x])", null = "clear" }"#,
            [false, false, false, false],
        ),
        (
            r#"{ value = "[x]", null = "clear", apply = "create" }"#,
            [false, false, false, false],
        ),
    ] {
        for (said, clears) in kinds.into_iter().zip(clears) {
            for has in [&["old"][..], &["old", "older"]] {
                let case = Case {
                    mapping,
                    said,
                    has: Some(has),
                    target: target(has.len() > 1),
                };
                let expected = if clears { "nothing" } else { "–" };
                assert_eq!(case.outcome(), expected, "{mapping} {said:?} {has:?}");
                // nothing is there, and nothing is written where nothing is said
                for has in [None, Some(&[][..])] {
                    let case = Case {
                        has,
                        target: target(true),
                        ..case
                    };
                    assert_eq!(case.outcome(), "–", "{mapping} {said:?}");
                }
            }
        }
    }
}

/// (the mapping, what the source says, what the new account gets, what becomes of `old`, what of nothing)
type Row = (&'static str, Said, &'static str, &'static str, &'static str);

#[test]
fn defaults_are_taken_where_there_is_no_value() {
    const NEW: Said = Said::These(&["new"]);
    let rows: [Row; 14] = [
        (r#"{ value = "[x]", default = '"d"' }"#, NEW, "new", "new", "new"),
        (r#"{ value = "[x]", default = '"d"' }"#, Said::Null, "d", "d", "d"),
        (r#"{ value = "[x]", default = '"d"' }"#, EMPTY, "d", "d", "d"),
        (
            r#"{ value = "[x]", default = '"d"' }"#,
            Said::Absent,
            "d",
            "d",
            "d",
        ),
        (
            r#"{ value = "[x]", default = '"d"', null = "clear" }"#,
            Said::Null,
            "d",
            "d",
            "d",
        ),
        (
            r#"{ value = "[x]", default = "[y]" }"#,
            Said::Null,
            "why",
            "why",
            "why",
        ),
        (
            r#"{ value = "[x]", default = '""', null = "clear" }"#,
            Said::Null,
            "–",
            "nothing",
            "–",
        ),
        (
            r#"{ value = "[x]", default = '"d"', values = "keep" }"#,
            Said::Null,
            "d",
            "–",
            "d",
        ),
        (
            r#"{ value = "[x]", default_on_create = '"d"' }"#,
            NEW,
            "new",
            "new",
            "new",
        ),
        (
            r#"{ value = "[x]", default_on_create = '"d"' }"#,
            Said::Null,
            "d",
            "–",
            "–",
        ),
        (
            r#"{ value = "[x]", default_on_create = '"d"', null = "clear" }"#,
            Said::Null,
            "d",
            "nothing",
            "–",
        ),
        (
            r#"{ value = "[x]", default = '"d"', apply = "create" }"#,
            Said::Null,
            "d",
            "–",
            "–",
        ),
        (
            r#"{ value = "IgnoreFlowIfNullOrEmpty([x])", default = '"d"' }"#,
            Said::Null,
            "–",
            "–",
            "–",
        ),
        (r#"{ value = '"d"', values = "keep" }"#, Said::Null, "d", "–", "d"),
    ];
    for (mapping, said, create, old, none) in rows {
        for (has, expected) in [(None, create), (Some(&["old"][..]), old), (Some(&[][..]), none)] {
            let case = Case {
                mapping,
                said,
                has,
                target: target(true),
            };
            assert_eq!(case.outcome(), expected, "{mapping} {said:?} {has:?}");
        }
        // the account that was made so is as it should be, whatever else the mapping says
        let made = [create];
        let again = Case {
            mapping,
            said,
            has: Some(if create == "–" { &[] } else { &made }),
            target: target(true),
        };
        assert_eq!(again.outcome(), "–", "{mapping} {said:?}");
    }
}

#[test]
fn values_are_replaced_merged_or_kept() {
    let wanted = Said::These(&["b", "c"]);
    for (values, has, expected) in [
        ("replace", &["a", "b"][..], "b · c"),
        ("replace", &["C", "B"], "–"),
        ("replace", &[], "b · c"),
        ("merge", &["a", "b"], "a · b · c"),
        ("merge", &["c", "A", "b"], "–"),
        ("merge", &[], "b · c"),
        ("keep", &["a"], "–"),
        ("keep", &[], "b · c"),
    ] {
        let mapping = format!("{{ value = \"[x]\", values = \"{values}\" }}");
        let case = Case {
            mapping: &mapping,
            said: wanted,
            has: Some(has),
            target: target(true),
        };
        assert_eq!(case.outcome(), expected, "{values} {has:?}");
        // what was written is as it should be
        let plan = case.plan();
        if let Some(after) = written(plan.operations.first()) {
            let texts: Vec<_> = after
                .each()
                .filter_map(Value::as_text)
                .map(std::borrow::Cow::into_owned)
                .collect();
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            let again = Case {
                has: Some(&texts),
                target: target(true),
                ..case
            };
            assert_eq!(again.plan().operations, [], "{values} {texts:?}");
        }
        let create = Case {
            has: None,
            target: target(true),
            mapping: &mapping,
            said: wanted,
        };
        assert_eq!(create.outcome(), "b · c", "{values}");
    }
}

#[test]
fn what_one_value_cannot_hold_is_a_finding_or_an_error() {
    let case = Case {
        mapping: "\"[x]\"",
        said: Said::These(&["a", "b"]),
        has: Some(&["a"]),
        target: target(false),
    };
    let plan = case.plan();
    assert_eq!(plan.operations, []);
    assert_eq!(plan.findings[0].kind, FindingKind::Invalid);
    let message = &plan.findings[0].message;
    assert!(
        message.contains("t: it holds one value, and the mapping gives 2"),
        "{message}"
    );
    for (mapping, expected) in [
        (
            r#"{ value = "[x]", values = "merge" }"#,
            "there is nothing to merge it with",
        ),
        (
            r#"{ value = 'SelectUniqueValue([x], [y])', default = '"d"' }"#,
            "it has no default",
        ),
        (r#"{ value = "[x]", default = "[z]" }"#, "z"),
    ] {
        let case = Case {
            mapping,
            target: target(false),
            ..case
        };
        let errors = case.with(|_, _| ()).unwrap_err();
        assert!(
            errors.len() == 1 && errors[0].message.contains(expected),
            "{mapping}: {errors:?}"
        );
        assert!(errors[0].source.is_some(), "{mapping}");
    }
}
