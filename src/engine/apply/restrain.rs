//! How a run is held back: it stops where something goes into quarantine, and waits where only a few were to be tried.

use super::{
    Run,
    caution::{Consequence, Kept},
    queue::Queue,
    watchdog::{Alarm, Scope},
};
use crate::{
    engine::{Error, Inner, event::Level, lock, quarantine, view::CanaryView},
    model::{Kind, Operation, OperationState, PlanId, SystemName},
};

/// What follows from outcomes for what is not sent yet.
#[derive(Default)]
pub(super) struct Effects {
    /// What may not be written to any more.
    out: Vec<Scope>,
    /// Of which nothing more is sent.
    shut: Vec<(SystemName, Kind)>,
    /// Whether something may be sent now that had to wait.
    opened: bool,
}

/// Whether an operation is in what may not be written to.
fn is_in((system, rule): &Scope, operation: &Operation) -> bool {
    *system == operation.system && rule.as_ref().is_none_or(|rule| *rule == operation.rule)
}

impl Run {
    /// Takes an outcome that is on disk, and draws the consequences.
    pub(super) async fn restrain(&self, operation: &Operation, state: OperationState) {
        let follows = lock(&self.caution).note(operation, state);
        let alarm = lock(&self.watchdog).note(operation, state).err();
        if !follows.is_empty() || alarm.is_some() {
            // in a box: hundreds of operations wait at a time, and this is rare and large
            Box::pin(self.draw(follows, alarm)).await;
        }
    }

    async fn draw(&self, follows: Vec<Consequence>, alarm: Option<Alarm>) {
        for consequence in follows {
            match consequence {
                Consequence::Opened => lock(&self.effects).opened = true,
                Consequence::Shut(system, kind) => lock(&self.effects).shut.push((system, kind)),
                Consequence::Cured(one) => {
                    let place = one.place();
                    let left = self
                        .inner
                        .blocking(move |inner| quarantine::leave(inner, &one, "it works again", None))
                        .await;
                    match left {
                        Ok(()) => {
                            let text = format!("{place} is no longer in quarantine: it works again");
                            self.inner.notice(Level::Info, text);
                        }
                        Err(error) => self.inner.notice(Level::Error, error.to_string()),
                    }
                }
                Consequence::NotCured(one) => {
                    self.raise(Alarm {
                        scope: (one.system, one.rule),
                        cause: one.cause,
                        reason: one.reason,
                    })
                    .await;
                }
            }
        }
        if let Some(alarm) = alarm {
            self.raise(alarm).await;
        }
    }

    /// Puts something in quarantine, once a run.
    pub(super) async fn raise(&self, alarm: Alarm) {
        let Alarm { scope, cause, reason } = alarm;
        if !lock(&self.out).insert(scope.clone()) {
            return;
        }
        lock(&self.progress).quarantine(&scope.0, &reason);
        lock(&self.effects).out.push(scope.clone());
        let entered = self
            .inner
            .blocking(move |inner| quarantine::enter(inner, scope, cause, &reason))
            .await;
        if let Err(error) = entered {
            self.inner.notice(Level::Error, error.to_string());
        }
    }

    /// Reports whether an operation must not be sent any more.
    pub(super) fn is_out(&self, operation: &Operation) -> bool {
        lock(&self.out).iter().any(|scope| is_in(scope, operation))
    }

    /// Leaves out of the queue what is not to be sent, and puts into it what may be sent now.
    pub(super) fn follow(&self, queue: &mut Queue) {
        let effects = std::mem::take(&mut *lock(&self.effects));
        for scope in &effects.out {
            let dropped = queue.drop_where(|operation| is_in(scope, operation));
            if dropped > 0 {
                let text = format!("{dropped} operations stay approved until the quarantine ends");
                self.inner.notice(Level::Warning, text);
            }
        }
        for (system, kind) in &effects.shut {
            let dropped =
                queue.drop_where(|operation| operation.system == *system && operation.kind == *kind);
            if dropped > 0 {
                let text = format!(
                    "the first {} in {system} did not work: {dropped} others stay approved",
                    kind.word()
                );
                self.inner.notice(Level::Warning, text);
            }
        }
        if effects.opened {
            queue.unpark();
        }
    }

    /// Notes what was tried first, for a person to look at; `waiting` operations wait.
    pub(super) async fn show_canary(&self, waiting: usize) {
        let (kept, lanes) = {
            let caution = lock(&self.caution);
            (caution.kept(), caution.view())
        };
        let said: Vec<_> = lanes
            .iter()
            .map(|lane| {
                format!(
                    "{} of {} {} in {} worked",
                    lane.worked,
                    lane.tried,
                    lane.kind.word(),
                    lane.system
                )
            })
            .collect();
        let summary = format!("{}; {waiting} operations wait", said.join(", "));
        lock(&self.progress).canary(Some(CanaryView { lanes, waiting }));
        self.note_canary(Some(kept), "canary", summary).await;
    }

    /// Lets a run go on after what was tried first.
    pub(super) async fn go_on(&self, queue: &mut Queue) {
        lock(&self.caution).go_on();
        lock(&self.progress).canary(None);
        queue.unpark();
        let summary = "goes on after what was tried first".to_owned();
        self.note_canary(None, "continue", summary).await;
    }

    async fn note_canary(&self, kept: Option<Vec<Kept>>, action: &'static str, summary: String) {
        let run = self.id;
        let noted = self
            .inner
            .blocking(move |inner| {
                let entry = inner.entry(action, format!("run {run}"), summary);
                let kept = kept.map(|kept| serde_json::to_string(&kept).unwrap_or_default());
                Ok(inner.setup.store.note_canary(run, kept.as_deref(), &[entry])?)
            })
            .await;
        if let Err(error) = noted {
            self.inner.notice(Level::Error, error.to_string());
        }
    }
}

/// Returns what the last run of a plan has tried first, to go on after it.
pub(super) fn kept_canary(inner: &Inner, plan: PlanId) -> Result<Vec<Kept>, Error> {
    let kept = inner.setup.store.canary(plan)?;
    let kept = kept.and_then(|kept| serde_json::from_str(&kept).ok());
    kept.ok_or_else(|| {
        let text = "the last run of this plan was not left off after a canary: there is nothing to continue; `usher apply` begins anew";
        Error::Refused(text.to_owned())
    })
}

/// Makes sure that the last run of a plan was left off after what it tried first.
pub(in crate::engine) fn is_left_off(inner: &Inner, plan: PlanId) -> Result<(), Error> {
    kept_canary(inner, plan).map(drop)
}
