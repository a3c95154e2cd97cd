//! The day at a glance.

use std::collections::BTreeMap;

use ahash::AHashMap;
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

/// Whom an event concerns.
#[derive(Default)]
struct Column {
    people: Vec<Concerned>,
    /// Their places in it.
    places: AHashMap<PersonId, u32>,
    open: usize,
}

/// Somebody whom an event concerns. Their rows are named, not copied: a plan may concern everybody, and few are listed.
struct Concerned {
    first: u32,
    /// The row whose change says it in a few words.
    told_by: Option<u32>,
    due: Option<Timestamp>,
    operations: u32,
}

/// Gathers the view.
pub(super) fn today(inner: &Inner) -> Result<TodayView, Error> {
    let now = inner.setup.clock.now();
    let zone = TimeZone::get(&inner.rules().time_zone).unwrap_or(TimeZone::UTC);
    let kept = PlanRows::of(inner)?;
    let rows = kept.as_ref().map_or(&[][..], |kept| &kept.rows[..]);
    let mut columns: BTreeMap<LifecycleEvent, Column> = BTreeMap::new();
    let mut days: BTreeMap<Date, (BTreeMap<Kind, usize>, Vec<String>)> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        if let Some(event) = row.event {
            note_person(columns.entry(event).or_default(), rows, number as u32);
        }
        note_day(&mut days, row, now, &zone);
    }
    let events = columns
        .into_iter()
        .map(|(event, column)| finish(event, column, rows))
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

fn note_person(column: &mut Column, rows: &[ReviewRow], number: u32) {
    let row = &rows[number as usize];
    let Some(person) = row.person else { return };
    if row.state == OperationState::Proposed {
        column.open += 1;
    }
    let people = &mut column.people;
    let place = *column.places.entry(person).or_insert_with(|| {
        people.push(Concerned {
            first: number,
            told_by: None,
            due: row.due,
            operations: 0,
        });
        people.len() as u32 - 1
    });
    let concerned = &mut people[place as usize];
    concerned.operations += 1;
    concerned.due = concerned.due.min(row.due);
    let tells = !row.what.is_empty() && !matches!(row.kind, Kind::AddMember | Kind::RemoveMember);
    if tells && concerned.told_by.is_none() {
        concerned.told_by = Some(number);
    }
}

fn finish(event: LifecycleEvent, column: Column, rows: &[ReviewRow]) -> EventColumn {
    let Column { mut people, open, .. } = column;
    let total = people.len();
    let order = |one: &Concerned| (one.due, &rows[one.first as usize].subject, one.first);
    if total > LISTED {
        people.select_nth_unstable_by(LISTED, |a, b| order(a).cmp(&order(b)));
        people.truncate(LISTED);
    }
    people.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
    let listed = people.iter().filter_map(|one| {
        let row = &rows[one.first as usize];
        Some(EventPerson {
            person: row.person?,
            name: row.subject.to_string(),
            detail: one
                .told_by
                .map_or_else(String::new, |row| rows[row as usize].what.to_string()),
            due: one.due,
            operations: one.operations as usize,
        })
    });
    EventColumn {
        event,
        total,
        open,
        people: listed.collect(),
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn those_who_are_due_first_are_listed_with_all_that_concerns_them() {
        // everybody twice: a membership, then what tells of them
        let rows: Vec<ReviewRow> = (0..300_u32)
            .map(|number| {
                let person = number % 150;
                let late = Timestamp::from_second(i64::from(person)).unwrap();
                ReviewRow {
                    person: Some(PersonId(Uuid::from_u128(u128::from(person)))),
                    subject: format!("name {:03}", 150 - person).into(),
                    kind: if number < 150 {
                        Kind::AddMember
                    } else {
                        Kind::Update
                    },
                    what: format!("what {number}").into(),
                    due: (person < 30).then_some(late),
                    ..ReviewRow::sample(0)
                }
            })
            .collect();
        let mut column = Column::default();
        for number in 0..300 {
            note_person(&mut column, &rows, number);
        }
        let column = finish(LifecycleEvent::Joiner, column, &rows);
        assert_eq!(
            (column.total, column.open, column.people.len()),
            (150, 300, LISTED)
        );
        // now is before any day, and of those who are due now the names decide
        let (first, last) = (&column.people[0], &column.people[LISTED - 1]);
        assert_eq!((&first.name[..], &first.detail[..]), ("name 001", "what 299"));
        assert_eq!((&last.name[..], &last.detail[..]), ("name 100", "what 200"));
        assert!(column.people.is_sorted_by_key(|one| &one.name));
        assert!(
            column
                .people
                .iter()
                .all(|one| one.operations == 2 && one.due.is_none())
        );
    }
}
