//! Table tests from the documented vectors, the decisions of the module's table, and properties.

mod dates;
mod diagnostics;
mod patterns;
mod properties;
mod scoping;
mod transliteration;
mod values;
mod vectors;

use jiff::tz::TimeZone;

use super::{Diagnostic, Draw, Expression, Gives, Moment, Names, Row, Slot, Target};
use crate::model::Value;

/// A record of named values for tests.
pub(super) struct Sheet(pub(super) Vec<(&'static str, Value<'static>)>);

impl Names for Sheet {
    fn resolve(&self, path: &str) -> Option<Slot> {
        self.0
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case(path))
            .map(|index| Slot(index as u32))
    }

    fn known(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn gives(&self, slot: Slot) -> Option<Gives> {
        match &self.0.get(slot.0 as usize)?.1 {
            Value::Date(_) => Some(Gives::Time),
            Value::Boolean(_) => Some(Gives::Truth),
            _ => None,
        }
    }

    fn default_domain(&self) -> Option<String> {
        Some("example.org".to_owned())
    }
}

impl<'a> Row<'a> for &'a Sheet {
    fn get(&self, slot: Slot) -> Value<'a> {
        match &self.0[slot.0 as usize].1 {
            Value::Text(text) => Value::text(text),
            other => other.clone(),
        }
    }

    fn draw(&self) -> Option<Draw> {
        Some(Draw::new(b"seed", &["person", "rule", "attribute"]))
    }
}

pub(super) fn sheet() -> Sheet {
    Sheet(vec![
        ("given", Value::text("John")),
        ("surname", Value::text("Doe")),
        ("mail", Value::text("john.doe@contoso.com")),
        ("mobile", Value::text("+91 8887779999")),
        ("userid", Value::text("jsmith")),
        ("empty", Value::text("")),
        ("null", Value::Null),
        ("absent", Value::Absent),
        ("number", Value::Integer(514)),
        ("numeric", Value::text("0042")),
        ("yes", Value::Boolean(true)),
        ("hired", Value::Date(jiff::civil::date(2026, 12, 1))),
        ("hired_text", Value::text("2026-12-01")),
        (
            "groups",
            Value::List(vec![Value::text("a"), Value::text("b"), Value::text("a")]),
        ),
        (
            "memberOf",
            Value::List(vec![
                Value::text("cn=All,ou=groups,dc=example,dc=org"),
                Value::text("cn=eng,ou=groups,dc=example,dc=org"),
            ]),
        ),
        ("octets", Value::Binary(vec![1, 2].into())),
        ("padded", Value::text("\u{a0} x  y ")),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            Value::text("Sales"),
        ),
        (r#"emails[type eq "work"].value"#, Value::text("w@x.org")),
    ])
}

/// 2026-11-21 23:30 UTC, which is the 22nd in Berlin.
pub(super) fn with_moment<T>(run: impl FnOnce(&Moment<'_>) -> T) -> T {
    let time_zone = TimeZone::get("Europe/Berlin").unwrap();
    run(&Moment {
        now: "2026-11-21T23:30:00Z".parse().unwrap(),
        time_zone: &time_zone,
    })
}

pub(super) fn compile(text: &str) -> Result<Expression, Vec<Diagnostic>> {
    Expression::compile(text, &sheet())
}

/// Evaluates to text as it would be shown; nothing is `-`, a list `a|b`, a fault `! message`.
pub(super) fn shown(text: &str) -> String {
    let expression = compile(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    let sheet = sheet();
    with_moment(|moment| match expression.evaluate(&&sheet, moment) {
        Ok(Value::List(values)) => values
            .iter()
            .map(|value| value.as_text().unwrap_or_default().into_owned())
            .collect::<Vec<_>>()
            .join("|"),
        Ok(value) => value
            .as_text()
            .map_or("-".to_owned(), std::borrow::Cow::into_owned),
        Err(fault) => format!("! {}", fault.message),
    })
}
