//! One operation: intent, write, outcome.

use std::{borrow::Cow, ops::ControlFlow, sync::Arc, time::Duration};

use super::{Run, Step, watchdog::Alarm};
use crate::{
    connectors::{Write, WriteError, Written},
    engine::{
        lock,
        resolve::{self, Referring},
        trail,
        veil::{is_marked, veiled},
    },
    model::{
        After, Cause, Change, Grant, Kind, Link, LinkOwner, Operation, OperationState, SystemName, Value,
    },
    store::{self, Intent, Outcome, StoredOperation},
};

/// After how many operations in a row that a system could not take nothing more is sent to it.
pub(super) const GIVE_UP: usize = 3;

/// How many octets most writes take as JSON.
const USUAL: usize = 1024;

/// What a change of a reference tries after a conflict, in turn: how long it waits, and which place of a moved
/// account it expects. With referential integrity a directory follows a move by itself, at once or seconds later.
const FOLLOWING: [(Duration, Referring); 4] = [
    (Duration::from_millis(50), Referring::Current),
    (Duration::ZERO, Referring::Former),
    (Duration::from_millis(500), Referring::Current),
    (Duration::ZERO, Referring::Former),
];

/// How an operation ended, for the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was applied.
    Applied,
    /// It was not.
    NotApplied,
    /// It was not, and nothing else in its system will be: it refuses us, or cannot be had.
    SystemIsGone,
}

impl Run {
    /// Takes one operation from intent to outcome.
    ///
    /// An account's new place is another value wherever the account is named, and the server itself may write it
    /// there. So a change of a reference that meets another value is made anew, with what this run has moved since.
    pub(super) async fn work(&self, stored: &Arc<StoredOperation>) -> Ended {
        if stored.operation.kind.is_about_link() {
            return Box::pin(self.link(stored)).await;
        }
        let mut further = FOLLOWING.into_iter().filter(|_| refers(&stored.operation));
        let mut referring = Referring::Current;
        loop {
            let next = further.next();
            match (self.work_once(stored, referring, next.is_some()).await, next) {
                (ControlFlow::Continue(_), Some((pause, then))) => {
                    tokio::time::sleep(pause).await;
                    referring = then;
                }
                (ControlFlow::Break(ended) | ControlFlow::Continue(ended), _) => return ended,
            }
        }
    }

    /// Tries once. A conflict that something is tried after leaves the operation approved.
    async fn work_once(
        &self,
        stored: &Arc<StoredOperation>,
        referring: Referring,
        is_tried_again: bool,
    ) -> ControlFlow<Ended, Ended> {
        let Some(system) = self.inner.system(&stored.operation.system) else {
            return ControlFlow::Break(Ended::NotApplied);
        };
        let connector = system.connector.clone();
        let (possible, write) = self.resolve(&stored.operation, referring);
        let operation = possible.as_deref().unwrap_or(&stored.operation);
        let write = match write {
            Ok(write) => write,
            Err(reason) => {
                let ended = self
                    .conclude(operation, None, OperationState::Conflict, &reason, None, 0)
                    .await;
                return ControlFlow::Break(ended);
            }
        };
        let mut text = Vec::with_capacity(USUAL);
        let written = serde_json::to_writer(&mut text, &*write).ok();
        let text = written
            .and_then(|()| String::from_utf8(text).ok())
            .unwrap_or_default();
        let intent = Intent {
            operation: operation.fingerprint,
            write: text,
            is_marked: is_marked(operation),
        };
        if let Err(error) = self.scribe.intend(intent).await {
            if let store::Error::NotApproved(reason) = error.as_ref() {
                // somebody took the approval back meanwhile; where it stands now is on disk
                lock(&self.progress).ended(operation, OperationState::Proposed, reason, 0);
                return ControlFlow::Break(Ended::NotApplied);
            }
            // without an intent on disk nothing is sent
            self.inner
                .notice(crate::engine::event::Level::Error, error.to_string());
            self.control.stop();
            return ControlFlow::Break(Ended::NotApplied);
        }
        let permit = match self.permits.get(&operation.system) {
            Some(permits) => permits.clone().acquire_owned().await.ok(),
            None => None,
        };
        if let Some(reason) = self.is_over_for(operation) {
            let ended = self
                .conclude(operation, Some(&write), OperationState::Approved, reason, None, 0)
                .await;
            return ControlFlow::Break(ended);
        }
        lock(&self.progress).sent(stored);
        self.inner.reach(Step::Sending);
        let Some((result, attempts)) = self.send(connector.as_ref(), operation, &write).await else {
            // somebody else has the system, and looks after this intent: nothing more is said about it here
            return ControlFlow::Break(Ended::NotApplied);
        };
        self.inner.reach(Step::Answered);
        drop(permit);
        if let (Err(WriteError::Conflict(reason)), true) = (&result, is_tried_again) {
            // nothing was written, so the approval is as good as before
            let reason = &*veiled(operation, reason);
            let outcome = outcome(
                operation,
                OperationState::Approved,
                reason,
                None,
                &self.now_link(),
            );
            let entry = self.entry(operation, OperationState::Approved, reason, None, attempts);
            return match self.scribe.conclude(outcome, entry).await {
                Ok(()) => ControlFlow::Continue(Ended::NotApplied),
                Err(error) => ControlFlow::Break(self.journal_broke(&error)),
            };
        }
        ControlFlow::Break(match result {
            Ok(written) => {
                self.note_answer(&operation.system);
                let words = match (written.already, written.verified) {
                    (true, _) => "it already was as it should be",
                    (false, true) => "written and read back",
                    (false, false) => "written; the read-back differs",
                };
                let (state, reason) = resolve::ending(&stored.operation, &write, &written, words);
                lock(&self.directory).note(operation, &written);
                self.conclude(operation, Some(&write), state, &reason, Some(&written), attempts)
                    .await
            }
            Err(error) => {
                let state = state_after(&error);
                let is_gone = self.note_error(&operation.system, &error);
                if let WriteError::Credentials(reason) = &error {
                    let alarm = Alarm {
                        scope: (operation.system.clone(), None),
                        cause: Cause::Credentials,
                        reason: reason.clone(),
                    };
                    Box::pin(self.raise(alarm)).await;
                }
                let ended = self
                    .conclude(operation, Some(&write), state, &error.to_string(), None, attempts)
                    .await;
                if is_gone { Ended::SystemIsGone } else { ended }
            }
        })
    }

