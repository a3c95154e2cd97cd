//! `[policy]`: what is approved by rule, by one person, by two different ones, and what never happens.

use toml::Spanned;

use super::{
    rules, suggest,
    table::{Fields, texts, wrong_type},
    words,
};
use crate::{
    model::{Kind, LifecycleEvent, Needs, Risk, SystemName},
    planning::policy::{Policy, PolicyRule},
};

const NEEDS: [(&str, Needs); 4] = [
    ("rule", Needs::Rule),
    ("one", Needs::One),
    ("two", Needs::Two),
    ("never", Needs::Never),
];

/// Reads what `[policy]` says about approvals.
pub(super) fn read(
    table: &mut Fields<'_, '_, '_>,
    systems: &[&str],
    is_automatic: bool,
    names: &mut Vec<String>,
) -> Policy {
    let otherwise = table.choice("otherwise", &NEEDS).unwrap_or_default();
    let mut read = Vec::new();
    for block in table.blocks("rules") {
        read.push(rule(block, systems, names));
    }
    let policy = Policy {
        rules: read,
        otherwise,
        expire_days: expire(table),
        same_person: same_person(table),
    };
    let by_rule = |rule: &PolicyRule| rule.needs == Needs::Rule;
    if is_automatic && otherwise != Needs::Rule && !policy.rules.iter().any(by_rule) {
        let message = "the mode is automatic, and no policy rule approves anything";
        let hint = "add `[[policy.rules]]` with `needs = \"rule\"`; until then people approve everything";
        table
            .report
            .add(super::Problem::warning(table.span.clone(), message).hint(hint));
    }
    policy
}

fn rule(mut block: Fields<'_, '_, '_>, systems: &[&str], names: &mut Vec<String>) -> PolicyRule {
    let name = rules::name(&mut block, "policy rule", names);
    if block.value("needs").is_none() {
        block.missing("needs", "\"two\"");
    }
    let needs = block.choice("needs", &NEEDS).unwrap_or(Needs::Never);
    let rule = PolicyRule {
        name,
        needs,
        kinds: choices(&mut block, "kinds", &Kind::ALL, Kind::word),
        systems: in_systems(&mut block, systems),
        events: choices(&mut block, "events", &LifecycleEvent::ALL, LifecycleEvent::word),
        risks: choices(&mut block, "risk", &Risk::ALL, Risk::word),
        attributes: plain(&mut block, "attributes"),
        when: block.expression("when"),
        by: plain(&mut block, "by"),
    };
    let is_bound = !rule.kinds.is_empty()
        || !rule.systems.is_empty()
        || !rule.events.is_empty()
        || !rule.risks.is_empty()
        || !rule.attributes.is_empty()
        || rule.when.is_some();
    if !is_bound && needs != Needs::Two {
        let message = format!("{} is about every operation", block.what);
        let hint = "say which: `kinds`, `in`, `events`, `risk`, `attributes` or `when`; for all, `otherwise`";
        block.report.error(block.span.clone(), message, hint);
    }
    block.finish();
    rule
}

/// Takes a list of words, each one of several.
pub(super) fn choices<T: Copy>(
    block: &mut Fields<'_, '_, '_>,
    key: &'static str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Vec<T> {
    let mut chosen = Vec::new();
    for text in block.texts(key).unwrap_or_default() {
        match all.iter().find(|one| word(**one) == *text.get_ref()) {
            Some(one) => chosen.push(*one),
            None => block.report.error(
                text.span(),
                format!("`{key}` cannot have `{}`", text.get_ref()),
                suggest::hint(text.get_ref(), all.iter().map(|one| word(*one))),
            ),
        }
    }
    chosen
}

/// Takes `in`: one system or several.
pub(super) fn in_systems(block: &mut Fields<'_, '_, '_>, systems: &[&str]) -> Vec<SystemName> {
    let mut named = Vec::new();
    for name in block.texts("in").unwrap_or_default() {
        let text = *name.get_ref();
        if !systems.contains(&text) {
            let message = format!("{} names a system `{text}` that there is not", block.what);
            let hint = suggest::hint(text, systems.iter().copied());
            block.report.error(name.span(), message, hint);
        }
        named.push(SystemName::from(text));
    }
    named
}

/// Takes a list of any strings.
pub(super) fn plain(block: &mut Fields<'_, '_, '_>, key: &'static str) -> Vec<String> {
    let texts = block.texts(key).unwrap_or_default();
    texts
        .into_iter()
        .map(|text| text.into_inner().to_owned())
        .collect()
}

fn expire(table: &mut Fields<'_, '_, '_>) -> Option<u16> {
    let text = table.text("expire")?;
    match words::days(text.get_ref()) {
        Ok(0) => {
            let message = "`expire` cannot be 0 days: no approval would ever count";
            table
                .report
                .error(text.span(), message, "leave it out, or write `30 days`");
            None
        }
        Ok(days) => Some(days),
        Err(hint) => {
            let message = format!("`expire` cannot be `{}`", text.get_ref());
            table.report.error(text.span(), message, hint);
            None
        }
    }
}

fn same_person(table: &mut Fields<'_, '_, '_>) -> Vec<Vec<String>> {
    let report = table.report;
    let Some((lists, _)) = table.array("same_person") else {
        return Vec::new();
    };
    let mut people = Vec::new();
    for list in lists {
        match list.get_ref() {
            toml::de::DeValue::Array(names) => {
                let names = texts(report, "same_person", names);
                people.push(
                    names
                        .into_iter()
                        .map(Spanned::into_inner)
                        .map(str::to_owned)
                        .collect(),
                );
            }
            _ => report.add(
                wrong_type("an item of `same_person`", "a list", list)
                    .hint("write `[[\"ana\", \"a.kovac@example.org\"]]`"),
            ),
        }
    }
    people
}
