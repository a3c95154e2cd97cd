//! When an operation that the target refused is tried again.
//!
//! It keeps its approval for as long as it stays exactly the same. The next run tries it once more; then it is tried
//! 6, 12 and 24 hours after the first failure and once a day from then on, as the Microsoft Entra provisioning service
//! does, and given up after 28 days. A new approval begins anew.

use jiff::{SignedDuration, Timestamp};

/// How long after the first failure each following try is due, after the one that the next run makes.
const STEPS: [SignedDuration; 3] = [
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(12),
    SignedDuration::from_hours(24),
];
/// How long after the last failure it is tried after that.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How long after the first failure it is given up.
const PATIENCE: SignedDuration = SignedDuration::from_hours(28 * 24);

/// When the next try is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextTry {
    /// The next run may try.
    Now,
    /// No run may try before.
    At(Timestamp),
    /// It is not tried any more: a person must approve it again, or reject it.
    GivenUp,
}

/// Says when an operation is tried again that failed at these instants, oldest first, since it was approved.
pub fn next_try(failures: &[Timestamp], now: Timestamp) -> NextTry {
    let (Some(first), Some(last)) = (failures.first(), failures.last()) else {
        return NextTry::Now;
    };
    let due = match failures.len() {
        1 => Ok(*first),
        tries => match STEPS.get(tries - 2) {
            Some(step) => first.checked_add(*step),
            None => last.checked_add(DAY),
        },
    };
    match due {
        Ok(due) if due.duration_since(*first) > PATIENCE => NextTry::GivenUp,
        Ok(due) if due <= now => NextTry::Now,
        Ok(due) => NextTry::At(due),
        Err(_) => NextTry::GivenUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn tries_follow_the_schedule() {
        let table: &[(&[i64], i64, NextTry)] = &[
            (&[], 0, NextTry::Now),
            (&[0], 0, NextTry::Now),
            (&[0, 1], 2, NextTry::At(hour(6))),
            (&[0, 1], 6, NextTry::Now),
            (&[0, 1, 6], 7, NextTry::At(hour(12))),
            (&[0, 1, 6, 12], 13, NextTry::At(hour(24))),
            (&[0, 1, 6, 12, 24], 30, NextTry::At(hour(48))),
            (&[0, 1, 6, 12, 24, 48], 72, NextTry::Now),
            // nobody ran it for long: the last try comes before it is given up
            (&[0, 1, 6, 12, 24, 647], 700, NextTry::Now),
            (&[0, 1, 6, 12, 24, 649], 700, NextTry::GivenUp),
            (&[0, 1, 6, 12, 24, 900], 2_000, NextTry::GivenUp),
        ];
        for (failures, now, expected) in table {
            let failures: Vec<_> = failures.iter().map(|hours| hour(*hours)).collect();
            assert_eq!(next_try(&failures, hour(*now)), *expected, "{failures:?} {now}");
        }
    }
}
