//! What a run tries before it goes on: a few operations of each kind and system (the canary), and of what is in
//! quarantine (to learn whether its cause is gone).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    engine::view::{CanaryLane, CanaryVerdict},
    model::{Cause, Kind, Operation, OperationState, Quarantine, SystemName},
};

/// How many operations are tried in quarantine before it is found that the cause is still there: the first one may be
/// a bad record by itself.
const PROBES: usize = 3;

/// What is tried together.
type Lane = (SystemName, Kind);

/// How far a trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// No more than a few are sent.
    Trying,
    /// All may be sent.
    Open,
    /// None may be sent.
    Shut,
}

/// A few operations that are sent before all others of their sort.
#[derive(Debug, Clone)]
struct Trial {
    limit: usize,
    sent: usize,
    worked: usize,
    failed: usize,
    stand: Stand,
}

impl Trial {
    const fn new(limit: usize) -> Self {
        Self {
            limit,
            sent: 0,
            worked: 0,
            failed: 0,
            stand: Stand::Trying,
        }
    }

    fn may_send(&self) -> bool {
        match self.stand {
            Stand::Trying => self.sent < self.limit,
            Stand::Open => true,
            Stand::Shut => false,
        }
    }

    /// Whether nothing more can be learned before somebody decides.
    fn is_over(&self) -> bool {
        self.stand == Stand::Trying && self.sent >= self.limit
    }
}

/// What follows from an outcome.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Consequence {
    /// Something may be sent now that had to wait.
    Opened,
    /// The cause of a quarantine is gone.
    Cured(Quarantine),
    /// The cause of a quarantine is still there.
    NotCured(Quarantine),
    /// The first operations of a kind did not work: no more of them are sent to the system.
    Shut(SystemName, Kind),
}

/// What is kept of a canary for the run that goes on after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    system: SystemName,
    kind: Kind,
    worked: bool,
}

/// The trials of a run.
pub(super) struct Caution {
    /// How many operations of each kind and system are tried first; 0 is none.
    first: usize,
    lanes: HashMap<Lane, Trial>,
    quarantines: Vec<(Quarantine, Trial)>,
}

impl Caution {
    /// Tries `first` operations of each kind and system, but for those that an earlier run has tried.
    pub(super) fn new(first: usize, earlier: &[Kept], on_trial: Vec<Quarantine>) -> Self {
        let known = |kept: &Kept| {
            let stand = if kept.worked { Stand::Open } else { Stand::Shut };
            let trial = Trial {
                stand,
                ..Trial::new(first)
            };
            ((kept.system.clone(), kept.kind), trial)
        };
        let quarantines = on_trial.into_iter().map(|one| {
            // what refuses the credentials would refuse them every time, and lock the account
            let probes = if one.cause == Cause::Credentials {
                1
            } else {
                PROBES
            };
            (one, Trial::new(probes))
        });
        Self {
            first,
            lanes: earlier.iter().map(known).collect(),
            quarantines: quarantines.collect(),
        }
    }

    fn concerned<'c>(&'c mut self, operation: &'c Operation) -> impl Iterator<Item = &'c mut Trial> {
        let Operation { system, rule, .. } = operation;
        let lane = self.lanes.get_mut(&(system.clone(), operation.kind));
        let quarantines = self.quarantines.iter_mut();
        let quarantines = quarantines.filter(move |(one, _)| one.concerns(system, rule));
        lane.into_iter().chain(quarantines.map(|(_, trial)| trial))
    }

    /// Reports whether an operation may be sent now; if so, it counts as sent.
    pub(super) fn may_send(&mut self, operation: &Operation) -> bool {
        if self.first > 0 {
            let lane = (operation.system.clone(), operation.kind);
            let first = self.first;
            self.lanes.entry(lane).or_insert_with(|| Trial::new(first));
        }
        let may = self.concerned(operation).all(|trial| trial.may_send());
        if may {
            self.concerned(operation).for_each(|trial| trial.sent += 1);
        }
        may
    }

    /// Takes an outcome; returns what follows from it.
    pub(super) fn note(&mut self, operation: &Operation, state: OperationState) -> Vec<Consequence> {
        let mut follows = Vec::new();
        let Operation { system, rule, .. } = operation;
        if let Some(trial) = self.lanes.get_mut(&(system.clone(), operation.kind))
            && trial.stand == Stand::Trying
        {
            match state {
                OperationState::Verified => trial.worked += 1,
                // the target moved meanwhile: that says something about this one only
                OperationState::Conflict => {}
                _ => {
                    trial.failed += 1;
                    trial.stand = Stand::Shut;
                    follows.push(Consequence::Shut(system.clone(), operation.kind));
                }
            }
        }
        for (one, trial) in &mut self.quarantines {
            if !one.concerns(system, rule) || trial.stand != Stand::Trying {
                continue;
            }
            let worked = matches!(state, OperationState::Applied | OperationState::Verified);
            // who refuses one operation, or has moved meanwhile, has accepted the credentials
            let answered = matches!(state, OperationState::Failed | OperationState::Conflict);
            if worked || (answered && one.cause == Cause::Credentials) {
                trial.stand = Stand::Open;
                follows.extend([Consequence::Cured(one.clone()), Consequence::Opened]);
            } else if state == OperationState::Conflict {
                trial.sent = trial.sent.saturating_sub(1);
                follows.push(Consequence::Opened);
            } else {
                trial.failed += 1;
                if trial.failed >= trial.limit {
                    trial.stand = Stand::Shut;
                    follows.push(Consequence::NotCured(one.clone()));
                }
            }
        }
        follows
    }

