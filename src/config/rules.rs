//! What all rules have in common, and the smaller ones: `[[entitlements]]` and `[[protected]]`.

use toml::{Spanned, de::DeValue};

use super::{suggest, table::Fields};
use crate::{
    model::{RuleName, SystemName},
    planning::rules::{AccountRule, Entitlement, Privilege, Protection, Source},
};

/// Takes a rule's `name`, which no other rule may have; from then on messages call the rule by it.
pub(super) fn name(block: &mut Fields<'_, '_, '_>, kind: &str, names: &mut Vec<String>) -> RuleName {
    kind.clone_into(&mut block.what);
    let Some(name) = block.required("name", "\"…\"") else {
        return RuleName::from("");
    };
    let text = *name.get_ref();
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        block.report.error(
            name.span(),
            format!("a {kind} cannot be called `{text}`"),
            "give it another name",
        );
    } else if names.iter().any(|other| other.eq_ignore_ascii_case(text)) {
        let message = format!("the name `{text}` is taken by another rule");
        block.report.error(
            name.span(),
            message,
            "links and decisions hang on names: give it one of its own",
        );
    }
    names.push(text.to_owned());
    block.what = format!("{kind} `{text}`");
    RuleName::from(text)
}

/// Takes a key that names a system.
pub(super) fn system<'r>(block: &mut Fields<'r, '_, '_>, key: &'static str, systems: &[&str]) -> &'r str {
    let example = format!("\"{}\"", systems.first().unwrap_or(&"…"));
    let Some(name) = block.required(key, &example) else {
        return "";
    };
    let text = *name.get_ref();
    if !systems.contains(&text) {
        let message = format!("{} names a system `{text}` that there is not", block.what);
        let hint = suggest::hint(text, systems.iter().copied());
        block.report.error(name.span(), message, hint);
    }
    text
}

/// Takes an expression that must be there.
fn required_expression(block: &mut Fields<'_, '_, '_>, key: &'static str, example: &str) -> Source {
    if block.value(key).is_none() {
        block.missing(key, example);
    }
    block.expression(key).unwrap_or(Source {
        text: String::new(),
        span: 0..0,
    })
}

/// Reads `[[entitlements]]`.
pub(super) fn entitlements(
    root: &mut Fields<'_, '_, '_>,
    systems: &[&str],
    accounts: &[AccountRule],
    names: &mut Vec<String>,
) -> Vec<Entitlement> {
    let mut read = Vec::new();
    for mut block in root.blocks("entitlements") {
        let name = name(&mut block, "entitlement", names);
        let when = required_expression(&mut block, "when", "'[department] = \"…\"'");
        let authoritative = block
            .choice("membership", &[("additive", false), ("authoritative", true)])
            .unwrap_or(false);
        let grants = grants(&mut block, systems, accounts);
        block.finish();
        read.push(Entitlement {
            name,
            when,
            grants,
            authoritative,
        });
    }
    read
}

fn grants(
    block: &mut Fields<'_, '_, '_>,
    systems: &[&str],
    accounts: &[AccountRule],
) -> Vec<(SystemName, String)> {
    let report = block.report;
    let example = "[{ in = \"…\", group = \"…\" }]";
    let Some((items, span)) = block.array("grants") else {
        if block.value("grants").is_none() {
            block.missing("grants", example);
        }
        return Vec::new();
    };
    if items.is_empty() {
        let message = format!("{} grants nothing", block.what);
        report.error(span, message, format!("write `grants = {example}`"));
    }
    let mut grants = Vec::new();
    for item in items {
        let Some(mut grant) = Fields::open(report, "a grant", item) else {
            continue;
        };
        let name = system(&mut grant, "in", systems);
        if systems.contains(&name) && !accounts.iter().any(|rule| rule.system.as_str() == name) {
            let span = grant.value("in").map_or(grant.span.clone(), Spanned::span);
            let message = format!("no account rule gives people an account in `{name}`");
            report.error(
                span,
                message,
                format!("add an `[[accounts]]` block with `in = \"{name}\"`"),
            );
        }
        let group = grant
            .required("group", "\"…\"")
            .map(|group| (*group.get_ref()).to_owned());
        grant.finish();
        grants.extend(group.map(|group| (SystemName::from(name), group)));
    }
    grants
}

/// Reads `[[protected]]`.
pub(super) fn protected(root: &mut Fields<'_, '_, '_>, systems: &[&str]) -> Vec<Protection> {
    let mut read = Vec::new();
    for mut block in root.blocks("protected") {
        "a protection".clone_into(&mut block.what);
        let system = system(&mut block, "in", systems);
        let when = required_expression(&mut block, "when", "'[uid] = \"root\"'");
        block.finish();
        read.push(Protection {
            system: SystemName::from(system),
            when,
        });
    }
    read
}

/// Reads `[[privileged]]`.
pub(super) fn privileged(root: &mut Fields<'_, '_, '_>, systems: &[&str]) -> Vec<Privilege> {
    let mut read = Vec::new();
    for mut block in root.blocks("privileged") {
        "a privilege".clone_into(&mut block.what);
        let system = system(&mut block, "in", systems);
        let when = block.expression("when");
        let groups = block.texts("groups").unwrap_or_default();
        let groups: Vec<_> = groups
            .into_iter()
            .map(|group| group.into_inner().to_owned())
            .collect();
        if when.is_none() && groups.is_empty() {
            let hint = "add `when`, a condition on accounts, or `groups`";
            block
                .report
                .error(block.span.clone(), "a privilege names nothing", hint);
        }
        block.finish();
        read.push(Privilege {
            system: SystemName::from(system),
            when,
            groups,
        });
    }
    read
}

/// Returns the names of the systems that are declared, whether or not their sections are sound.
pub(super) fn declared<'r>(root: &Fields<'r, '_, '_>) -> Vec<&'r str> {
    let systems = root.entries().find(|(key, _)| *key.get_ref() == "systems");
    let Some(DeValue::Table(table)) = systems.map(|(_, value)| value.get_ref()) else {
        return Vec::new();
    };
    table.keys().map(|key| key.get_ref().as_ref()).collect()
}
