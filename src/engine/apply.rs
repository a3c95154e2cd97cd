//! Applies approved operations: intent on disk, write, outcome on disk, each system at its own pace.
//!
//! One task schedules. An operation is *ready* when everything it waits for has been applied and no other write to
//! the same object is in flight. Its intent is written ahead (a few more than may be in flight, so that commits are
//! shared), then it is sent, then its outcome is written, and only then is what waits for it ready.

mod attempt;
mod caution;
mod chosen;
mod control;
mod driving;
mod hold;
mod line;
mod linking;
mod password;
mod power;
mod progress;
mod queue;
mod restrain;
mod secrets;
mod settle;
mod step;
mod telling;
mod watchdog;
mod work;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::Semaphore;

pub(super) use self::hold::Hold;
pub(super) use self::restrain::is_left_off;
use self::{
    caution::Caution, chosen::Chosen, line::Lines, progress::Progress, restrain::Effects, watchdog::Scope,
    watchdog::Watchdog,
};
pub use self::{
    control::Control,
    step::{Step, Watch},
};
use super::{
    Engine, Error, Inner,
    alerts::Alert,
    event::Event,
    exclusion,
    failing::Failing,
    lock,
    resolve::Directory,
    scribe::Scribe,
    view::{RunState, RunView},
};
use crate::{
    model::{Fingerprint, OperationState, PlanId, Right, SystemName},
    store::{self, Lease, StoredOperation},
};

/// How many operations of a system may be in flight at most, whatever its connector allows.
const MOST: usize = 128;
/// How often a busy system is asked for again before a run is refused, and how long it waits in between.
const PLAN_PATIENCE: usize = 20;
const BREATH: Duration = Duration::from_millis(50);

/// Everything the parts of a run share.
struct Run {
    inner: Arc<Inner>,
    id: i64,
    scribe: Scribe,
    hold: Arc<Hold>,
    directory: Mutex<Directory>,
    control: Arc<Control>,
    progress: Mutex<Progress>,
    /// Where operations stand that have changed and nobody was told of yet.
    changes: Mutex<Vec<(Fingerprint, OperationState)>>,
    permits: HashMap<SystemName, Arc<Semaphore>>,
    lines: Lines,
    /// How many operations in a row each system could not take.
    failures: Mutex<HashMap<SystemName, usize>>,
    /// What is tried before all others.
    caution: Mutex<Caution>,
    /// Counts what fails.
    watchdog: Mutex<Watchdog>,
    /// What went into quarantine during the run.
    out: Mutex<HashSet<Scope>>,
    /// What follows from outcomes and is not done yet.
    effects: Mutex<Effects>,
    /// Whether somebody is there to let it go on after what was tried first; otherwise it ends there.
    is_watched: bool,
}

/// How approved operations are applied.
#[derive(Debug, Clone, Default)]
pub struct ApplyOptions {
    /// Only these; `None` is all that are due.
    pub only: Option<Vec<Fingerprint>>,
    /// How many operations of each kind and system are tried before somebody lets the others go on; 0 is no such
    /// pause, `None` is as the configuration says.
    pub canary: Option<usize>,
    /// Whether to go on after what the last run of the plan has tried first.
    pub go_on: bool,
    /// Whether the run waits for [`super::command::Command::Resume`] after what is tried first; otherwise it ends
    /// there, and another run goes on.
    pub is_watched: bool,
}

impl Engine {
    /// Applies the approved operations that are due, or only some of them. Returns how the run ended.
    pub async fn apply(&self, only: Option<Vec<Fingerprint>>) -> Result<RunView, Error> {
        let options = ApplyOptions {
            only,
            ..ApplyOptions::default()
        };
        self.apply_with(options).await
    }

    /// Applies the approved operations that are due as it is said. Returns how the run ended.
    pub async fn apply_with(&self, options: ApplyOptions) -> Result<RunView, Error> {
        self.apply_once(options, None).await
    }

