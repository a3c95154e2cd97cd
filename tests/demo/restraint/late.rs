//! A create whose answer got lost, that is found not to be there, is sent again, and came late.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A directory to which the first create takes its time.
struct Late {
    inner: Arc<dyn Connector>,
    creates: Arc<AtomicUsize>,
}

impl Connector for Late {
    fn system(&self) -> &SystemName {
        self.inner.system()
    }

    fn probe(&self) -> Task<'_, Result<Probe, ConnectError>> {
        self.inner.probe()
    }

    fn schema(&self) -> Task<'_, Result<Schema, ConnectError>> {
        self.inner.schema()
    }

    fn read<'a>(&'a self, request: &'a ReadRequest, progress: Progress<'a>) -> Task<'a, Read> {
        self.inner.read(request, progress)
    }

    fn read_groups<'a>(&'a self, progress: Progress<'a>) -> Task<'a, Option<Read>> {
        self.inner.read_groups(progress)
    }

    fn write<'a>(&'a self, write: &'a Write) -> Task<'a, Result<Written, WriteError>> {
        if !matches!(write, Write::Create { .. }) {
            return self.inner.write(write);
        }
        match self.creates.fetch_add(1, Ordering::SeqCst) {
            0 => Box::pin(async { Err(WriteError::Unknown("no answer".to_owned())) }),
            1 => Box::pin(async move {
                self.inner.write(write).await?;
                self.inner.write(write).await
            }),
            _ => self.inner.write(write),
        }
    }

    fn settle<'a>(&'a self, write: &'a Write) -> Task<'a, Settled> {
        self.inner.settle(write)
    }

    fn concurrency(&self) -> usize {
        1
    }

    fn command(&self, write: &Write) -> String {
        self.inner.command(write)
    }

    fn has_containers(&self) -> bool {
        self.inner.has_containers()
    }
}

#[tokio::test]
async fn a_create_that_came_late_is_taken_for_what_it_is() {
    let mut office = Office::with("").await;
    let creates = Arc::new(AtomicUsize::new(0));
    office.engine = engine_of(&office, |inner| {
        Arc::new(Late {
            inner,
            creates: creates.clone(),
        })
    });
    approve_all(&office).await;
    office.engine.apply(None).await.unwrap();
    assert!(creates.load(Ordering::SeqCst) > 2);
    let ended = in_system(&office, "directory").await;
    assert!(
        ended
            .iter()
            .all(|row| matches!(row.state, OperationState::Verified | OperationState::Applied)),
        "{ended:?}"
    );
    // and nobody is there twice
    let again = office.plan().await;
    assert!(
        Office::counts(&again).iter().all(|(kind, _)| kind != "create"),
        "{:?}",
        Office::counts(&again)
    );
}
