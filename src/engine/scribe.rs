//! Writes the journal of a run in groups: whatever comes within a moment goes into one transaction, so that thousands
//! of operations a second need a few commits and each still has its intent on disk before it is sent.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Inner,
    apply::{Hold, Step},
};
use crate::{
    audit,
    store::{Error, Intent, Journal, Outcome, Progress},
};

/// How long the first note of a run waits for others: nothing is in flight yet, and all systems wait for it.
const AT_FIRST: Duration = Duration::from_micros(500);
/// How long every other one does. What is in flight meanwhile was written down before.
const MOMENT: Duration = Duration::from_millis(10);
/// From how many notes on a group waits for more: the pages of a commit are nearly the same for twice as many.
const MANY: usize = 32;
/// For how long.
const LONGER: Duration = Duration::from_millis(15);

type Answer = oneshot::Sender<Result<(), Arc<Error>>>;

enum Note {
    Intent(Intent, Answer),
    Outcome(Box<Outcome>, audit::Draft, Answer),
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
    /// Whether hardly any others will come, so that nobody waits for them.
    is_ending: bool,
    is_closed: bool,
}

impl Inbox {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        // a panic while it was held leaves whole notes
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do, and so long for what comes with it; nothing when the handle is gone.
    fn take(&self, moment: Duration) -> Option<Vec<Note>> {
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
        // neighbours are written once for all that comes now
        contents = self.wait(contents, moment);
        if moment == MOMENT && contents.notes.len() >= MANY {
            contents = self.wait(contents, LONGER);
        }
        Some(std::mem::take(&mut contents.notes))
    }

    /// Waits for others, as long as some will come.
    fn wait<'c>(&self, contents: MutexGuard<'c, Contents>, time: Duration) -> MutexGuard<'c, Contents> {
        let waited = self
            .came
            .wait_timeout_while(contents, time, |contents| !contents.is_ending);
        waited.unwrap_or_else(PoisonError::into_inner).0
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
    pub(super) fn start(inner: Arc<Inner>, run: i64, hold: Arc<Hold>) -> Self {
        let inbox = Arc::new(Inbox::default());
        let end = End(inbox.clone());
        thread::spawn(move || {
            let mut moment = AT_FIRST;
            while let Some(waiting) = end.0.take(moment) {
                write(&inner, run, &hold, waiting);
                moment = MOMENT;
            }
        });
        Self { inbox }
    }

    /// Has everything written down as it comes: hardly anything else will.
    pub(super) fn hurry(&self) {
        let mut contents = self.inbox.contents();
        if !contents.is_ending {
            contents.is_ending = true;
            self.inbox.came.notify_one();
        }
    }

    /// Returns when the intent is on disk.
    pub(super) fn intend(&self, intent: Intent) -> impl Future<Output = Result<(), Arc<Error>>> + use<> {
        let (answer, done) = oneshot::channel();
        self.send(Note::Intent(intent, answer));
        answered(done)
    }

    /// Returns when the outcome and its audit record are on disk.
    pub(super) fn conclude(
        &self,
        outcome: Outcome,
        entry: audit::Draft,
    ) -> impl Future<Output = Result<(), Arc<Error>>> + use<> {
        let (answer, done) = oneshot::channel();
        self.send(Note::Outcome(Box::new(outcome), entry, answer));
        answered(done)
    }

    /// Puts a note in; whoever waits for one that nobody takes any more learns that from its answer.
    fn send(&self, note: Note) {
        let mut contents = self.inbox.contents();
        if contents.is_closed {
            return;
        }
        contents.notes.push(note);
        if contents.is_idle && contents.notes.len() == 1 {
            self.inbox.came.notify_one();
        }
    }
}

/// Waits for an answer. Only this is kept of a note by whoever has written it: hundreds wait at a time.
async fn answered(done: oneshot::Receiver<Result<(), Arc<Error>>>) -> Result<(), Arc<Error>> {
    done.await.unwrap_or_else(|_| {
        Err(Arc::new(Error::Busy(
            "the journal's writer has stopped".to_owned(),
        )))
    })
}

impl Drop for Scribe {
    fn drop(&mut self) {
        let mut contents = self.inbox.contents();
        (contents.is_closed, contents.is_ending) = (true, true);
        drop(contents);
        self.inbox.came.notify_one();
    }
}

fn write(inner: &Inner, run: i64, hold: &Hold, waiting: Vec<Note>) {
    let (leases, asked) = (hold.leases(), hold.clock());
    let (journal, at) = (inner.journal(), inner.setup.clock.now());
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
    let reach = |there: bool, step: Step| {
        if there {
            inner.reach(step);
        }
    };
    reach(!outcomes.is_empty(), Step::Concluding);
    reach(!intents.is_empty(), Step::Intending);
    if !outcomes.is_empty()
        && !intents.is_empty()
        && journal.progress(run, leases, progress, at, &trail).is_ok()
    {
        hold.note(asked);
        inner.reach(Step::Concluded);
        inner.reach(Step::Intended);
        answer(concluded, &Ok(()));
        answer(intended, &Ok(()));
        return;
    }
    // outcomes first: what is known must not wait for what is only wanted, or is refused
    if !outcomes.is_empty() {
        let result = journal.conclude(run, &outcomes, at, &trail);
        inner.reach(Step::Concluded);
        answer(concluded, &result.map_err(Arc::new));
    }
    if !intents.is_empty() {
        let results = intend(journal.as_ref(), run, leases, &intents, at);
        if results.iter().any(Result::is_ok) {
            hold.note(asked);
        }
        inner.reach(Step::Intended);
        for (waiter, result) in intended.into_iter().zip(results) {
            // a waiter that is gone has nothing to be told
            let _ = waiter.send(result);
        }
    }
}

/// Writes intents; where one approval was taken back, the others go on.
fn intend(
    journal: &dyn Journal,
    run: i64,
    leases: &[crate::store::Lease],
    intents: &[Intent],
    at: jiff::Timestamp,
) -> Vec<Result<(), Arc<Error>>> {
    match journal.intend(run, leases, intents, at) {
        Err(Error::NotApproved(_)) if intents.len() > 1 => {
            let each = intents.chunks(1);
            each.map(|intent| journal.intend(run, leases, intent, at).map_err(Arc::new))
                .collect()
        }
        result => vec![result.map_err(Arc::new); intents.len()],
    }
}

fn answer(waiting: Vec<Answer>, result: &Result<(), Arc<Error>>) {
    for waiter in waiting {
        // a waiter that is gone has nothing to be told
        let _ = waiter.send(result.clone());
    }
}
