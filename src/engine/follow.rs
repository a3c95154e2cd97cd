//! Tells what other processes change in the store: decisions, plans and runs of others, as they come.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{Engine, Error, Inner, event::Event, event::Level, exclusion::LastRun, query::PlanRows};

/// How long changes are gathered before it is looked what has changed.
const MOMENT: Duration = Duration::from_millis(100);
/// How long at most, when looking takes long: what others do is to be seen within a second.
const LONGEST: Duration = Duration::from_millis(400);

/// What was seen last.
struct Seen {
    plan: Option<PlanRows>,
    run: LastRun,
}

impl Seen {
    fn look(inner: &Inner) -> Result<Self, Error> {
        Ok(Self {
            plan: PlanRows::of(inner)?,
            run: inner.setup.store.last_run()?,
        })
    }
}

impl Engine {
    /// Tells from now on, by events, what others change. Must be called inside a runtime. A store that nobody else
    /// announces changes to tells nothing.
    pub fn follow(&self) {
        let inner = Arc::downgrade(&self.inner);
        let changed = Arc::new(Notify::new());
        let tell = changed.clone();
        let told = self.inner.setup.store.follow(Arc::new(move || tell.notify_one()));
        match told {
            Ok(()) => drop(tokio::spawn(watch(inner, changed))),
            Err(error) => self.inner.notice(
                Level::Warning,
                format!("what others decide is not shown as it comes: {error}"),
            ),
        }
    }
}

async fn watch(engine: Weak<Inner>, changed: Arc<Notify>) {
    let mut seen = None;
    let mut took = Duration::ZERO;
    loop {
        // the first look is at once: later ones compare with it
        if seen.is_some() {
            changed.notified().await;
            // as long as looking took: of a large plan one looks less often
            tokio::time::sleep(took.clamp(MOMENT, LONGEST)).await;
        }
        let Some(inner) = engine.upgrade() else { return };
        let (began, is_first) = (Instant::now(), seen.is_none());
        // what cannot be read now is compared when the next change comes
        if let Ok(now) = inner.blocking(Seen::look).await {
            if let Some(before) = seen.replace(now).zip(seen.as_ref()) {
                tell(&inner, &before.0, before.1);
            }
        } else {
            changed.notify_one();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        took = if is_first { MOMENT } else { began.elapsed() };
    }
}

fn tell(inner: &Inner, before: &Seen, now: &Seen) {
    if let Some((id, _, ended)) = now.run
        && now.run != before.run
    {
        let text = match ended {
            None => format!("somebody else applies operations (run {id})"),
            Some(_) => format!("run {id} of somebody else is over"),
        };
        inner.notice(Level::Info, text);
    }
    let Some(plan) = &now.plan else { return };
    match &before.plan {
        Some(older) if older.plan.id == plan.plan.id => {
            // the rows of a plan are always in the same order
            let operations: Vec<_> = older
                .rows
                .iter()
                .zip(plan.rows.iter())
                .filter(|(older, newer)| older.state != newer.state)
                .map(|(_, newer)| (newer.id, newer.state))
                .collect();
            if !operations.is_empty() {
                inner.emit(&Event::Changed { operations });
            }
            let operations: Vec<_> = older
                .rows
                .iter()
                .zip(plan.rows.iter())
                .filter(|(older, newer)| older.lack != newer.lack)
                .map(|(_, newer)| (newer.id, newer.lack))
                .collect();
            if !operations.is_empty() {
                inner.emit(&Event::Approvals { operations });
            }
        }
        _ => inner.emit(&Event::Planned {
            plan: plan.plan.id,
            summary: plan.head().summary,
        }),
    }
}
