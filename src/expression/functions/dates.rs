//! Dates: read, write, add, subtract.

use jiff::{
    SignedDuration, Span, Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use super::Call;
use crate::{
    expression::{
        Fault,
        code::{Code, Node},
        convert, date_format,
        date_style::Styles,
        time::When,
    },
    model::Value,
};

/// Seconds from 1601-01-01, where Windows counts from, to 1970-01-01.
const WINDOWS_EPOCH: i64 = 11_644_473_600;
const INTERVALS: [&str; 7] = ["yyyy", "m", "d", "ww", "h", "n", "s"];

/// `Now()`
#[expect(
    clippy::unnecessary_wraps,
    reason = "every function of the table has this type"
)]
pub(super) fn current<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::Instant(call.moment().now))
}

/// `Today()`
#[expect(
    clippy::unnecessary_wraps,
    reason = "every function of the table has this type"
)]
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

/// `FormatDateTime(source, dateTimeStyles?, inputFormat?, outputFormat, timeZone?)`
pub(super) fn format<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let source = call.value(0)?;
    if source.is_nothing() {
        return Ok(Value::Null);
    }
    let styles =
        Styles::read(&call.text(1)?.unwrap_or_default()).map_err(|message| call.fault(1, message))?;
    let output = call.text(3)?.unwrap_or_default();
    let input = call.text(2)?.filter(|input| !input.is_empty());
    let when = match (&source, input) {
        (Value::Date(_) | Value::Instant(_), _) | (_, None) => call.when_of(0, source)?,
        (_, Some(input)) => {
            let text = convert::text(source)
                .map_err(|message| call.fault(0, message))?
                .unwrap_or_default();
            let read = date_format::read(&text, &input, styles, call.moment().today());
            Some(read.ok_or_else(|| {
                let (text, input) = (convert::shortened(&text), convert::shortened(&input));
                call.fault(0, format!("`{text}` does not have the form `{input}`"))
            })?)
        }
    };
    let Some(mut when) = when else {
        return Ok(Value::Null);
    };
    if let (true, When::Civil(local)) = (styles.local, when) {
        let instant = call.moment().time_zone.to_timestamp(local);
        when = When::Instant(instant.map_err(|_| out_of_range(call))?);
    }
    let (local, offset) = match (when, zone(call, 4)?) {
        (When::Day(_), _) | (When::Civil(_), None) => (when.utc(), None),
        (When::Instant(instant), None) => (Offset::UTC.to_datetime(instant), Some(0)),
        (when, Some(zone)) => {
            let instant = when.instant(call.moment()).ok_or_else(|| out_of_range(call))?;
            let offset = zone.to_offset(instant);
            (offset.to_datetime(instant), Some(offset.seconds()))
        }
    };
    Ok(Value::from(date_format::write(local, offset, &output)))
}

/// `LocalDate(dateTime, timeZone?)`
pub(super) fn local_date<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(when) = call.when(0)? else {
        return Ok(Value::Null);
    };
    let zone = zone(call, 1)?.unwrap_or_else(|| call.moment().time_zone.clone());
    Ok(Value::Date(match when {
        When::Day(date) => date,
        other => {
            let instant = other.instant(call.moment()).ok_or_else(|| out_of_range(call))?;
            zone.to_datetime(instant).date()
        }
    }))
}

/// Evaluates an argument as a time zone: `person`, or a name of the time zone database.
fn zone(call: &Call<'_, '_>, index: usize) -> Result<Option<TimeZone>, Fault> {
    let Some(name) = call.text(index)?.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    if name.eq_ignore_ascii_case("person") {
        return Ok(Some(call.moment().time_zone.clone()));
    }
    // the database of the program, not of the machine: the same plan must come out everywhere
    TimeZoneDatabase::bundled().get(&name).map(Some).map_err(|_| {
        let name = convert::shortened(&name);
        call.fault(
            index,
            format!("there is no time zone `{name}`; one is written like `Europe/Berlin` or `person`"),
        )
    })
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
    let moved = match (when, zone(call, 3)?) {
        (When::Instant(_) | When::Civil(_), Some(zone)) => {
            // whole days are moved on the person's wall clock, hours and less in real time
            let instant = when.instant(call.moment()).ok_or_else(|| out_of_range(call))?;
            let moved = instant.to_zoned(zone).checked_add(span);
            moved.ok().map(|moved| When::Instant(moved.timestamp()))
        }
        (When::Day(date), _) if whole_days => date.checked_add(span).ok().map(When::Day),
        (When::Day(_), _) => {
            let instant = when.instant(call.moment()).ok_or_else(|| out_of_range(call))?;
            instant.checked_add(span).ok().map(When::Instant)
        }
        (other, None) => other.utc().checked_add(span).ok().map(When::Civil),
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
    let zone = zone(call, 3)?;
    let local = |when: When| {
        if let (Some(zone), When::Instant(_) | When::Civil(_)) = (&zone, when) {
            when.instant(call.moment())
                .map_or(when.utc(), |instant| zone.to_datetime(instant))
        } else if civil {
            when.local(call.moment())
        } else {
            when.utc()
        }
    };
    let (from, to) = (local(from), local(to));
    let mut between: SignedDuration = to.duration_since(from);
    if zone.is_some() && matches!(&*interval, "h" | "n" | "s") {
        // an hour is an hour also in the night in which the clocks are changed
        between = elapsed(call)?.unwrap_or(between);
    }
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

/// Returns the real time between the two dates of a `DateDiff`.
fn elapsed(call: &Call<'_, '_>) -> Result<Option<SignedDuration>, Fault> {
    let (Some(from), Some(to)) = (call.when(1)?, call.when(2)?) else {
        return Ok(None);
    };
    let (from, to) = (from.instant(call.moment()), to.instant(call.moment()));
    Ok(from.zip(to).map(|(from, to)| to.duration_since(from)))
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
