//! Pause, resume, stop.

use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;

use crate::engine::view::RunState;

const RUNNING: u8 = 0;
const PAUSED: u8 = 1;
const STOPPING: u8 = 2;

/// Steers one run from outside.
#[derive(Debug, Default)]
pub struct Control {
    state: AtomicU8,
    changed: Notify,
}

impl Control {
    /// Sends nothing more until resumed.
    pub fn pause(&self) {
        self.swap(RUNNING, PAUSED);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.swap(PAUSED, RUNNING);
    }

    /// Ends after what is in flight. Cannot be taken back.
    pub fn stop(&self) {
        self.state.store(STOPPING, Ordering::SeqCst);
        self.changed.notify_one();
    }

    fn swap(&self, from: u8, to: u8) {
        // another state means there is nothing to pause or resume
        let _ = self
            .state
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst);
        self.changed.notify_one();
    }

    pub(in crate::engine) fn is_paused(&self) -> bool {
        self.state.load(Ordering::SeqCst) == PAUSED
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.state.load(Ordering::SeqCst) == STOPPING
    }

    pub(super) fn state(&self) -> RunState {
        match self.state.load(Ordering::SeqCst) {
            PAUSED => RunState::Paused,
            STOPPING => RunState::Stopping,
            _ => RunState::Running,
        }
    }

    /// Waits for the end of a pause, if nothing is in flight whose end must be looked after.
    pub(super) async fn wait_while_paused(&self, idle: bool) {
        while idle && self.is_paused() {
            self.changed.notified().await;
        }
    }
}
