//! `[[people]]`: who people are.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    suggest,
    table::{self, Fields, Report, Value, wrong_type},
};
use crate::{
    model::SystemName,
    planning::rules::{Lifecycle, PeopleRule, Source},
};

/// The attributes whose change makes a mover, if a rule names none.
const MOVER: [&str; 8] = [
    "department",
    "title",
    "location",
    "l",
    "manager",
    "company",
    "division",
    "employeeType",
];
/// The attributes whose change makes a name change, if a rule names none.
const NAME_CHANGE: [&str; 5] = ["givenName", "sn", "surname", "familyName", "displayName"];

/// Reads the blocks, and checks that their names of attributes are those of attributes.
pub(super) fn read(root: &mut Fields<'_, '_, '_>, systems: &[&str]) -> Vec<PeopleRule> {
    let mut names = Vec::new();
    let blocks = root.blocks("people");
    let all: Vec<_> = blocks.iter().flat_map(attribute_names).collect();
    blocks
        .into_iter()
        .map(|block| rule(block, systems, &mut names, &all))
        .collect()
}

/// Lists the attributes a block gives people, before the blocks are read: a `join` may name those of a later one.
fn attribute_names(block: &Fields<'_, '_, '_>) -> Vec<String> {
    let tables = block
        .entries()
        .filter(|(key, _)| ["attributes", "references"].contains(key.get_ref()));
    tables
        .filter_map(|(_, value)| value.get_ref().as_table())
        .flat_map(|table| table.keys().map(|key| key.get_ref().to_string()))
        .collect()
}

fn rule(
    mut block: Fields<'_, '_, '_>,
    systems: &[&str],
    names: &mut Vec<String>,
    all_attributes: &[String],
) -> PeopleRule {
    let report = block.report;
    let own = attribute_names(&block);
    let name = super::rules::name(&mut block, "source", names);
    let from = super::rules::system(&mut block, "from", systems);
    let join = pairs(&mut block, "join");
    for (attribute, _) in &join {
        known_attribute(report, attribute.span(), attribute.get_ref(), all_attributes);
    }
    let lifecycle = block.table("lifecycle").map(lifecycle).unwrap_or_default();
    let mut list = |key: &'static str| {
        let texts = block.texts(key)?;
        for text in &texts {
            known_attribute(report, text.span(), text.get_ref(), &own);
        }
        Some(
            texts
                .into_iter()
                .map(|text| text.into_inner().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let default = |names: &[&str]| {
        let is_one = |own: &&String| names.iter().any(|known| known.eq_ignore_ascii_case(own));
        own.iter().filter(is_one).cloned().collect()
    };
    let marked = list("marked").unwrap_or_default();
    let mover = list("mover").unwrap_or_else(|| default(&MOVER));
    let name_change = list("name_change").unwrap_or_else(|| default(&NAME_CHANGE));
    let rule = PeopleRule {
        name,
        from: SystemName::from(from),
        join: join
            .into_iter()
            .map(|(attribute, source)| (attribute.into_inner(), source))
            .collect(),
        previous: block.expression("previous"),
        creates: block.flag("creates").unwrap_or(true),
        scope: block.expression("scope"),
        lifecycle,
        references: expressions(&mut block, "references"),
        attributes: expressions(&mut block, "attributes"),
        marked,
        time_zone: block.expression("time_zone"),
        mover,
        name_change,
    };
    block.finish();
    rule
}

fn known_attribute(report: &Report<'_>, span: Range<usize>, name: &str, all: &[String]) {
    if !all.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let message = format!("people have no attribute `{name}`");
        report.error(span, message, suggest::hint(name, all.iter().map(String::as_str)));
    }
}

fn lifecycle(mut table: Fields<'_, '_, '_>) -> Lifecycle {
    let lifecycle = Lifecycle {
        active: table.expression("active"),
        start: table.expression("start"),
        end: table.expression("end"),
        leave: table.expression("leave"),
    };
    table.finish();
    lifecycle
}

/// Reads a table of expressions, in the order of the file.
fn expressions(block: &mut Fields<'_, '_, '_>, key: &'static str) -> Vec<(String, Source)> {
    let report = block.report;
    let Some(table) = block.table(key) else {
        return Vec::new();
    };
    let entry = |(name, value): (Spanned<&str>, &Value<'_>)| {
        Some((
            (*name.get_ref()).to_owned(),
            table::expression(report, &format!("`{}`", name.get_ref()), value)?,
        ))
    };
    table.entries().filter_map(entry).collect()
}

/// Reads `[["attribute", "EXPRESSION"], …]`, or a table that says the same.
pub(super) fn pairs(block: &mut Fields<'_, '_, '_>, key: &'static str) -> Vec<(Spanned<String>, Source)> {
    let report = block.report;
    let Some(value) = block.value(key) else {
        return Vec::new();
    };
    match value.get_ref() {
        DeValue::Table(table) => pairs_of_table(report, table),
        DeValue::Array(array) => array.iter().filter_map(|item| pair(report, key, item)).collect(),
        _ => {
            let what = format!("`{key}`");
            report.add(wrong_type(&what, "a list of pairs", value).hint(pairs_hint(key)));
            Vec::new()
        }
    }
}

pub(super) fn pairs_of_table(report: &Report<'_>, table: &DeTable<'_>) -> Vec<(Spanned<String>, Source)> {
    let entry = |(name, value): (&Spanned<_>, &Value<'_>)| {
        let attribute: &std::borrow::Cow<'_, str> = name.get_ref();
        let source = table::expression(report, &format!("`{attribute}`"), value)?;
        Some((Spanned::new(name.span(), attribute.to_string()), source))
    };
    table.iter().filter_map(entry).collect()
}

pub(super) fn pair(report: &Report<'_>, key: &str, item: &Value<'_>) -> Option<(Spanned<String>, Source)> {
    let pair = item
        .get_ref()
        .as_array()
        .map(|array| array.iter().collect::<Vec<_>>());
    let Some([attribute, source]) = pair.as_deref() else {
        let what = format!("an item of `{key}`");
        report.add(wrong_type(&what, "a pair", item).hint(pairs_hint(key)));
        return None;
    };
    let Some(name) = attribute.get_ref().as_str() else {
        report.add(wrong_type(
            &format!("an attribute of `{key}`"),
            "a string",
            attribute,
        ));
        return None;
    };
    let source = table::expression(report, &format!("`{key}`, `{name}`"), source)?;
    Some((Spanned::new(attribute.span(), name.to_owned()), source))
}

fn pairs_hint(key: &str) -> String {
    format!("write `{key} = [[\"attribute\", \"[expression]\"], …]`")
}
