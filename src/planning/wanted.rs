//! What a person should have under an account rule today, and what becomes due later.

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};

use super::{
    lifecycle::Standing,
    rules::{AccountRule, Gone},
};
use crate::model::LifecycleState;

/// How long after the first day a create still counts as due on that day, so that an approval given beforehand holds.
const RECENT: i32 = 31;

/// What a person should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A usable account.
    Usable {
        /// Since when it is due, if the first day is recent.
        due: Option<Timestamp>,
        /// The end of the last day, if HR names one.
        until: Option<Timestamp>,
    },
    /// An account that cannot be used for now (leave).
    Unusable,
    /// An account from then on, usable from then on.
    Upcoming {
        /// When it is made.
        create: Timestamp,
        /// When it is made usable.
        enable: Timestamp,
    },
    /// No usable account, and later none at all.
    Over {
        /// Since when; `None` is now.
        since: Option<Timestamp>,
        /// Whether it is disabled.
        disable: bool,
        /// When the account is deleted.
        delete: Option<Timestamp>,
    },
    /// Whatever there is.
    Kept,
    /// Not this rule's business.
    Excluded,
}

/// The first instant of a day in a zone. Not always midnight.
pub(super) fn start_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone())
        .ok()?
        .start_of_day()
        .ok()
        .map(|start| start.timestamp())
}

/// The first instant after a day in a zone.
pub(super) fn end_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    start_of(day.tomorrow().ok()?, zone)
}

/// Tells what a person should have. `over_since` is when it was first seen that they are gone, or ended without a day.
pub(super) fn wanted(
    rule: &AccountRule,
    standing: Standing,
    in_scope: bool,
    over_since: Option<Date>,
    today: Date,
    zone: &TimeZone,
) -> Wanted {
    match standing.state {
        LifecycleState::Ended | LifecycleState::Gone => {
            let last_day = standing.end.filter(|end| *end < today);
            let since = last_day.and_then(|day| end_of(day, zone));
            let base = match standing.state {
                LifecycleState::Gone => over_since.or(last_day),
                // HR may tell the day later than the end
                _ => last_day.or(over_since),
            };
            let base = base.unwrap_or(today);
            match rule.gone {
                _ if standing.state != LifecycleState::Gone => {}
                Gone::Leaver => {}
                Gone::Keep => return Wanted::Kept,
                Gone::Disable => {
                    return Wanted::Over {
                        since: None,
                        disable: true,
                        delete: None,
                    };
                }
                Gone::Delete => {
                    return Wanted::Over {
                        since: None,
                        disable: false,
                        delete: start_of(base, zone),
                    };
                }
            }
            let delete = rule.leaver.delete_after_days.and_then(|days| {
                let day = base.checked_add(Span::new().days(i64::from(days))).ok()?;
                end_of(day, zone)
            });
            Wanted::Over {
                since,
                disable: rule.leaver.disable,
                delete,
            }
        }
        _ if !in_scope => Wanted::Excluded,
        LifecycleState::OnLeave if rule.leave_disables => Wanted::Unusable,
        LifecycleState::Active | LifecycleState::OnLeave => {
            let recent = standing.start.filter(|start| {
                today
                    .checked_sub(Span::new().days(RECENT))
                    .is_ok_and(|limit| *start >= limit)
            });
            Wanted::Usable {
                due: recent.and_then(|start| before(start, rule.joiner.create_days_before, zone)),
                until: standing.end.and_then(|end| end_of(end, zone)),
            }
        }
        LifecycleState::PreHire => {
            let times = standing.start.and_then(|start| {
                Some((
                    before(start, rule.joiner.create_days_before, zone)?,
                    before(start, rule.joiner.enable_days_before, zone)?,
                ))
            });
            times.map_or(Wanted::Excluded, |(create, enable)| Wanted::Upcoming {
                create,
                enable: enable.max(create),
            })
        }
    }
}

fn before(start: Date, days: u16, zone: &TimeZone) -> Option<Timestamp> {
    start_of(start.checked_sub(Span::new().days(i32::from(days))).ok()?, zone)
}
