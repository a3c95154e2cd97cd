//! Sends what can be sent, and takes what has ended.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    thread,
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::runtime::Handle;

use super::{Run, queue::Queue, work::Ended};
use crate::{
    engine::{Error, event::Level, lock},
    model::SystemName,
    store::StoredOperation,
};

/// How many operations a system may have between intent and outcome, for each one it may have in flight.
const AHEAD: usize = 4;
/// How many a fast system may have in all.
const MOST_AHEAD: usize = 384;
/// From how many writes in flight on a run looks after them only every so often.
const MANY: usize = 32;
/// How often.
const REST: Duration = Duration::from_millis(1);
/// With how many writes left at most their outcomes are written down as they come.
const FEW: usize = 16;

/// Sends everything that can be sent, until nothing is left or the run is stopped.
///
/// It has a thread to itself, which may rest without holding anybody up.
pub(super) async fn drive(run: Arc<Run>, operations: Vec<Arc<StoredOperation>>) -> Result<(), Error> {
    let runtime = Handle::current();
    let driven = tokio::task::spawn_blocking(move || runtime.block_on(run.drive(operations)));
    driven.await.map_err(|_| {
        let text = "the run stopped unexpectedly: the next one settles what it has left open";
        Error::Refused(text.to_owned())
    })
}

/// Where the work on an operation goes on: made once and used for one operation after another. It is large, and
/// hundreds of operations are under way at a time.
type Place<F> = Pin<Box<Option<F>>>;

/// An operation under way, and where; it ends with its place, which is free then.
struct Under<F> {
    at: usize,
    place: Option<Place<F>>,
}

/// Puts work into a place that is free, or into a new one.
fn put<F>(free: &mut Vec<Place<F>>, work: F) -> Place<F> {
    match free.pop() {
        Some(mut place) => {
            place.set(Some(work));
            place
        }
        None => Box::pin(Some(work)),
    }
}

impl<F: Future<Output = Ended>> Future for Under<F> {
    type Output = (usize, Ended, Option<Place<F>>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let work = self.place.as_mut().and_then(|place| place.as_mut().as_pin_mut());
        let ended = match work {
            Some(work) => ready!(work.poll(context)),
            // polled again after its end: nothing is there any more
            None => Ended::NotApplied,
        };
        let mut place = self.place.take();
        if let Some(place) = &mut place {
            place.set(None);
        }
        Poll::Ready((self.at, ended, place))
    }
}

impl Run {
    /// Sends everything that can be sent, until nothing is left or the run is stopped.
    async fn drive(self: &Arc<Self>, operations: Vec<Arc<StoredOperation>>) {
        // taken once: permits that are lent out make no system narrower
        let widths: HashMap<SystemName, usize> = self
            .permits
            .iter()
            .map(|(system, permits)| (system.clone(), permits.available_permits()))
            .collect();
        let all: usize = widths.values().sum();
        let free = |system: &SystemName| {
            self.permits
                .get(system)
                .map_or(0, |permits| permits.available_permits())
        };
        let ahead = widths.iter();
        let ahead = ahead.map(|(system, width)| (system.clone(), width * AHEAD));
        let gathers = |system: &SystemName| {
            let system = self.inner.system(system);
            system.is_some_and(|system| system.connector.gathers_memberships())
        };
        let mut queue = Queue::new(operations, ahead.collect(), gathers);
        let mut working = FuturesUnordered::new();
        let mut places = Vec::new();
        let mut is_shown = false;
        loop {
            self.control.wait_while_paused(working.is_empty()).await;
            if is_shown && !self.control.is_paused() && !self.control.is_stopping() {
                is_shown = false;
                self.go_on(&mut queue).await;
            }
            if !self.control.is_paused() && !self.control.is_stopping() {
                while let Some(next) = queue.next(|operation| lock(&self.caution).may_send(operation)) {
                    let (run, (at, operation)) = (self.clone(), next);
                    let place = put(&mut places, async move { run.work(&operation).await });
                    working.push(Under {
                        at,
                        place: Some(place),
                    });
                }
            }
            if queue.is_empty() && working.len() <= FEW {
                self.scribe.hurry();
            }
            match working.next().await {
                Some((at, ended, place)) => {
                    places.extend(place);
                    self.ended(&mut queue, at, ended);
                    while let Some(Some((at, ended, place))) = working.next().now_or_never() {
                        places.extend(place);
                        self.ended(&mut queue, at, ended);
                    }
                }
                None if self.control.is_paused() && !self.control.is_stopping() => {}
                None if self.waits_for_word(&queue) => {
                    if self.is_watched {
                        // first, so that whoever is told of it is told that the run waits
                        self.control.pause();
                        is_shown = true;
                    }
                    let (parked, rest) = queue.waiting();
                    self.show_canary(parked + rest).await;
                    if !self.is_watched {
                        break;
                    }
                }
                None => break,
            }
            queue.widen(MOST_AHEAD, |system| {
                free(system) * 2 > widths.get(system).copied().unwrap_or_default()
            });
            let idle: usize = widths.keys().map(free).sum();
            if all - idle.min(all) >= MANY {
                // the systems have enough to do for a while: being woken by each answer would cost more than it, and a
                // timer is another thread that would have to be woken first
                thread::sleep(REST);
            }
        }
    }

    fn ended(&self, queue: &mut Queue, at: usize, ended: Ended) {
        if ended == Ended::SystemIsGone {
            let dropped = queue.drop_system(at);
            if dropped > 0 {
                let text = "the system cannot be written to: the rest of it stays approved";
                self.inner
                    .notice(Level::Error, format!("{text} ({dropped} operations)"));
            }
        }
        queue.ended(at, ended == Ended::Applied);
        self.follow(queue);
    }

    /// Whether all that was to be tried first is done, and others wait for somebody's word.
    fn waits_for_word(&self, queue: &Queue) -> bool {
        !self.control.is_stopping() && queue.waiting().0 > 0 && lock(&self.caution).waits()
    }
}
