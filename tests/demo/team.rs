//! Several admins on one store on a server.

use std::{
    ffi::OsStr,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};
use usher::{
    engine::event::Event,
    model::{OperationState, Verdict},
    store::postgres::roles,
};

use super::{
    console::Console,
    office::{self, Office},
};

/// Sessions of all are ended here.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A session with the server that `tests/run` starts.
async fn connect(user: Option<&str>) -> Client {
    let server =
        std::env::var("USHER_TEST_POSTGRES").unwrap_or_else(|_| panic!("no server is named: use tests/run"));
    let mut config: tokio_postgres::Config = server.parse().unwrap();
    if let Some(user) = user {
        config.user(user).password("secret");
    }
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn what_others_decide_plan_and_apply_is_seen_within_a_second() {
    let _one = ONE_AT_A_TIME.lock().await;
    let office = Office::open().await;
    let other = office::engine(&office.sandbox, &office.clock);
    let mut events = other.events();
    other.follow();
    // it has looked, and listens
    tokio::time::sleep(Duration::from_millis(500)).await;

    let row = office.due().await.remove(0);
    let began = Instant::now();
    office
        .engine
        .decide(vec![row.id], Verdict::Approve, None)
        .await
        .unwrap();
    let approved = Event::Changed {
        operations: vec![(row.id, OperationState::Approved)],
    };
    hears(&mut events, began, |event| *event == approved).await;

    office.engine.apply(None).await.unwrap();
    let began = Instant::now();
    let verified = (row.id, OperationState::Verified);
    hears(
        &mut events,
        began,
        |event| matches!(event, Event::Changed { operations } if operations.contains(&verified)),
    )
    .await;

    let plan = office.plan().await.id;
    hears(
        &mut events,
        Instant::now(),
        |event| matches!(event, Event::Planned { plan: told, .. } if *told == plan),
    )
    .await;
}

async fn hears(
    events: &mut tokio::sync::mpsc::UnboundedReceiver<Event>,
    began: Instant,
    wanted: impl Fn(&Event) -> bool,
) {
    loop {
        let event = tokio::time::timeout(Duration::from_secs(5), events.recv()).await;
        let event = event.unwrap().unwrap();
        if wanted(&event) {
            let took = began.elapsed();
            assert!(took < Duration::from_secs(1), "{event:?}: {took:?}");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn two_consoles_show_each_others_decisions() {
    let _one = ONE_AT_A_TIME.lock().await;
    connect(None).await;
    let office = Office::open().await;
    let server = std::env::var("USHER_TEST_POSTGRES").unwrap();
    let (before, after) = server.split_once('@').unwrap();
    let (address, password) = before.rsplit_once(':').unwrap();
    let password = password.to_owned();
    let schema = office::schema(&office::store_path(&office.sandbox));
    let text = std::fs::read_to_string(office.sandbox.config_path()).unwrap();
    let store = format!("store = \"{address}@{after}?schema={schema}\"");
    let path = office.sandbox.dir().join("team.toml");
    std::fs::write(&path, text.replace("store = \"usher.db\"", &store)).unwrap();

    let shown = tokio::task::spawn_blocking(move || {
        let open = || {
            let arguments = [OsStr::new("--config"), path.as_os_str()];
            let mut console = Console::open(&arguments, [("PGPASSWORD", (&password).into())], (100, 30));
            console.waits_for("usher");
            console
        };
        let (mut ana, mut ben) = (open(), open());
        for console in [&mut ana, &mut ben] {
            console.press("2");
            console.waits_for("proposed");
            assert!(!console.text().contains('✓'), "{}", console.text());
        }
        ana.press("a");
        // a delete is among what is approved together: the number is asked for
        ana.waits_for("type 3");
        ana.press("3\r");
        ana.waits_for("✓");
        let began = Instant::now();
        ben.waits_for("✓");
        began.elapsed()
    });
    let took = shown.await.unwrap();
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn losing_the_server_in_the_middle_of_a_run_doubles_nothing() {
    let _one = ONE_AT_A_TIME.lock().await;
    let control = Office::open().await;
    let before = control.writes();
    control.approve_and_apply().await;
    let expected = control.writes() - before;

    let office = Office::found(Duration::from_millis(20)).await;
    office.plan().await;
    office.tomorrow().await;
    let ids: Vec<_> = office.due().await.iter().map(|row| row.id).collect();
    let before = office.writes();
    office.decide(&office.due().await, Verdict::Approve, None).await;
    let server = connect(None).await;
    let mut cuts = 0;
    for attempt in 0.. {
        assert!(attempt < 30, "the run never ends");
        let engine = office.engine.clone();
        let run = tokio::spawn(async move { engine.apply(None).await });
        let began = office.writes();
        while !run.is_finished() && cuts < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if office.writes() > began + 5 {
                let ended = server
                    .execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'usher %'",
                        &[],
                    )
                    .await
                    .unwrap();
                assert!(ended > 0);
                cuts += 1;
                break;
            }
        }
        let ended = run.await.unwrap();
        let open = office.due().await.iter().any(|row| {
            matches!(
                row.state,
                OperationState::Approved | OperationState::Unknown | OperationState::Running
            )
        });
        if ended.is_ok() && !open {
            break;
        }
    }
    assert!(cuts > 0);
    assert_eq!(office.writes() - before, expected, "after {cuts} cuts");
    assert!(office.times_applied(&ids).iter().all(|times| *times <= 1));
    office.verify_audit();
    office.plan().await;
    assert_eq!(office.due().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn roles_may_do_what_is_theirs_and_nothing_else() {
    let _one = ONE_AT_A_TIME.lock().await;
    let office = Office::open().await;
    let rows = office.due().await;
    office.decide(&rows[..1], Verdict::Approve, None).await;
    let schema = office::schema(&office::store_path(&office.sandbox));
    let owner = connect(None).await;
    // twice: it may be run again
    for _ in 0..2 {
        owner.batch_execute(&roles(&schema)).await.unwrap();
    }
    for role in ["reader", "operator", "reviewer"] {
        owner
            .batch_execute(&format!(
                "CREATE ROLE {schema}_a_{role} LOGIN PASSWORD 'secret' IN ROLE {schema}_{role}"
            ))
            .await
            .unwrap();
        let client = connect(Some(&format!("{schema}_a_{role}"))).await;
        client
            .batch_execute(&format!("SET search_path = {schema}"))
            .await
            .unwrap();
        let refused = async |statement: &str, why: &str| {
            let error = client.batch_execute(statement).await.expect_err(statement);
            let text = error.as_db_error().unwrap().message().to_owned();
            assert!(text.contains(why), "{role}: {statement}: {text}");
        };
        for statement in [
            "UPDATE audit SET record = 'x'",
            "UPDATE audit SET role = 'x'",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "DROP TRIGGER audit_is_append_only ON audit",
            "INSERT INTO audit (sequence, hash, record, words, role) VALUES (0, '', '', '', 'x')",
            "DELETE FROM decisions",
            "UPDATE decisions SET verdict = 'approve'",
            "INSERT INTO meta VALUES ('x', 1)",
        ] {
            let why = if statement.starts_with("DROP") {
                "owner"
            } else {
                "permission denied"
            };
            refused(statement, why).await;
        }
        client
            .batch_execute(
                "SELECT * FROM audit; INSERT INTO audit (sequence, hash, record, words) \
                SELECT max(sequence) + 1, '', '', '' FROM audit",
            )
            .await
            .unwrap();
        let decide = "INSERT INTO decisions (fingerprint, live, verdict, \"user\", at) VALUES ('\\x00', 1, 'approve', 'x', 0)";
        let approve = "INSERT INTO states (fingerprint, state) VALUES ('\\x01', 'approved')";
        match role {
            "reviewer" => {
                client.batch_execute(decide).await.unwrap();
                refused(approve, "nothing is approved without a decision").await;
                refused("DELETE FROM journal", "permission denied").await;
                refused(
                    "INSERT INTO intents (fingerprint, run, write) VALUES ('\\x00', 1, '')",
                    "permission denied",
                )
                .await;
                let written = client.query_one(
                    "SELECT role::text FROM decisions WHERE fingerprint = '\\x00'",
                    &[],
                );
                let by: String = written.await.unwrap().get(0);
                assert_eq!(by, format!("{schema}_a_reviewer"));
            }
            "operator" => {
                refused(decide, "permission denied").await;
                refused(approve, "nothing is approved without a decision").await;
                refused("UPDATE decisions SET live = 2", "cannot be changed").await;
            }
            _ => {
                refused(decide, "permission denied").await;
                refused(approve, "permission denied").await;
            }
        }
    }
    // a decision that an operator may not bring to light by taking back the one after it
    owner
        .batch_execute(&format!(
            "SET search_path = {schema}; INSERT INTO decisions (fingerprint, live, verdict, \"user\", at) \
             VALUES ('\\x02', 1, 'approve', 'x', 0), ('\\x02', 1, 'reject', 'x', 0)"
        ))
        .await
        .unwrap();
    let operator = connect(Some(&format!("{schema}_a_operator"))).await;
    operator
        .batch_execute(&format!("SET search_path = {schema}"))
        .await
        .unwrap();
    let one = "UPDATE decisions SET live = 0 WHERE fingerprint = '\\x02' AND verdict = 'reject'";
    assert!(operator.batch_execute(one).await.is_err());
    let all = "UPDATE decisions SET live = 0 WHERE fingerprint = '\\x02'";
    operator.batch_execute(all).await.unwrap();
}
