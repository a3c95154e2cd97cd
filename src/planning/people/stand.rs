//! Where a person stands, by the record of a source.

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    expression::{Expression, Moment},
    model::{LifecycleState, Value},
    planning::{
        compile::CompiledPeople,
        lifecycle::{Standing, standing},
        names::RecordRow,
    },
};

/// Tells where somebody stands, and in which zone, if it is not the configuration's.
pub(super) fn stand(
    people: &CompiledPeople,
    row: &RecordRow<'_>,
    moment: &Moment<'_>,
    usual_today: Date,
) -> Result<(Standing, Option<TimeZone>), String> {
    let truth = |condition: &Option<Expression>, default: bool| match condition {
        None => Ok(default),
        Some(condition) => condition.holds(row, moment).map_err(|fault| fault.message),
    };
    let zone = match &people.time_zone {
        None => None,
        Some(expression) => match text_of(expression, row, moment) {
            None => None,
            Some(name) => {
                let zone = TimeZone::get(&name);
                Some(zone.map_err(|_| format!("the time zone `{name}` is not known"))?)
            }
        },
    };
    let today = match &zone {
        None => usual_today,
        Some(zone) => moment.now.to_zoned(zone.clone()).date(),
    };
    let start = day(people.start.as_ref(), row, moment, zone.as_ref())?;
    let end = day(people.end.as_ref(), row, moment, zone.as_ref())?;
    let active = truth(&people.active, true)?;
    let leave = truth(&people.leave, false)?;
    // somebody on leave is employed, whether or not the status that says so counts as active
    Ok((standing(active || leave, leave, start, end, today), zone))
}

fn day(
    expression: Option<&Expression>,
    row: &RecordRow<'_>,
    moment: &Moment<'_>,
    zone: Option<&TimeZone>,
) -> Result<Option<Date>, String> {
    let Some(expression) = expression else {
        return Ok(None);
    };
    match expression.evaluate(row, moment).map_err(|fault| fault.message)? {
        value if value.is_nothing() => Ok(None),
        Value::Date(date) => Ok(Some(date)),
        Value::Instant(instant) => {
            let zone = zone.unwrap_or(moment.time_zone);
            Ok(Some(instant.to_zoned(zone.clone()).date()))
        }
        Value::Text(text) => {
            let text = text.trim();
            // `2024-06-03`, also with a time behind it
            let head = text.get(..10).unwrap_or(text);
            head.parse()
                .map(Some)
                .map_err(|_| format!("`{text}` is not a date: ISO 8601 is expected (2026-11-21)"))
        }
        _ => Err("the date is no date".to_owned()),
    }
}

/// Evaluates to a text without blanks around it; `None` if it is empty or cannot be evaluated.
pub(super) fn text_of(expression: &Expression, row: &RecordRow<'_>, moment: &Moment<'_>) -> Option<String> {
    let value = expression.evaluate(row, moment).ok()?;
    value
        .as_text()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// The word a state is stored as.
pub(in crate::planning) const fn state_word(state: LifecycleState) -> &'static str {
    match state {
        LifecycleState::PreHire => "pre-hire",
        LifecycleState::Active => "active",
        LifecycleState::OnLeave => "on-leave",
        LifecycleState::Ended => "ended",
        LifecycleState::Gone => "gone",
    }
}

/// Reads the word a state was stored as.
pub(in crate::planning) fn state_of(word: &str) -> Option<LifecycleState> {
    use LifecycleState::{Active, Ended, Gone, OnLeave, PreHire};
    [PreHire, Active, OnLeave, Ended, Gone]
        .into_iter()
        .find(|state| state_word(*state) == word)
}
