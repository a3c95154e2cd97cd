//! How long it takes: not asserted, because other work on the machine would make it fail. Shown by
//! `cargo test --release --lib store -- --ignored --nocapture`; `USHER_STORE` names a file to use.

use std::time::Instant;

use super::*;

fn measured<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    println!("{:>8.3} s  {what}", start.elapsed().as_secs_f64());
    done
}

#[test]
#[ignore = "measures"]
fn figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os("USHER_STORE").map_or_else(|| folder.path().join("usher.db"), Into::into);
    let store = SqliteStore::open(&path).unwrap();

    let good = read(Completeness::Complete, 1_000_000, 10);
    let parts = good.records.parts();
    let text: usize = parts.texts.iter().map(|text| text.len()).sum();
    let cells: usize = parts.places.iter().map(|places| places.len()).sum();
    println!("{} MB", (text + cells * 4 + parts.enabled.len()) / 1_000_000);
    measured("save 1,000,000 records", || {
        store.save_reads(&[(&good, None)], &[]).unwrap();
    });
    measured("save them unchanged", || {
        store.save_reads(&[(&good, None)], &[]).unwrap();
    });
    measured("load 1,000,000 records", || {
        store.last_records(&"directory".into(), false).unwrap()
    });

    let sixty = plan(0..60_000);
    measured("save 60,000 operations", || save(&store, &sixty));
    let mut many = Links::default();
    let owner = LinkOwner::Account("staff".into());
    for number in 0..1_000_000 {
        let value = format!("E{number:07}");
        let why = Why {
            words: "matched by employeeNumber = ",
            value: &value,
        };
        many.add(
            &owner,
            person(number),
            &format!("{number:08}-0000-4000"),
            why,
            at(1),
        );
    }
    let links = MemoryChange {
        links: many,
        ..MemoryChange::default()
    };
    measured("save 1,000,000 links", || {
        store.save_plan(&plan(0..1), &links, &[]).unwrap()
    });
    measured("load 1,000,000 links", || store.memory().unwrap());

    let hundred = plan(0..100_000);
    let id_of_plan = measured("save 100,000 operations", || save(&store, &hundred));
    let list = || {
        let mut listed = Vec::with_capacity(100_000);
        store
            .operations(id_of_plan, &mut |stored| listed.push(stored))
            .unwrap();
    };
    measured("list 100,000 proposed operations", list);
    measured("hand them out one by one", || {
        store.operations(id_of_plan, &mut |_| {}).unwrap();
    });
    let decisions: Vec<_> = (0..100_000)
        .map(|number| Decision {
            operation: id(number),
            verdict: Verdict::Approve,
            by: ana(),
            at: at(2),
            reason: None,
        })
        .collect();
    let told: Vec<_> = decisions.iter().flat_map(|_| trail("approved")).collect();
    measured("approve 100,000, each in the audit", || {
        store.decide(&decisions, &told).unwrap();
    });
    measured("list 100,000 approved operations", list);

    journal(&store, id_of_plan);
    measured("verify the audit", || {
        let mut verifier = crate::audit::Verifier::default();
        store
            .audit_all(&mut |record| {
                verifier.check(&record).unwrap();
                true
            })
            .unwrap();
        println!("{} records", verifier.head().sequence);
    });
    measured("filter the audit", || {
        store.audit(0, 50, "kovač written").unwrap()
    });
    drop(store);
    measured("open", || SqliteStore::open(&path).unwrap());
}

fn journal(store: &SqliteStore, plan: PlanId) {
    let lease = store.lease(&"directory".into(), "ana", at(3)).unwrap();
    let run = store.start_run(plan, 20_000, &[]).unwrap();
    for batch in [64, 32, 1] {
        let first = match batch {
            64 => 0,
            32 => 20_000,
            _ => 40_000,
        };
        let count = if batch == 1 { 500 } else { 20_000 };
        let start = Instant::now();
        for begin in (first..first + count).step_by(batch) {
            let numbers = begin..(begin + batch as u32).min(first + count);
            let intents: Vec<_> = numbers.clone().map(runs::intent).collect();
            store
                .intend(run, std::slice::from_ref(&lease), &intents, at(4))
                .unwrap();
            let outcomes: Vec<_> = numbers
                .clone()
                .map(|number| runs::outcome(number, OperationState::Applied))
                .collect();
            let told: Vec<_> = numbers.flat_map(|_| drafts("written")).collect();
            store.conclude(run, &outcomes, at(5), &told).unwrap();
        }
        println!(
            "{:>8.0} /s intend + conclude in batches of {batch}",
            f64::from(count) / start.elapsed().as_secs_f64()
        );
    }
}
