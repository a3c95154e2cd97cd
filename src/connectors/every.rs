//! How often something is done: `6 hours`, `1 day`.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// The seconds of an hour.
const HOUR: u64 = 60 * 60;

/// A number of hours, in the configuration `6 hours` or `1 day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Every {
    hours: u32,
}

impl Every {
    /// Returns how long that is.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.hours as u64 * HOUR)
    }
}

impl Default for Every {
    fn default() -> Self {
        Self { hours: 24 }
    }
}

impl TryFrom<String> for Every {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let number = words.next().and_then(|number| number.parse::<u32>().ok());
        let hours = match (number, words.next(), words.next()) {
            (Some(hours), Some("hour" | "hours"), None) => Some(hours),
            (Some(days), Some("day" | "days"), None) => days.checked_mul(24),
            _ => None,
        };
        let hours = hours.filter(|hours| *hours > 0);
        hours
            .map(|hours| Self { hours })
            .ok_or_else(|| format!("`{text}` is no number of hours or days: write `6 hours` or `1 day`"))
    }
}

impl From<Every> for String {
    fn from(every: Every) -> Self {
        every.to_string()
    }
}

impl fmt::Display for Every {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = if self.hours.is_multiple_of(24) {
            (self.hours / 24, "day")
        } else {
            (self.hours, "hour")
        };
        let many = if number == 1 { "" } else { "s" };
        write!(formatter, "{number} {unit}{many}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_days_are_read_and_written() {
        for (text, hours, written) in [
            ("6 hours", 6, "6 hours"),
            ("1 hour", 1, "1 hour"),
            ("48 hours", 48, "2 days"),
            ("1 day", 24, "1 day"),
        ] {
            let every = Every::try_from(text.to_owned()).unwrap();
            assert_eq!(every.duration(), Duration::from_secs(hours * HOUR));
            assert_eq!(every.to_string(), written);
        }
        for text in [
            "",
            "day",
            "0 days",
            "1 week",
            "1 day more",
            "-1 days",
            "4294967295 days",
        ] {
            assert!(Every::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
