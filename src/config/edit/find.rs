//! Finds the string that holds an expression, in every way TOML lets it be written: under a header, with dotted keys,
//! in an inline table, plain or as `{ value = "…" }`.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::place::{Block, Part, Place};

type Value<'i> = Spanned<DeValue<'i>>;

/// Where an expression stands, or could.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The octets of its string, with the quotes.
    There(Range<usize>),
    /// Nowhere; it may be put here.
    After {
        /// Behind which octet.
        at: usize,
        /// Whether it is in an inline table there.
        inline: bool,
    },
}

/// Finds the place in a text; `None` if there is no such rule, or no such expression that could be missing.
pub(super) fn find(text: &str, place: &Place) -> Option<Found> {
    let root = DeTable::parse(text).ok()?;
    let blocks = get(root.get_ref(), place.block.key())?.get_ref().as_array()?;
    let (block, header) = blocks.iter().find_map(|block| {
        let table = block.get_ref().as_table()?;
        let named = get(table, "name")?.get_ref().as_str()? == place.block.name().as_str();
        named.then(|| (table, block.span()))
    })?;
    if let Some(value) = value(block, place) {
        value.get_ref().as_str()?;
        return Some(Found::There(value.span()));
    }
    if !place.part.may_be_missing() {
        return None;
    }
    Some(Found::After {
        at: get(block, "name")?.span().end,
        inline: text.get(header)?.starts_with('{'),
    })
}

fn value<'r, 'i>(block: &'r DeTable<'i>, place: &Place) -> Option<&'r Value<'i>> {
    match &place.part {
        Part::Scope | Part::Container | Part::Previous | Part::TimeZone => get(block, place.part.key()),
        Part::Match(at) => {
            let key = match place.block {
                Block::People(_) => "join",
                Block::Accounts(_) => "match",
            };
            let pairs = get(block, key)?;
            match place.block {
                Block::People(_) => pair(pairs, *at),
                Block::Accounts(_) => matched(pairs).into_iter().nth(*at),
            }
        }
        Part::LeaverContainer => {
            let leaver = get(block, "leaver")?;
            match leaver.get_ref() {
                DeValue::Table(table) => get(table, "container"),
                DeValue::Array(steps) => steps
                    .iter()
                    .filter_map(|step| step.get_ref().as_table())
                    .find_map(|step| get(step, "container")),
                _ => None,
            }
        }
        Part::Lifecycle(key) => get(get(block, "lifecycle")?.get_ref().as_table()?, key),
        Part::Reference(name) => get(get(block, "references")?.get_ref().as_table()?, name),
        Part::Attribute(name) => {
            let value = get(get(block, "attributes")?.get_ref().as_table()?, name)?;
            match value.get_ref() {
                DeValue::Table(table) => get(table, "value").or_else(|| get(table, "reference")),
                _ => Some(value),
            }
        }
        Part::Default(name) => {
            let mapping = get(get(block, "attributes")?.get_ref().as_table()?, name)?;
            let mapping = mapping.get_ref().as_table()?;
            get(mapping, "default").or_else(|| get(mapping, "default_on_create"))
        }
    }
}

/// Finds the expression of a pair: of `[["attribute", "EXPRESSION"], …]`, or of a table that says the same.
fn pair<'r, 'i>(pairs: &'r Value<'i>, at: usize) -> Option<&'r Value<'i>> {
    match pairs.get_ref() {
        DeValue::Table(table) => table.iter().nth(at).map(|(_, value)| value),
        DeValue::Array(array) => array.get(at)?.get_ref().as_array()?.get(1),
        _ => None,
    }
}

/// The expressions of match rules, one after another, as [`crate::planning::rules::MatchRule::sources`] has them.
fn matched<'r, 'i>(rules: &'r Value<'i>) -> Vec<&'r Value<'i>> {
    match rules.get_ref() {
        DeValue::Table(table) => table.iter().map(|(_, value)| value).collect(),
        DeValue::Array(rules) => rules.iter().flat_map(of_rule).collect(),
        _ => Vec::new(),
    }
}

fn of_rule<'r, 'i>(rule: &'r Value<'i>) -> Vec<&'r Value<'i>> {
    match rule.get_ref() {
        DeValue::Array(pair) if pair.first().is_some_and(|first| first.get_ref().is_str()) => {
            pair.get(1).into_iter().collect()
        }
        DeValue::Array(pairs) => pairs
            .iter()
            .filter_map(|pair| pair.get_ref().as_array()?.get(1))
            .collect(),
        DeValue::Table(table) => {
            let mut found = get(table, "all").map(matched).unwrap_or_default();
            found.extend(get(table, "when"));
            found
        }
        _ => Vec::new(),
    }
}

fn get<'r, 'i>(table: &'r DeTable<'i>, key: &str) -> Option<&'r Value<'i>> {
    table.get(key)
}
