//! What time it is, for everything the engine does: the wall clock, a fixed instant (`--now`), or the demo's days.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

/// A clock. Clones tell the same time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The wall clock, moved by some seconds (the demo's days).
    Wall(Arc<AtomicI64>),
    /// An instant that does not pass.
    Fixed(Timestamp),
}

impl Clock {
    /// The wall clock.
    pub fn wall() -> Self {
        Self::Wall(Arc::default())
    }

    /// Tells the time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Fixed(instant) => *instant,
            Self::Wall(shift) => {
                let shift = SignedDuration::from_secs(shift.load(Ordering::Relaxed));
                Timestamp::now().checked_add(shift).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Moves a wall clock so that it shows this instant now; a fixed clock stays.
    pub fn set(&self, instant: Timestamp) {
        if let Self::Wall(shift) = self {
            shift.store(
                instant.as_second() - Timestamp::now().as_second(),
                Ordering::Relaxed,
            );
        }
    }
}
