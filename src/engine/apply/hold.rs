//! Whether a run may still write: its leases, and when it has last shown that it is alive.
//!
//! A process that was stopped, or on a machine that was suspended, does not notice. Somebody else may have taken the
//! systems over meanwhile, and have settled what was in flight. So before each write it is asked how long ago the
//! leases were known to hold, by a clock that went on meanwhile; if that is long ago, the store is asked first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::Control;
use crate::{
    engine::{Error, Inner, event::Level},
    store::{Lease, uptime},
};

/// For how long leases are taken to hold without asking: much less than the silence after which they may be taken.
const FRESH: Duration = Duration::from_secs(10);

/// How often a lease is renewed.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The leases of a run.
pub(in crate::engine) struct Hold {
    leases: Vec<Lease>,
    /// When the leases were last known to hold, in milliseconds of [`Hold::clock`].
    known: AtomicU64,
    began: Instant,
    asking: tokio::sync::Mutex<()>,
}

/// Tells each system which read a run builds on.
pub(super) fn builds_on_last_reads(inner: &Inner) -> Result<(), Error> {
    for system in &inner.setup.systems {
        let last = inner.setup.store.last_read(system.connector.system())?;
        let as_of = last.as_ref().and_then(|last| last.coverage.as_of());
        system.connector.builds_on(as_of);
    }
    Ok(())
}

impl Hold {
    /// Holds leases that were just taken.
    pub(super) fn new(leases: Vec<Lease>) -> Self {
        let hold = Self {
            leases,
            known: AtomicU64::new(0),
            began: Instant::now(),
            asking: tokio::sync::Mutex::default(),
        };
        hold.note(hold.clock());
        hold
    }

    pub(in crate::engine) fn leases(&self) -> &[Lease] {
        &self.leases
    }

    /// Returns what [`Hold::note`] takes; asked before the store is, whose answer holds for then.
    pub(in crate::engine) fn clock(&self) -> u64 {
        uptime().unwrap_or_else(|| self.began.elapsed()).as_millis() as u64
    }

    /// Notes that the leases held at a moment.
    pub(in crate::engine) fn note(&self, at: u64) {
        self.known.fetch_max(at, Ordering::Relaxed);
    }

    /// Reports whether the leases were known to hold a short while ago.
    pub(super) fn is_fresh(&self) -> bool {
        let ago = self.clock().saturating_sub(self.known.load(Ordering::Relaxed));
        u128::from(ago) < FRESH.as_millis()
    }

    /// Makes sure that the leases hold, asking the store only if that was not known for a while.
    pub(super) async fn ensure(self: &Arc<Self>, inner: &Arc<Inner>) -> Result<(), Error> {
        if self.is_fresh() {
            return Ok(());
        }
        // all that wait to write ask once
        let _asking = self.asking.lock().await;
        if self.is_fresh() {
            return Ok(());
        }
        self.renew(inner).await
    }

    /// Shows the store that the run is alive; refused if somebody else has taken over.
    pub(super) async fn renew(self: &Arc<Self>, inner: &Arc<Inner>) -> Result<(), Error> {
        let hold = self.clone();
        inner
            .blocking(move |inner| {
                let (at, now) = (hold.clock(), inner.setup.clock.now());
                hold.leases
                    .iter()
                    .try_for_each(|lease| inner.setup.store.renew(lease, now))?;
                hold.note(at);
                Ok(())
            })
            .await
    }
}

/// Shows the store that the holder is alive, and stops the run if somebody else took over.
pub(super) async fn keep(inner: Arc<Inner>, hold: Arc<Hold>, control: Arc<Control>) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Err(error) = hold.renew(&inner).await {
            inner.notice(Level::Error, format!("the run stops: {error}"));
            control.stop();
            return;
        }
    }
}