    /// Whether some kinds were tried as far as they may be before somebody decides.
    pub(super) fn waits(&self) -> bool {
        self.lanes.values().any(Trial::is_over)
    }

    /// Lets everything go on that has worked.
    pub(super) fn go_on(&mut self) {
        for trial in self.lanes.values_mut().filter(|trial| trial.is_over()) {
            trial.stand = Stand::Open;
        }
    }

    /// Returns what an operation of a later run may rely on.
    pub(super) fn kept(&self) -> Vec<Kept> {
        let mut kept: Vec<_> = self
            .lanes
            .iter()
            .filter(|(_, trial)| trial.is_over() || trial.stand != Stand::Trying)
            .map(|((system, kind), trial)| Kept {
                system: system.clone(),
                kind: *kind,
                worked: trial.stand != Stand::Shut,
            })
            .collect();
        kept.sort_by(|one, other| (&one.system, one.kind.word()).cmp(&(&other.system, other.kind.word())));
        kept
    }

    /// Returns what is shown of the canary.
    pub(super) fn view(&self) -> Vec<CanaryLane> {
        let mut lanes: Vec<_> = self
            .lanes
            .iter()
            .filter(|(_, trial)| trial.sent > 0)
            .map(|((system, kind), trial)| CanaryLane {
                system: system.clone(),
                kind: *kind,
                tried: trial.sent,
                worked: trial.worked,
                verdict: match trial.stand {
                    Stand::Shut => CanaryVerdict::Stopped,
                    Stand::Open => CanaryVerdict::GoesOn,
                    Stand::Trying => CanaryVerdict::Waits,
                },
            })
            .collect();
        lanes.sort_by(|one, other| (&one.system, one.kind.word()).cmp(&(&other.system, other.kind.word())));
        lanes
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{super::queue::tests::stored, *};

    fn operation(kind: Kind, system: &str) -> Operation {
        stored(1, kind, system, &[]).operation
    }

    fn quarantine(cause: Cause) -> Quarantine {
        Quarantine {
            system: "chat".into(),
            rule: None,
            cause,
            reason: String::new(),
            since: Timestamp::UNIX_EPOCH,
            tries: 0,
            next: None,
        }
    }

    #[test]
    fn a_few_of_each_kind_and_system_go_first() {
        let mut caution = Caution::new(2, &[], Vec::new());
        let create = operation(Kind::Create, "directory");
        let disable = operation(Kind::Disable, "directory");
        let other = operation(Kind::Create, "chat");
        let sent = |caution: &mut Caution, operation: &Operation| {
            (0..5).filter(|_| caution.may_send(operation)).count()
        };
        for operation in [&create, &disable, &other] {
            assert_eq!(sent(&mut caution, operation), 2);
        }
        for operation in [&create, &create, &disable] {
            assert_eq!(caution.note(operation, OperationState::Verified), []);
        }
        // what was written and is not as it was written has not worked
        let shut = Consequence::Shut("chat".into(), Kind::Create);
        assert_eq!(caution.note(&other, OperationState::Applied), [shut]);
        assert!(caution.waits());
        let kept = caution.kept();
        caution.go_on();
        assert!(!caution.waits());
        assert_eq!(sent(&mut caution, &create), 5);
        assert_eq!(sent(&mut caution, &other), 0);
        // another run knows what this one has learned, and tries what is new to it
        let mut later = Caution::new(2, &kept, Vec::new());
        let moved = operation(Kind::Move, "chat");
        let all = [&create, &disable, &other, &moved].map(|operation| sent(&mut later, operation));
        assert_eq!(all, [5, 5, 0, 2]);
    }

    #[test]
    fn without_a_canary_nothing_waits() {
        let mut caution = Caution::new(0, &[], Vec::new());
        let create = operation(Kind::Create, "directory");
        assert!((0..9).all(|_| caution.may_send(&create)));
        assert_eq!(caution.note(&create, OperationState::Failed), []);
        assert!(!caution.waits() && caution.view().is_empty());
    }

    #[test]
    fn a_quarantine_is_tried_with_few_operations() {
        use OperationState::{Approved, Conflict, Failed, Verified};
        let table = [
            (Cause::Share, vec![Verified], Some(true)),
            (Cause::Share, vec![Failed, Verified], Some(true)),
            (Cause::Share, vec![Failed, Failed, Failed], Some(false)),
            (Cause::Share, vec![Failed, Conflict, Failed, Failed], Some(false)),
            (Cause::Share, vec![Failed, Failed], None),
            (Cause::Credentials, vec![Failed], Some(true)),
            (Cause::Credentials, vec![Approved], Some(false)),
        ];
        for (cause, outcomes, expected) in table {
            let mut caution = Caution::new(0, &[], vec![quarantine(cause)]);
            let update = operation(Kind::Update, "chat");
            assert!(caution.may_send(&operation(Kind::Update, "directory")));
            let mut cured = None;
            for state in &outcomes {
                assert!(caution.may_send(&update), "{cause:?} {outcomes:?}");
                for consequence in caution.note(&update, *state) {
                    match consequence {
                        Consequence::Cured(_) => cured = Some(true),
                        Consequence::NotCured(_) => cured = Some(false),
                        _ => {}
                    }
                }
            }
            assert_eq!(cured, expected, "{cause:?} {outcomes:?}");
            assert_eq!(
                caution.may_send(&update),
                expected != Some(false),
                "{cause:?} {outcomes:?}"
            );
        }
    }
}
