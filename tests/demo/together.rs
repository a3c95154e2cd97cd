//! Two admins on one store: one plans and decides, again and again, while the other applies.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use usher::{
    engine::{self, Engine},
    model::{OperationState, Verdict},
    store,
};

use super::office::{self, Office};

/// How long the two may take before something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plans and approves until told to stop; returns how many plans there were.
async fn plan_and_decide(engine: Engine, over: Arc<AtomicBool>) -> usize {
    let mut plans = 0;
    while !over.load(Ordering::SeqCst) {
        match office::plan(&engine).await {
            Ok(_) => plans += 1,
            Err(messages) => assert!(is_busy(&messages.join(" ")), "{messages:?}"),
        }
        for row in office::due(&engine).await {
            if row.state != OperationState::Proposed {
                continue;
            }
            if let Err(error) = engine.decide(vec![row.id], Verdict::Approve, None).await {
                assert_refused(&error);
            }
        }
    }
    plans
}

/// Applies until nothing is left to do.
async fn apply(engine: Engine) -> usize {
    let (started, mut runs) = (Instant::now(), 0);
    loop {
        match engine.apply(None).await {
            Ok(run) => {
                runs += 1;
                assert_eq!(run.failures, []);
            }
            Err(error) => assert_refused(&error),
        }
        // done is what a plan of one's own says is done
        if office::plan(&engine).await.is_ok() && office::due(&engine).await.is_empty() {
            return runs;
        }
        assert!(started.elapsed() < PATIENCE, "the two get in each other's way");
    }
}

fn assert_refused(error: &engine::Error) {
    let text = error.to_string();
    match error {
        engine::Error::Store(store::Error::Busy(_)) => {}
        engine::Error::Refused(_) => assert!(is_busy(&text), "{text}"),
        engine::Error::Store(_) | engine::Error::Expression(_) => panic!("{text}"),
    }
}

/// What one may hear from an engine when somebody else was faster.
fn is_busy(text: &str) -> bool {
    [
        "nothing that is due is approved",
        "wait for others",
        "is not in the current plan",
        "a run is going on",
        "a new plan was made meanwhile",
        "was applied already",
        "changed while it was read",
    ]
    .iter()
    .any(|known| text.contains(known))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_applied_twice() {
    let control = Office::open().await;
    let before = control.writes();
    control.approve_and_apply().await;
    let expected = control.writes() - before;

    let office = Office::found(Duration::from_millis(5)).await;
    office.plan().await;
    office.tomorrow().await;
    let before = office.writes();
    let ids: Vec<_> = office.due().await.iter().map(|row| row.id).collect();
    let over = Arc::new(AtomicBool::new(false));
    let open = || office::engine(&office.sandbox, &office.clock);
    let (planner, applier) = (open(), open());
    let on_a_thread = |work: std::pin::Pin<Box<dyn Future<Output = usize> + Send>>| {
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(work)
        })
    };
    let planning = on_a_thread(Box::pin(plan_and_decide(planner, over.clone())));
    let applying = on_a_thread(Box::pin(apply(applier)));
    let runs = tokio::task::spawn_blocking(move || applying.join())
        .await
        .unwrap();
    over.store(true, Ordering::SeqCst);
    let plans = tokio::task::spawn_blocking(move || planning.join())
        .await
        .unwrap();
    let (runs, plans) = (runs.unwrap(), plans.unwrap());

    assert!(runs > 0 && plans > 0, "{runs} runs, {plans} plans");
    assert_eq!(office.writes() - before, expected, "{runs} runs, {plans} plans");
    // between two runs an operation may become another one: who is there already is due now
    let times = office.times_applied(&ids);
    assert!(times.iter().all(|times| *times <= 1), "{times:?}");
    office.plan().await;
    assert_eq!(office.due().await, []);
    office.verify_audit();
}
