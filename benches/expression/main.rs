//! An expression beside hand-written Rust with the same result.
//!
//! ```sh
//! cargo bench --bench expression
//! ```
//!
//! Evaluates `ToLower(Join(".", NormalizeDiacritics([givenName]), NormalizeDiacritics([familyName])))` on names of
//! which one in five has letters with marks, and prints nanoseconds a person and the ratio: the best of several
//! rounds, the two taking turns. The budget is 2.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot go on has nothing to report"
)]

use std::{borrow::Cow, hint::black_box, time::Instant};

use jiff::{Timestamp, tz::TimeZone};
use unicode_normalization::UnicodeNormalization;
use usher::{
    expression::{Expression, Moment, Names, Row, Slot},
    model::Value,
};

const EXPRESSION: &str =
    r#"ToLower(Join(".", NormalizeDiacritics([givenName]), NormalizeDiacritics([familyName])))"#;
const PEOPLE: usize = 10_000;
const ROUNDS: usize = 60;

struct Person {
    given: String,
    family: String,
}

struct People;

impl Names for People {
    fn resolve(&self, path: &str) -> Option<Slot> {
        match path {
            "givenName" => Some(Slot(0)),
            "familyName" => Some(Slot(1)),
            _ => None,
        }
    }

    fn known(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<'a> Row<'a> for &'a Person {
    fn get(&self, slot: Slot) -> Value<'a> {
        Value::text(if slot.0 == 0 { &self.given } else { &self.family })
    }
}

/// What somebody would write by hand who knows what the function does: marks off, the table's letters, lower case.
fn by_hand(given: &str, family: &str) -> String {
    let mut out = String::with_capacity(given.len() + family.len() + 1);
    for part in [plain(given), plain(family)] {
        if part.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(&part);
    }
    if out.is_ascii() {
        out.make_ascii_lowercase();
        out
    } else {
        out.to_lowercase()
    }
}

fn plain(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for letter in name.nfd() {
        match letter {
            '\u{300}'..='\u{36f}' => {}
            'ø' => out.push_str("oe"),
            'Ø' => out.push_str("OE"),
            'æ' => out.push_str("ae"),
            'Æ' => out.push_str("AE"),
            'ß' => out.push_str("ss"),
            'ł' => out.push('l'),
            'Ł' => out.push('L'),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

fn people() -> Vec<Person> {
    const GIVEN: [&str; 10] = [
        "Ana",
        "Ben",
        "Charlotte",
        "Zoë",
        "Maximilian",
        "Li",
        "Jürgen",
        "Priya",
        "Samuel",
        "Ingrid",
    ];
    const FAMILY: [&str; 10] = [
        "Kovac",
        "O'Brien",
        "Smith",
        "Müller",
        "Garcia Lopez",
        "Wang",
        "Novak",
        "Łukasz",
        "Johansson",
        "Patel",
    ];
    (0..PEOPLE)
        .map(|at| Person {
            given: GIVEN[at % 10].to_owned(),
            family: format!("{}{}", FAMILY[at / 10 % 10], at / 100),
        })
        .collect()
}

fn main() {
    let people = people();
    let expression = Expression::compile(EXPRESSION, &People).expect("the expression");
    let moment = Moment {
        now: Timestamp::UNIX_EPOCH,
        time_zone: &TimeZone::UTC,
    };
    for person in &people {
        let evaluated = expression.evaluate(&person, &moment).expect("a value");
        let by_hand = by_hand(&person.given, &person.family);
        assert_eq!(evaluated.as_text().as_deref(), Some(&*by_hand));
    }
    let (mut best_hand, mut best_usher) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for person in &people {
            black_box(by_hand(black_box(&person.given), black_box(&person.family)));
        }
        best_hand = best_hand.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for person in &people {
            let _ = black_box(expression.evaluate(black_box(&person), &moment));
        }
        best_usher = best_usher.min(start.elapsed().as_secs_f64());
    }
    let nanoseconds = |seconds: f64| seconds * 1e9 / PEOPLE as f64;
    println!("by hand   {:8.1} ns a person", nanoseconds(best_hand));
    println!("usher     {:8.1} ns a person", nanoseconds(best_usher));
    println!("ratio     {:8.2}   (budget 2)", best_usher / best_hand);
}
