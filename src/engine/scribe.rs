//! Writes the journal of a run in groups: whatever comes within a moment goes into one transaction, so that thousands
//! of operations a second need a few commits and each still has its intent on disk before it is sent.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{
    audit,
    engine::clock::Clock,
    store::{Error, Intent, Lease, Outcome, Progress, Store},
};

/// How long a note waits for others. What is in flight meanwhile was written down before.
const MOMENT: Duration = Duration::from_millis(10);

type Answer = oneshot::Sender<Result<(), Arc<Error>>>;

enum Note {
    Intent(Intent, Answer),
    Outcome(Box<Outcome>, audit::Entry, Answer),
}

/// A handle to the thread that writes the journal; it ends when the handle is dropped.
pub(super) struct Scribe {
    inbox: Arc<Inbox>,
}

/// What is to be written down. Whoever puts something in wakes the thread only if it has nothing to do: most notes
/// come while it waits for company or for the disk.
#[derive(Default)]
struct Inbox {
    contents: Mutex<Contents>,
    came: Condvar,
}

#[derive(Default)]
struct Contents {
    notes: Vec<Note>,
    is_idle: bool,
    is_closed: bool,
}

impl Inbox {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        // a panic while it was held leaves whole notes
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; nothing when the handle is gone.
    fn take(&self) -> Option<Vec<Note>> {
        let mut contents = self.contents();
        if contents.notes.is_empty() {
            contents.is_idle = true;
            contents = self
                .came
                .wait_while(contents, |contents| {
                    contents.notes.is_empty() && !contents.is_closed
                })
                .unwrap_or_else(PoisonError::into_inner);
            contents.is_idle = false;
        }
        if contents.notes.is_empty() {
            return None;
        }
        drop(contents);
        // neighbours are written once for all that comes now
        thread::sleep(MOMENT);
        Some(std::mem::take(&mut self.contents().notes))
    }

    /// Takes nothing more; whoever waits learns that nobody writes.
    fn close(&self) {
        let mut contents = self.contents();
        contents.is_closed = true;
        contents.notes.clear();
    }
}

/// Closes the inbox when the thread ends, however it ends.
struct End(Arc<Inbox>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Scribe {
    /// Starts the thread.
    pub(super) fn start(store: Arc<dyn Store>, clock: Clock, run: i64, leases: Vec<Lease>) -> Self {
        let inbox = Arc::new(Inbox::default());
        let end = End(inbox.clone());
        thread::spawn(move || {
            while let Some(waiting) = end.0.take() {
                write(store.as_ref(), &clock, run, &leases, waiting);
            }
        });
        Self { inbox }
    }

    /// Returns when the intent is on disk.
    pub(super) async fn intend(&self, intent: Intent) -> Result<(), Arc<Error>> {
        let (answer, done) = oneshot::channel();
        self.send(Note::Intent(intent, answer), done).await
    }

    /// Returns when the outcome and its audit record are on disk.
    pub(super) async fn conclude(&self, outcome: Outcome, entry: audit::Entry) -> Result<(), Arc<Error>> {
        let (answer, done) = oneshot::channel();
        self.send(Note::Outcome(Box::new(outcome), entry, answer), done)
            .await
    }

    async fn send(
        &self,
        note: Note,
        done: oneshot::Receiver<Result<(), Arc<Error>>>,
    ) -> Result<(), Arc<Error>> {
        let gone = || Arc::new(Error::Busy("the journal's writer has stopped".to_owned()));
        {
            let mut contents = self.inbox.contents();
            if contents.is_closed {
                return Err(gone());
            }
            contents.notes.push(note);
            if contents.is_idle && contents.notes.len() == 1 {
                self.inbox.came.notify_one();
            }
        }
        done.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        self.inbox.contents().is_closed = true;
        self.inbox.came.notify_one();
    }
}

fn write(store: &dyn Store, clock: &Clock, run: i64, leases: &[Lease], waiting: Vec<Note>) {
    let at = clock.now();
    let (mut intents, mut intended) = (Vec::new(), Vec::new());
    let (mut outcomes, mut trail, mut concluded) = (Vec::new(), Vec::new(), Vec::new());
    for note in waiting {
        match note {
            Note::Intent(intent, answer) => {
                intents.push(intent);
                intended.push(answer);
            }
            Note::Outcome(outcome, entry, answer) => {
                outcomes.push(*outcome);
                trail.push(entry);
                concluded.push(answer);
            }
        }
    }
    let progress = Progress {
        outcomes: &outcomes,
        intents: &intents,
    };
    if !outcomes.is_empty()
        && !intents.is_empty()
        && store.progress(run, leases, progress, at, &trail).is_ok()
    {
        answer(concluded, Ok(()));
        answer(intended, Ok(()));
        return;
    }
    // outcomes first: what is known must not wait for what is only wanted, or is refused
    if !outcomes.is_empty() {
        answer(concluded, store.conclude(run, &outcomes, at, &trail));
    }
    if !intents.is_empty() {
        intend(store, run, leases, &intents, at, intended);
    }
}

fn intend(
    store: &dyn Store,
    run: i64,
    leases: &[Lease],
    intents: &[Intent],
    at: jiff::Timestamp,
    waiting: Vec<Answer>,
) {
    match store.intend(run, leases, intents, at) {
        // one approval was taken back: the others go on
        Err(Error::NotApproved(_)) if intents.len() > 1 => {
            for (intent, waiter) in intents.chunks(1).zip(waiting) {
                answer(vec![waiter], store.intend(run, leases, intent, at));
            }
        }
        result => answer(waiting, result),
    }
}

fn answer(waiting: Vec<Answer>, result: Result<(), Error>) {
    let result = result.map_err(Arc::new);
    for waiter in waiting {
        // a waiter that is gone has nothing to be told
        let _ = waiter.send(result.clone());
    }
}
