//! The demo company with an engine, as `usher demo` puts them together.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use usher::{
    audit,
    config::{Config, Mode},
    engine::{
        Engine, PlanError, PlanOptions, PlanReport, Setup, SystemSetup,
        clock::Clock,
        command::{Command, Query},
        event::{Event, Level},
        governance::Governance,
        view::{ReviewRow, ReviewView, RunView, View},
    },
    model::{Actor, Fingerprint, OperationState, Verdict},
    sandbox::{Options, Sandbox, TIME_ZONE},
    store::{
        Store,
        postgres::{Address, PostgresStore},
        sqlite::SqliteStore,
    },
};

/// A Monday.
pub const TODAY: Date = jiff::civil::date(2026, 3, 2);

/// The company and one engine that looks after it.
pub struct Office {
    pub sandbox: Arc<Sandbox>,
    pub engine: Engine,
    pub clock: Clock,
}

impl Office {
    /// The company on the eve, before any plan.
    pub async fn on_the_eve() -> Self {
        Self::found(Duration::ZERO).await
    }

    /// The same, with servers that hold back the answer to each write.
    pub async fn found(write_latency: Duration) -> Self {
        let options = Options {
            today: TODAY,
            keep: None,
            write_latency,
        };
        let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
        let clock = Clock::wall();
        clock.set(morning(sandbox.today()));
        let engine = engine(&sandbox, &clock);
        Self {
            sandbox,
            engine,
            clock,
        }
    }

    /// The company on day 0, planned on the eve and on the day.
    pub async fn open() -> Self {
        let office = Self::on_the_eve().await;
        office.plan().await;
        office.tomorrow().await;
        office
    }

    /// The same company, with this at the end of its configuration from before the first plan.
    pub async fn with(configuration: &str) -> Self {
        let mut office = Self::on_the_eve().await;
        office.configure(configuration);
        office.plan().await;
        office.tomorrow().await;
        office
    }

    /// Adds to the configuration, and starts anew with it.
    pub fn configure(&mut self, configuration: &str) {
        let path = self.sandbox.config_path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}\n{configuration}\n")).unwrap();
        self.engine = engine(&self.sandbox, &self.clock);
    }

    /// Another person beside this one, on the same store.
    pub fn colleague(&self, user: &str) -> Engine {
        engine_as(&self.sandbox, &self.clock, user)
    }

    /// Reads, and makes a plan.
    pub async fn plan(&self) -> PlanReport {
        plan(&self.engine).await.unwrap()
    }

    /// Lets the next day come as the console does, and plans.
    pub async fn tomorrow(&self) {
        let mut events = self.engine.events();
        self.engine.command(Command::NextDay);
        loop {
            match events.recv().await.unwrap() {
                Event::Planned { .. } => return,
                Event::PlanFailed { messages } => panic!("{messages:?}"),
                Event::Notice {
                    level: Level::Error,
                    text,
                } => panic!("{text}"),
                _ => {}
            }
        }
    }

    /// The current plan.
    pub async fn review(&self) -> ReviewView {
        review(&self.engine).await
    }

    /// The operations of the current plan that are due.
    pub async fn due(&self) -> Vec<ReviewRow> {
        due(&self.engine).await
    }

    /// Decides.
    pub async fn decide(&self, rows: &[ReviewRow], verdict: Verdict, reason: Option<&str>) {
        let ids = rows.iter().map(|row| row.id).collect();
        let reason = reason.map(str::to_owned);
        self.engine.decide(ids, verdict, reason).await.unwrap();
    }

    /// Approves everything that is due and waits for a decision, and applies it.
    pub async fn approve_and_apply(&self) -> RunView {
        let open: Vec<_> = self
            .due()
            .await
            .into_iter()
            .filter(|row| row.state == OperationState::Proposed)
            .collect();
        self.decide(&open, Verdict::Approve, None).await;
        self.engine.apply(None).await.unwrap()
    }

    /// How often each kind of event happened among the operations that are due, and each kind of operation.
    pub fn counts(report: &PlanReport) -> Vec<(String, usize)> {
        let summary = &report.summary;
        let events = summary
            .events
            .iter()
            .map(|(event, count)| (event.clone(), *count));
        let kinds = summary.kinds.iter();
        events
            .chain(kinds.map(|(kind, count)| (kind.word().to_owned(), *count)))
            .collect()
    }

    /// How many records the audit trail has of each action.
    pub fn audited_actions(&self) -> std::collections::BTreeMap<String, usize> {
        let mut actions = std::collections::BTreeMap::new();
        self.engine
            .store()
            .audit_all(&mut |record| {
                *actions.entry(record.entry.action).or_default() += 1;
                true
            })
            .unwrap();
        actions
    }

    /// Fails if the audit trail is not whole; returns how many records it has.
    pub fn verify_audit(&self) -> u64 {
        let mut records = Vec::new();
        self.engine
            .store()
            .audit_all(&mut |record| {
                records.push(record);
                true
            })
            .unwrap();
        audit::verify(records).unwrap().sequence
    }

    /// Writes that both servers were asked for.
    pub fn writes(&self) -> u64 {
        let (directory, chat) = self.sandbox.writes();
        directory + chat
    }

    /// How often a run wrote each operation, by what its journal says.
    pub fn times_applied(&self, operations: &[Fingerprint]) -> Vec<usize> {
        let applied = |id: &Fingerprint| {
            let journal = self.engine.store().journal(*id).unwrap();
            journal
                .iter()
                .filter(|entry| matches!(entry.state, OperationState::Applied | OperationState::Verified))
                .count()
        };
        operations.iter().map(applied).collect()
    }
}

