//! What is told of a mapping: the default, the merge, the rule of comparison; and that nothing marked shows.

use usher::planning::why::{Shown, Verdict};

use super::case::{Case, RULES, Said, target};

#[test]
fn the_why_names_the_default_the_merge_and_the_rule() {
    let text = |text: &str| Shown::Text(text.to_owned());
    let case = Case {
        mapping: r#"{ value = "[x]", default = "ToUpper([y])", compare = "exact" }"#,
        said: Said::Null,
        has: Some(&["why"]),
        target: target(false),
    };
    let why = case.why();
    assert_eq!((why.verdict, &why.value), (Verdict::Replaced, &text("WHY")));
    assert_eq!(why.remark, "there is no value: the default is taken");
    assert_eq!(why.comparison, "exactly (the mapping says so)");
    let steps: Vec<_> = why
        .steps
        .iter()
        .filter(|step| step.depth == 0)
        .map(|step| (step.text.as_str(), step.from.as_str(), step.value.clone()))
        .collect();
    assert_eq!(
        steps,
        [
            ("[x]", "", Shown::Nothing),
            ("ToUpper([y])", "default", text("WHY"))
        ]
    );

    let merge = Case {
        mapping: r#"{ value = "[x]", values = "merge" }"#,
        said: Said::These(&["b"]),
        has: Some(&["a"]),
        target: target(true),
    };
    let why = merge.why();
    assert_eq!((why.verdict, &why.value), (Verdict::Merged, &text("b")));
    assert_eq!((why.target, why.remark.as_str()), (Some(text("a")), ""));
    assert_eq!(why.comparison, "without case, spaces folded, in any order");
    let same = Case {
        has: Some(&["a", "B"]),
        target: target(true),
        ..merge
    };
    assert_eq!(same.why().verdict, Verdict::Same);

    let keep = Case {
        mapping: r#"{ value = "[x]", values = "keep" }"#,
        target: target(true),
        ..merge
    };
    assert_eq!(keep.why().verdict, Verdict::Kept);
    let apart = Case {
        mapping: r#"{ value = "[x]", null = "clear", absent = "skip" }"#,
        said: Said::Absent,
        has: Some(&["a"]),
        target: target(true),
    };
    let why = apart.why();
    assert_eq!(
        (why.verdict, why.remark.as_str()),
        (Verdict::LeftAlone, "the source does not have it")
    );
    let default = Case {
        mapping: r#"{ value = "[x]", default_on_create = '"a"', null = "clear" }"#,
        target: target(true),
        ..apart
    };
    let why = default.why();
    assert_eq!(
        (why.verdict, why.remark.as_str()),
        (
            Verdict::LeftAlone,
            "there is no value: it has the default it was made with"
        )
    );
    let created = Case {
        mapping: r#"{ value = "[x]", default_on_create = '"d"' }"#,
        has: None,
        target: target(true),
        ..apart
    };
    let why = created.why();
    assert_eq!((why.verdict, &why.value), (Verdict::Added, &text("d")));
}

#[test]
fn a_default_made_of_something_marked_is_masked() {
    let case = Case {
        mapping: "{ value = \"[x]\", default = \"[y]\", marked = true }",
        said: Said::Null,
        has: Some(&["Queen"]),
        target: target(true),
    };
    assert!(case.plan().operations[0].changes[0].marked);
    let why = case.why();
    assert!(why.masked && why.remark.is_empty());
    let all = format!("{why:?}");
    assert!(!all.contains("\"why\"") && !all.contains("Queen"), "{all}");

    // marked as a fact of the person: what falls back on it is masked, too
    let rules = RULES.replace(r#"y = "[y]" }"#, "y = \"[y]\" }\nmarked = [\"y\"]");
    assert_ne!(rules, RULES);
    let case = Case {
        mapping: r#"{ value = "[x]", default = "[y]" }"#,
        ..case
    };
    let plan = case.plan_with(&rules);
    assert!(plan.operations[0].changes[0].marked, "{:?}", plan.operations[0]);
}
