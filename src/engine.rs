//! The engine: read, plan, apply, verify. Commands and queries in, events and views out.
//!
//! The engine never knows who listens: the console and the command line are two mouths of it. [`command`], [`event`]
//! and [`view`] are its whole language, all plain data; [`Engine::command`] and [`Engine::ask`] answer by events,
//! and the methods a command line needs ([`Engine::plan`], [`Engine::apply`], …) return when they are done.

pub mod access;
pub mod actor;
pub mod alerts;
pub mod apply;
pub mod approval;
mod attention;
mod awaited;
mod carrying;
pub mod chain;
pub mod clock;
pub mod command;
mod completeness;
mod condition;
mod configure;
mod deciding;
mod describe;
mod erase;
pub mod event;
mod excerpt;
mod exclusion;
mod explain;
mod failing;
mod follow;
pub mod governance;
pub mod impact;
mod increments;
pub mod links;
pub mod mappings;
pub mod planfile;
mod planning;
mod quarantine;
mod query;
mod rails;
mod reading;
mod resolve;
pub mod revalidate;
mod scribe;
mod session;
pub mod situations;
mod standing;
mod trail;
pub mod trying;
pub mod undo;
mod unread;
mod veil;
pub mod view;
pub mod whois;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc;

pub use self::apply::{ApplyOptions, Step, Watch};
pub use self::planning::{Export, PlanError, PlanOptions, PlanReport};
use self::{
    apply::Control,
    clock::Clock,
    command::{Command, Query},
    event::{Event, Level},
    view::{RunView, View},
};
pub use crate::config::edit::{Block, Part, Place};
use crate::{
    audit,
    connectors::Connector,
    expression::Diagnostic,
    model::{Actor, RecordSet, Right, SystemName, Verdict},
    planning::rules::Rules,
    store::{self, Journal, Store},
};

/// A connected system, opened.
pub struct SystemSetup {
    /// The connector.
    pub connector: Arc<dyn Connector>,
    /// The connector's name: `ldap`.
    pub kind: String,
    /// Whether nothing is ever written to it.
    pub observe: bool,
}

/// Lets the next day of the demo come; returns the new time.
pub type NextDay = Box<dyn Fn() -> BoxFuture<'static, Result<Timestamp, String>> + Send + Sync>;

/// What an engine works with.
pub struct Setup {
    /// The rules.
    pub rules: Rules,
    /// The systems.
    pub systems: Vec<SystemSetup>,
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Clock,
    /// Who acts.
    pub actor: Actor,
    /// The demo's next day, in the demo.
    pub next_day: Option<NextDay>,
}

/// The engine. Clones are handles to the same one.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// What does not change while an engine lives. The rules do: see [`Inner::rules`].
struct Equipment {
    systems: Vec<SystemSetup>,
    store: Arc<dyn Store>,
    clock: Clock,
    actor: Actor,
    next_day: Option<NextDay>,
}

struct Inner {
    setup: Equipment,
    /// The rules in force; a saved change puts others in their place.
    rules: Mutex<Arc<Rules>>,
    /// The configuration they come from, if it can be changed here.
    configuration: Mutex<Option<configure::Editable>>,
    impacts: impact::Questions,
    listeners: Mutex<Vec<mpsc::UnboundedSender<Event>>>,
    /// One planning at a time.
    planning: tokio::sync::Mutex<()>,
    /// The run that is going on in this process.
    control: Mutex<Option<Arc<Control>>>,
    run: Mutex<Option<RunView>>,
    /// The records of the last reads, for the why of values.
    records: Mutex<Vec<LastRecords>>,
    /// What the next plan may build on.
    carried: Mutex<Option<carrying::Kept>>,
    /// What is known about the person whose values were explained last.
    excerpt: Mutex<Option<excerpt::Kept>>,
    /// Where runs write their journal, if not into the store.
    journal: OnceLock<Arc<dyn Journal>>,
    /// Who is told of the steps of runs.
    watch: OnceLock<Watch>,
    /// The rows of the current plan, until something changes.
    rows: Mutex<Option<query::PlanRows>>,
    governance: Mutex<Arc<governance::Governance>>,
    chain: chain::Chain,
    alerts: OnceLock<alerts::Alerts>,
    underway: alerts::Underway,
}

