//! The last look before a request that writes leaves: whether the run it belongs to may still write.
//!
//! A write takes several steps (what stands against it is looked up first, it waits for its turn), and the process may
//! be stopped between any two of them for longer than its right to write lasts.

use std::sync::{Arc, Mutex, PoisonError};

/// Says whether who writes may still do so, as far as is known at once.
pub type MayWrite = Arc<dyn Fn() -> bool + Send + Sync>;

/// What is said of a request that was held back; it is tried again once the right to write is confirmed.
pub(super) const HELD_BACK: &str = "the right to write to it was not confirmed for a while: nothing was sent";

/// The question of a connector's current run, shared by its parts. Without one everything may be sent.
#[derive(Clone, Default)]
pub(super) struct Guard(Arc<Mutex<Option<MayWrite>>>);

impl Guard {
    /// Puts another question in the place of the one before.
    pub(super) fn set(&self, may_write: MayWrite) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(may_write);
    }

    /// Asks.
    pub(super) fn may_write(&self) -> bool {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().is_none_or(|may_write| may_write())
    }
}
