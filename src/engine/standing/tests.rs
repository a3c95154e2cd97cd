//! Tables of who approved what, and where that leaves an operation.

use super::*;
use crate::model::Actor;

const DAY: i64 = 24 * 3600;

fn at(days: i64) -> Timestamp {
    Timestamp::from_second(days * DAY).unwrap()
}

fn decision(by: &str, verdict: Verdict, day: i64) -> Decision {
    Decision {
        operation: Fingerprint([1; 32]),
        verdict,
        by: Actor {
            user: by.to_owned(),
            ssh_client: None,
        },
        at: at(day),
        reason: Some("because".to_owned()),
    }
}

fn policy(expire_days: Option<u16>) -> Policy {
    Policy {
        expire_days,
        same_person: vec![vec!["ana".to_owned(), "a.kovac@example.org".to_owned()]],
        ..Policy::default()
    }
}

struct Case {
    needs: Needs,
    expire_days: Option<u16>,
    is_automatic: bool,
    state: OperationState,
    until: Option<Timestamp>,
    decisions: Vec<Decision>,
}

impl Case {
    fn new(needs: Needs, state: OperationState, decisions: Vec<Decision>) -> Self {
        Self {
            needs,
            expire_days: None,
            is_automatic: false,
            state,
            until: None,
            decisions,
        }
    }

    /// On day 10.
    fn stands(&self) -> (OperationState, String) {
        let judge = Judge {
            me: "ana",
            is_barred: false,
            policy: &policy(self.expire_days),
            demand: &Demand {
                needs: self.needs,
                rule: Some("deletes".into()),
            },
            decisions: &self.decisions,
            is_automatic: self.is_automatic,
            now: at(10),
        };
        let standing = judge.standing(self.state, self.until);
        (standing.state, standing.note)
    }
}

#[test]
fn two_means_two_different_people() {
    use OperationState::{Approved, Proposed};
    use Verdict::{Approve, FirstApproval};
    let two = |state, approvals: &[&str]| {
        let decisions = approvals.iter().map(|by| decision(by, Approve, 9)).collect();
        Case::new(Needs::Two, state, decisions).stands()
    };
    assert_eq!(
        two(Proposed, &[]),
        (Proposed, "needs two, by policy rule `deletes`".to_owned())
    );
    let one_more = (Proposed, "needs two: ana approved, one more".to_owned());
    // whatever the store says, and under whatever name
    for approvals in [
        &["ana@one"][..],
        &["ana@one", "ana@two"],
        &["ana@one", "ana as root@one"],
        &["ana@one", "a.kovac@example.org (SSH key SHA256:x)"],
        &["a.kovac@example.org (SSH key SHA256:x)", "ana@one"],
        &["policy rule titles", "ana@one"],
    ] {
        assert_eq!(two(Approved, approvals), one_more, "{approvals:?}");
    }
    assert_eq!(two(Approved, &["ana@one", "ben@one"]), (Approved, String::new()));
    let mut case = Case::new(
        Needs::Two,
        Approved,
        vec![
            decision("ana@one", FirstApproval, 8),
            decision("ben@one", Approve, 9),
        ],
    );
    assert_eq!(case.stands().0, Approved);
    // an approval from before somebody rejected counts no more
    case.decisions.insert(1, decision("eve@one", Verdict::Reject, 8));
    assert_eq!(case.stands().1, "needs two: ben approved, one more");
}

#[test]
fn old_approvals_count_no_more() {
    let mut case = Case::new(
        Needs::One,
        OperationState::Approved,
        vec![decision("ana@one", Verdict::Approve, 3)],
    );
    for (days, expected) in [
        (None, OperationState::Approved),
        (Some(8), OperationState::Approved),
        (Some(7), OperationState::Proposed),
    ] {
        case.expire_days = days;
        assert_eq!(case.stands().0, expected, "{days:?}");
    }
    assert_eq!(case.stands().1, "the approval of ana has expired");
    // of two, one may be too old
    case.needs = Needs::Two;
    case.decisions.push(decision("ben@one", Verdict::Approve, 9));
    assert_eq!(case.stands().1, "needs two: ben approved, one more");
}

#[test]
fn a_rule_approves_only_what_it_may_still_approve() {
    let by_rule = Decision {
        by: Actor::of_policy(&"titles".into()),
        ..decision("", Verdict::Approve, 9)
    };
    let mut case = Case::new(Needs::Rule, OperationState::Approved, vec![by_rule]);
    case.is_automatic = true;
    assert_eq!(case.stands().0, OperationState::Approved);
    for (is_automatic, needs) in [(false, Needs::Rule), (true, Needs::One), (true, Needs::Two)] {
        (case.is_automatic, case.needs) = (is_automatic, needs);
        let (state, note) = case.stands();
        assert_eq!(state, OperationState::Proposed, "{needs:?}");
        assert!(!note.is_empty(), "{needs:?}");
    }
    // a user cannot call himself a rule
    case.decisions = vec![decision("policy rule titles@host", Verdict::Approve, 9)];
    (case.is_automatic, case.needs) = (true, Needs::Two);
    assert_eq!(case.stands().0, OperationState::Proposed);
}

#[test]
fn what_never_happens_is_blocked_whoever_approves() {
    let approvals = ["ana@one", "ben@one"].map(|by| decision(by, Verdict::Approve, 9));
    let case = Case::new(Needs::Never, OperationState::Approved, approvals.to_vec());
    let expected = (
        OperationState::Blocked,
        "never, by policy rule `deletes`".to_owned(),
    );
    assert_eq!(case.stands(), expected);
}

#[test]
fn what_was_rejected_or_held_until_a_date_returns_on_it_with_the_reason() {
    let until = at(11);
    let rejected = vec![decision("ana@one", Verdict::RejectUntil { until }, 9)];
    let mut case = Case::new(Needs::One, OperationState::Rejected, rejected);
    case.until = Some(until);
    let expected = "rejected by ana until 1970-01-12: because";
    assert_eq!(case.stands(), (OperationState::Rejected, expected.to_owned()));
    case.until = Some(at(10));
    let expected = "again in review after: rejected by ana: because";
    assert_eq!(case.stands(), (OperationState::Proposed, expected.to_owned()));
    (case.until, case.decisions) = (None, vec![decision("ana@one", Verdict::Reject, 9)]);
    assert_eq!(
        case.stands(),
        (OperationState::Rejected, "rejected by ana: because".to_owned())
    );
}
