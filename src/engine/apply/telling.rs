//! Telling whoever watches a run how it goes.

use std::{sync::Arc, time::Duration};

use super::Run;
use crate::{
    engine::{event::Event, lock},
    model::{Fingerprint, OperationState},
};

/// How often it is told.
const EVERY: Duration = Duration::from_millis(100);

/// Reports progress, when there is any.
pub(super) async fn report(run: Arc<Run>) {
    loop {
        tokio::time::sleep(EVERY).await;
        run.tell_changes();
        run.tell_lines();
        let view = {
            let mut progress = lock(&run.progress);
            if !progress.take_dirty() {
                continue;
            }
            progress.view(run.control.state(), None)
        };
        *lock(&run.inner.run) = Some(view.clone());
        run.inner.emit(&Event::Progress(view));
    }
}

impl Run {
    /// Keeps where an operation stands now, to be told with others.
    pub(super) fn changed(&self, id: Fingerprint, state: OperationState) {
        lock(&self.changes).push((id, state));
    }

    /// Tells how the lines to the systems are.
    pub(super) fn tell_lines(&self) {
        lock(&self.progress).lines(|system| {
            let wire = self.inner.system(system)?.connector.line();
            self.lines.condition(system, wire)
        });
    }

    /// Tells where operations stand that have changed since it was told last.
    pub(super) fn tell_changes(&self) {
        let operations = std::mem::take(&mut *lock(&self.changes));
        if !operations.is_empty() {
            self.inner.emit(&Event::Changed { operations });
        }
    }
}
