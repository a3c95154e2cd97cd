//! Operations that the target refused: how often, since when, and when they are tried again.

use hashbrown::HashMap;
use jiff::Timestamp;

use super::{Error, Inner};
use crate::{
    model::{Fingerprint, PlanId},
    planning::restraint::retry::{NextTry, next_try},
};

/// When the operations of a plan have failed.
#[derive(Debug, Default)]
pub(super) struct Failing {
    by: HashMap<Fingerprint, Vec<Timestamp>>,
}

impl Failing {
    /// Loads the failures of a plan's operations since they were applied last.
    pub(super) fn load(inner: &Inner, plan: PlanId) -> Result<Self, Error> {
        let mut by: HashMap<Fingerprint, Vec<Timestamp>> = HashMap::new();
        for (id, at) in inner.setup.store.failures(plan)? {
            by.entry(id).or_default().push(at);
        }
        Ok(Self { by })
    }

    /// Returns when an operation has failed, the oldest failure first.
    pub(super) fn of(&self, id: Fingerprint) -> &[Timestamp] {
        self.by.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Returns what has failed.
    pub(super) fn ids(&self) -> impl Iterator<Item = Fingerprint> {
        self.by.keys().copied()
    }

    /// Says when an operation may be tried again that was approved last at an instant; `None` if it has not failed
    /// since then.
    pub(super) fn next_try(
        &self,
        id: Fingerprint,
        approved: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<NextTry> {
        let all = self.of(id);
        let since = approved.map_or(0, |approved| all.partition_point(|at| *at < approved));
        let failures = &all[since..];
        (!failures.is_empty()).then(|| next_try(failures, now))
    }
}

/// Says in words how often something has failed, since when, and when it is tried again.
pub(super) fn describe(failures: &[Timestamp], next: NextTry, now: Timestamp) -> String {
    let Some(first) = failures.first() else {
        return String::new();
    };
    let times = match failures.len() {
        1 => "failed once".to_owned(),
        2 => "failed twice".to_owned(),
        times => format!("failed {times} times"),
    };
    let then = match next {
        NextTry::Now => "the next run tries it again".to_owned(),
        NextTry::At(at) => format!("tried again after {}", minute(at)),
        NextTry::GivenUp => "no longer tried: approve it again, or reject it".to_owned(),
    };
    format!("{times}, first {} ({}); {then}", minute(*first), age(now, *first))
}

/// Says an instant to the minute, in UTC.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// Says how long ago something was, in its largest unit.
pub(super) fn age(now: Timestamp, then: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn hour(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn a_new_approval_begins_anew_and_the_age_stays() {
        let id = Fingerprint([7; 32]);
        let failing = Failing {
            by: HashMap::from([(id, vec![hour(1), hour(2)])]),
        };
        let next = |approved| failing.next_try(id, approved, hour(3));
        assert_eq!(next(Some(hour(0))), Some(NextTry::At(hour(7))));
        assert_eq!(next(Some(hour(2))), Some(NextTry::Now));
        assert_eq!(next(Some(hour(3))), None);
        assert_eq!(failing.next_try(Fingerprint([8; 32]), None, hour(3)), None);
        assert_eq!(
            describe(failing.of(id), NextTry::At(hour(7)), hour(75)),
            "failed twice, first 1970-01-01 01:00Z (3 days ago); tried again after 1970-01-01 07:00Z"
        );
    }

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let minutes = |minutes| age(hour(0) + SignedDuration::from_mins(minutes), hour(0));
        let table = [
            (0, "just now"),
            (59, "59 min ago"),
            (60, "1 h ago"),
            (2879, "47 h ago"),
            (2880, "2 days ago"),
        ];
        for (passed, expected) in table {
            assert_eq!(minutes(passed), expected);
        }
    }
}
