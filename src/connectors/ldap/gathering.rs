//! Questions of many writes, asked in one search.
//!
//! A search costs a server about as much as a write. While one is under way the questions that come gather for the
//! next, so that a busy run asks once for dozens of objects and a single write asks at once.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use tokio::sync::oneshot;

use super::{connection::Session, failure::Failure};

/// How many questions share a search: servers limit the length of a filter.
const TOGETHER: usize = 64;

/// A question that can be asked together with others of its kind.
pub(super) trait Question: Sized + 'static {
    /// What is told to whoever asked.
    type Answer: 'static;

    /// Where those of its kind gather.
    fn gathering(session: &Session) -> &Gathering<Self>;

    /// Asks for some; an answer each, in their order, none where it could not be found out together.
    ///
    /// # Errors
    /// Says why the server cannot be asked; see [`cannot_be_asked`].
    async fn ask(session: &Session, together: &[Self]) -> Result<Vec<Option<Self::Answer>>, Failure>;
}

/// The questions that wait to be asked.
pub(super) struct Gathering<Q: Question> {
    waiting: RefCell<Vec<Waiting<Q>>>,
    asking: Cell<bool>,
}

struct Waiting<Q: Question> {
    question: Q,
    answer: oneshot::Sender<Result<Q::Answer, Failure>>,
}

impl<Q: Question> Default for Gathering<Q> {
    fn default() -> Self {
        Self {
            waiting: RefCell::default(),
            asking: Cell::default(),
        }
    }
}

/// Takes the failure of a search for many as that of each, if it would be the same for each alone: a server that is
/// silent is waited for once and not once more.
pub(super) fn cannot_be_asked<T>(failure: Failure) -> Result<Option<T>, Failure> {
    match failure {
        Failure::Silent(_) | Failure::Unreachable(_) | Failure::Credentials(_) => Err(failure),
        Failure::Lost(_) | Failure::Unsendable(_) => Ok(None),
    }
}

/// Asks together with the others that are under way; `None` if it could not be found out so.
///
/// # Errors
/// Says why the server cannot be asked.
pub(super) async fn ask<Q: Question>(
    session: &Rc<Session>,
    question: Q,
) -> Result<Option<Q::Answer>, Failure> {
    let (answer, told) = oneshot::channel();
    let gathering = Q::gathering(session);
    gathering.waiting.borrow_mut().push(Waiting { question, answer });
    if !gathering.asking.replace(true) {
        tokio::task::spawn_local(ask_all::<Q>(session.clone()));
    }
    told.await.ok().transpose()
}

/// Asks until nobody waits any more.
async fn ask_all<Q: Question>(session: Rc<Session>) {
    let gathering = Q::gathering(&session);
    let _end = End(gathering);
    loop {
        // everybody who is on the way gets a place in this search
        tokio::task::yield_now().await;
        let (together, tellers): (Vec<_>, Vec<_>) = {
            let mut waiting = gathering.waiting.borrow_mut();
            let count = waiting.len().min(TOGETHER);
            let some = waiting.drain(..count);
            some.map(|one| (one.question, one.answer)).unzip()
        };
        if together.is_empty() {
            return;
        }
        // nobody may be waiting any more
        match Q::ask(&session, &together).await {
            Ok(answers) => {
                for (teller, answer) in tellers.into_iter().zip(answers) {
                    if let Some(answer) = answer {
                        let _ = teller.send(Ok(answer));
                    }
                }
            }
            Err(failure) => {
                // also of those that were to be asked for next
                let others = gathering.waiting.take().into_iter().map(|other| other.answer);
                for teller in tellers.into_iter().chain(others) {
                    let _ = teller.send(Err(failure.clone()));
                }
            }
        }
    }
}

/// Lets the next one ask, also when the task broke: whoever waits then is told that nothing is certain.
struct End<'a, Q: Question>(&'a Gathering<Q>);

impl<Q: Question> Drop for End<'_, Q> {
    fn drop(&mut self) {
        self.0.asking.set(false);
        self.0.waiting.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    struct Any;

    impl Question for Any {
        type Answer = ();

        fn gathering(_: &Session) -> &Gathering<Self> {
            unreachable!("nobody asks")
        }

        async fn ask(_: &Session, _: &[Self]) -> Result<Vec<Option<()>>, Failure> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_broken_task_leaves_nobody_waiting() {
        let gathering = Gathering::default();
        gathering.asking.set(true);
        let (answer, told) = oneshot::channel();
        let question = Any;
        gathering.waiting.borrow_mut().push(Waiting { question, answer });
        drop(End(&gathering));
        assert!(!gathering.asking.get());
        assert!(told.now_or_never().is_some_and(|told| told.is_err()));
    }
}
