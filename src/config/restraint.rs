//! `[quarantine]`, `[apply]` and `tolerance`: when nothing more is written, what is tried first, and how much smaller a
//! system may have become.

use indexmap::IndexMap;

use super::{
    System, suggest,
    table::{Fields, Value},
};
use crate::{
    model::SystemName,
    planning::restraint::{
        Restraint,
        quarantine::{Limits, Share},
    },
};

/// Reads what a configuration says about restraint.
pub(super) fn read(root: &mut Fields<'_, '_, '_>, systems: &IndexMap<SystemName, System>) -> Restraint {
    let own = systems.values();
    let own = own.filter_map(|system| Some((system.name.clone(), system.tolerance?)));
    let mut restraint = Restraint {
        tolerance: own.collect(),
        ..Restraint::default()
    };
    if let Some(mut apply) = root.table("apply") {
        restraint.canary = apply.count("canary").unwrap_or_default();
        restraint.patience = apply.count("patience").map(|seconds| seconds as u64);
        apply.finish();
    }
    let Some(mut table) = root.table("quarantine") else {
        return restraint;
    };
    restraint.quarantine = limits(&mut table, &Limits::default());
    if let Some(per_system) = table.table("per_system") {
        for (name, value) in per_system.entries() {
            let system = SystemName::from(*name.get_ref());
            if !systems.contains_key(&system) {
                let message = format!("`per_system` names a system `{system}` that there is not");
                let names = systems.keys().map(SystemName::as_str);
                table
                    .report
                    .error(name.span(), message, suggest::hint(system.as_str(), names));
            }
            let what = format!("the quarantine of `{system}`");
            if let Some(mut own) = Fields::open(table.report, what, value) {
                let limits = limits(&mut own, &restraint.quarantine);
                own.finish();
                restraint.quarantine_of.push((system, limits));
            }
        }
    }
    table.finish();
    restraint
}

/// Reads limits; what is left out is as in `default`.
fn limits(fields: &mut Fields<'_, '_, '_>, default: &Limits) -> Limits {
    let run = match fields.value("run") {
        None => default.run,
        Some(value) if value.get_ref().as_str() == Some("none") => None,
        Some(value) => share_of_run(fields, value, default),
    };
    Limits {
        share: share(fields, "minimum_failures", default.share),
        absolute: fields.count("absolute").unwrap_or(default.absolute),
        absolute_with_references: fields
            .count("absolute_with_references")
            .unwrap_or(default.absolute_with_references),
        run,
    }
}

fn share_of_run(fields: &Fields<'_, '_, '_>, value: &Value<'_>, default: &Limits) -> Option<Share> {
    let mut run = Fields::open(fields.report, "`run`", value)?;
    let otherwise = default.run.or(Limits::default().run)?;
    let run_share = share(&mut run, "failures", otherwise);
    run.finish();
    Some(run_share)
}

fn share(fields: &mut Fields<'_, '_, '_>, failures: &'static str, default: Share) -> Share {
    Share {
        failures: fields.count(failures).unwrap_or(default.failures),
        percent: percent(fields, "percent").unwrap_or(default.percent),
    }
}

/// Takes a key as a percentage.
pub(super) fn percent(fields: &mut Fields<'_, '_, '_>, key: &'static str) -> Option<f64> {
    let percent = fields.number(key)?;
    if (0.0..=100.0).contains(percent.get_ref()) {
        return Some(percent.into_inner());
    }
    let message = format!("`{key}` cannot be {}", percent.get_ref());
    fields
        .report
        .error(percent.span(), message, "it goes from 0 to 100");
    None
}