    /// Makes the write of an operation, and the operation as far as it is possible, where that is another one.
    fn resolve(
        &self,
        operation: &Operation,
        referring: Referring,
    ) -> (Option<Box<Operation>>, Result<Arc<Write>, String>) {
        let directory = lock(&self.directory);
        let possible = directory.as_far_as_possible(operation);
        let write = directory.write(&possible, referring).map(Arc::new);
        let other = match possible {
            Cow::Borrowed(_) => None,
            // rare, and in a box: hundreds of these wait at a time
            Cow::Owned(other) => Some(Box::new(other)),
        };
        (other, write)
    }

    async fn conclude(
        &self,
        operation: &Operation,
        write: Option<&Write>,
        state: OperationState,
        reason: &str,
        written: Option<&Written>,
        attempts: u32,
    ) -> Ended {
        if write.is_none() {
            // never intended: the journal still tells why it was not sent
            let intent = Intent {
                operation: operation.fingerprint,
                write: String::new(),
                is_marked: false,
            };
            if let Err(error) = self.scribe.intend(intent).await {
                return self.journal_broke(&error);
            }
        }
        self.concluded(operation, state, reason, written, attempts).await
    }

    /// Writes down the outcome of an operation that was intended.
    pub(super) async fn concluded(
        &self,
        operation: &Operation,
        state: OperationState,
        reason: &str,
        written: Option<&Written>,
        attempts: u32,
    ) -> Ended {
        let reason = &*veiled(operation, reason);
        let mut outcome = outcome(operation, state, reason, written, &self.now_link());
        outcome.undone = self.inner.undone(operation, state, self.id);
        let entry = self.entry(operation, state, reason, written, attempts);
        if let Err(error) = self.scribe.conclude(outcome, entry).await {
            return self.journal_broke(&error);
        }
        lock(&self.progress).ended(operation, state, reason, attempts);
        self.changed(operation.fingerprint, state);
        self.restrain(operation, state).await;
        if matches!(state, OperationState::Applied | OperationState::Verified) {
            Ended::Applied
        } else {
            Ended::NotApplied
        }
    }

    /// The audit record of an outcome.
    fn entry(
        &self,
        operation: &Operation,
        state: OperationState,
        reason: &str,
        written: Option<&Written>,
        attempts: u32,
    ) -> crate::audit::Draft {
        let attempt = trail::Attempt {
            operation,
            run: self.id,
            state,
            reason,
            written,
            attempts: Some(attempts),
        };
        trail::write(&self.inner, "write", &attempt)
    }

