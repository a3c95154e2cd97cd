use proptest::prelude::*;

use super::*;
use crate::expression::{Span, attributes, functions, highlight};

fn fits(span: Span, text: &str) -> bool {
    span.start <= span.end && text.get(span.start..span.end).is_some()
}

fn run(text: &str) -> Result<(), TestCaseError> {
    prop_assert!(highlight(text).iter().all(|(span, _)| fits(*span, text)));
    prop_assert!(attributes(text).iter().all(|(span, _)| fits(*span, text)));
    match compile(text) {
        Err(problems) => {
            prop_assert!(!problems.is_empty());
            prop_assert!(
                problems.iter().all(|problem| fits(problem.span, text)),
                "{problems:?}"
            );
        }
        Ok(expression) => {
            let sheet = sheet();
            with_moment(|moment| {
                if let Err(fault) = expression.evaluate(&&sheet, moment) {
                    assert!(fits(fault.span, text), "{fault:?}");
                }
                let _ = expression.trace(&&sheet, moment);
                let _ = expression.candidates(&&sheet, moment).take(3).count();
            });
        }
    }
    Ok(())
}

fn leaf() -> impl Strategy<Value = String> {
    let names: Vec<String> = sheet().known();
    prop_oneof![
        prop::sample::select(names).prop_map(|name| format!("[{name}]")),
        "[^\"\\\\]{0,8}".prop_map(|text| format!("\"{text}\"")),
        any::<i64>().prop_map(|number| number.to_string()),
        prop::sample::select(vec![
            "yyyy",
            "d",
            "(a)|b*",
            "${a}$1$",
            "2026-11-21T10:00:00.5+02:00",
            "12/31/9999",
            "-1",
            "İß"
        ])
        .prop_map(|text| format!("\"{text}\"")),
        Just(String::new()),
        Just("3".to_owned()),
    ]
}

fn call() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 24, 5, |inner| {
        let names: Vec<&'static str> = functions().iter().map(|function| function.name).collect();
        prop_oneof![
            (
                prop::sample::select(names),
                prop::collection::vec(inner.clone(), 0..7)
            )
                .prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", "))),
            (
                inner.clone(),
                prop::sample::select(vec![
                    "=",
                    "<>",
                    "<",
                    ">=",
                    "in",
                    "contains",
                    "starts with",
                    "matches"
                ]),
                inner
            )
                .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
        ]
    })
}

/// Two examples spliced, with something between.
fn mutated() -> impl Strategy<Value = String> {
    let examples: Vec<&'static str> = functions().iter().map(|function| function.example).collect();
    let one = prop::sample::select(examples);
    (
        one.clone(),
        one,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<String>(),
        0..3_usize,
    )
        .prop_map(|(first, second, end, start, between, kind)| {
            let first: Vec<char> = first.chars().collect();
            let second: Vec<char> = second.chars().collect();
            let (head, tail) = (
                &first[..end.index(first.len())],
                &second[start.index(second.len())..],
            );
            let between = if kind == 0 { between.as_str() } else { "" };
            head.iter()
                .copied()
                .chain(between.chars())
                .chain(tail.iter().copied())
                .collect()
        })
}

proptest! {
    #[test]
    fn no_mutated_example_makes_it_panic(text in mutated()) {
        run(&text)?;
    }

    #[test]
    fn no_long_or_deep_text_makes_it_panic(
        piece in prop::sample::select(vec![
            "(", ")", "[", "not ", "Trim(", "IIF(true,", "-", "1,", "\"", "\\\"", "all ", "[given] = ", "[given] and ", "x",
            "in (", "is not ", "(1)", "\u{301}", "Join(\"\",", "Replace([given],,\"(a\",,", "&H",
        ]),
        times in 0_usize..12_000,
        end in call()
    ) {
        run(&(piece.repeat(times) + &end))?;
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        run(&text)?;
    }

    #[test]
    fn no_soup_of_tokens_makes_it_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "(", ")", ",", "[", "]", "[given]", "\"", "\"x\"", "\\", "=", "<>", "&H", "&HF", "-", "1", "1.5", "not", " ", "and",
            "or", "in", "is", "present", "absent", "starts", "with", "matches", "Left", "Join", "IIF(", "é", "+", "\u{a0}", "“",
        ]), 0..24)
    ) {
        run(&pieces.concat())?;
        run(&pieces.join(" "))?;
    }

    #[test]
    fn no_call_makes_it_panic(text in call()) {
        run(&text)?;
    }
}
