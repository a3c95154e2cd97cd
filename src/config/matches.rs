//! `match`: how the account of somebody who has no link yet is found.
//!
//! A list, tried in order. Each item is a pair, a list of pairs that must all match, or a table that says more:
//!
//! ```toml
//! match = [
//!   ["employeeNumber", "[employeeNumber]"],
//!   [["givenName", "[givenName]"], ["sn", "[sn]"], ["roomNumber", "[room]"]],
//!   { all = [["mail", "[mail]"]], when = '[current.employeeType] <> "shared"', normalised = false },
//! ]
//! ```

use toml::de::DeValue;

use super::{
    people::{pair, pairs_of_table},
    table::{Fields, Report, Value, wrong_type},
};
use crate::planning::rules::{MatchRule, Source};

const HINT: &str = "write a pair `[\"attribute\", \"[expression]\"]`, a list of pairs that must all match, or \
                    `{ all = [ … ], when = '…' }`";

/// Reads the key.
pub(super) fn read(block: &mut Fields<'_, '_, '_>) -> Vec<MatchRule> {
    let report = block.report;
    let Some(value) = block.value("match") else {
        return Vec::new();
    };
    match value.get_ref() {
        // a table of pairs: each is a rule of its own
        DeValue::Table(table) => pairs_of_table(report, table)
            .into_iter()
            .map(|(name, source)| plain(vec![(name.into_inner(), source)]))
            .collect(),
        DeValue::Array(array) => array.iter().filter_map(|item| rule(report, item)).collect(),
        _ => {
            report.add(wrong_type("`match`", "a list of pairs", value).hint(HINT));
            Vec::new()
        }
    }
}

fn plain(all: Vec<(String, Source)>) -> MatchRule {
    MatchRule {
        all,
        when: None,
        normalised: true,
    }
}

fn rule(report: &Report<'_>, item: &Value<'_>) -> Option<MatchRule> {
    match item.get_ref() {
        DeValue::Array(parts) if parts.iter().any(|part| part.get_ref().is_array()) => {
            all(report, item).map(plain)
        }
        DeValue::Table(_) => table(report, item),
        _ => one(report, item).map(|part| plain(vec![part])),
    }
}

fn one(report: &Report<'_>, item: &Value<'_>) -> Option<(String, Source)> {
    let (name, source) = pair(report, "match", item)?;
    Some((name.into_inner(), source))
}

/// Reads pairs that must all match; none if one of them is wrong, so that no rule matches more than is written.
fn all(report: &Report<'_>, value: &Value<'_>) -> Option<Vec<(String, Source)>> {
    let Some(array) = value.get_ref().as_array() else {
        report.add(wrong_type("`all`", "a list of pairs", value).hint(HINT));
        return None;
    };
    if array.is_empty() {
        report.error(
            value.span(),
            "a rule that matches nothing in particular would match everybody",
            HINT,
        );
        return None;
    }
    let read: Vec<_> = array.iter().map(|item| one(report, item)).collect();
    read.into_iter().collect()
}

fn table(report: &Report<'_>, item: &Value<'_>) -> Option<MatchRule> {
    let mut fields = Fields::open(report, "a rule of `match`", item)?;
    let value = fields.value("all");
    if value.is_none() {
        fields.missing("all", "[[\"mail\", \"[mail]\"]]");
    }
    let parts = value.and_then(|value| all(report, value));
    let when = fields.expression("when");
    let normalised = fields.flag("normalised").unwrap_or(true);
    fields.finish();
    Some(MatchRule {
        all: parts?,
        when,
        normalised,
    })
}
