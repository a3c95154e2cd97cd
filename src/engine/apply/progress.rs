//! How far a run is.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;

use crate::{
    engine::{
        describe,
        failing::Failing,
        view::{CanaryView, Condition, Failure, RunState, RunView, SystemProgress},
    },
    model::{Operation, OperationState, SystemName},
    store::StoredOperation,
};

/// Seconds over which a rate is taken.
const WINDOW: f64 = 3.0;
/// A time left is shown after this many outcomes.
const ENOUGH: usize = 5;
/// Failures kept for the screen.
const FAILURES: usize = 500;
/// Operations in flight kept for the screen.
const IN_FLIGHT: usize = 32;

struct Lane {
    system: SystemName,
    total: usize,
    done: usize,
    failed: usize,
    recent: VecDeque<std::time::Instant>,
    quarantine: Option<String>,
    line: Option<Condition>,
}

/// How far a run is, system by system.
pub(super) struct Progress {
    id: i64,
    started: Timestamp,
    lanes: Vec<Lane>,
    in_flight: Vec<Arc<StoredOperation>>,
    failures: VecDeque<Failure>,
    /// What has failed in earlier runs.
    failing: Failing,
    canary: Option<CanaryView>,
    dirty: bool,
}

impl Progress {
    pub(super) fn new(id: i64, started: Timestamp, operations: &[Arc<StoredOperation>]) -> Self {
        let mut lanes: Vec<Lane> = Vec::new();
        for stored in operations {
            let system = &stored.operation.system;
            match lanes.iter_mut().find(|lane| lane.system == *system) {
                Some(lane) => lane.total += 1,
                None => lanes.push(Lane {
                    system: system.clone(),
                    total: 1,
                    done: 0,
                    failed: 0,
                    recent: VecDeque::new(),
                    quarantine: None,
                    line: None,
                }),
            }
        }
        Self {
            id,
            started,
            lanes,
            in_flight: Vec::new(),
            failures: VecDeque::new(),
            failing: Failing::default(),
            canary: None,
            dirty: true,
        }
    }

    pub(super) fn sent(&mut self, stored: &Arc<StoredOperation>) {
        self.in_flight.push(stored.clone());
        self.dirty = true;
    }

    pub(super) fn ended(
        &mut self,
        operation: &Operation,
        state: OperationState,
        reason: &str,
        attempts: u32,
    ) {
        let mut in_flight = self.in_flight.iter();
        if let Some(at) = in_flight.position(|one| one.operation.fingerprint == operation.fingerprint) {
            self.in_flight.remove(at);
        }
        self.dirty = true;
        let works = matches!(state, OperationState::Applied | OperationState::Verified);
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.system == operation.system) {
            if works {
                lane.done += 1;
            } else {
                lane.failed += 1;
            }
            let now = std::time::Instant::now();
            lane.recent.push_back(now);
            while lane
                .recent
                .front()
                .is_some_and(|first| (now - *first).as_secs_f64() > WINDOW)
            {
                lane.recent.pop_front();
            }
        }
        if !works {
            let earlier = self.failing.of(operation.fingerprint);
            self.failures.push_front(Failure {
                id: operation.fingerprint,
                subject: operation.subject.clone(),
                system: operation.system.clone(),
                kind: operation.kind,
                state,
                reason: reason.to_owned(),
                attempts,
                earlier: earlier.len(),
                first: earlier.first().copied(),
            });
            self.failures.truncate(FAILURES);
        }
    }

    /// Knows what has failed in earlier runs.
    pub(super) fn knowing(self, failing: Failing) -> Self {
        Self { failing, ..self }
    }

    /// Notes that nothing more is written to a system, or to a rule of it.
    pub(super) fn quarantine(&mut self, system: &SystemName, reason: &str) {
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.system == *system) {
            lane.quarantine = Some(reason.to_owned());
        }
        self.dirty = true;
    }

    /// Notes that the run waits after what it has tried first, or no longer.
    pub(super) fn canary(&mut self, canary: Option<CanaryView>) {
        self.canary = canary;
        self.dirty = true;
    }

    /// Notes how the lines to the systems are.
    pub(super) fn lines(&mut self, condition: impl Fn(&SystemName) -> Option<Condition>) {
        for lane in &mut self.lanes {
            let now = condition(&lane.system);
            self.dirty |= now != lane.line;
            lane.line = now;
        }
    }

    /// Reports whether there is news, once.
    pub(super) fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    pub(super) fn view(&self, state: RunState, ended: Option<Timestamp>) -> RunView {
        RunView {
            id: self.id,
            state,
            started: self.started,
            ended,
            systems: self.lanes.iter().map(Lane::view).collect(),
            in_flight: self
                .in_flight
                .iter()
                .take(IN_FLIGHT)
                .map(|stored| describe::operation(&stored.operation))
                .collect(),
            failures: self.failures.iter().cloned().collect(),
            canary: self.canary.clone(),
        }
    }
}

impl Lane {
    fn view(&self) -> SystemProgress {
        let ended = self.done + self.failed;
        let span = match (self.recent.front(), self.recent.back()) {
            (Some(first), Some(last)) => (*last - *first).as_secs_f64(),
            _ => 0.0,
        };
        let rate = if span > 0.0 {
            (self.recent.len() - 1) as f64 / span
        } else {
            0.0
        };
        let left = self.total.saturating_sub(ended);
        SystemProgress {
            system: self.system.clone(),
            total: self.total,
            done: self.done,
            failed: self.failed,
            rate,
            remaining: (ended >= ENOUGH && rate > 0.0).then(|| (left as f64 / rate).ceil() as u64),
            quarantine: self.quarantine.clone(),
            line: self.line.clone(),
        }
    }
}
