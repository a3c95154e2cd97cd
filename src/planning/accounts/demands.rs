//! What the target's schema demands of an account, checked before anything is written.

use super::{logon_name, password_set, suffix};
use crate::{
    model::{After, Change, Column, Schema, Value},
    planning::compile::CompiledAccounts,
};

/// The attribute with the classes of an object (RFC 4512, section 2.4).
pub(super) const CLASSES: &str = "objectClass";

/// Reports whether every account of some classes must have the attribute.
fn is_demanded(column: &Column, classes: &[String]) -> bool {
    let of = |class: &String| {
        let mut wanted = classes.iter();
        wanted.any(|wanted| wanted.eq_ignore_ascii_case(class))
    };
    // a part (SCIM: `name.familyName`, `emails[…].value`) is demanded only where there is a whole
    let is_whole = !column.name.contains(['.', '[']);
    let demanded = column.required || column.required_by.iter().any(of);
    demanded && is_whole && column.writable && !column.name.eq_ignore_ascii_case(CLASSES)
}

/// Says why the target will not take a value, if it is known not to.
pub(super) fn refusal(accounts: &CompiledAccounts, column: &Column, after: &After) -> Option<String> {
    let After::Known(value) = after else { return None };
    let mut texts = value.each().filter_map(Value::as_text);
    let wrong = |text: &str| {
        logon_name::refusal(&column.name, text)
            .or_else(|| password_set::refusal(&column.name, text))
            .or_else(|| suffix::refusal(column, text))
    };
    if let Some(refusal) = texts.find_map(|text| wrong(&text)) {
        return Some(refusal);
    }
    (value.is_nothing() && is_demanded(column, &accounts.rule.class)).then(|| {
        format!(
            "{}: the target demands a value, and `{}` gives none: map one, or set its `null` to \"skip\"",
            column.name, accounts.rule.name
        )
    })
}

/// Says which attributes a new account would be without although the target demands them, if any.
pub(super) fn missing(accounts: &CompiledAccounts, changes: &[Change]) -> Option<String> {
    let has = |column: &&Column| {
        changes
            .iter()
            .any(|change| change.attribute.eq_ignore_ascii_case(&column.name))
    };
    let demanded = accounts.schema.columns.iter();
    let missing: Vec<_> = demanded
        .filter(|column| is_demanded(column, &accounts.rule.class) && !has(column))
        .map(|column| column.name.as_str())
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "{}: the target demands a value of every {}, and `{}` gives none: map it, or correct the source",
            missing.join(", "),
            accounts.rule.class.join(" + "),
            accounts.rule.name
        )
    })
}

/// Where the classes of accounts are, if a rule has more than one and does not map them itself.
pub(in crate::planning) fn class_column(
    schema: &Schema,
    class: &[String],
    mapped: impl Iterator<Item = usize>,
) -> Option<usize> {
    let at = schema.position(CLASSES).filter(|_| class.len() > 1)?;
    let mut mapped = mapped;
    (!mapped.any(|column| column == at)).then_some(at)
}

/// Returns the classes an account has and those it should have, if one is missing beside the structural class, which
/// no account can change.
pub(super) fn classes(has: &[&str], class: &[String]) -> Option<(Value<'static>, Value<'static>)> {
    let lacks = |class: &&String| !has.iter().any(|has| has.eq_ignore_ascii_case(class));
    let missing: Vec<&str> = class.iter().skip(1).filter(lacks).map(String::as_str).collect();
    let list = |texts: &mut dyn Iterator<Item = &&str>| {
        Value::List(texts.map(|text| Value::from((*text).to_owned())).collect())
    };
    // what was not read proves nothing
    (!missing.is_empty() && !has.is_empty())
        .then(|| (list(&mut has.iter()), list(&mut has.iter().chain(&missing))))
}