/// Reads, and makes a plan.
pub async fn plan(engine: &Engine) -> Result<PlanReport, Vec<String>> {
    match engine.plan(&PlanOptions::default()).await {
        Ok(report) => Ok(report),
        Err(PlanError::Failed(messages)) => Err(messages),
        Err(PlanError::Rules(errors)) => panic!("{errors:?}"),
    }
}

/// The current plan.
pub async fn review(engine: &Engine) -> ReviewView {
    match engine.show(Query::Review).await.unwrap() {
        View::Review(review) => review,
        other => panic!("{other:?}"),
    }
}

/// The operations of the current plan that are due.
pub async fn due(engine: &Engine) -> Vec<ReviewRow> {
    let review = review(engine).await;
    review.rows.iter().filter(|row| !row.scheduled).cloned().collect()
}

/// Opens an engine with connectors and a store connection of its own, as another process would.
pub fn engine(sandbox: &Arc<Sandbox>, clock: &Clock) -> Engine {
    engine_as(sandbox, clock, "tester")
}

/// The same for somebody; what the configuration says about modes and roles counts.
pub fn engine_as(sandbox: &Arc<Sandbox>, clock: &Clock, user: &str) -> Engine {
    let config =
        Config::load(&sandbox.config_path()).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    assert_eq!(config.store, store_path(sandbox));
    let systems = config.systems.values().map(|system| SystemSetup {
        connector: system.section.open(system.name.clone(), &config.folder).unwrap(),
        kind: system.section.kind().to_owned(),
        observe: false,
    });
    let (company, store) = (sandbox.clone(), store(&config.store));
    let automatic = config.systems.keys();
    let automatic = automatic
        .filter(|system| config.mode_of(system) == Mode::Automatic)
        .cloned()
        .collect();
    let governance = Governance::of(user.to_owned(), config.roles.clone(), automatic, &[]);
    Engine::new(Setup {
        systems: systems.collect(),
        rules: config.rules,
        store,
        clock: clock.clone(),
        actor: Actor {
            user: user.to_owned(),
            ssh_client: None,
        },
        next_day: Some(Box::new(move || {
            let company = company.clone();
            Box::pin(async move {
                let today = company.next_day().map_err(|error| error.to_string())?;
                Ok(morning(today))
            })
        })),
    })
    .governed(governance)
}

/// Opens the store of an office: the embedded one, or one on the server that `USHER_TEST_POSTGRES` names.
pub fn store(path: &Path) -> Arc<dyn Store> {
    let Ok(server) = std::env::var("USHER_TEST_POSTGRES") else {
        return Arc::new(SqliteStore::open(path).unwrap());
    };
    let address = Address::parse(&format!("{server}?schema={}", schema(path))).unwrap();
    Arc::new(PostgresStore::open(address, path).unwrap())
}

/// The namespace of an office's tables on a server.
pub fn schema(path: &Path) -> String {
    let mut digest = DefaultHasher::new();
    (path, std::process::id()).hash(&mut digest);
    format!("office_{:016x}", digest.finish())
}

pub fn store_path(sandbox: &Sandbox) -> PathBuf {
    sandbox.dir().join("usher.db")
}

/// Nine o'clock on a day.
pub fn morning(day: Date) -> Timestamp {
    let zone = TimeZone::get(TIME_ZONE).unwrap();
    day.at(9, 0, 0, 0).to_zoned(zone).unwrap().timestamp()
}
