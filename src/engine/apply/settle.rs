//! After a crash: finds out what became of writes whose outcome is not on disk, before anything else is done.

use std::sync::Arc;

use super::work::{look, outcome};
use crate::{
    connectors::{Settled, Write, Written},
    engine::{Engine, Error, Inner, describe, event::Level},
    model::{Operation, OperationState},
    store::Intent,
};

impl Engine {
    /// Settles intents without an outcome, of systems nobody is writing to.
    ///
    /// The systems are leased meanwhile: an intent of a run that is alive in another process is its own business.
    pub async fn settle_unknown(&self) -> Result<(), Error> {
        let unsettled = self.inner.blocking(|inner| unsettled(inner)).await?;
        for (run, intent, operation) in unsettled {
            let system = operation.system.clone();
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
            let Some(lease) = lease else { continue };
            let settled = if self.is_open(run, &intent).await? {
                self.settle(run, &intent, operation).await
            } else {
                Ok(())
            };
            self.inner
                .blocking(move |inner| Ok(inner.setup.store.give_back(&lease)?))
                .await?;
            settled?;
        }
        Ok(())
    }

    /// Whether an intent is still without an outcome, now that nobody else writes to its system: the run it belongs
    /// to may have been alive when it was found.
    async fn is_open(&self, run: i64, intent: &Intent) -> Result<bool, Error> {
        let id = intent.operation;
        self.inner
            .blocking(move |inner| {
                let open = inner.setup.store.unsettled()?;
                Ok(open.iter().any(|(of, intent)| *of == run && intent.operation == id))
            })
            .await
    }

    async fn settle(&self, run: i64, intent: &Intent, operation: Operation) -> Result<(), Error> {
        let (state, message, written) = self.find_out(&operation, intent).await;
        let inner = self.inner.clone();
        self.inner
            .blocking(move |_| conclude(&inner, run, &operation, state, &message, written.as_ref()))
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
                let state = if written.verified {
                    OperationState::Verified
                } else {
                    OperationState::Applied
                };
                (
                    state,
                    "found written after an interruption".to_owned(),
                    Some(written),
                )
            }
            Settled::NotDone => (
                OperationState::Approved,
                "found not written after an interruption".to_owned(),
                None,
            ),
            Settled::Unclear(reason) => {
                self.inner.notice(
                    Level::Warning,
                    format!("{}: {reason}", describe::operation(operation)),
                );
                unknown(reason)
            }
        }
    }
}

fn unsettled(inner: &Inner) -> Result<Vec<(i64, Intent, Operation)>, Error> {
    let store = &inner.setup.store;
    let mut found = Vec::new();
    for (run, intent) in store.unsettled()? {
        if let Some(operation) = store.operation_of_run(run, intent.operation)? {
            found.push((run, intent, operation));
        }
    }
    Ok(found)
}

fn conclude(
    inner: &Arc<Inner>,
    run: i64,
    operation: &Operation,
    state: OperationState,
    message: &str,
    written: Option<&Written>,
) -> Result<(), Error> {
    let now = inner.setup.clock.now();
    let outcome = outcome(operation, state, message, written, &(now, run));
    let mut entry = inner.entry(
        "settle",
        operation.subject.clone(),
        format!("{}: {} ({message})", describe::operation(operation), state.word()),
    );
    entry.details = serde_json::json!({
        "operation": operation.fingerprint, "run": run, "state": state,
        "anchor": written.map(|written| written.anchor.clone()),
    });
    Ok(inner.setup.store.conclude(run, &[outcome], now, &[entry])?)
}
