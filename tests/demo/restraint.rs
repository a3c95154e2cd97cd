//! What stops where something is wrong with a whole system: quarantine, canary, retries, reads that wait.

mod canary;
mod completeness;
mod failing;
mod late;
mod quarantine;
mod unread;

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use usher::{
    config::Config,
    connectors::{
        ConnectError, Connector, Probe, Progress, ReadRequest, Settled, Task, Write, WriteError, Written,
    },
    engine::{
        Engine, Setup, SystemSetup,
        view::{ReviewRow, RunView},
    },
    model::{Actor, Kind, OperationState, Read, Schema, SystemName, Verdict},
};

use super::office::{self, Office};

/// Says what becomes of a write, if it is not to be sent.
type Refusal = Box<dyn Fn(&Write) -> Option<WriteError> + Send + Sync>;

/// What one system answers instead of itself.
#[derive(Clone, Default)]
struct Mood(Arc<Mutex<Option<Refusal>>>);

impl Mood {
    fn refuse(&self, refusal: impl Fn(&Write) -> Option<WriteError> + Send + Sync + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(refusal));
    }

    fn relent(&self) {
        *self.0.lock().unwrap() = None;
    }
}

/// A system that refuses writes for as long as it is in the mood.
struct Moody {
    inner: Arc<dyn Connector>,
    mood: Mood,
}

impl Connector for Moody {
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
        let refused = self
            .mood
            .0
            .lock()
            .unwrap()
            .as_ref()
            .and_then(|refuse| refuse(write));
        match refused {
            Some(error) => Box::pin(async move { Err(error) }),
            None => self.inner.write(write),
        }
    }

    fn settle<'a>(&'a self, write: &'a Write) -> Task<'a, Settled> {
        self.inner.settle(write)
    }

    fn command(&self, write: &Write) -> String {
        self.inner.command(write)
    }

    fn has_containers(&self) -> bool {
        self.inner.has_containers()
    }
}

/// The company on day 0, everything approved, with a directory whose mood can be changed.
async fn moody(configuration: &str) -> (Office, Mood) {
    let mut office = Office::with(configuration).await;
    let mood = Mood::default();
    office.engine = engine(&office, &mood);
    approve_all(&office).await;
    (office, mood)
}

fn engine(office: &Office, mood: &Mood) -> Engine {
    engine_of(office, |inner| {
        Arc::new(Moody {
            inner,
            mood: mood.clone(),
        })
    })
}

/// The engine of the office, with another directory around its own.
fn engine_of(office: &Office, around: impl Fn(Arc<dyn Connector>) -> Arc<dyn Connector>) -> Engine {
    let config = Config::load(&office.sandbox.config_path()).unwrap();
    let systems = config.systems.values().map(|system| {
        let inner = system.section.open(system.name.clone(), &config.folder).unwrap();
        let is_other = system.name.as_str() == "directory";
        SystemSetup {
            connector: if is_other { around(inner) } else { inner },
            kind: system.section.kind().to_owned(),
            observe: false,
        }
    });
    Engine::new(Setup {
        systems: systems.collect(),
        rules: config.rules,
        store: office::store(&config.store),
        clock: office.clock.clone(),
        actor: Actor {
            user: "tester".to_owned(),
            ssh_client: None,
        },
        next_day: None,
    })
}

async fn approve_all(office: &Office) {
    let mut open = office.due().await;
    open.retain(|row| row.state == OperationState::Proposed);
    office.decide(&open, Verdict::Approve, None).await;
}

async fn in_system(office: &Office, system: &str) -> Vec<ReviewRow> {
    let mut due = office.due().await;
    due.retain(|row| row.system.as_str() == system);
    due
}

async fn standing(office: &Office, system: &str, state: OperationState) -> usize {
    let rows = in_system(office, system).await;
    rows.iter().filter(|row| row.state == state).count()
}

fn progress<'r>(run: &'r RunView, system: &str) -> &'r usher::engine::view::SystemProgress {
    let mut systems = run.systems.iter();
    systems
        .find(|progress| progress.system.as_str() == system)
        .unwrap()
}

/// Lets time pass.
fn later(office: &Office, minutes: i64) {
    office
        .clock
        .set(office.engine.now() + SignedDuration::from_mins(minutes));
}

fn refused() -> WriteError {
    WriteError::Refused("50 insufficient access: ask for the right to write".to_owned())
}

fn unauthorised() -> WriteError {
    WriteError::Credentials("49 the password is refused: renew it".to_owned())
}

/// Why there is no plan.
async fn refusal(office: &Office) -> String {
    office::plan(&office.engine).await.unwrap_err().join("\n")
}
