//! After a crash: finds out what became of writes whose outcome is not on disk, before anything else is done.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};

use super::{Step, attempt::look, secrets, work::outcome};
use crate::{
    connectors::{Connector, Settled, Write, Written},
    engine::{
        Engine, Error, Inner, describe,
        event::{Event, Level},
        resolve, trail,
        veil::veiled,
    },
    model::{Operation, OperationState, SystemName},
    store::Intent,
};

/// How many writes are looked up at once; connectors limit what they send by themselves.
const AT_ONCE: usize = 256;

/// A write whose outcome is not known.
struct Open {
    run: i64,
    intent: Intent,
    operation: Operation,
}

/// What came of settling.
#[derive(Default)]
pub(super) struct Settling {
    /// How many writes have an outcome now.
    pub(super) settled: usize,
    /// Systems with open writes that somebody else was writing to: these were left alone.
    pub(super) busy: Vec<SystemName>,
}

impl Engine {
    /// Settles intents without an outcome, of systems nobody is writing to; returns how many were settled.
    ///
    /// The systems are leased meanwhile: an intent of a run that is alive in another process is its own business.
    pub async fn settle_unknown(&self) -> Result<usize, Error> {
        self.settle_all().await.map(|all| all.settled)
    }

    /// The same; also tells which systems somebody else was writing to.
    pub(super) async fn settle_all(&self) -> Result<Settling, Error> {
        let mut unsettled = self.inner.blocking(unsettled).await?;
        let mut all = Settling::default();
        while let Some(first) = unsettled.first() {
            let system = first.operation.system.clone();
            let (own, rest) = unsettled
                .into_iter()
                .partition(|open: &Open| open.operation.system == system);
            unsettled = rest;
            match self.settle_system(system.clone(), own).await? {
                Some(settled) => all.settled += settled,
                None => all.busy.push(system),
            }
        }
        Ok(all)
    }

    /// Leaves out what has an outcome by now: the run it belongs to may have been alive when it was found, and only
    /// the lease tells that it is not any more.
    async fn still_open(&self, mut open: Vec<Open>) -> Result<Vec<Open>, Error> {
        self.inner
            .blocking(move |inner| {
                let now: HashSet<_> = inner
                    .setup
                    .store
                    .unsettled()?
                    .into_iter()
                    .map(|(run, intent)| (run, intent.operation))
                    .collect();
                open.retain(|open| now.contains(&(open.run, open.intent.operation)));
                Ok(open)
            })
            .await
    }

    async fn settle_system(&self, system: SystemName, open: Vec<Open>) -> Result<Option<usize>, Error> {
        let lease = self
            .inner
            .blocking(move |inner| {
                let holder = format!(
                    "{} (settling, process {})",
                    inner.setup.actor.user,
                    std::process::id()
                );
                match inner.setup.store.lease(&system, &holder, inner.setup.clock.now()) {
                    Ok(lease) => Ok(Some(lease)),
                    Err(crate::store::Error::Busy(_)) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            })
            .await?;
        let Some(lease) = lease else { return Ok(None) };
        let open = self.still_open(open).await?;
        // all at once: each may take as long as the system needs to show what was written to it
        let found: Vec<_> = stream::iter(open)
            .map(|open| async move {
                let found = self.find_out(&open.operation, &open.intent).await;
                (open, found)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        self.inner.reach(Step::Found);
        self.inner
            .blocking(move |inner| {
                let concluded = found.iter().try_fold(0, |settled, (open, found)| {
                    Ok(settled + conclude(inner, open, found)?)
                });
                inner.reach(Step::Settled);
                inner.setup.store.give_back(&lease)?;
                concluded.map(Some)
            })
            .await
    }

    async fn find_out(
        &self,
        operation: &Operation,
        intent: &Intent,
    ) -> (OperationState, String, Option<Written>) {
        let unknown = |reason: String| (OperationState::Unknown, reason, None);
        let Some(system) = self.inner.system(&operation.system) else {
            return unknown(format!("{} is not configured any more", operation.system));
        };
        if intent.write.is_empty() {
            return (OperationState::Approved, "it was never sent".to_owned(), None);
        }
        let Ok(write) = serde_json::from_str::<Write>(&intent.write) else {
            return unknown("the intent in the journal cannot be read".to_owned());
        };
        match look(system.connector.as_ref(), &write).await {
            Settled::Done(written) => {
                // nobody knows whether its secrets were set or delivered: others are
                if secrets::are_due(&write) {
                    let connector = system.connector.as_ref();
                    let handed =
                        secrets::hand_over(&self.inner, connector, operation, &write, &written).await;
                    if let Err(reason) = handed {
                        return self.unfinished(connector, operation, written, reason).await;
                    }
                }
                let words = "found written after an interruption";
                let (state, reason) = resolve::ending(operation, &write, &written, words);
                (state, reason, Some(written))
            }
            Settled::NotDone => (
                OperationState::Approved,
                "found not written after an interruption".to_owned(),
                None,
            ),
            Settled::Unclear(reason) | Settled::Unasked(reason) => {
                self.inner.notice(
                    Level::Warning,
                    format!(
                        "{}: {}",
                        describe::operation(operation),
                        veiled(operation, &reason)
                    ),
                );
                unknown(reason)
            }
        }
    }

    /// Says what becomes of an account that is there and has not got its secrets.
    async fn unfinished(
        &self,
        connector: &dyn Connector,
        operation: &Operation,
        written: Written,
        reason: secrets::Unfinished,
    ) -> (OperationState, String, Option<Written>) {
        let found = match reason {
            secrets::Unfinished::Refused(reason) => {
                secrets::refused_later(connector, operation, written, &reason).await
            }
            secrets::Unfinished::Powerful(reason) => (OperationState::Failed, reason, None),
            secrets::Unfinished::Open(reason) => (OperationState::Unknown, reason, None),
            secrets::Unfinished::Lost(error) => (OperationState::Unknown, error.to_string(), None),
        };
        self.inner.notice(
            Level::Warning,
            format!(
                "{}: {}",
                describe::operation(operation),
                veiled(operation, &found.1)
            ),
        );
        found
    }
}

fn unsettled(inner: &Inner) -> Result<Vec<Open>, Error> {
    let store = &inner.setup.store;
    let mut found = Vec::new();
    for (run, intent) in store.unsettled()? {
        if let Some(operation) = store.operation_of_run(run, intent.operation)? {
            found.push(Open {
                run,
                intent,
                operation,
            });
        }
    }
    Ok(found)
}

/// Writes down what was found out; returns whether that settles it, as a number.
fn conclude(
    inner: &Inner,
    open: &Open,
    (state, message, written): &(OperationState, String, Option<Written>),
) -> Result<usize, Error> {
    let (operation, run) = (&open.operation, open.run);
    let message = &*veiled(operation, message);
    let now = inner.setup.clock.now();
    let mut outcome = outcome(operation, *state, message, written.as_ref(), &(now, run));
    outcome.undone = inner.undone(operation, *state, run);
    let attempt = trail::Attempt {
        operation,
        run,
        state: *state,
        reason: message,
        written: written.as_ref(),
        attempts: None,
    };
    let entry = trail::write(inner, "settle", &attempt);
    inner.setup.store.conclude(run, &[outcome], now, &[entry])?;
    inner.emit(&Event::Changed {
        operations: vec![(operation.fingerprint, *state)],
    });
    Ok(usize::from(*state != OperationState::Unknown))
}
