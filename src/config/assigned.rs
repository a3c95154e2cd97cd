//! `assigned` of an account rule: the groups whose members it is for.

use toml::Spanned;

use super::{System, rules, table::Fields};
use crate::{
    connectors::section::Section,
    model::SystemName,
    planning::rules::{AccountRule, Assignment, PeopleRule, Source},
};

/// What an assignment may refer to.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub systems: &'k indexmap::IndexMap<SystemName, System>,
    pub declared: &'k [&'k str],
    pub people: &'k [PeopleRule],
    /// The account rules before this one.
    pub before: &'k [AccountRule],
    /// The system of this one.
    pub own: &'k str,
}

/// Reads the key.
pub(super) fn read(block: &mut Fields<'_, '_, '_>, known: &Known<'_>) -> Vec<Assignment> {
    let report = block.report;
    let Some((items, span)) = block.array("assigned") else {
        return Vec::new();
    };
    if items.is_empty() {
        let message = format!("nobody is assigned in {}", block.what);
        let hint = "name a group, or take the key out: without it everybody in scope is";
        report.error(span, message, hint);
    }
    items
        .iter()
        .filter_map(|item| one(Fields::open(report, "an assignment", item)?, known))
        .collect()
}

fn one(mut item: Fields<'_, '_, '_>, known: &Known<'_>) -> Option<Assignment> {
    let report = item.report;
    let system = rules::system(&mut item, "in", known.declared);
    let place = item.value("in").map_or(item.span.clone(), Spanned::span);
    let name = SystemName::from(system);
    let section = known.systems.get(&name).map(|system| &system.section);
    let tells_whose = system == known.own
        || known.people.iter().any(|rule| rule.from == name)
        || known.before.iter().any(|rule| rule.system == name);
    if matches!(section, Some(Section::Csv(_))) {
        let message = format!("system `{system}` is a CSV file, which has no groups");
        report.error(place, message, "write a condition on its columns as `scope`");
    } else if known.declared.contains(&system) && !tells_whose {
        let message = format!("nothing says whose accounts the members of groups in `{system}` are");
        let hint = format!("put an `[[accounts]]` block with `in = \"{system}\"` before this one");
        report.error(place, message, hint);
    }
    let group = item.required("group", "\"…\"").map(|group| Source {
        text: (*group.get_ref()).to_owned(),
        span: group.span(),
    });
    let nested = item.flag("nested").unwrap_or(false);
    item.finish();
    Some(Assignment {
        system: name,
        group: group?,
        nested,
    })
}
