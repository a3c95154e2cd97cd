//! Records with values nobody expects.

use std::borrow::Cow;

use usher::{
    expression::{Draw, Names, Row, Slot},
    model::Value,
};

use super::mutate::Random;

const NAMES: [&str; 24] = [
    "given",
    "surname",
    "mail",
    "mobile",
    "userid",
    "empty",
    "null",
    "absent",
    "number",
    "numeric",
    "yes",
    "hired",
    "hired_text",
    "groups",
    "octets",
    "padded",
    "long",
    "memberOf",
    "dn",
    "sid",
    "UserID",
    "flag",
    "Active",
    "c",
];

/// A record of named random values.
pub struct Sheet(Vec<Value<'static>>);

impl Sheet {
    /// Makes one.
    pub fn random(random: &mut Random) -> Self {
        Self(NAMES.iter().map(|name| value(name, random)).collect())
    }
}

fn value(name: &str, random: &mut Random) -> Value<'static> {
    const TEXTS: [&str; 14] = [
        "John",
        "",
        "42",
        "-1",
        "true",
        "2026-12-01",
        "2026-12-01T10:00:00+02:00",
        "12/31/9999 11:59:59 PM",
        "cn=Eng,ou=groups,dc=example,dc=org",
        "Zoë Ærø",
        "İstanbul",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
        "\u{0}\u{202e}",
        "+91 8887779999",
    ];
    if name == "long" {
        return Value::Text(Cow::Owned(
            TEXTS[random.below(TEXTS.len())].repeat(random.below(6000)),
        ));
    }
    match random.below(12) {
        0 => Value::Absent,
        1 => Value::Null,
        2 => Value::Integer(random.below(1000) as i64),
        3 => Value::Integer(i64::MIN),
        4 => Value::Boolean(true),
        5 => Value::Date(jiff::civil::date(2026, 3, 29)),
        6 => Value::Binary(vec![1, 1, 0, 0, 0, 0, 0, 5, 9, 9, 9, 9].into()),
        7 => Value::List(
            (0..random.below(40))
                .map(|at| Value::from(TEXTS[at % TEXTS.len()]))
                .collect(),
        ),
        _ => Value::text(TEXTS[random.below(TEXTS.len())]),
    }
}

impl Names for Sheet {
    fn resolve(&self, path: &str) -> Option<Slot> {
        let at = NAMES.iter().position(|name| name.eq_ignore_ascii_case(path))?;
        Some(Slot(at as u32))
    }

    fn known(&self) -> Vec<String> {
        NAMES.iter().map(|name| (*name).to_owned()).collect()
    }

    fn default_domain(&self) -> Option<String> {
        Some("example.org".to_owned())
    }
}

impl<'a> Row<'a> for &'a Sheet {
    fn get(&self, slot: Slot) -> Value<'a> {
        match &self.0[slot.0 as usize] {
            Value::Text(text) => Value::text(text),
            other => other.clone(),
        }
    }

    fn draw(&self) -> Option<Draw> {
        Some(Draw::new(b"seed", &["person", "rule", "attribute"]))
    }
}
