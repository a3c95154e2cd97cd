//! The thread a session lives on, and the way to it.

use std::{rc::Rc, thread};

use futures_util::future::LocalBoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::connection::Session;

/// The room of the thread's stack in octets, of which only what is used takes memory; the next where a machine grants no
/// more. The library takes messages apart by calling itself for each element in another, which a server may send a
/// hundred thousand of.
const STACKS: [usize; 3] = [1 << 30, 1 << 28, 1 << 23];

type Job = Box<dyn FnOnce(Rc<Session>) -> LocalBoxFuture<'static, ()> + Send>;

/// The way to a session from other threads.
pub(super) struct Handle {
    jobs: mpsc::UnboundedSender<Job>,
}

impl Handle {
    /// Starts the session's thread. It ends when the handle is dropped and the last job is done.
    pub(super) fn start(session: Session) -> std::io::Result<Self> {
        let (jobs, mut incoming) = mpsc::unbounded_channel::<Job>();
        let pace = session.pace();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_park(move || pace.rest())
            .build()?;
        let thread = spawn()?;
        let work: Work = Box::new(move || {
            let session = Rc::new(session);
            let mut running = tokio::task::JoinSet::new();
            tokio::task::LocalSet::new().block_on(&runtime, async {
                while let Some(job) = next(&mut incoming, &session).await {
                    running.spawn_local(job(session.clone()));
                    while running.try_join_next().is_some() {}
                }
                while running.join_next().await.is_some() {}
            });
        });
        let is_gone = |_| std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        thread.send(work).map_err(is_gone)?;
        Ok(Self { jobs })
    }

    /// Runs a job on the session's thread to its end, even if the returned future is dropped; `None` if it broke.
    pub(super) async fn run<T, F, W>(&self, job: F) -> Option<T>
    where
        T: Send + 'static,
        W: Future<Output = T> + 'static,
        F: FnOnce(Rc<Session>) -> W + Send + 'static,
    {
        let (done, result) = oneshot::channel();
        let job: Job = Box::new(move |session| {
            Box::pin(async move {
                // nobody may be waiting any more
                let _ = done.send(job(session).await);
            })
        });
        self.jobs.send(job).ok()?;
        result.await.ok()
    }
}

/// What a thread is started for.
type Work = Box<dyn FnOnce() + Send>;

/// Starts a thread with as much stack as can be had, and gives the way to what it is to do.
fn spawn() -> std::io::Result<std::sync::mpsc::Sender<Work>> {
    let mut failed = None;
    for octets in STACKS {
        let (give, take) = std::sync::mpsc::channel::<Work>();
        let thread = thread::Builder::new().name("ldap".to_owned()).stack_size(octets);
        let started = thread.spawn(move || {
            if let Ok(work) = take.recv() {
                work();
            }
        });
        match started {
            Ok(_) => return Ok(give),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| std::io::ErrorKind::OutOfMemory.into()))
}

/// Waits for the next job. Where nothing is to do for long, the connections are left that are not needed for it.
async fn next(incoming: &mut mpsc::UnboundedReceiver<Job>, session: &Session) -> Option<Job> {
    let pool = &session.pool;
    loop {
        let moment = async {
            if pool.has_others() {
                tokio::time::sleep(session.timeout()).await;
            } else {
                pool.another().await;
            }
        };
        tokio::select! {
            biased;
            job = incoming.recv() => return job,
            () = moment => pool.leave_idle(session),
        }
    }
}
