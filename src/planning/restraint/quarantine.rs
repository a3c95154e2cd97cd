//! When a system, or one rule of it, goes into quarantine, and when it is tried again.
//!
//! The four large numbers are those of the Microsoft Entra provisioning service; at their size they never see the
//! trouble of a small company. So a run's own share counts too, from a few failures on: ten failures that outnumber
//! what worked by three to one are not ten bad records, it is the system (a right that was taken away, a schema that
//! was changed). Fewer than ten prove nothing: in a run of twelve, five bad records are just five bad records.

use jiff::{SignedDuration, Timestamp};

use crate::model::Cause;

/// The first pause; each following one is twice as long.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// The longest pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// How long it is tried at all; then a person must release it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(28 * 24);

/// A share of failures that is too large, from so many failures on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// How many failures there must be at least.
    pub failures: usize,
    /// The share is too large above so many percent of what was tried.
    pub percent: f64,
}

/// What a system may fail at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Of everything that fails in the system, and what this run has applied.
    pub share: Share,
    /// More operations than so many fail, references not counted.
    pub absolute: usize,
    /// More operations than so many fail, references counted.
    pub absolute_with_references: usize,
    /// Of what this run has tried; `None` where only the large numbers count.
    pub run: Option<Share>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            share: Share {
                failures: 5_000,
                percent: 40.0,
            },
            absolute: 40_000,
            absolute_with_references: 60_000,
            run: Some(Share {
                failures: 10,
                percent: 75.0,
            }),
        }
    }
}

/// How a system, or one rule of it, fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Operations this run has applied.
    pub applied: usize,
    /// Operations that failed in this run, references not counted.
    pub failed: usize,
    /// Operations that only set a reference or a membership, and failed in this run.
    pub failed_references: usize,
    /// Operations that failed in earlier runs and wait for their next try.
    pub kept: usize,
}

impl Share {
    fn is_exceeded(self, failed: usize, applied: usize) -> bool {
        let tried = failed + applied;
        failed >= self.failures.max(1) && failed as f64 * 100.0 > self.percent * tried as f64
    }
}

/// Says whether it must go into quarantine: why, and in words.
pub fn judge(limits: &Limits, tally: &Tally) -> Option<(Cause, String)> {
    let Tally {
        applied,
        failed,
        failed_references,
        kept,
    } = *tally;
    let failing = failed + kept;
    let all = failing + failed_references;
    if all > limits.absolute_with_references {
        let limit = limits.absolute_with_references;
        let words = format!("{all} operations fail, references counted; at most {limit} may");
        return Some((Cause::References, words));
    }
    if failing > limits.absolute {
        let words = format!("{failing} operations fail; at most {} may", limits.absolute);
        return Some((Cause::Failures, words));
    }
    let share = |share: &Share, failed: usize| {
        let tried = failed + applied;
        let words = format!(
            "{failed} of {tried} operations failed; at most {} % may",
            share.percent
        );
        (Cause::Share, words)
    };
    if limits.share.is_exceeded(failing, applied) {
        return Some(share(&limits.share, failing));
    }
    let run = limits.run.filter(|run| run.is_exceeded(failed, applied))?;
    Some(share(&run, failed))
}

/// Returns when a run may try again, after so many tries in vain; `None` if a person must release it.
pub fn next_try(since: Timestamp, now: Timestamp, tries: u32) -> Option<Timestamp> {
    // sixteen doublings are more than the longest pause
    let pause = FIRST_PAUSE.saturating_mul(1 << tries.min(16)).min(LONGEST_PAUSE);
    let next = now.checked_add(pause).ok()?;
    (next.duration_since(since) <= PATIENCE).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(applied: usize, failed: usize, failed_references: usize, kept: usize) -> Tally {
        Tally {
            applied,
            failed,
            failed_references,
            kept,
        }
    }

    /// The six worked examples of Microsoft's page on quarantine, with its numbers alone.
    #[test]
    fn the_worked_examples_of_entra_come_out() {
        let entra = Limits {
            run: None,
            ..Limits::default()
        };
        // what the page leaves open is chosen so that no other limit decides
        let table = [
            ("4,000 failed", tally(0, 4_000, 0, 0), None),
            (
                "5,000 failed: the share counts",
                tally(0, 5_000, 0, 0),
                Some(Cause::Share),
            ),
            ("5,000 failed: a small share", tally(95_000, 5_000, 0, 0), None),
            (
                "45,000 failed",
                tally(1_000_000, 45_000, 0, 0),
                Some(Cause::Failures),
            ),
            (
                "30,000 failed, 5,000 worked",
                tally(5_000, 30_000, 0, 0),
                Some(Cause::Share),
            ),
            (
                "20,000 failed, 100,000 worked",
                tally(100_000, 20_000, 0, 0),
                None,
            ),
            (
                "40,000 users and 21,000 managers failed",
                tally(1_000_000, 40_000, 21_000, 0),
                Some(Cause::References),
            ),
            ("40,000 users failed", tally(1_000_000, 40_000, 0, 0), None),
        ];
        for (what, tally, expected) in table {
            assert_eq!(judge(&entra, &tally).map(|(cause, _)| cause), expected, "{what}");
        }
    }

    #[test]
    fn a_small_company_has_a_share_of_its_own() {
        let limits = Limits::default();
        let table = [
            (tally(2, 10, 0, 0), true),
            (tally(0, 10, 0, 0), true),
            (tally(0, 9, 0, 0), false),
            (tally(4, 10, 0, 0), false),
            (tally(3, 10, 0, 0), true),
            // what waits since earlier runs is known: it is no news about this run
            (tally(0, 2, 0, 30), false),
            // one missing manager fails many reports, and says nothing of the system
            (tally(0, 0, 50, 0), false),
            (tally(0, 0, 0, 0), false),
        ];
        for (tally, expected) in table {
            assert_eq!(judge(&limits, &tally).is_some(), expected, "{tally:?}");
        }
        let (cause, words) = judge(&limits, &tally(2, 10, 0, 0)).unwrap();
        assert_eq!(
            (cause, &*words),
            (Cause::Share, "10 of 12 operations failed; at most 75 % may")
        );
    }

    #[test]
    fn a_limit_of_nothing_still_needs_a_failure() {
        let strict = Limits {
            share: Share {
                failures: 0,
                percent: 0.0,
            },
            ..Limits::default()
        };
        assert_eq!(judge(&strict, &tally(0, 0, 0, 0)), None);
        assert_eq!(judge(&strict, &tally(100, 0, 0, 0)), None);
        assert!(judge(&strict, &tally(100, 1, 0, 0)).is_some());
    }

    #[test]
    fn it_is_tried_ever_more_rarely_up_to_once_a_day_and_for_four_weeks() {
        let since = Timestamp::UNIX_EPOCH;
        let minutes = |tries| {
            let next = next_try(since, since, tries).unwrap();
            next.duration_since(since).as_mins()
        };
        let pauses: Vec<_> = (0..9).map(minutes).collect();
        assert_eq!(pauses, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
        assert_eq!(minutes(u32::MAX), 1440);
        let late = |days: i64| next_try(since, since + SignedDuration::from_hours(days * 24), 40);
        assert!(late(27).is_some());
        assert_eq!(late(28), None);
    }
}