    /// The same; `uses_up` is the plan whose file is applied and which cannot be applied again from the moment the
    /// run starts.
    pub(super) async fn apply_once(
        &self,
        options: ApplyOptions,
        uses_up: Option<PlanId>,
    ) -> Result<RunView, Error> {
        self.may(Right::Apply)?;
        let control = Arc::new(Control::default());
        {
            let mut current = lock(&self.inner.control);
            if current.is_some() {
                return Err(Error::Refused("a run is going on already".to_owned()));
            }
            *current = Some(control.clone());
        }
        let result = self.run(options, uses_up, control).await;
        *lock(&self.inner.control) = None;
        if let Ok(view) = &result {
            *lock(&self.inner.run) = Some(view.clone());
            self.inner.emit(&Event::RunEnded(view.clone()));
        }
        result
    }

    async fn run(
        &self,
        mut options: ApplyOptions,
        uses_up: Option<PlanId>,
        control: Arc<Control>,
    ) -> Result<RunView, Error> {
        let only = options.only.take();
        let mut all_settled = 0;
        let (chosen, leases) = loop {
            let settling = self.settle_all().await?;
            all_settled += settling.settled;
            let wanted = only.clone();
            let chosen = self
                .inner
                .blocking(move |inner| {
                    chosen::choose(inner, wanted.as_deref(), |system| prepare(inner, system))
                })
                .await?;
            if chosen.operations.is_empty() && all_settled > 0 {
                // what an interrupted run left open was all there was to do
                return Ok(Progress::new(0, self.now(), &[]).view(RunState::Ended, Some(self.now())));
            }
            if chosen.operations.is_empty() {
                return Err(Error::Refused(
                    "nothing that is due is approved: approve operations first".to_owned(),
                ));
            }
            let leases = self.take_leases(&chosen.operations).await?;
            if !leases.iter().any(|lease| settling.busy.contains(&lease.system)) {
                break (chosen, leases);
            }
            // whoever was writing has ended, or was silent for too long, only after it was asked what is open: that
            // comes before anything else
            self.inner
                .blocking(move |inner| exclusion::give_back_all(inner, &leases))
                .await?;
        };
        self.inner.reach(Step::Leased);
        let mut ready = self.still_current(chosen.plan).await;
        if let (Ok(()), Some(file)) = (&ready, uses_up) {
            ready = self.use_up(file).await;
        }
        let result = match ready {
            Ok(()) => self.run_leased(chosen, &options, leases.clone(), control).await,
            Err(error) => Err(error),
        };
        self.inner
            .blocking(move |inner| exclusion::give_back_all(inner, &leases))
            .await?;
        result
    }

    /// Refuses to apply a plan that another one has replaced before this run had the systems for itself.
    async fn still_current(&self, plan: crate::model::PlanId) -> Result<(), Error> {
        self.inner
            .blocking(move |inner| {
                let current = inner.setup.store.current_plan()?.map(|current| current.id);
                if current == Some(plan) {
                    return Ok(());
                }
                let text = "a new plan was made meanwhile: look at it, then apply";
                Err(Error::Refused(text.to_owned()))
            })
            .await
    }

    /// Uses up the plan whose file is applied.
    async fn use_up(&self, plan: PlanId) -> Result<(), Error> {
        self.inner
            .blocking(move |inner| {
                let entry = inner.entry("use", format!("plan {plan}"), "its plan file is applied");
                Ok(inner.setup.store.use_up_plan(plan, entry.at, &[entry])?)
            })
            .await
    }

