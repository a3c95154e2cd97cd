//! Throws mutated expressions at the parser and the evaluator for as long as it is told to.
//!
//! ```sh
//! cargo bench --bench fuzz -- --minutes 30
//! cargo bench --bench fuzz -- --minutes 1 --seed 7
//! ```
//!
//! The seeds are every example of the function table and every expression in the tests' vectors. Each round splices,
//! deletes, duplicates, swaps and sprinkles one to four of them, then compiles, highlights, evaluates on a row of
//! random values, asks for candidates and traces. It ends with a message at the first panic, at a span that does not
//! fit its text, at an evaluation of more than [`SLOW`], or at a value of more than a megabyte; otherwise it prints
//! how many texts were run and how many of them compiled. The seed of each run is printed, and gives the same run again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a fuzzer ends where it finds something"
)]

mod mutate;
mod row;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use mutate::Random;
use row::Sheet;
use usher::{
    expression::{Expression, MAXIMUM_VALUE, Moment, Span, attributes, functions, highlight},
    model::Value,
};

/// An evaluation that takes longer, on an unhurried machine, is a finding: its steps are counted wrongly.
const SLOW: Duration = Duration::from_millis(1500);
/// Where the vectors are.
const VECTORS: [&str; 4] = [
    include_str!("../../src/expression/tests/vectors.rs"),
    include_str!("../../src/expression/tests/diagnostics.rs"),
    include_str!("../../src/expression/tests/scoping.rs"),
    include_str!("../../src/expression/tests/dates.rs"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<f64>().ok()
    };
    let minutes = number("--minutes").unwrap_or(1.0);
    let seed = number("--seed").map_or_else(
        || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            since.unwrap_or_default().as_nanos() as u64
        },
        |seed| seed as u64,
    );
    let corpus = corpus();
    println!("seed {seed}, {} seeds of text, {minutes} minutes", corpus.len());
    std::panic::set_hook(Box::new(|_| {}));
    let mut random = Random(seed | 1);
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let (mut run, mut compiled, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    while Instant::now() < until {
        let text = mutate::text(&mut random, &corpus);
        let sheet = Sheet::random(&mut random);
        let start = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| once(&text, &sheet))) {
            Ok(Ok(did_compile)) => compiled += u64::from(did_compile),
            Ok(Err(finding)) => end(&finding, &text, seed, run),
            Err(panic) => {
                let message = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied());
                end(
                    &format!("panic: {}", message.unwrap_or("without a message")),
                    &text,
                    seed,
                    run,
                );
            }
        }
        let took = start.elapsed();
        if took > SLOW {
            end(&format!("slow: {took:?}"), &text, seed, run);
        }
        slowest = slowest.max(took);
        run += 1;
    }
    println!("{run} texts run, {compiled} of them compiled, the slowest took {slowest:?}, nothing found");
}

fn end(finding: &str, text: &str, seed: u64, run: u64) -> ! {
    println!("{finding}\nafter {run} texts of seed {seed}, with:\n{text}");
    std::process::exit(1)
}

fn corpus() -> Vec<String> {
    let mut corpus: Vec<String> = functions()
        .iter()
        .map(|function| function.example.to_owned())
        .collect();
    for file in VECTORS {
        let mut rest = file;
        while let Some(at) = rest.find("r#\"") {
            let text = &rest[at + 3..];
            let end = text.find("\"#").unwrap_or(text.len());
            corpus.push(text[..end].to_owned());
            rest = &text[end..];
        }
    }
    corpus
}

fn fits(span: Span, text: &str) -> Result<(), String> {
    match text.get(span.start..span.end) {
        Some(_) => Ok(()),
        None => Err(format!("the span {span:?} does not fit")),
    }
}

fn once(text: &str, sheet: &Sheet) -> Result<bool, String> {
    for (span, _) in highlight(text) {
        fits(span, text)?;
    }
    for (span, _) in attributes(text) {
        fits(span, text)?;
    }
    let expression = match Expression::compile(text, sheet) {
        Ok(expression) => expression,
        Err(problems) if problems.is_empty() => return Err("refused without a word".to_owned()),
        Err(problems) => {
            for problem in problems {
                fits(problem.span, text)?;
            }
            return Ok(false);
        }
    };
    let zone = TimeZone::UTC;
    let moment = Moment {
        now: "2026-11-21T23:30:00Z".parse().expect("a time"),
        time_zone: &zone,
    };
    match expression.evaluate(&sheet, &moment) {
        Err(fault) => fits(fault.span, text)?,
        Ok(Value::Text(value)) if value.len() > MAXIMUM_VALUE && expression.as_slot().is_none() => {
            return Err(format!("a value of {} bytes", value.len()));
        }
        Ok(value) => {
            let again = expression.evaluate(&sheet, &moment);
            if again.as_ref() != Ok(&value) {
                return Err("another value the second time".to_owned());
            }
        }
    }
    let _ = expression.candidates(&sheet, &moment).take(3).count();
    let _ = expression.trace(&sheet, &moment);
    Ok(true)
}