    /// Stops the run: the outcome is settled from the intent when usher starts again.
    pub(super) fn journal_broke(&self, error: &crate::store::Error) -> Ended {
        self.inner
            .notice(crate::engine::event::Level::Error, error.to_string());
        self.control.stop();
        Ended::NotApplied
    }

    /// Says why an operation is not sent any more, if so.
    fn is_over_for(&self, operation: &Operation) -> Option<&'static str> {
        if self.is_out(operation) {
            Some("it is in quarantine: this was not sent")
        } else if self.has_given_up(&operation.system) {
            Some("the system cannot be written to: this was not sent")
        } else if self.control.is_stopping() {
            Some("the run was stopped before this was sent")
        } else {
            None
        }
    }

    /// Reports whether nothing more is sent to a system in this run.
    pub(super) fn has_given_up(&self, system: &SystemName) -> bool {
        lock(&self.failures)
            .get(system)
            .is_some_and(|failures| *failures >= GIVE_UP)
    }

    fn note_answer(&self, system: &SystemName) {
        if !self.has_given_up(system) {
            lock(&self.failures).remove(system);
        }
    }

    /// Counts what tells that a system cannot be written to; returns whether it is given up.
    fn note_error(&self, system: &SystemName, error: &WriteError) -> bool {
        let weight = match error {
            WriteError::Credentials(_) => GIVE_UP,
            WriteError::Busy { .. } | WriteError::Unknown(_) => 1,
            WriteError::Conflict(_) | WriteError::Refused(_) => {
                self.note_answer(system);
                return false;
            }
        };
        let mut failures = lock(&self.failures);
        let count = failures.entry(system.clone()).or_default();
        *count += weight;
        *count >= GIVE_UP
    }

    fn now_link(&self) -> (jiff::Timestamp, i64) {
        (self.inner.setup.clock.now(), self.id)
    }
}

/// Where an operation stands after an error.
const fn state_after(error: &WriteError) -> OperationState {
    match error {
        WriteError::Conflict(_) => OperationState::Conflict,
        WriteError::Unknown(_) => OperationState::Unknown,
        // certainly not written, and by no fault of its own: it keeps its approval
        WriteError::Credentials(_) | WriteError::Busy { .. } => OperationState::Approved,
        WriteError::Refused(_) => OperationState::Failed,
    }
}

/// Whether an operation writes or replaces a reference to an account, whose place may change during the run.
fn refers(operation: &Operation) -> bool {
    let is_reference = |value: &Value<'_>| matches!(value, Value::Reference(_));
    let writes = |change: &Change| matches!(&change.after, After::Known(value) if is_reference(value));
    let mut changes = operation.changes.iter();
    match operation.kind {
        Kind::Update => changes.any(|change| is_reference(&change.before) || writes(change)),
        Kind::Create | Kind::Restore => changes.any(writes),
        _ => false,
    }
}

/// Makes the outcome of an operation, with the links and memberships that follow from it.
pub(super) fn outcome(
    operation: &Operation,
    state: OperationState,
    message: &str,
    written: Option<&Written>,
    (now, run): &(jiff::Timestamp, i64),
) -> Outcome {
    let mut outcome = Outcome {
        operation: operation.fingerprint,
        state,
        message: message.to_owned(),
        anchor: written.map(|written| written.anchor.clone()),
        location: written.map(|written| written.location.clone()),
        link: None,
        unlink: None,
        grant: None,
        revoke: None,
        undone: None,
    };
    let (Some(written), Some(person)) = (written, operation.person) else {
        return outcome;
    };
    let link = || Link {
        person,
        owner: LinkOwner::Account(operation.rule.clone()),
        anchor: written.anchor.clone(),
        why: format!("created by run {run}"),
        since: *now,
    };
    let grant = || {
        Some(Grant {
            person,
            rule: operation.rule.clone(),
            system: operation.system.clone(),
            group: operation.target.anchor.clone()?,
        })
    };
    match operation.kind {
        Kind::Create => outcome.link = Some(link()),
        Kind::Restore => {
            outcome.link = Some(Link {
                why: format!("brought back by run {run}"),
                ..link()
            });
        }
        Kind::Delete | Kind::Unlink => outcome.unlink = Some(link()),
        Kind::Adopt => {
            outcome.link = Some(Link {
                why: format!("{}; adopted by run {run}, {message}", operation.why),
                ..link()
            });
        }
        Kind::AddMember => outcome.grant = grant(),
        Kind::RemoveMember => outcome.revoke = grant(),
        _ => {}
    }
    outcome
}

#[cfg(test)]
mod tests;
