use super::*;
use crate::expression::{TokenClass, highlight};

/// Each complaint as `token: message; hint`.
fn complaints(text: &str) -> Vec<String> {
    compile(text)
        .unwrap_err()
        .iter()
        .map(|problem| format!("{}: {problem}", problem.span.of(text)))
        .collect()
}

#[test]
fn everything_wrong_is_reported_at_once_and_at_its_place() {
    assert_eq!(
        complaints("Lwoer(Left([givn]), [surnam])"),
        [
            "Lwoer: there is no function `Lwoer`; did you mean `ToLower`?",
            "Left: argument 2 of `Left` (`numChars`) is missing; write it as `Left(string, numChars)`",
            "[givn]: there is no attribute `givn`; did you mean `[given]`?",
            "[surnam]: there is no attribute `surnam`; did you mean `[surname]`?",
        ]
    );
}

#[test]
fn unclosed_things_point_at_their_opening() {
    for (text, start) in [
        ("Left([given], (1", 14),
        (r#"Append([given], "abc)"#, 16),
        ("Left([given, 1)", 5),
    ] {
        let problems = compile(text).unwrap_err();
        assert!(
            problems
                .iter()
                .any(|p| p.span.start == start && p.message.contains("never closed")),
            "{problems:?}"
        );
    }
}

#[test]
fn messages_say_what_to_do() {
    for (text, part) in [
        (r#"[given] & "x""#, "Join"),
        (r#"[given] == "x""#, "written `=`"),
        ("'x'", "double quotes"),
        ("given", "[given]"),
        ("", "empty"),
        ("[given] [mail]", "not expected"),
        ("Left([given], 1))", "closes nothing"),
        ("Append(SelectUniqueValue([given], [mail]), \"x\")", "outermost"),
        ("Counter()", "SelectUniqueValue"),
        (r#"[given] matches "(""#, "regular expression"),
        (r#"Switch([given], "x", "y")"#, "pairs"),
        (r#"DateAdd("x", 1, Now())"#, "interval `x`"),
        ("Replace([given])", "oldValue"),
        (r#"[given] = "a" = "b""#, "chained"),
        ("99999999999999999999", "too large"),
        ("ToLower([given], \"a\", \"b\")", "at most 2"),
        ("[given] is nice", "`present`, `absent`"),
        (r#"IIF("x", 1, 2)"#, "condition is wanted"),
    ] {
        let all = complaints(text).join("\n");
        assert!(all.contains(part), "{text}: {all}");
    }
    assert!(Expression::compile_condition("ToLower([given])", &sheet()).is_err());
}

#[test]
fn limits_are_kept() {
    let deep = format!("{}[given]{}", "Trim(".repeat(100), ")".repeat(100));
    assert!(
        complaints(&deep)
            .iter()
            .any(|message| message.contains("64 deep"))
    );
    assert!(compile(&format!("{}[given]{}", "Trim(".repeat(60), ")".repeat(60))).is_ok());
    assert!(compile(&format!("\"{}\"", "x".repeat(10_000))).is_err());
    assert!(compile(&vec!["[yes]"; 900].join(" and ")).is_ok());
    assert!(compile(&format!("{}[yes]", "not ".repeat(900))).is_err());
    assert!(compile(&format!("Trim({}1", "1=(".repeat(3000))).is_err());
}

#[test]
fn a_highlight_names_each_piece() {
    use TokenClass::{Attribute, Error, Function, Number, Operator, Punctuation, Text};
    let classes: Vec<_> = highlight(r#"Left([x], 1) starts with "a" + foo()"#)
        .into_iter()
        .map(|(_, class)| class)
        .collect();
    assert_eq!(
        classes,
        [
            Function,
            Punctuation,
            Attribute,
            Punctuation,
            Number,
            Punctuation,
            Operator,
            Operator,
            Text,
            Error,
            Error,
            Punctuation,
            Punctuation,
        ]
    );
}

#[test]
fn functions_are_listed_in_order_without_doubles() {
    let names: Vec<_> = crate::expression::functions()
        .iter()
        .map(|function| function.name.to_lowercase())
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(names, sorted);
}

#[test]
fn every_function_has_an_example_that_gives_what_it_says() {
    for function in crate::expression::functions() {
        assert_eq!(shown(function.example), function.result, "{}", function.example);
        let name = format!("{}(", function.name);
        assert!(function.example.contains(&name), "{}", function.example);
        assert!(function.signature.starts_with(&name) && !function.summary.is_empty());
    }
}
