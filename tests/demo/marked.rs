//! Marked values: what a run leaves of them in the store.

use std::sync::{Arc, Mutex};

use usher::{
    engine::Step,
    model::{After, Verdict},
};

use super::office::{self, Office};

/// All texts of a query on the embedded store.
fn texts(office: &Office, query: &str) -> Vec<String> {
    let store = rusqlite::Connection::open(office::store_path(&office.sandbox)).unwrap();
    let mut statement = store.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_marked_value_lies_in_the_clear_where_a_run_leaves_something() {
    if std::env::var_os("USHER_TEST_POSTGRES").is_some() {
        // looks into the file of the embedded store; what all stores share is tested with the store
        return;
    }
    let mut office = Office::on_the_eve().await;
    let path = office.sandbox.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    let plain = "telephoneNumber = { value = \"[phone]\", ";
    assert!(text.contains(plain));
    std::fs::write(&path, text.replace(plain, &format!("{plain}marked = true, "))).unwrap();
    let store = office::store_path(&office.sandbox);
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let (notes, file, store_file) = (seen.clone(), store.clone(), store);
    office.engine = office::engine(&office.sandbox, &office.clock).watching(Box::new(move |step| {
        if step == Step::Intended {
            let store = rusqlite::Connection::open(&file).unwrap();
            let mut statement = store.prepare("SELECT write FROM intents").unwrap();
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            notes.lock().unwrap().extend(rows.map(Result::unwrap));
        }
    }));
    office.plan().await;
    office.tomorrow().await;
    let due = office.due().await;
    let store = office.engine.store().clone();
    let plan = store.current_plan().unwrap().unwrap().id;
    let mut numbers = Vec::new();
    store
        .operations(plan, &mut |stored| {
            let changes = stored.operation.changes.iter().filter(|change| change.marked);
            numbers.extend(changes.flat_map(|change| {
                let after = match &change.after {
                    After::Known(value) => value.as_text(),
                    _ => None,
                };
                let all = [change.before.as_text(), after].into_iter().flatten();
                all.map(std::borrow::Cow::into_owned).collect::<Vec<_>>()
            }));
        })
        .unwrap();
    numbers.retain(|number| number.len() > 5);
    assert!(numbers.len() > 2, "{numbers:?}");
    office.decide(&due, Verdict::Approve, None).await;
    let run = office.engine.apply(None).await.unwrap();
    assert_eq!(run.failures, []);

    let intents = seen.lock().unwrap().clone();
    assert!(intents.iter().any(|write| write.starts_with("sealed")));
    assert!(
        intents.iter().any(|write| write.starts_with('{')),
        "nothing else is"
    );
    let left = [
        intents,
        texts(&office, "SELECT record FROM audit"),
        texts(&office, "SELECT words FROM audit"),
        texts(&office, "SELECT message FROM journal"),
        texts(&office, "SELECT value FROM reservations"),
    ];
    for text in left.iter().flatten() {
        for number in &numbers {
            assert!(!text.contains(number.as_str()), "{number} in {text}");
        }
    }
    // nor anywhere else in the store: operations, reads, people last settled
    for ending in ["", "-wal"] {
        let mut file = store_file.clone().into_os_string();
        file.push(ending);
        let Ok(octets) = std::fs::read(&file) else {
            continue;
        };
        for number in &numbers {
            let found = octets.windows(number.len()).any(|part| part == number.as_bytes());
            assert!(!found, "{number} in {}", file.display());
        }
    }
    office.verify_audit();
}