    async fn run_leased(
        &self,
        chosen: Chosen,
        options: &ApplyOptions,
        leases: Vec<Lease>,
        control: Arc<Control>,
    ) -> Result<RunView, Error> {
        let Chosen {
            operations,
            plan,
            on_trial,
            found,
            kept,
        } = chosen;
        let count = operations.len();
        let failed = operations
            .iter()
            .filter(|one| one.state == OperationState::Failed);
        let failed: Vec<_> = failed.map(|one| one.operation.fingerprint).collect();
        let goes_on = options.go_on;
        let (id, directory, earlier, failing, operations) = self
            .inner
            .blocking(move |inner| {
                let entry = inner.entry(
                    "run",
                    format!("plan {plan}"),
                    format!("applies {count} operations"),
                );
                let store = &inner.setup.store;
                let earlier = if goes_on {
                    restrain::kept_canary(inner, plan)?
                } else {
                    Vec::new()
                };
                let id = store.start_run(plan, count, &[entry])?;
                if !failed.is_empty() {
                    store.take_up(&failed)?;
                }
                let failing = Failing::load(inner, plan)?;
                hold::builds_on_last_reads(inner)?;
                let all = operations.iter().map(|stored| &stored.operation);
                let directory = Directory::load(inner, plan, all, found)?;
                Ok((id, directory, earlier, failing, operations))
            })
            .await?;
        self.inner.reach(Step::Started);
        let restraint = self.inner.rules().restraint.clone();
        let lines = Lines::new(&self.inner.setup.systems, restraint.patience());
        let first = options.canary.unwrap_or(restraint.canary);
        let all = operations.iter().map(|stored| &stored.operation);
        let hold = Arc::new(Hold::new(leases));
        for lease in hold.leases() {
            if let Some(system) = self.inner.system(&lease.system) {
                let hold = hold.clone();
                system.connector.guard(Arc::new(move || hold.is_fresh()));
            }
        }
        let run = Arc::new(Run {
            caution: Mutex::new(Caution::new(first, &earlier, on_trial)),
            watchdog: Mutex::new(Watchdog::new(restraint, all, &kept)),
            out: Mutex::default(),
            effects: Mutex::default(),
            is_watched: options.is_watched,
            scribe: Scribe::start(self.inner.clone(), id, hold.clone()),
            hold: hold.clone(),
            directory: Mutex::new(directory),
            progress: Mutex::new(Progress::new(id, self.now(), &operations).knowing(failing)),
            inner: self.inner.clone(),
            control,
            permits: self.permits(),
            lines,
            failures: Mutex::default(),
            changes: Mutex::default(),
            id,
        });
        let heartbeat = tokio::spawn(hold::keep(self.inner.clone(), hold, run.control.clone()));
        let ticker = tokio::spawn(telling::report(run.clone()));
        let driven = driving::drive(run.clone(), operations).await;
        heartbeat.abort();
        ticker.abort();
        driven?;
        run.tell_changes();
        run.tell_lines();
        self.inner.reach(Step::Ending);
        let view = lock(&run.progress).view(RunState::Ended, Some(self.now()));
        let (done, failed) = view
            .systems
            .iter()
            .fold((0, 0), |(d, f), s| (d + s.done, f + s.failed));
        self.inner
            .blocking(move |inner| {
                let summary = format!("{done} applied, {failed} not, of {count}");
                if failed > 0 {
                    inner.alert(Alert::Failures, &format!("run {id}"), &summary);
                }
                let entry = inner.entry("run-end", format!("run {id}"), summary);
                Ok(inner.setup.store.end_run(id, &[entry])?)
            })
            .await?;
        self.inner.reach(Step::Ended);
        Ok(view)
    }

    /// How many operations each system may have in flight.
    fn permits(&self) -> HashMap<SystemName, Arc<Semaphore>> {
        let systems = self.inner.setup.systems.iter();
        let permits = systems.map(|system| {
            let width = system.connector.concurrency().clamp(1, MOST);
            (system.connector.system().clone(), Arc::new(Semaphore::new(width)))
        });
        permits.collect()
    }

    async fn take_leases(&self, operations: &[Arc<StoredOperation>]) -> Result<Vec<Lease>, Error> {
        let mut systems: Vec<SystemName> = Vec::new();
        for stored in operations {
            let system = &stored.operation.system;
            if !systems.contains(system) {
                systems.push(system.clone());
            }
        }
        // in one order everywhere, so that of two runs one gets them all
        systems.sort_unstable();
        for _ in 0..PLAN_PATIENCE {
            let wanted = systems.clone();
            let leases = self
                .inner
                .blocking(move |inner| exclusion::lease_all(inner, &wanted, ""))
                .await;
            match leases {
                // most likely somebody stores a plan: that is over in a moment
                Err(Error::Store(store::Error::Busy(_))) => tokio::time::sleep(BREATH).await,
                leases => return leases,
            }
        }
        self.inner
            .blocking(move |inner| exclusion::lease_all(inner, &systems, ""))
            .await
    }
}

/// Lets a system be connected to while the run is made ready.
fn prepare(inner: &Inner, system: &SystemName) {
    if let Some(system) = inner.system(system) {
        let connector = system.connector.clone();
        tokio::spawn(async move { connector.prepare().await });
    }
}
