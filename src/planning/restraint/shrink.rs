//! How much smaller a system may have become since its last good read without anybody being asked.

/// By how many percent, where the configuration does not say.
pub const DEFAULT_PERCENT: f64 = 20.0;
/// So few missing records are no alarm: of a dozen people two may leave in a week.
const FEW: usize = 5;

/// Says why a complete read waits for a person, if it does; `percent` of the records before may be missing.
///
/// A source without any record always waits, and so does any system that had records and has none now. With 0 percent
/// every missing record waits.
pub fn judge(percent: f64, is_source: bool, records: usize, before: Option<usize>) -> Option<String> {
    if records == 0 && (is_source || before.is_some_and(|before| before > 0)) {
        return Some(match before {
            Some(before) if before > 0 => format!("has no records at all, {before} before"),
            _ => "has no records at all".to_owned(),
        });
    }
    let before = before?;
    let missing = before.saturating_sub(records);
    let few = if percent > 0.0 { FEW } else { 0 };
    let is_too_much = missing > few && missing as f64 * 100.0 > percent * before as f64;
    is_too_much.then(|| {
        let share = missing as f64 * 100.0 / before as f64;
        format!("has {records} records, {before} before: {share:.0} % fewer, at most {percent} % are taken for granted")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_much_smaller_waits() {
        let table = [
            (20.0, true, 100, None, None),
            (20.0, true, 80, Some(100), None),
            (
                20.0,
                true,
                79,
                Some(100),
                Some("has 79 records, 100 before: 21 % fewer, at most 20 % are taken for granted"),
            ),
            (50.0, true, 79, Some(100), None),
            (20.0, true, 120, Some(100), None),
            // few are no alarm, also of a few; more are
            (20.0, true, 5, Some(10), None),
            (
                20.0,
                true,
                4,
                Some(10),
                Some("has 4 records, 10 before: 60 % fewer, at most 20 % are taken for granted"),
            ),
            (
                0.0,
                true,
                99,
                Some(100),
                Some("has 99 records, 100 before: 1 % fewer, at most 0 % are taken for granted"),
            ),
            (0.0, true, 100, Some(100), None),
            // nothing is never taken for granted
            (100.0, true, 0, None, Some("has no records at all")),
            (100.0, true, 0, Some(3), Some("has no records at all, 3 before")),
            (100.0, false, 0, Some(3), Some("has no records at all, 3 before")),
            (100.0, false, 1, Some(300), None),
            (20.0, true, 0, Some(0), Some("has no records at all")),
            // a target that was always empty is new
            (20.0, false, 0, None, None),
            (20.0, false, 0, Some(0), None),
        ];
        for (percent, is_source, records, before, expected) in table {
            let found = judge(percent, is_source, records, before);
            assert_eq!(
                found.as_deref(),
                expected,
                "{percent} {is_source} {records} {before:?}"
            );
        }
    }
}
