//! Dates: read, write, add, subtract.

use std::borrow::Cow;

use jiff::{SignedDuration, Span, Timestamp, civil::DateTime};

use super::Call;
use crate::{
    expression::{
        Fault,
        code::{Code, Node},
        convert, date_format,
        time::When,
    },
    model::Value,
};

/// Seconds from 1601-01-01, where Windows counts from, to 1970-01-01.
const WINDOWS_EPOCH: i64 = 11_644_473_600;
const INTERVALS: [&str; 7] = ["yyyy", "m", "d", "ww", "h", "n", "s"];

/// `Now()`
#[allow(clippy::unnecessary_wraps)] // every function of the table has this type
pub(super) fn current<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Instant(call.moment().now))
}

/// `Today()`
#[allow(clippy::unnecessary_wraps)] // every function of the table has this type
pub(super) fn today<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Date(call.moment().today()))
}

/// `CDate(expression)`
pub(super) fn date<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    match call.when(0)? {
        None => Ok(Value::Null),
        Some(when) => when.value().ok_or_else(|| out_of_range(call)),
    }
}

/// `DateFromNum(value)`: of hundreds of nanoseconds since 1601.
pub(super) fn from_number<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(ticks) = call.number(0)? else {
        return Ok(Value::Null);
    };
    let second = ticks.div_euclid(10_000_000) - WINDOWS_EPOCH;
    let nanosecond = (ticks.rem_euclid(10_000_000) * 100) as i32;
    Timestamp::new(second, nanosecond)
        .map(Value::Instant)
        .map_err(|_| out_of_range(call))
}

/// `NumFromDate(value)`: hundreds of nanoseconds since 1601.
pub(super) fn to_number<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(when) = call.when(0)? else {
        return Ok(Value::Null);
    };
    let instant = when.instant(call.moment()).ok_or_else(|| out_of_range(call))?;
    let ticks = instant.as_nanosecond() / 100 + i128::from(WINDOWS_EPOCH) * 10_000_000;
    i64::try_from(ticks)
        .map(Value::Integer)
        .map_err(|_| out_of_range(call))
}

/// `FormatDateTime(source, dateTimeStyles?, inputFormat?, outputFormat)`
pub(super) fn format<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let source = call.value(0)?;
    let output = call.text(3)?.unwrap_or_default();
    let input = call.text(2)?.filter(|input| !input.is_empty());
    let when = match (&source, input) {
        (source, _) if source.is_nothing() => return Ok(Value::Null),
        (Value::Date(_) | Value::Instant(_), _) | (_, None) => call.when(0)?,
        (_, Some(input)) => {
            let text = convert::text(source)
                .map_err(|message| call.fault(0, message))?
                .unwrap_or_default();
            let read = date_format::read(&text, &input);
            Some(read.ok_or_else(|| {
                call.fault(
                    0,
                    format!("`{}` does not have the form `{input}`", convert::shortened(&text)),
                )
            })?)
        }
    };
    Ok(when.map_or(Value::Null, |when| {
        Value::Text(Cow::Owned(date_format::write(when, &output)))
    }))
}

/// Checks that there is a form to write the date in.
pub(super) fn check_format(arguments: &[Option<Node>]) -> Result<(), (usize, String)> {
    match arguments.get(3) {
        Some(Some(_)) => Ok(()),
        _ => Err((
            4,
            "argument 4 of `FormatDateTime` (`outputFormat`) is missing".to_owned(),
        )),
    }
}

/// Checks an interval that was written as a text.
pub(super) fn check_interval(arguments: &[Option<Node>]) -> Result<(), (usize, String)> {
    match arguments.first() {
        Some(Some(Node {
            code: Code::Text(text),
            ..
        })) if !INTERVALS.contains(&&**text) => Err((0, unknown_interval(text))),
        _ => Ok(()),
    }
}

fn unknown_interval(text: &str) -> String {
    let text = convert::shortened(text);
    format!("there is no interval `{text}`; it is one of yyyy, m (month), d, ww (week), h, n (minute), s")
}

/// `DateAdd(interval, value, dateTime)`; a civil date stays one if whole days are added.
pub(super) fn add<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let interval = call.text(0)?.unwrap_or_default();
    let value = call.wanted_number(1)?;
    let Some(when) = call.when(2)? else {
        return Ok(Value::Null);
    };
    let span = Span::new();
    let span = match &*interval {
        "yyyy" => span.try_years(value),
        "m" => span.try_months(value),
        "d" => span.try_days(value),
        "ww" => span.try_weeks(value),
        "h" => span.try_hours(value),
        "n" => span.try_minutes(value),
        "s" => span.try_seconds(value),
        other => return Err(call.fault(0, unknown_interval(other))),
    };
    let span = span.map_err(|_| out_of_range(call))?;
    let whole_days = matches!(&*interval, "yyyy" | "m" | "d" | "ww");
    let moved = match when {
        When::Day(date) if whole_days => date.checked_add(span).ok().map(When::Day),
        When::Day(_) => {
            let instant = when.instant(call.moment()).ok_or_else(|| out_of_range(call))?;
            instant.checked_add(span).ok().map(When::Instant)
        }
        other => other.utc().checked_add(span).ok().map(When::Civil),
    };
    moved.and_then(When::value).ok_or_else(|| out_of_range(call))
}

/// `DateDiff(interval, date1, date2)`: months, years and weeks count the boundaries between, as Visual Basic does;
/// days and less are the time between, cut to whole ones.
pub(super) fn difference<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let interval = call.text(0)?.unwrap_or_default();
    let (Some(from), Some(to)) = (call.when(1)?, call.when(2)?) else {
        return Ok(Value::Null);
    };
    // where one of them is a civil date, the other is seen in the person's zone
    let civil = matches!(from, When::Day(_)) || matches!(to, When::Day(_));
    let local = |when: When| {
        if civil {
            when.local(call.moment())
        } else {
            when.utc()
        }
    };
    let (from, to) = (local(from), local(to));
    let between: SignedDuration = to.duration_since(from);
    let months = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
    Ok(Value::Integer(match &*interval {
        "yyyy" => i64::from(to.year()) - i64::from(from.year()),
        "m" => months(to) - months(from),
        "ww" => week(to) - week(from),
        "d" => between.as_secs() / 86_400,
        "h" => between.as_secs() / 3600,
        "n" => between.as_secs() / 60,
        "s" => between.as_secs(),
        other => return Err(call.fault(0, unknown_interval(other))),
    }))
}

/// Numbers the weeks, each from its Sunday.
fn week(at: DateTime) -> i64 {
    let epoch = DateTime::constant(1970, 1, 4, 0, 0, 0, 0);
    at.duration_since(epoch).as_secs().div_euclid(7 * 86_400)
}

fn out_of_range(call: &Call<'_, '_>) -> Fault {
    Fault::new(
        call.span,
        "this date is out of range; years reach from -9999 to 9999",
    )
}
