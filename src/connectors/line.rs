//! How the line to a system is: whether what was asked is answered, and whether there is a connection at all.
//!
//! Noted by the connector as it goes, and looked at by whoever wants to know: nobody is called from here.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How the line to a system is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    /// Nothing is waited for.
    #[default]
    Quiet,
    /// Requests wait for their answers, and nothing has come for this long.
    Silent(Duration),
    /// No connection could be had: how often that was tried, and for how long.
    Lost {
        /// The attempts so far, the current one included.
        attempts: u32,
        /// Since the first of them.
        since: Duration,
    },
}

/// What a connector notes of its line, shared by its parts.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    /// When something came last, or was first asked after a time without requests.
    heard: Option<Instant>,
    lost: Option<(u32, Instant)>,
}

/// One request that waits for its answer, until it is dropped.
pub(super) struct Asked<'p>(&'p Pulse);

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
    }
}

impl Pulse {
    /// Notes a request until the result is dropped.
    pub(super) fn asked(&self) -> Asked<'_> {
        let mut state = self.state();
        if state.waiting == 0 {
            state.heard = Some(Instant::now());
        }
        state.waiting += 1;
        Asked(self)
    }

    /// Notes that something came: an answer, or a connection.
    pub(super) fn heard(&self) {
        let mut state = self.state();
        state.heard = Some(Instant::now());
        state.lost = None;
    }

    /// Notes an attempt to have a connection again, or one that has failed.
    pub(super) fn tried(&self) {
        let mut state = self.state();
        let (attempts, since) = state.lost.unwrap_or_else(|| (0, Instant::now()));
        state.lost = Some((attempts.saturating_add(1), since));
    }

    /// Tells how the line is.
    pub(super) fn line(&self) -> Line {
        let state = self.state();
        match (state.lost, state.heard) {
            (Some((attempts, since)), _) => Line::Lost {
                attempts,
                since: since.elapsed(),
            },
            (None, Some(heard)) if state.waiting > 0 => Line::Silent(heard.elapsed()),
            _ => Line::Quiet,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // only ever changed whole
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_silent_only_while_something_is_waited_for() {
        let pulse = Pulse::default();
        assert_eq!(pulse.line(), Line::Quiet);
        let first = pulse.asked();
        std::thread::sleep(Duration::from_millis(20));
        let second = pulse.asked();
        // asking again is no answer
        assert!(matches!(pulse.line(), Line::Silent(time) if time >= Duration::from_millis(20)));
        pulse.heard();
        drop(first);
        assert!(matches!(pulse.line(), Line::Silent(time) if time < Duration::from_millis(20)));
        drop(second);
        assert_eq!(pulse.line(), Line::Quiet);
    }

    #[test]
    fn attempts_are_counted_until_one_succeeds() {
        let pulse = Pulse::default();
        let _asked = pulse.asked();
        for attempt in 1..4 {
            pulse.tried();
            assert!(matches!(pulse.line(), Line::Lost { attempts, .. } if attempts == attempt));
        }
        pulse.heard();
        assert!(matches!(pulse.line(), Line::Silent(_)));
        pulse.tried();
        assert!(matches!(pulse.line(), Line::Lost { attempts: 1, .. }));
    }
}
