//! Lines that are cut, or fall silent: who tries a system again, when and for how long.
//!
//! While a system answers nobody, one operation tries it again and again, and all others that met the same wait for how
//! that goes. As soon as anything is answered they go on by themselves. A run that has waited for longer than its
//! patience gives the system up.

mod condition;

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::Control;
use crate::{
    connectors::WriteError,
    engine::{SystemSetup, lock},
    model::SystemName,
};

/// The pause after the first attempt; each following one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// The longest pause, where the system itself does not ask for more.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The longest wait a system can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How often somebody who waits looks whether the run is to stop.
const GLANCE: Duration = Duration::from_millis(50);
/// How often a system is tried that answers others, or that never was there.
const ATTEMPTS: u32 = 5;

/// The lines to all systems of a run.
pub(super) struct Lines(HashMap<SystemName, Line>);

/// The line to one system.
pub(super) struct Line {
    patience: Duration,
    /// Held by the operation that tries the system for all others.
    scout: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether it took anything in this run: what never was there need not be waited for.
    was_there: bool,
    answered: Option<Instant>,
    down: Option<Down>,
    /// How many writes are looked for whose answer got lost.
    settling: usize,
    /// When it answered again, and after how long.
    back: Option<(Instant, Duration)>,
}

/// A system that answers nobody.
struct Down {
    since: Instant,
    attempts: u32,
    next: Option<Instant>,
    reason: String,
    is_given_up: bool,
}

/// How an attempt has failed.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    /// Why.
    pub(super) reason: String,
    /// How many seconds the system asks to wait.
    pub(super) asks: Option<u64>,
    /// Whether the request left: then the system was there a moment ago.
    pub(super) has_left: bool,
}

impl Trouble {
    /// Takes what a connector says of a write that has no end yet.
    pub(super) fn of(error: &WriteError) -> Self {
        let asks = match error {
            WriteError::Busy { retry_after, .. } => *retry_after,
            _ => None,
        };
        Self {
            reason: error.to_string(),
            asks,
            has_left: matches!(error, WriteError::Unknown(_)),
        }
    }
}

/// The attempts of one operation.
pub(super) struct Tries<'l> {
    line: &'l Line,
    /// When the first one began.
    first: Instant,
    /// When the latest one began.
    began: Instant,
    /// How many have failed while others were answered.
    alone: u32,
    /// Held while this operation tries for all.
    scout: Option<tokio::sync::MutexGuard<'l, ()>>,
}

/// A lost answer that is looked for, until it is dropped.
pub(super) struct Settling<'l>(&'l Line);

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.settling = state.settling.saturating_sub(1);
    }
}

impl Lines {
    /// Lines to these systems, each of which is waited for this long.
    pub(super) fn new(systems: &[SystemSetup], patience: Duration) -> Self {
        let names = systems.iter().map(|system| system.connector.system().clone());
        Self(names.map(|system| (system, Line::new(patience))).collect())
    }

    /// The line to a system.
    pub(super) fn of(&self, system: &SystemName) -> Option<&Line> {
        self.0.get(system)
    }
}

impl Line {
    fn new(patience: Duration) -> Self {
        Self {
            patience,
            scout: tokio::sync::Mutex::default(),
            state: Mutex::default(),
        }
    }

    /// Begins the attempts of an operation.
    pub(super) fn tries(&self) -> Tries<'_> {
        let now = Instant::now();
        Tries {
            line: self,
            first: now,
            began: now,
            alone: 0,
            scout: None,
        }
    }

    /// Notes that a write is looked for whose answer got lost, until the result is dropped.
    pub(super) fn settles(&self) -> Settling<'_> {
        lock(&self.state).settling += 1;
        Settling(self)
    }

    fn has_answered_since(&self, when: Instant) -> bool {
        lock(&self.state).answered.is_some_and(|answered| answered > when)
    }
}

impl Tries<'_> {
    /// Notes that the system answered.
    pub(super) fn answered(&mut self) {
        self.scout = None;
        let mut state = lock(&self.line.state);
        let now = Instant::now();
        state.answered = Some(now);
        state.was_there = true;
        if let Some(down) = state.down.take() {
            state.back = Some((now, now.saturating_duration_since(down.since)));
        }
    }

    /// Waits until the operation should be tried again; false if it should not be.
    pub(super) async fn again(&mut self, trouble: Trouble, control: &Control) -> bool {
        let goes_on = self.waits(&trouble, control).await;
        self.began = Instant::now();
        if !goes_on {
            self.scout = None;
        }
        goes_on
    }

    async fn waits(&mut self, trouble: &Trouble, control: &Control) -> bool {
        let met = Instant::now();
        if self.line.has_answered_since(self.began) {
            // who answers others has trouble with this one alone
            self.scout = None;
            self.alone += 1;
            // what became of a write that left is asked for as long as there is patience: asking writes nothing
            let asks_on = trouble.has_left && self.first.elapsed() < self.line.patience;
            let goes_on = self.alone < ATTEMPTS || asks_on;
            return goes_on && rest(met + pause(self.alone, trouble.asks), control).await;
        }
        self.line.note(trouble, self.began, self.scout.is_some());
        if self.scout.is_none() {
            let scout = self.line.scout.lock().await;
            if self.line.has_answered_since(met) {
                drop(scout);
                let asked = trouble.asks.map_or(Duration::ZERO, |_| pause(1, trouble.asks));
                return rest(met + asked, control).await;
            }
            self.scout = Some(scout);
        }
        let Some(pause) = self.line.next_pause(trouble.asks) else {
            return false;
        };
        let goes_on = rest(Instant::now() + pause, control).await;
        if let Some(down) = lock(&self.line.state).down.as_mut() {
            down.next = None;
        }
        goes_on
    }
}

impl Line {
    /// Notes that an attempt failed that began then; only those count that are made for all.
    fn note(&self, trouble: &Trouble, began: Instant, is_for_all: bool) {
        let mut state = lock(&self.state);
        state.was_there |= trouble.has_left;
        let down = state.down.get_or_insert_with(|| Down {
            since: began,
            attempts: 1,
            next: None,
            reason: String::new(),
            is_given_up: false,
        });
        down.attempts += u32::from(is_for_all);
        trouble.reason.clone_into(&mut down.reason);
    }

    /// Returns how long to wait before the next attempt; nothing if there is to be none.
    fn next_pause(&self, asks: Option<u64>) -> Option<Duration> {
        let mut state = lock(&self.state);
        let was_there = state.was_there;
        let down = state.down.as_mut()?;
        let is_over = if was_there {
            down.since.elapsed() >= self.patience
        } else {
            down.attempts >= ATTEMPTS
        };
        down.is_given_up |= is_over;
        if down.is_given_up {
            return None;
        }
        let pause = pause(down.attempts, asks);
        down.next = Some(Instant::now() + pause);
        Some(pause)
    }
}

/// How long to wait after so many attempts, or as long as the system asks for.
fn pause(attempts: u32, asks: Option<u64>) -> Duration {
    asks.map_or_else(
        || {
            FIRST_PAUSE
                .saturating_mul(1 << attempts.saturating_sub(1).min(10))
                .min(LONGEST_PAUSE)
        },
        |seconds| Duration::from_secs(seconds).min(LONGEST_WAIT),
    )
}

/// Waits; reports whether the run is still to go on.
async fn rest(until: Instant, control: &Control) -> bool {
    loop {
        if control.is_stopping() {
            return false;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        tokio::time::sleep(left.min(GLANCE)).await;
    }
}

#[cfg(test)]
mod tests;
