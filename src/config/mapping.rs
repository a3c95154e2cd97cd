//! `[accounts.attributes]`: what an account should hold.

mod options;

use toml::{Spanned, de::DeValue};

use super::table::{self, Fields, Report, Value, wrong_type};
use crate::planning::rules::{MappedValue, Mapping};

/// Reads the mappings of one account rule, in the order of the file; `takes_secrets` tells whether its system does.
pub(super) fn read(block: &mut Fields<'_, '_, '_>, takes_secrets: bool) -> Vec<Mapping> {
    let report = block.report;
    let Some(table) = block.table("attributes") else {
        return Vec::new();
    };
    let mappings: Vec<_> = table
        .entries()
        .filter_map(|(attribute, value)| {
            let mapping = mapping(report, &attribute, value)?;
            check_secret(report, &attribute, &mapping.value, takes_secrets);
            Some(mapping)
        })
        .collect();
    mappings
}

/// Notes secrets where none can be set, and passwords that are none.
fn check_secret(report: &Report<'_>, attribute: &Spanned<&str>, value: &MappedValue, takes_secrets: bool) {
    let name = *attribute.get_ref();
    let is_secret = matches!(value, MappedValue::Secret { .. });
    if is_secret && !takes_secrets {
        let message = format!("`{name}` is a secret, and the system of the rule takes none from usher");
        report.error(
            attribute.span(),
            message,
            "take it out: only directories are given passwords",
        );
    }
    if !is_secret && name.eq_ignore_ascii_case("unicodePwd") {
        let message =
            format!("`{name}` is a password: an expression would put it into plans and the audit trail");
        let hint = "write it as `{ secret = \"initial\", deliver = { command = [\"…\"] } }`";
        report.error(attribute.span(), message, hint);
    }
}

fn mapping(report: &Report<'_>, attribute: &Spanned<&str>, value: &Value<'_>) -> Option<Mapping> {
    let name = *attribute.get_ref();
    match value.get_ref() {
        DeValue::String(_) => {
            let source = table::expression(report, &format!("`{name}`"), value)?;
            Some(Mapping::new(name, MappedValue::Expression(source)))
        }
        DeValue::Table(_) => {
            let mut fields = Fields::open(report, format!("the mapping of `{name}`"), value)?;
            let value = mapped_value(&mut fields, name);
            let options = options::read(&mut fields, value.as_ref());
            // a table without a value was reported: what else it has is probably the rest of a path
            if value.is_some() {
                fields.finish();
            }
            Some(options.of(name, value?))
        }
        _ => {
            let hint = format!("a constant is written as an expression: `{name} = '\"text\"'`");
            report.add(wrong_type(&format!("`{name}`"), "an expression in quotes", value).hint(hint));
            None
        }
    }
}

fn mapped_value(fields: &mut Fields<'_, '_, '_>, name: &str) -> Option<MappedValue> {
    let (report, span) = (fields.report, fields.span.clone());
    let kinds: Vec<_> = ["value", "reference", "secret"]
        .into_iter()
        .filter(|key| fields.place_of(key).is_some())
        .collect();
    let value = fields.expression("value");
    let reference = fields.expression("reference");
    let policy = fields.text("secret");
    let deliver = fields.table("deliver").map(command);
    match kinds.as_slice() {
        ["value"] => value.map(MappedValue::Expression),
        ["reference"] => reference.map(MappedValue::Reference),
        [_] => secret(fields, policy.as_ref()?, deliver),
        [] => {
            let inner = fields
                .entries()
                .next()
                .map_or("…", |(key, _)| *key.get_ref())
                .to_owned();
            let message = format!("the mapping of `{name}` has no `value`, `reference` or `secret`");
            report.error(
                span,
                message,
                format!("a path is written in quotes: `\"{name}.{inner}\" = …`"),
            );
            None
        }
        [first, second, ..] => {
            let message = format!("the mapping of `{name}` has both `{first}` and `{second}`");
            report.error(span, message, "keep one of them");
            None
        }
    }
}

fn secret(
    fields: &Fields<'_, '_, '_>,
    policy: &Spanned<&str>,
    deliver: Option<Vec<String>>,
) -> Option<MappedValue> {
    if *policy.get_ref() != "initial" {
        let message = format!("there is no secret policy `{}`", policy.get_ref());
        fields.report.error(
            policy.span(),
            message,
            "the only one is `initial`: a random first password",
        );
        return None;
    }
    let Some(deliver) = deliver else {
        fields.missing("deliver", "{ command = [\"…\"] }");
        return None;
    };
    Some(MappedValue::Secret {
        policy: (*policy.get_ref()).to_owned(),
        deliver,
    })
}

/// Reads `{ command = ["program", "argument"] }`.
fn command(mut table: Fields<'_, '_, '_>) -> Vec<String> {
    let (report, span) = (table.report, table.span.clone());
    let words: Vec<_> = table
        .texts("command")
        .unwrap_or_default()
        .into_iter()
        .map(|word| word.into_inner().to_owned())
        .collect();
    if words.first().is_none_or(String::is_empty) {
        report.error(
            span,
            "`deliver` names no command",
            "write `deliver = { command = [\"program\", \"argument\"] }`",
        );
    }
    table.finish();
    words
}
