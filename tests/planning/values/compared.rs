//! How values are compared: what is a change, and what is none.

use usher::model::{Column, Comparison, Kind, ValueType};

use super::case::{Case, RULES, Said, target};

/// The rule of the target's schema, or the mapping's own: what is no change to it, and what is.
#[test]
fn the_target_says_how_values_are_compared_unless_the_mapping_does() {
    use Comparison::{
        Boolean, Digits, DistinguishedName, Exact, FoldSpace, IgnoreCase, Instant, Numeric, Telephone,
    };
    const ANA: Said = Said::These(&["Ana Kovač"]);
    for (schema, compare, said, has, changes) in [
        (Exact, "", ANA, "Ana Kovač", false),
        (Exact, "", ANA, "ana Kovač", true),
        (IgnoreCase, "", ANA, "ANA  kovač", false),
        (IgnoreCase, "", ANA, "Ana Kovac", true),
        (FoldSpace, "", ANA, "Ana  Kovač", false),
        (FoldSpace, "", ANA, "ANA Kovač", true),
        (Telephone, "", Said::These(&["+49 30-1"]), "+49301", false),
        (Telephone, "", Said::These(&["+49 30-1"]), "+49302", true),
        (
            DistinguishedName,
            "",
            Said::These(&["uid=a, dc=x"]),
            "UID=A,DC=x",
            false,
        ),
        (
            DistinguishedName,
            "",
            Said::These(&["uid=a, dc=x"]),
            "uid=b,dc=x",
            true,
        ),
        (Numeric, "", Said::These(&["007"]), "7", false),
        (Numeric, "", Said::These(&["007"]), "70", true),
        (Digits, "", Said::These(&["00 7"]), "007", false),
        (Digits, "", Said::These(&["00 7"]), "7", true),
        (Boolean, "", Said::These(&["TRUE"]), "true", false),
        (Boolean, "", Said::These(&["TRUE"]), "false", true),
        (
            Instant,
            "",
            Said::These(&["20261121000000Z"]),
            "2026-11-21T00:00:00Z",
            false,
        ),
        (
            Instant,
            "",
            Said::These(&["2026-11-22"]),
            "2026-11-21T00:00:00Z",
            true,
        ),
        // a change of case alone on an attribute that ignores it: only if the mapping asks for it
        (IgnoreCase, "", ANA, "ANA KOVAČ", false),
        (IgnoreCase, "exact", ANA, "ANA KOVAČ", true),
        (IgnoreCase, "ignore-space", ANA, "Ana  Kovač", false),
        (Exact, "ignore-case", ANA, "ANA KOVAČ", false),
        (Exact, "telephone", Said::These(&["+49 30-1"]), "+49301", false),
        (
            Exact,
            "instant",
            Said::These(&["2026-11-21"]),
            "20261121000000Z",
            false,
        ),
    ] {
        let mapping = match compare {
            "" => "\"[x]\"".to_owned(),
            rule => format!("{{ value = \"[x]\", compare = \"{rule}\" }}"),
        };
        let case = Case {
            mapping: &mapping,
            said,
            has: Some(&[has]),
            target: Column {
                comparison: schema,
                ..target(false)
            },
        };
        let expected = if changes { "update" } else { "nothing to do" };
        let found = if case.outcome() == "–" {
            "nothing to do"
        } else {
            "update"
        };
        assert_eq!(found, expected, "{schema:?} {compare} {said:?} {has}");
    }
}

/// An account is found by the rule of the target, or somebody would be given a second one.
#[test]
fn matching_goes_by_the_target_whatever_a_mapping_says() {
    let rules = RULES.replace(r#"["uid", "[id]"]"#, r#"["t", "[x]"]"#);
    assert_ne!(rules, RULES);
    let case = Case {
        mapping: r#"{ value = "[x]", compare = "exact" }"#,
        said: Said::These(&["ana"]),
        has: Some(&["ANA"]),
        target: target(false),
    };
    let plan = case.plan_with(&rules);
    let found: Vec<_> = plan.operations.iter().map(|operation| operation.kind).collect();
    assert_eq!(found, [Kind::Update]);
}

#[test]
fn a_value_of_its_type_is_what_a_text_says() {
    let case = Case {
        mapping: "'CBool([x])'",
        said: Said::These(&["1"]),
        has: Some(&["true"]),
        target: Column {
            value_type: ValueType::Boolean,
            comparison: Comparison::Boolean,
            ..target(false)
        },
    };
    assert_eq!(case.outcome(), "–");
}
