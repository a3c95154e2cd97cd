//! Dates: what kinds there are, how they are read from text, how they are ordered.
//!
//! A civil date has no zone. Where one meets an instant, the instant is seen in the person's zone; where one has to
//! become an instant, it is midnight there. A date and time without offset is UTC, as in Microsoft Entra.

use std::cmp::Ordering;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::Offset,
};

use crate::model::Value;

use super::{Moment, scan::Scan};

/// A date of one of three kinds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum When {
    /// A civil date.
    Day(Date),
    /// A date and a time of day, without offset.
    Civil(DateTime),
    /// A point in time.
    Instant(Timestamp),
}

impl When {
    /// Takes a value for a date, reading it if it is a text.
    pub(super) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Date(date) => Some(Self::Day(*date)),
            Value::Instant(instant) => Some(Self::Instant(*instant)),
            Value::Text(text) => Self::read(text),
            _ => None,
        }
    }

    /// Reads ISO 8601, `M/d/yyyy h:mm:ss tt`, and LDAP generalized time.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.starts_with(|first: char| first.is_ascii_digit()) || text.len() > 64 {
            return None;
        }
        iso(text).or_else(|| american(text)).or_else(|| generalized(text))
    }

    /// Puts a local time and its offset, if it has one, together.
    pub(super) fn at(local: DateTime, offset: Option<i32>) -> Option<Self> {
        Some(match offset {
            None => Self::Civil(local),
            Some(seconds) => Self::Instant(Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok()?),
        })
    }

    /// Returns the civil date, of an instant the one in the person's zone.
    pub(super) fn day(self, moment: &Moment<'_>) -> Date {
        self.local(moment).date()
    }

    /// Returns the civil time, of an instant the one in the person's zone.
    pub(super) fn local(self, moment: &Moment<'_>) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(Time::midnight()),
            Self::Civil(civil) => civil,
            Self::Instant(instant) => moment.time_zone.to_datetime(instant),
        }
    }

    /// Returns the civil time in UTC; a civil date stays as it is.
    pub(super) fn utc(self) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(Time::midnight()),
            Self::Civil(civil) => civil,
            Self::Instant(instant) => Offset::UTC.to_datetime(instant),
        }
    }

    /// Returns the point in time: of a civil date, midnight in the person's zone.
    pub(super) fn instant(self, moment: &Moment<'_>) -> Option<Timestamp> {
        match self {
            Self::Instant(instant) => Some(instant),
            Self::Civil(civil) => Offset::UTC.to_timestamp(civil).ok(),
            Self::Day(date) => moment
                .time_zone
                .to_timestamp(date.to_datetime(Time::midnight()))
                .ok(),
        }
    }

    /// Orders two dates: as civil dates if one of them is one, as points in time otherwise.
    pub(super) fn order(self, other: Self, moment: &Moment<'_>) -> Ordering {
        if matches!(self, Self::Day(_)) || matches!(other, Self::Day(_)) {
            return self.day(moment).cmp(&other.day(moment));
        }
        self.instant(moment).cmp(&other.instant(moment))
    }

    /// Turns the date into a value.
    pub(super) fn value(self) -> Option<Value<'static>> {
        Some(match self {
            Self::Day(date) => Value::Date(date),
            Self::Civil(civil) => Value::Instant(Offset::UTC.to_timestamp(civil).ok()?),
            Self::Instant(instant) => Value::Instant(instant),
        })
    }
}

fn iso(text: &str) -> Option<When> {
    let mut scan = Scan(text);
    let year = scan.number(4, 4)?;
    scan.literal("-")?;
    let month = scan.number(1, 2)?;
    scan.literal("-")?;
    let date = Date::new(year, month, scan.number(1, 2)?).ok()?;
    tail(scan, date, &['T', 't', ' '])
}

fn american(text: &str) -> Option<When> {
    let mut scan = Scan(text);
    let month = scan.number(1, 2)?;
    scan.literal("/")?;
    let day = scan.number(1, 2)?;
    scan.literal("/")?;
    let date = Date::new(scan.number(4, 4)?, month, day).ok()?;
    tail(scan, date, &[' '])
}

/// Reads what may follow a date: a time of day, an offset, both or nothing.
fn tail(mut scan: Scan<'_>, date: Date, separators: &[char]) -> Option<When> {
    if scan.done() {
        return Some(When::Day(date));
    }
    let mut time = Time::midnight();
    let mut ahead = scan;
    if ahead.one_of(separators).is_some() && ahead.0.starts_with(|c: char| c.is_ascii_digit()) {
        scan = ahead;
        time = time_of_day(&mut scan)?;
    }
    scan.0 = scan.0.trim_start();
    let offset = if scan.done() { None } else { Some(scan.offset()?) };
    if scan.done() {
        When::at(date.to_datetime(time), offset)
    } else {
        None
    }
}

fn time_of_day(scan: &mut Scan<'_>) -> Option<Time> {
    let mut hour: i8 = scan.number(1, 2)?;
    scan.literal(":")?;
    let minute = scan.number(2, 2)?;
    let second = if scan.literal(":").is_some() {
        scan.number(2, 2)?
    } else {
        0
    };
    let nanosecond = if scan.literal(".").is_some() {
        scan.nanoseconds(1, 12)?
    } else {
        0
    };
    let mut ahead = Scan(scan.0.trim_start());
    if let Some(of_day) = ahead.half_day(hour) {
        *scan = ahead;
        hour = of_day;
    }
    Time::new(hour, minute, second, nanosecond).ok()
}

/// RFC 4517 §3.3.13, with at least hours.
fn generalized(text: &str) -> Option<When> {
    let mut scan = Scan(text);
    let date = Date::new(scan.number(4, 4)?, scan.number(2, 2)?, scan.number(2, 2)?).ok()?;
    let hour = scan.number(2, 2)?;
    let minute = scan.number(2, 2).unwrap_or(0);
    let second = scan.number(2, 2).unwrap_or(0);
    let nanosecond = if scan.one_of(&['.', ',']).is_some() {
        scan.nanoseconds(1, 12)?
    } else {
        0
    };
    let offset = scan.offset()?;
    let time = Time::new(hour, minute, second, nanosecond).ok()?;
    if scan.done() {
        When::at(date.to_datetime(time), Some(offset))
    } else {
        None
    }
}
