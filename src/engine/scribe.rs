//! Writes the journal of a run in groups: whatever comes within a moment goes into one transaction, so that thousands
//! of operations a second need a few commits and each still has its intent on disk before it is sent.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::{
    audit,
    engine::clock::Clock,
    store::{Error, Intent, Lease, Outcome, Store},
};

/// How long a note waits for others at most. What is in flight meanwhile was written down before.
const MOMENT: Duration = Duration::from_millis(8);
/// How many notes are enough for a transaction.
const GROUP: usize = 128;

type Answer = oneshot::Sender<Result<(), Arc<Error>>>;

enum Note {
    Intent(Intent, Answer),
    Outcome(Box<Outcome>, audit::Entry, Answer),
}

/// A handle to the thread that writes the journal; it ends when the last handle is dropped.
#[derive(Clone)]
pub(super) struct Scribe {
    notes: mpsc::Sender<Note>,
}

impl Scribe {
    /// Starts the thread.
    pub(super) fn start(store: Arc<dyn Store>, clock: Clock, run: i64, leases: Vec<Lease>) -> Self {
        let (notes, inbox) = mpsc::channel();
        std::thread::spawn(move || {
            while let Ok(first) = inbox.recv() {
                let waiting = gather(first, &inbox);
                write(store.as_ref(), &clock, run, &leases, waiting);
            }
        });
        Self { notes }
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
        self.notes.send(note).map_err(|_| gone())?;
        done.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// Waits a moment for company: neighbours in an index are then written once for all of them.
fn gather(first: Note, inbox: &mpsc::Receiver<Note>) -> Vec<Note> {
    let until = Instant::now() + MOMENT;
    let mut waiting = vec![first];
    while waiting.len() < GROUP
        && let Ok(note) = inbox.recv_timeout(until.saturating_duration_since(Instant::now()))
    {
        waiting.push(note);
    }
    waiting
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
    // outcomes first: what is known must not wait for what is only wanted
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