/// The records of a system's last good read.
struct LastRecords {
    system: SystemName,
    ended: Timestamp,
    records: Arc<RecordSet>,
}

/// Why the engine could not do something. Each message says what happened and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A text is no expression: every mistake, with its place in the text.
    #[error("{}", .0.first().map_or_else(|| "the expression is empty".to_owned(), ToString::to_string))]
    Expression(Vec<Diagnostic>),
    /// Something is not as it must be for this.
    #[error("{0}")]
    Refused(String),
}

impl Inner {
    fn emit(&self, event: &Event) {
        let mut listeners = lock(&self.listeners);
        listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }

    fn notice(&self, level: Level, text: impl Into<String>) {
        self.emit(&Event::Notice {
            level,
            text: text.into(),
        });
    }

    /// Returns where a run writes its journal.
    fn journal(&self) -> Arc<dyn Journal> {
        let store = || -> Arc<dyn Journal> { self.setup.store.clone() };
        self.journal.get().cloned().unwrap_or_else(store)
    }

    /// Tells that a run has reached a step.
    fn reach(&self, step: Step) {
        if let Some(watch) = self.watch.get() {
            watch(step);
        }
    }

    /// Returns the rules in force.
    fn rules(&self) -> Arc<Rules> {
        lock(&self.rules).clone()
    }

    fn entry(&self, action: &str, subject: impl Into<String>, summary: impl Into<String>) -> audit::Entry {
        audit::Entry {
            at: self.setup.clock.now(),
            actor: self.setup.actor.clone(),
            action: action.to_owned(),
            subject: subject.into(),
            summary: summary.into(),
            details: serde_json::Value::Null,
        }
    }

    fn system(&self, name: &SystemName) -> Option<&SystemSetup> {
        self.setup
            .systems
            .iter()
            .find(|system| system.connector.system() == name)
    }

    /// Runs something that blocks (the store, planning) where it may.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Inner) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = self.clone();
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .unwrap_or_else(|_| {
                Err(Error::Refused(
                    "a part of usher stopped unexpectedly; nothing was written".into(),
                ))
            })
    }
}

