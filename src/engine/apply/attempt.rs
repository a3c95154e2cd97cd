//! One write until its end is known: again if the system is busy or cannot be had, looked for if its answer got lost.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Run,
    line::{Settling, Trouble},
    power,
};
use crate::{
    connectors::{Connector, ObjectRef, Secret, Settled, Write, WriteError, Written},
    engine::event::Level,
    model::Operation,
};

/// How often a write is sent that is found not written each time its answer got lost.
const ATTEMPTS: u32 = 5;
/// For how long a system may still be at work on what was asked on a connection that is lost.
const MOMENT: Duration = Duration::from_millis(250);
/// The pause after the first look for a write whose answer got lost; each following one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(125);

impl Run {
    /// Writes, again if the system is busy; settles an unknown outcome by looking. Returns also whether the secrets are
    /// set. Nothing if the system was taken over by somebody else before it was written.
    pub(super) async fn attempt(
        &self,
        connector: &dyn Connector,
        operation: &Operation,
        write: &Arc<Write>,
        secrets: &[Secret],
    ) -> Option<(Result<(Written, bool), WriteError>, u32)> {
        let looked_at = power::of(&operation.risk, write);
        let line = self.lines.of(connector.system())?;
        let mut tries = line.tries();
        let mut attempts = 0;
        // what is said of an answer that got lost, as long as nobody knows what became of the write
        let mut lost: Option<(String, Settling<'_>)> = None;
        let mut was_lost = false;
        loop {
            if let Err(error) = self.hold.ensure(&self.inner).await {
                self.inner.notice(Level::Error, format!("the run stops: {error}"));
                self.control.stop();
                return None;
            }
            let error = if let Some((message, _)) = &lost {
                // what is rare is in boxes: hundreds of these wait at a time, and the largest branch sizes them all
                match Box::pin(look_twice(connector, write)).await {
                    Settled::Unasked(reason) => WriteError::Unknown(format!("{message}; {reason}")),
                    found => {
                        tries.answered();
                        let error = match found {
                            // whose secrets it has is not known
                            Settled::Done(written) => return Some((Ok((written, false)), attempts)),
                            Settled::NotDone if attempts < ATTEMPTS => {
                                lost = None;
                                continue;
                            }
                            Settled::NotDone => WriteError::Refused(message.clone()),
                            Settled::Unclear(reason) | Settled::Unasked(reason) => {
                                WriteError::Unknown(format!("{message}; {reason}"))
                            }
                        };
                        return Some((Err(error), attempts));
                    }
                }
            } else {
                attempts += 1;
                match send(connector, looked_at, write, secrets).await {
                    Err(WriteError::Unknown(message)) => {
                        lost = Some((message, line.settles()));
                        was_lost = true;
                        continue;
                    }
                    Err(error @ WriteError::Busy { .. }) => error,
                    result => {
                        tries.answered();
                        if let (Err(WriteError::Conflict(_) | WriteError::Refused(_)), true) =
                            (&result, was_lost)
                            && let Settled::Done(written) = Box::pin(connector.settle(write)).await
                        {
                            // what is in the way is what was sent first, and came late
                            return Some((Ok((written, false)), attempts));
                        }
                        return Some((result, attempts));
                    }
                }
            };
            tracing::info!(system = %connector.system(), attempts, "{error}");
            let trouble = Trouble::of(&error);
            if self.has_given_up(connector.system()) || !Box::pin(tries.again(trouble, &self.control)).await {
                return Some((Err(error), attempts));
            }
        }
    }
}

/// Writes, a create with its secrets if there are any, unless what is looked at has power that the plan does not know
/// of. Returns also whether the secrets are set.
async fn send(
    connector: &dyn Connector,
    looked_at: Option<&ObjectRef>,
    write: &Arc<Write>,
    secrets: &[Secret],
) -> Result<(Written, bool), WriteError> {
    if let Some(object) = looked_at {
        power::look(connector, object).await?;
    }
    if secrets.is_empty() {
        Ok((connector.write_shared(write).await?, false))
    } else {
        connector.create_whole(write, secrets).await
    }
}

/// Looks, and once more after a moment: a line that comes back lets everything through at once, and what was asked on
/// the old connection may still be under way when the first question on a new one is answered.
async fn look_twice(connector: &dyn Connector, write: &Write) -> Settled {
    let found = look(connector, write).await;
    if matches!(found, Settled::Unasked(_)) {
        return found;
    }
    tokio::time::sleep(MOMENT).await;
    connector.settle(write).await
}

/// Looks for a write whose answer got lost, for as long as the system may take to show it.
///
/// Only a create must not be sent again too early: whatever else is sent twice finds everything as it should be.
pub(super) async fn look(connector: &dyn Connector, write: &Write) -> Settled {
    let start = Instant::now();
    let window = connector.shows_writes_within();
    let mut pause = FIRST_PAUSE;
    loop {
        let settled = connector.settle(write).await;
        let may_change = match &settled {
            Settled::Done(_) => false,
            Settled::NotDone => matches!(write, Write::Create { .. }),
            Settled::Unclear(_) | Settled::Unasked(_) => true,
        };
        let left = window.saturating_sub(start.elapsed());
        if !may_change || left.is_zero() {
            return settled;
        }
        tokio::time::sleep(pause.min(left)).await;
        pause *= 2;
    }
}
