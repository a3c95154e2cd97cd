//! Points in time as Active Directory keeps them: tenths of microseconds since 1601 (MS-DTYP, section 2.3.3).
//!
//! `accountExpires` and its like have two ways to say "never", 0 and the largest number; both are no value here.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

/// Ticks a second.
const TICKS: i64 = 10_000_000;

/// Seconds from 1601 to 1970.
const EPOCH: i64 = 11_644_473_600;

/// What stands for "never" beside 0.
pub const NEVER: i64 = i64::MAX;

/// A text as a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTime {
    /// At no time.
    Never,
    /// At this time, in ticks.
    At(i64),
}

impl FileTime {
    /// Reads a number of ticks, a point in time in ISO 8601, or a date. A date is inclusive, as the last day of a
    /// contract is: it stands for the moment at which it is over, in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(ticks) = text.trim().parse::<i64>() {
            return Some(if matches!(ticks, 0 | NEVER) {
                Self::Never
            } else {
                Self::At(ticks)
            });
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Self::of(instant);
        }
        // jiff reads a date out of any longer text
        let date = (text.len() == 10).then(|| text.parse::<Date>().ok())??;
        Self::end_of(date)
    }

    /// Returns the ticks of a point in time; nothing before 1601.
    pub fn of(instant: Timestamp) -> Option<Self> {
        let seconds = instant.as_second().checked_add(EPOCH)?;
        let ticks = seconds
            .checked_mul(TICKS)?
            .checked_add(i64::from(instant.subsec_nanosecond()) / 100)?;
        (ticks > 0).then_some(Self::At(ticks))
    }

    /// Returns the moment at which a day is over, in UTC.
    pub fn end_of(date: Date) -> Option<Self> {
        let next = date.checked_add(1.day()).ok()?;
        Self::of(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
    }

    /// Returns the number that is written.
    pub const fn ticks(self) -> i64 {
        match self {
            Self::Never => 0,
            Self::At(ticks) => ticks,
        }
    }

    /// Returns the point in time; nothing for "never" and for what no calendar holds.
    pub fn instant(self) -> Option<Timestamp> {
        let Self::At(ticks) = self else { return None };
        let seconds = (ticks.div_euclid(TICKS)).checked_sub(EPOCH)?;
        let rest = SignedDuration::from_nanos(ticks.rem_euclid(TICKS) * 100);
        Timestamp::from_second(seconds).ok()?.checked_add(rest).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_dates_are_the_same_time() {
        for (text, ticks, shown) in [
            ("2026-12-31", 134_432_352_000_000_000, "2027-01-01T00:00:00Z"),
            (
                "2027-01-01T01:00:00+01:00",
                134_432_352_000_000_000,
                "2027-01-01T00:00:00Z",
            ),
            (
                "134432352000000000",
                134_432_352_000_000_000,
                "2027-01-01T00:00:00Z",
            ),
            (
                "116444736000000001",
                116_444_736_000_000_001,
                "1970-01-01T00:00:00.0000001Z",
            ),
        ] {
            let time = FileTime::parse(text).unwrap();
            assert_eq!(time.ticks(), ticks, "{text}");
            assert_eq!(time.instant().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn never_is_said_in_two_ways() {
        for text in ["0", "9223372036854775807"] {
            assert_eq!(FileTime::parse(text), Some(FileTime::Never));
        }
        assert_eq!((FileTime::Never.ticks(), FileTime::Never.instant()), (0, None));
        for text in ["", "soon", "1500-01-01T00:00:00Z"] {
            assert_eq!(FileTime::parse(text), None, "{text}");
        }
        assert_eq!(FileTime::At(NEVER - 1).instant(), None);
    }
}
