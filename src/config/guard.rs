//! `[guard]`: limits that stop a plan before its first write.

use super::{
    suggest,
    table::{Fields, Value},
};
use crate::{
    model::{Kind, SystemName},
    planning::rules::Rail,
};

/// The kinds a rail can count, as keys.
const KINDS: [(&str, Kind); 9] = [
    ("create", Kind::Create),
    ("update", Kind::Update),
    ("enable", Kind::Enable),
    ("disable", Kind::Disable),
    ("move", Kind::Move),
    ("delete", Kind::Delete),
    ("add_member", Kind::AddMember),
    ("remove_member", Kind::RemoveMember),
    ("adopt", Kind::Adopt),
];

/// The rails of a configuration that says nothing about them: what takes away is held tighter than what adds.
pub(super) fn defaults() -> Vec<Rail> {
    let rail = |kind, absolute, percent, minimum_population| Rail {
        kind,
        system: None,
        absolute,
        percent: Some(percent),
        minimum_population,
        per_group: false,
    };
    vec![
        rail(Kind::Create, None, 25.0, 200),
        rail(Kind::Update, None, 25.0, 200),
        rail(Kind::Enable, Some(200), 20.0, 200),
        rail(Kind::Disable, Some(50), 5.0, 200),
        rail(Kind::Move, Some(200), 10.0, 200),
        rail(Kind::Delete, Some(20), 2.0, 200),
        rail(Kind::AddMember, None, 25.0, 200),
        rail(Kind::RemoveMember, Some(200), 20.0, 50),
    ]
}

/// Reads `[guard]`. A rail replaces the default of its kind; the others stay.
pub(super) fn read(root: &mut Fields<'_, '_, '_>, systems: &[&str]) -> Vec<Rail> {
    let mut rails = defaults();
    let Some(mut guard) = root.table("guard") else {
        return rails;
    };
    for (key, kind) in KINDS {
        if let Some(value) = guard.value(key) {
            rails.retain(|rail| rail.kind != kind);
            rails.extend(rail(&guard, key, kind, value));
        }
    }
    if let Some(mut groups) = guard.table("per_group") {
        for (key, kind) in &KINDS[6..] {
            if let Some(value) = groups.value(key) {
                rails.extend(rail(&groups, key, *kind, value).map(|rail| Rail {
                    per_group: true,
                    ..rail
                }));
            }
        }
        groups.finish();
    }
    if let Some(per_system) = guard.table("per_system") {
        for (name, value) in per_system.entries() {
            let name_text = *name.get_ref();
            if !systems.contains(&name_text) {
                let message = format!("`per_system` names a system `{name_text}` that there is not");
                guard.report.error(
                    name.span(),
                    message,
                    suggest::hint(name_text, systems.iter().copied()),
                );
            }
            rails.extend(of_system(&guard, name_text, value));
        }
    }
    guard.finish();
    rails
}

fn of_system(guard: &Fields<'_, '_, '_>, name: &str, value: &Value<'_>) -> Vec<Rail> {
    let Some(mut table) = Fields::open(guard.report, format!("the guard of `{name}`"), value) else {
        return Vec::new();
    };
    let mut rails = Vec::new();
    for (key, kind) in KINDS {
        if let Some(value) = table.value(key) {
            let system = Some(SystemName::from(name));
            rails.extend(rail(&table, key, kind, value).map(|rail| Rail { system, ..rail }));
        }
    }
    table.finish();
    rails
}

/// Reads one rail; `"unlimited"` is none.
fn rail(table: &Fields<'_, '_, '_>, key: &str, kind: Kind, value: &Value<'_>) -> Option<Rail> {
    if value.get_ref().as_str() == Some("unlimited") {
        return None;
    }
    let report = table.report;
    let mut fields = Fields::open(report, format!("the rail `{key}`"), value)?;
    let (has_limit, default) = (
        fields
            .entries()
            .any(|(key, _)| ["absolute", "percent"].contains(key.get_ref())),
        defaults()
            .into_iter()
            .find(|rail| rail.kind == kind)
            .map_or(0, |rail| rail.minimum_population),
    );
    if !has_limit {
        let message = format!("the rail `{key}` has no limit");
        let hint =
            format!("give it `absolute`, `percent` or both; `{key} = \"unlimited\"` takes the rail away");
        report.error(value.span(), message, hint);
    }
    let absolute = fields.count("absolute");
    let percent = fields.number("percent");
    if let Some(percent) = percent
        .as_ref()
        .filter(|percent| !(0.0..=100.0).contains(percent.get_ref()))
    {
        let message = format!("`percent` cannot be {}", percent.get_ref());
        report.error(percent.span(), message, "it goes from 0 to 100");
    }
    // says for readers what the percentage is taken of
    fields.text("of");
    let minimum_population = fields.count("minimum_population").unwrap_or(default);
    fields.finish();
    Some(Rail {
        kind,
        system: None,
        absolute,
        percent: percent.map(toml::Spanned::into_inner),
        minimum_population,
        per_group: false,
    })
}
