//! Where a person stands today, and what happened since the facts that were last settled.

use jiff::civil::Date;

use crate::model::{LifecycleEvent, LifecycleState};

/// Where a person stands, and between which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where.
    pub state: LifecycleState,
    /// First day.
    pub start: Option<Date>,
    /// Last day, inclusive.
    pub end: Option<Date>,
}

/// Tells where somebody stands on a day of their own time zone.
///
/// HR's word that somebody is not active counts at once, whatever the dates say; the last day is inclusive; an end
/// before the start belongs to an earlier employment and is ignored.
pub fn standing(
    active: bool,
    on_leave: bool,
    start: Option<Date>,
    end: Option<Date>,
    today: Date,
) -> Standing {
    let stale_end = matches!((start, end), (Some(start), Some(end)) if end < start);
    let over = end.is_some_and(|end| end < today) && !stale_end;
    let state = if !active || over {
        LifecycleState::Ended
    } else if start.is_some_and(|start| start > today) {
        LifecycleState::PreHire
    } else if on_leave {
        LifecycleState::OnLeave
    } else {
        LifecycleState::Active
    };
    Standing {
        state,
        start,
        end: if active && stale_end { None } else { end },
    }
}

/// What the person's facts were when they were last settled, compared with now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Where the person stood; `None` if usher did not know the person.
    pub before: Option<LifecycleState>,
    /// Where the person stands.
    pub after: LifecycleState,
    /// Whether an attribute that makes a name change is another one.
    pub name_changed: bool,
    /// Whether an attribute that makes a mover is another one.
    pub moved: bool,
}

/// Names what happened; `None` if it is no lifecycle event.
pub fn event(transition: Transition) -> Option<LifecycleEvent> {
    use LifecycleState::{Active, Ended, Gone, OnLeave, PreHire};
    match (transition.before, transition.after) {
        (None | Some(PreHire), PreHire) => Some(LifecycleEvent::PreHire),
        (None | Some(PreHire), Active | OnLeave) => Some(LifecycleEvent::Joiner),
        (Some(Ended | Gone), PreHire | Active | OnLeave) => Some(LifecycleEvent::Rehire),
        (Some(PreHire), Ended | Gone) => Some(LifecycleEvent::CancelledHire),
        (Some(Active | OnLeave), Gone) => Some(LifecycleEvent::Vanished),
        (Some(Active | OnLeave), Ended) => Some(LifecycleEvent::Leaver),
        (Some(Active), OnLeave) => Some(LifecycleEvent::LeaveStart),
        (Some(OnLeave), Active) => Some(LifecycleEvent::LeaveEnd),
        (Some(Active | OnLeave), PreHire | Active | OnLeave) if transition.name_changed => {
            Some(LifecycleEvent::NameChange)
        }
        (Some(Active | OnLeave), PreHire | Active | OnLeave) if transition.moved => {
            Some(LifecycleEvent::Mover)
        }
        (None | Some(Ended | Gone), Ended | Gone) | (Some(Active | OnLeave), PreHire | Active | OnLeave) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use LifecycleState::{Active, Ended, Gone, OnLeave, PreHire};

    #[test]
    fn standing_follows_the_dates_inclusively() {
        let today = date(2026, 11, 21);
        let day = |offset: i64| Some(today.checked_add(jiff::Span::new().days(offset)).unwrap());
        for (active, leave, start, end, expected) in [
            (true, false, day(-10), None, Active),
            (true, false, day(0), None, Active),
            (true, false, day(1), None, PreHire),
            (true, true, day(-10), None, OnLeave),
            (true, false, day(-10), day(0), Active),
            (true, false, day(-10), day(-1), Ended),
            (true, false, day(-10), day(-20), Active),
            (true, false, day(5), day(-20), PreHire),
            (false, false, day(-10), None, Ended),
            (false, false, day(-10), day(5), Ended),
            (true, false, None, None, Active),
        ] {
            assert_eq!(
                standing(active, leave, start, end, today).state,
                expected,
                "{start:?} {end:?}"
            );
        }
    }

    #[test]
    fn every_transition_has_its_event() {
        use LifecycleEvent as E;
        let table = [
            (None, PreHire, Some(E::PreHire)),
            (None, Active, Some(E::Joiner)),
            (None, Ended, None),
            (Some(PreHire), PreHire, Some(E::PreHire)),
            (Some(PreHire), Active, Some(E::Joiner)),
            (Some(PreHire), Gone, Some(E::CancelledHire)),
            (Some(PreHire), Ended, Some(E::CancelledHire)),
            (Some(Active), Ended, Some(E::Leaver)),
            (Some(OnLeave), Ended, Some(E::Leaver)),
            (Some(Active), Gone, Some(E::Vanished)),
            (Some(Ended), Gone, None),
            (Some(Gone), Active, Some(E::Rehire)),
            (Some(Ended), PreHire, Some(E::Rehire)),
            (Some(Active), OnLeave, Some(E::LeaveStart)),
            (Some(OnLeave), Active, Some(E::LeaveEnd)),
            (Some(Active), Active, None),
        ];
        for (before, after, expected) in table {
            let transition = Transition {
                before,
                after,
                name_changed: false,
                moved: false,
            };
            assert_eq!(event(transition), expected, "{before:?} → {after:?}");
        }
        let stays = Transition {
            before: Some(Active),
            after: Active,
            name_changed: false,
            moved: true,
        };
        assert_eq!(event(stays), Some(E::Mover));
        assert_eq!(
            event(Transition {
                name_changed: true,
                ..stays
            }),
            Some(E::NameChange)
        );
    }
}
