//! Times said in words: `14 days before start`, `end of last day`, `90 days`.

/// The longest time that can be written, in days: ten years.
const LONGEST: u16 = 3653;

/// Reads `90 days`, `1 day`, `2 weeks` as days.
pub(super) fn days(text: &str) -> Result<u16, String> {
    let wrong = || "write it as `90 days` or `2 weeks`".to_owned();
    let words: Vec<_> = text.split_whitespace().collect();
    let [number, unit] = words.as_slice() else {
        return Err(wrong());
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let days = match *unit {
        "day" | "days" => number,
        "week" | "weeks" => number.saturating_mul(7),
        "month" | "months" | "year" | "years" => {
            return Err(format!(
                "a {} has no fixed length: write it in days",
                unit.trim_end_matches('s')
            ));
        }
        _ => return Err(wrong()),
    };
    u16::try_from(days)
        .ok()
        .filter(|days| *days <= LONGEST)
        .ok_or_else(|| format!("the longest time is {LONGEST} days"))
}

/// Reads `24 hours`, `1 hour`, or any number of days, as hours.
pub(super) fn hours(text: &str) -> Result<u32, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let hours = match words.as_slice() {
        [number, "hour" | "hours"] => number.parse().ok(),
        _ => days(text).ok().map(|days| u32::from(days) * 24),
    };
    hours
        .filter(|hours| (1..=u32::from(LONGEST) * 24).contains(hours))
        .ok_or_else(|| "write it as `24 hours` or `7 days`, or `none`".to_owned())
}

/// Reads `start` or `14 days before start` as days before the first day.
pub(super) fn before_start(text: &str) -> Result<u16, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    match words.as_slice() {
        ["start"] => Ok(0),
        [number, unit, "before", "start"] => days(&format!("{number} {unit}")),
        [_, _, "after", "start"] => Err("a time after the start is not supported yet".to_owned()),
        _ => Err("write it as `start` or `14 days before start`".to_owned()),
    }
}

/// Reads `end of last day`, the only time of a disable there is.
pub(super) fn end_of_last_day(text: &str) -> Result<(), String> {
    if text.split_whitespace().eq(["end", "of", "last", "day"]) {
        return Ok(());
    }
    Err("the only time there is is `end of last day`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_words() {
        assert_eq!(days("90 days"), Ok(90));
        assert_eq!(days(" 1  day "), Ok(1));
        assert_eq!(days("2 weeks"), Ok(14));
        assert_eq!(hours("24 hours"), Ok(24));
        assert_eq!(hours("1 hour"), Ok(1));
        assert_eq!(hours("7 days"), Ok(168));
        for text in ["0 hours", "24", "-1 hours", "99999999 hours"] {
            assert!(hours(text).is_err(), "{text}");
        }
        assert_eq!(before_start("start"), Ok(0));
        assert_eq!(before_start("14 days before start"), Ok(14));
        assert_eq!(end_of_last_day("end of last day"), Ok(()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        for text in [
            "90",
            "days",
            "-1 days",
            "1.5 days",
            "90d",
            "99999999999 days",
            "700 weeks",
            "3 months",
            "",
        ] {
            assert!(days(text).is_err(), "{text}");
        }
        assert!(days("3 months").unwrap_err().contains("no fixed length"));
        for text in [
            "before start",
            "14 days",
            "14 days after start",
            "14 days before end",
        ] {
            assert!(before_start(text).is_err(), "{text}");
        }
        assert!(end_of_last_day("last day").is_err());
    }
}
