//! `[[groups]]`: groups of one system that follow groups of another.

use toml::Spanned;

use super::{
    rules::{name, system},
    table::Fields,
};
use crate::{
    model::SystemName,
    planning::rules::{AccountRule, Mirror, PeopleRule},
};

/// Reads the blocks.
pub(super) fn read(
    root: &mut Fields<'_, '_, '_>,
    systems: &[&str],
    people: &[PeopleRule],
    accounts: &[AccountRule],
    names: &mut Vec<String>,
) -> Vec<Mirror> {
    let mut read = Vec::new();
    for mut block in root.blocks("groups") {
        let name = name(&mut block, "group rule", names);
        block.not_yet(&["for_each"]);
        let from = system(&mut block, "from", systems);
        let target = system(&mut block, "in", systems);
        let has_accounts = |name: &str| accounts.iter().any(|rule| rule.system.as_str() == name);
        let is_source = |name: &str| people.iter().any(|rule| rule.from.as_str() == name);
        for (key, known, means) in [
            (
                "from",
                is_source(from) || has_accounts(from),
                "tells who anybody in",
            ),
            ("in", has_accounts(target), "gives people an account in"),
        ] {
            let named = if key == "in" { target } else { from };
            if !known && systems.contains(&named) {
                let span = block.value(key).map_or(block.span.clone(), Spanned::span);
                let message = format!("no rule {means} `{named}`");
                let hint = format!("add an `[[accounts]]` block with `in = \"{named}\"`");
                block.report.error(span, message, hint);
            }
        }
        let scope = block.expression("scope");
        let group = block.expression("group");
        let nested = block.flag("nested").unwrap_or(true);
        let authoritative = block
            .choice("membership", &[("additive", false), ("authoritative", true)])
            .unwrap_or(false);
        block.finish();
        read.push(Mirror {
            name,
            from: SystemName::from(from),
            system: SystemName::from(target),
            scope,
            group,
            nested,
            authoritative,
        });
    }
    read
}