/// Takes a lock whose holder cannot have left anything half done.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Makes an engine.
    pub fn new(setup: Setup) -> Self {
        let Setup {
            rules,
            systems,
            store,
            clock,
            actor,
            next_day,
        } = setup;
        Self {
            inner: Arc::new(Inner {
                setup: Equipment {
                    systems,
                    store,
                    clock,
                    actor,
                    next_day,
                },
                rules: Mutex::new(Arc::new(rules)),
                configuration: Mutex::default(),
                impacts: impact::Questions::default(),
                listeners: Mutex::default(),
                planning: tokio::sync::Mutex::default(),
                control: Mutex::default(),
                run: Mutex::default(),
                records: Mutex::default(),
                carried: Mutex::default(),
                excerpt: Mutex::default(),
                journal: OnceLock::new(),
                watch: OnceLock::new(),
                rows: Mutex::default(),
                governance: Mutex::default(),
                chain: chain::Chain::default(),
                alerts: OnceLock::new(),
                underway: alerts::Underway::default(),
            }),
        }
    }

    /// Lets runs write their journal somewhere else than into the store: what a journal costs is measured beside
    /// one that does nothing. The first one given counts.
    #[must_use]
    pub fn journaling(self, journal: Arc<dyn Journal>) -> Self {
        let _ = self.inner.journal.set(journal);
        self
    }

    /// Tells somebody of every step of a run, before the next one is taken: a test that ends the process there sees
    /// what is left of the run. The first one given counts.
    #[must_use]
    pub fn watching(self, watch: Watch) -> Self {
        let _ = self.inner.watch.set(watch);
        self
    }

    /// Returns everything that happens from now on.
    pub fn events(&self) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.inner.listeners).push(sender);
        receiver
    }

    /// Does something; the answer comes as events. Must be called inside a runtime.
    pub fn command(&self, command: Command) {
        let engine = self.clone();
        tokio::spawn(async move { engine.obey(command).await });
    }

    /// Shows something; the answer comes as an [`Event::View`]. Must be called inside a runtime.
    pub fn ask(&self, query: Query) {
        let engine = self.clone();
        tokio::spawn(async move {
            match engine.show(query).await {
                Ok(view) => engine.inner.emit(&Event::View(Box::new(view))),
                Err(error) => engine.inner.notice(Level::Error, error.to_string()),
            }
        });
    }

    /// Shows something.
    pub async fn show(&self, query: Query) -> Result<View, Error> {
        self.may(Right::View)?;
        match query {
            Query::Try(trial) => self.show_trial(trial).await,
            Query::Impact {
                ticket,
                place,
                expression,
            } => self.show_impact(ticket, place, expression).await,
            query => {
                self.inner
                    .blocking(move |inner| query::answer(inner, &query))
                    .await
            }
        }
    }

    /// Returns the time everything is done at.
    pub fn now(&self) -> Timestamp {
        self.inner.setup.clock.now()
    }

    /// Returns what is remembered.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.setup.store
    }

    async fn obey(&self, command: Command) {
        let result = match command {
            Command::Plan => {
                let options = PlanOptions {
                    carries: true,
                    ..PlanOptions::default()
                };
                match self.plan(&options).await {
                    Ok(_) => {}
                    Err(PlanError::Failed(messages)) => self.inner.emit(&Event::PlanFailed { messages }),
                    Err(PlanError::Rules(errors)) => self.inner.emit(&Event::PlanFailed {
                        messages: errors.iter().map(ToString::to_string).collect(),
                    }),
                }
                Ok(())
            }
            Command::Decide {
                operations,
                verdict,
                reason,
            } => self.decide(operations, verdict, reason).await.map(|_| ()),
            Command::Apply { only } => {
                let options = ApplyOptions {
                    only,
                    is_watched: true,
                    ..ApplyOptions::default()
                };
                self.apply_with(options).await.map(|_| ())
            }
            Command::Pause => self.steer(Control::pause),
            Command::Resume => self.steer(Control::resume),
            Command::Stop => self.steer(Control::stop),
            Command::Retry { operations } => {
                let reason = Some("again, after a failure".to_owned());
                self.decide(operations, Verdict::Approve, reason)
                    .await
                    .map(|_| ())
            }
            Command::Release {
                rail,
                operations: None,
                reason,
            } => self.release(rail, reason).await,
            Command::Release {
                rail,
                operations: Some(these),
                reason,
            } => self.release_these(rail, these, reason).await.map(|_| ()),
            Command::Accept { system, read, reason } => self.accept(system, read, reason).await.map(|_| ()),
            Command::Quarantine { system, rule, reason } => self.quarantine(system, rule, reason).await,
            Command::EndQuarantine { system, rule, reason } => {
                self.release_quarantine(system, rule, reason).await.map(|_| ())
            }
            Command::Undo { what, store } => {
                self.obey_undo(what, store).await;
                Ok(())
            }
            Command::NextDay => self.next_day().await,
            Command::Configure { place, expression } => self.obey_configure(Some((place, expression))).await,
            Command::PutBack => self.obey_configure(None).await,
        };
        if let Err(error) = result {
            self.inner.notice(Level::Error, error.to_string());
        }
    }

    fn steer(&self, steer: impl FnOnce(&Control)) -> Result<(), Error> {
        self.may(Right::Apply)?;
        match lock(&self.inner.control).as_deref() {
            Some(control) => {
                steer(control);
                Ok(())
            }
            None => Err(Error::Refused("there is no run to steer".to_owned())),
        }
    }

    async fn next_day(&self) -> Result<(), Error> {
        let Some(next_day) = &self.inner.setup.next_day else {
            return Err(Error::Refused(
                "only the demo company has a next day at hand".to_owned(),
            ));
        };
        if lock(&self.inner.control).is_some() {
            return Err(Error::Refused(
                "the next day waits until the run is over".to_owned(),
            ));
        }
        let now = next_day().await.map_err(Error::Refused)?;
        self.inner.setup.clock.set(now);
        self.inner.notice(
            Level::Info,
            format!("it is {} now", now.strftime("%A, %-d %B %Y")),
        );
        Box::pin(self.obey(Command::Plan)).await;
        Ok(())
    }
}

fn no_plan() -> Error {
    Error::Refused("there is no plan yet: make one first".to_owned())
}
