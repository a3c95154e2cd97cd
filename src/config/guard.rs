//! `[guard]`: limits that stop a plan before its first write.

use super::{
    policy::{choices, in_systems},
    suggest,
    table::{Fields, Value},
    words,
};
use crate::{
    model::{Kind, Risk, SystemName},
    planning::rules::Rail,
};

/// The rail of privileged accounts and groups.
const PRIVILEGED: &str = "privileged";

/// The kinds a rail can count, as keys.
const KINDS: [(&str, Kind); 10] = [
    ("create", Kind::Create),
    ("update", Kind::Update),
    ("enable", Kind::Enable),
    ("disable", Kind::Disable),
    ("move", Kind::Move),
    ("delete", Kind::Delete),
    ("restore", Kind::Restore),
    ("add_member", Kind::AddMember),
    ("remove_member", Kind::RemoveMember),
    ("adopt", Kind::Adopt),
];

/// How far back the rails look that count what takes away: a day.
const DAY: u32 = 24;

/// The rails of a configuration that says nothing about them: what takes away is held tighter than what adds, and
/// what earlier runs took away in a day counts too.
pub(super) fn defaults() -> Vec<Rail> {
    let rail = |kind, absolute, percent, minimum_population| Rail {
        absolute,
        percent: Some(percent),
        minimum_population,
        window_hours: matches!(kind, Kind::Disable | Kind::Delete | Kind::RemoveMember).then_some(DAY),
        ..Rail::of(vec![kind])
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
        Rail {
            name: Some(PRIVILEGED.to_owned()),
            risks: vec![Risk::Privileged],
            absolute: Some(5),
            minimum_population: 200,
            window_hours: Some(DAY),
            ..Rail::of(Kind::ALL.to_vec())
        },
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
            rails.retain(|rail| rail.kinds != [kind]);
            rails.extend(rail(&guard, key, kind, value));
        }
    }
    if let Some(value) = guard.value(PRIVILEGED) {
        let is_it = |rail: &mut Rail| rail.name.as_deref() == Some(PRIVILEGED);
        let default = rails.extract_if(.., is_it).next();
        if let (Some(limits), Some(default)) = (rail(&guard, PRIVILEGED, Kind::Update, value), default) {
            rails.push(Rail {
                absolute: limits.absolute,
                percent: limits.percent,
                minimum_population: limits.minimum_population,
                window_hours: limits.window_hours.or(default.window_hours),
                ..default
            });
        }
    }
    for block in guard.blocks("rails") {
        rails.extend(named(block, systems));
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

/// Reads a rail with a name of its own, beside the general ones.
fn named(mut block: Fields<'_, '_, '_>, systems: &[&str]) -> Option<Rail> {
    "a rail".clone_into(&mut block.what);
    let name = block.required("name", "\"…\"")?.into_inner().to_owned();
    block.what = format!("the rail `{name}`");
    let kinds = choices(&mut block, "kinds", &Kind::ALL, Kind::word);
    let each = block.flag("per_group").unwrap_or(false);
    let rail = Rail {
        system: in_systems(&mut block, systems).into_iter().next(),
        class: block.text("class").map(|class| class.into_inner().to_owned()),
        group: block.text("group").map(|group| group.into_inner().to_owned()),
        risks: choices(&mut block, "risk", &Risk::ALL, Risk::word),
        when: block.expression("when"),
        for_each: block.expression("for_each"),
        per_group: each,
        ..limits(&mut block, &kinds)
    };
    if kinds.is_empty() {
        let message = format!("the rail `{name}` counts nothing");
        let hint = "say which kinds: `kinds = [\"disable\", \"delete\"]`";
        block.report.error(block.span.clone(), message, hint);
    }
    if rail.absolute.is_none() && rail.percent.is_none() {
        let message = format!("the rail `{name}` has no limit");
        block.report.error(
            block.span.clone(),
            message,
            "give it `absolute`, `percent` or both",
        );
    }
    block.finish();
    Some(Rail {
        name: Some(name),
        kinds,
        ..rail
    })
}

/// Takes the limits of a rail; what is left out is as in the default of its kind.
fn limits(fields: &mut Fields<'_, '_, '_>, kinds: &[Kind]) -> Rail {
    let default = defaults().into_iter().find(|rail| rail.kinds == kinds);
    let default = default.unwrap_or_else(|| Rail::of(kinds.to_vec()));
    let absolute = fields.count("absolute");
    let percent = fields.number("percent");
    if let Some(percent) = percent
        .as_ref()
        .filter(|percent| !(0.0..=100.0).contains(percent.get_ref()))
    {
        let message = format!("`percent` cannot be {}", percent.get_ref());
        fields
            .report
            .error(percent.span(), message, "it goes from 0 to 100");
    }
    // says for readers what the percentage is taken of
    fields.text("of");
    let window_hours = match fields.text("window") {
        None => default.window_hours,
        Some(window) if *window.get_ref() == "none" => None,
        Some(window) => match words::hours(window.get_ref()) {
            Ok(hours) => Some(hours),
            Err(hint) => {
                let message = format!("`window` cannot be `{}`", window.get_ref());
                fields.report.error(window.span(), message, hint);
                None
            }
        },
    };
    Rail {
        absolute,
        percent: percent.map(toml::Spanned::into_inner),
        minimum_population: fields
            .count("minimum_population")
            .unwrap_or(default.minimum_population),
        window_hours,
        ..Rail::of(kinds.to_vec())
    }
}

/// Reads one rail; `"unlimited"` is none.
fn rail(table: &Fields<'_, '_, '_>, key: &str, kind: Kind, value: &Value<'_>) -> Option<Rail> {
    if value.get_ref().as_str() == Some("unlimited") {
        return None;
    }
    let report = table.report;
    let mut fields = Fields::open(report, format!("the rail `{key}`"), value)?;
    let has_limit = fields
        .entries()
        .any(|(key, _)| ["absolute", "percent"].contains(key.get_ref()));
    if !has_limit {
        let message = format!("the rail `{key}` has no limit");
        let hint =
            format!("give it `absolute`, `percent` or both; `{key} = \"unlimited\"` takes the rail away");
        report.error(value.span(), message, hint);
    }
    let rail = limits(&mut fields, &[kind]);
    fields.finish();
    Some(rail)
}
