//! The day at a glance.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{
    Error, Inner, describe, query,
    view::{DayCount, EventColumn, EventPerson, SystemView, TodayView, UpcomingDay},
};
use crate::{
    model::{After, Kind, LifecycleEvent, Operation, OperationState, PersonId},
    store::StoredOperation,
};

/// Days of the past that are shown.
const PAST: i64 = 30;
/// Days to come that are shown.
const AHEAD: i64 = 14;
/// People listed for an event, and names for a day.
const LISTED: usize = 100;
const NAMED: usize = 8;

#[derive(Default)]
struct Column {
    people: BTreeMap<PersonId, EventPerson>,
    open: usize,
    order: Vec<PersonId>,
}

/// Gathers the view.
pub(super) fn today(inner: &Inner) -> Result<TodayView, Error> {
    let store = &inner.setup.store;
    let now = inner.setup.clock.now();
    let zone = TimeZone::get(&inner.setup.rules.time_zone).unwrap_or(TimeZone::UTC);
    let plan = store.current_plan()?;
    let mut columns: BTreeMap<LifecycleEvent, Column> = BTreeMap::new();
    let mut days: BTreeMap<Date, (BTreeMap<Kind, usize>, Vec<String>)> = BTreeMap::new();
    let mut head = None;
    if let Some(plan) = &plan {
        let mut summary = crate::model::PlanSummary {
            findings: plan.findings.len(),
            ..Default::default()
        };
        store.operations(plan.id, &mut |stored| {
            query::count(&mut summary, &stored, now);
            if let Some(event) = stored.operation.event {
                note_person(columns.entry(event).or_default(), &stored, now);
            }
            note_day(&mut days, &stored, now, &zone);
        })?;
        head = Some(query::plan_head(plan, summary));
    }
    let events = columns
        .into_iter()
        .map(|(event, column)| finish(event, column))
        .collect();
    Ok(TodayView {
        now,
        time_zone: inner.setup.rules.time_zone.clone(),
        plan: head,
        events,
        systems: systems(inner)?,
        history: history(inner, now)?,
        upcoming: days
            .into_iter()
            .map(|(date, (kinds, names))| UpcomingDay {
                date,
                kinds: kinds.into_iter().collect(),
                names,
            })
            .collect(),
        findings: plan.map(|plan| plan.findings).unwrap_or_default(),
    })
}

fn note_person(column: &mut Column, stored: &StoredOperation, now: Timestamp) {
    let operation = &stored.operation;
    let Some(person) = operation.person else { return };
    if stored.state == OperationState::Proposed {
        column.open += 1;
    }
    let order = &mut column.order;
    let entry = column.people.entry(person).or_insert_with(|| {
        order.push(person);
        EventPerson {
            person,
            name: operation.subject.clone(),
            detail: String::new(),
            due: operation.due.filter(|due| *due > now),
            operations: 0,
        }
    });
    entry.operations += 1;
    if operation.due.is_none_or(|due| due <= now) {
        entry.due = None;
    }
    if entry.detail.is_empty() {
        entry.detail = match operation.kind {
            Kind::AddMember | Kind::RemoveMember => String::new(),
            Kind::Create => place_in_company(operation).unwrap_or_else(|| describe::what(operation)),
            _ => describe::what(operation),
        };
    }
}

/// Department and title of somebody whose account is made, if the account holds them.
fn place_in_company(operation: &Operation) -> Option<String> {
    let words: Vec<_> = ["department", "title"]
        .iter()
        .filter_map(|wanted| {
            let change = operation.changes.iter().find(|change| {
                change
                    .attribute
                    .to_lowercase()
                    .trim_end_matches("number")
                    .ends_with(wanted)
            })?;
            match &change.after {
                After::Known(value) => Some(describe::text(value)),
                _ => None,
            }
        })
        .collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

fn finish(event: LifecycleEvent, column: Column) -> EventColumn {
    let Column {
        mut people,
        open,
        order,
    } = column;
    let total = order.len();
    let mut listed: Vec<_> = order.iter().filter_map(|person| people.remove(person)).collect();
    listed.sort_by(|a, b| (a.due, &a.name).cmp(&(b.due, &b.name)));
    listed.truncate(LISTED);
    EventColumn {
        event,
        total,
        open,
        people: listed,
    }
}

fn note_day(
    days: &mut BTreeMap<Date, (BTreeMap<Kind, usize>, Vec<String>)>,
    stored: &StoredOperation,
    now: Timestamp,
    zone: &TimeZone,
) {
    let operation = &stored.operation;
    let Some(due) = operation.due.filter(|due| *due > now) else {
        return;
    };
    if due.duration_since(now) > SignedDuration::from_hours(24 * AHEAD) {
        return;
    }
    let (kinds, names) = days.entry(due.to_zoned(zone.clone()).date()).or_default();
    *kinds.entry(operation.kind).or_default() += 1;
    if names.len() < NAMED && !names.contains(&operation.subject) {
        names.push(operation.subject.clone());
    }
}

fn systems(inner: &Inner) -> Result<Vec<SystemView>, Error> {
    let attempts = inner.setup.store.read_attempts()?;
    inner
        .setup
        .systems
        .iter()
        .map(|system| {
            let name = system.connector.system();
            let last = inner.setup.store.last_read(name)?;
            let attempt = attempts.iter().find(|attempt| attempt.system == *name);
            Ok(SystemView {
                system: name.clone(),
                connector: system.kind.clone(),
                last_good_read: last.as_ref().map(|last| last.ended),
                records: last.map_or(0, |last| last.records),
                trouble: attempt.and_then(|attempt| attempt.trouble.clone()),
            })
        })
        .collect()
}

fn history(inner: &Inner, now: Timestamp) -> Result<Vec<DayCount>, Error> {
    let since = now - SignedDuration::from_hours(24 * (PAST - 1));
    let counts: BTreeMap<Date, (usize, usize)> = inner
        .setup
        .store
        .history(since)?
        .into_iter()
        .map(|(date, applied, failed)| (date, (applied, failed)))
        .collect();
    let first = since.to_zoned(TimeZone::UTC).date();
    Ok(first
        .series(jiff::Span::new().days(1))
        .take(PAST as usize)
        .map(|date| {
            let (applied, failed) = counts.get(&date).copied().unwrap_or_default();
            DayCount {
                date,
                applied,
                failed,
            }
        })
        .collect())
}
