//! Times on the screen, and dates typed by people.

pub use crate::engine::view::span;

use jiff::{Timestamp, ToSpan, civil, civil::Weekday, tz::TimeZone};

/// Shows times in one zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    /// The zone dates are shown in.
    pub zone: TimeZone,
}

impl Clock {
    /// Shows a time in a list: `22 Nov 00:00`.
    pub fn list(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%e %b %H:%M").to_string()
    }

    /// Shows the time of day: `09:14`.
    pub fn hour(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    /// Shows a time in full, with its zone: `2026-11-22 00:00:00 +01:00`.
    pub fn full(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S %:z")
            .to_string()
    }

    /// Returns the day a time falls on.
    pub fn day(&self, at: Timestamp) -> civil::Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// Reads a time in the future: `2026-11-30`, `+3d`, `+2w`, `+4h`, `tomorrow`, `monday`. A day is its beginning.
    pub fn until(&self, text: &str, now: Timestamp) -> Result<Timestamp, String> {
        let typed = text.trim().to_ascii_lowercase();
        let at = self
            .read(&typed, now)
            .ok_or_else(|| format!("“{typed}” is no date: write 2026-11-30, +3d, tomorrow or monday"))?;
        if at <= now {
            Err(format!("{} is not in the future", self.full(at)))
        } else {
            Ok(at)
        }
    }

    fn read(&self, typed: &str, now: Timestamp) -> Option<Timestamp> {
        let today = self.day(now);
        if let Some(span) = typed.strip_prefix('+') {
            let unit = span.chars().last()?;
            let count: i32 = span[..span.len() - unit.len_utf8()]
                .parse()
                .ok()
                .filter(|n| (1..=9999).contains(n))?;
            return match unit {
                'h' => now.checked_add(count.hours()).ok(),
                'd' => self.start(today.checked_add(count.days()).ok()?),
                'w' => self.start(today.checked_add(count.weeks()).ok()?),
                _ => None,
            };
        }
        if typed == "tomorrow" {
            return self.start(today.tomorrow().ok()?);
        }
        if let Some(weekday) = weekday(typed) {
            return self.start(today.nth_weekday(1, weekday).ok()?);
        }
        self.start(typed.parse().ok()?)
    }

    fn start(&self, day: civil::Date) -> Option<Timestamp> {
        day.to_zoned(self.zone.clone())
            .ok()
            .map(|start| start.timestamp())
    }
}

fn weekday(typed: &str) -> Option<Weekday> {
    let days = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    days.into_iter()
        .find(|(name, _)| typed.len() >= 3 && name.starts_with(typed))
        .map(|(_, day)| day)
}

/// Shows a day: `22 Nov`.
pub fn day(date: civil::Date) -> String {
    date.strftime("%e %b").to_string()
}

/// Shows how long ago something was: `3 min`, `2 h`, `5 d`.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        }
    }

    #[test]
    fn times_are_shown_in_the_zone() {
        let at: Timestamp = "2026-11-21T23:00:00Z".parse().unwrap();
        assert_eq!(clock().list(at), "22 Nov 00:00");
        assert_eq!(clock().full(at), "2026-11-22 00:00:00 +01:00");
    }

    #[test]
    fn typed_dates_are_read() {
        // a Saturday
        let now: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
        for (typed, expected) in [
            ("2026-11-30", "2026-11-30 00:00:00 +01:00"),
            ("+3d", "2026-11-24 00:00:00 +01:00"),
            ("+1w", "2026-11-28 00:00:00 +01:00"),
            ("+4h", "2026-11-21 14:00:00 +01:00"),
            ("tomorrow", "2026-11-22 00:00:00 +01:00"),
            ("Monday", "2026-11-23 00:00:00 +01:00"),
            ("sat", "2026-11-28 00:00:00 +01:00"),
        ] {
            assert_eq!(
                clock().until(typed, now).map(|at| clock().full(at)),
                Ok(expected.to_owned()),
                "{typed}"
            );
        }
        for wrong in [
            "",
            "soon",
            "+",
            "+d",
            "+0d",
            "+3é",
            "2020-01-01",
            "2026-13-01",
            "mo",
        ] {
            assert!(clock().until(wrong, now).is_err(), "{wrong}");
        }
    }
}
