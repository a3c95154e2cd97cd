//! Operations in full: asked for when the cursor rests, kept for a while.

use jiff::{SignedDuration, Timestamp};

use crate::{engine::view::OperationView, model::Fingerprint};

/// How many are kept.
const KEPT: usize = 48;

/// A key that follows another one faster than this is part of a journey: the detail waits until it ends.
const REST: SignedDuration = SignedDuration::from_millis(80);

/// Operations in full, and what is still to be asked for.
#[derive(Debug, Default)]
pub struct Details {
    known: Vec<OperationView>,
    asked: Vec<Fingerprint>,
    moved: Option<Timestamp>,
    /// When to ask for what the cursor is on, if it still moves.
    pub due: Option<Timestamp>,
}

impl Details {
    /// Returns an operation in full, if it is known.
    pub fn get(&self, id: Fingerprint) -> Option<&OperationView> {
        self.known.iter().find(|view| view.operation.fingerprint == id)
    }

    /// Keeps an operation.
    pub fn keep(&mut self, view: OperationView) {
        let id = view.operation.fingerprint;
        self.forget(id);
        self.known.push(view);
        if self.known.len() > KEPT {
            self.known.remove(0);
        }
    }

    /// Forgets an operation, so that it is asked for again when it is seen.
    pub fn forget(&mut self, id: Fingerprint) {
        self.known.retain(|view| view.operation.fingerprint != id);
        self.asked.retain(|asked| *asked != id);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self {
            moved: self.moved,
            ..Self::default()
        };
    }

    /// Notes that the cursor came to rest on these operations, or passes over them; returns what to ask now.
    pub fn visit(&mut self, wanted: &[Fingerprint], now: Timestamp, moved: bool) -> Vec<Fingerprint> {
        if moved {
            let travelling = self.moved.is_some_and(|last| now.duration_since(last) < REST);
            self.moved = Some(now);
            self.due = travelling.then(|| now + REST);
        } else if self.due.is_some_and(|due| due <= now) {
            self.due = None;
        }
        if self.due.is_some() {
            return Vec::new();
        }
        let missing = |id: &&Fingerprint| self.get(**id).is_none() && !self.asked.contains(*id);
        let ask: Vec<Fingerprint> = wanted.iter().filter(missing).copied().collect();
        self.asked.extend(&ask);
        // an answer that never came must not be waited for for ever
        let surplus = self.asked.len().saturating_sub(KEPT);
        self.asked.drain(..surplus);
        ask
    }
}
