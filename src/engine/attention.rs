//! The day at a glance.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{
    Error, Inner,
    query::PlanRows,
    view::{DayCount, EventColumn, EventPerson, ReviewRow, SystemView, TodayView, UpcomingDay},
};
use crate::model::{Kind, LifecycleEvent, OperationState, PersonId};

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
    let now = inner.setup.clock.now();
    let zone = TimeZone::get(&inner.rules().time_zone).unwrap_or(TimeZone::UTC);
    let kept = PlanRows::of(inner)?;
    let mut columns: BTreeMap<LifecycleEvent, Column> = BTreeMap::new();
    let mut days: BTreeMap<Date, (BTreeMap<Kind, usize>, Vec<String>)> = BTreeMap::new();
    for row in kept.iter().flat_map(|kept| kept.rows.iter()) {
        if let Some(event) = row.event {
            note_person(columns.entry(event).or_default(), row);
        }
        note_day(&mut days, row, now, &zone);
    }
    let events = columns
        .into_iter()
        .map(|(event, column)| finish(event, column))
        .collect();
    Ok(TodayView {
        now,
        time_zone: inner.rules().time_zone.clone(),
        plan: kept.as_ref().map(PlanRows::head),
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
        findings: kept.map(|kept| kept.plan.findings.clone()).unwrap_or_default(),
    })
}

fn note_person(column: &mut Column, row: &ReviewRow) {
    let Some(person) = row.person else { return };
    if row.state == OperationState::Proposed {
        column.open += 1;
    }
    let order = &mut column.order;
    let entry = column.people.entry(person).or_insert_with(|| {
        order.push(person);
        EventPerson {
            person,
            name: row.subject.to_string(),
            detail: String::new(),
            due: row.due,
            operations: 0,
        }
    });
    entry.operations += 1;
    entry.due = entry.due.min(row.due);
    if entry.detail.is_empty() && !matches!(row.kind, Kind::AddMember | Kind::RemoveMember) {
        entry.detail = row.what.to_string();
    }
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
    row: &ReviewRow,
    now: Timestamp,
    zone: &TimeZone,
) {
    let Some(due) = row.due.filter(|due| *due > now) else {
        return;
    };
    if due.duration_since(now) > SignedDuration::from_hours(24 * AHEAD) {
        return;
    }
    let (kinds, names) = days.entry(due.to_zoned(zone.clone()).date()).or_default();
    *kinds.entry(row.kind).or_default() += 1;
    if names.len() < NAMED && !names.iter().any(|name| *name == row.subject) {
        names.push(row.subject.to_string());
    }
}

fn systems(inner: &Inner) -> Result<Vec<SystemView>, Error> {
    let attempts = inner.setup.store.read_attempts()?;
    let (quarantines, held) = (inner.setup.store.quarantines()?, inner.setup.store.held_reads()?);
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
                quarantines: {
                    let own = quarantines.iter().filter(|one| one.system == *name);
                    own.cloned().collect()
                },
                held: held.iter().find(|read| read.system == *name).cloned(),
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
