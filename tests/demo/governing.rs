//! What the console is told of approvals, guard rails, rights and the chain.

use usher::{
    engine::{
        Engine,
        approval::Lack,
        command::{Command, Query},
        event::Event,
        undo::What,
        view::{ChainView, OperationView, RailView, ReviewRow, View},
    },
    model::{Kind, Right, Verdict},
};

use super::office::{Office, due, store_path};

const TWO: &str = r#"
[policy]
expire = "3 days"

[[policy.rules]]
name = "leavers"
needs = "two"
kinds = ["disable"]
by = ["ana", "ben"]

[[policy.rules]]
name = "no chat"
needs = "never"
kinds = ["create"]
in = "chat"
"#;

async fn first(engine: &Engine, kind: Kind) -> ReviewRow {
    let rows = due(engine).await;
    rows.into_iter().find(|row| row.kind == kind).unwrap()
}

async fn shown(engine: &Engine, row: &ReviewRow) -> OperationView {
    let View::Operation(Some(view)) = engine.show(Query::Operation(row.id)).await.unwrap() else {
        panic!("no such operation")
    };
    view
}

async fn rails(engine: &Engine) -> Vec<RailView> {
    let View::Rails(Some(view)) = engine.show(Query::Rails).await.unwrap() else {
        panic!("no rails")
    };
    view.rails
}

async fn chain(engine: &Engine) -> ChainView {
    let View::Chain(view) = engine.show(Query::Chain).await.unwrap() else {
        panic!("no chain")
    };
    view
}

#[tokio::test]
async fn each_person_is_told_what_an_operation_lacks() {
    let office = Office::with(TWO).await;
    let [ana, ben, eve] = ["ana", "ben", "eve"].map(|user| office.colleague(user));
    let row = first(&ana, Kind::Disable).await;
    assert_eq!(row.lack, Lack::TwoPeople);
    assert_eq!(first(&eve, Kind::Disable).await.lack, Lack::Entitled);
    let mut events = ana.events();
    ana.decide(vec![row.id], Verdict::Approve, None).await.unwrap();
    // the console hears of it, though the operation stays proposed
    let lacks = loop {
        if let Event::Approvals { operations } = events.recv().await.unwrap() {
            break operations;
        }
    };
    assert_eq!(lacks, [(row.id, Lack::OtherPerson)]);
    assert_eq!(shown(&ana, &row).await.approvals.lack, Lack::OtherPerson);
    let view = shown(&ben, &row).await;
    assert_eq!(view.approvals.lack, Lack::OnePerson);
    assert_eq!(view.approvals.by, ["ana", "ben"]);
    let [given] = &view.approvals.given[..] else {
        panic!("{:?}", view.approvals)
    };
    assert!(given.by == "ana" && !given.is_over, "{given:?}");
    let three_days = jiff::SignedDuration::from_hours(72);
    assert_eq!(given.until.unwrap().duration_since(given.at), three_days);
    ben.decide(vec![row.id], Verdict::Approve, None).await.unwrap();
    assert_eq!(shown(&eve, &row).await.approvals.lack, Lack::Nothing);
    // four days later both have expired
    let later = office.engine.now() + jiff::SignedDuration::from_hours(96);
    office.clock.set(later);
    let view = shown(&ben, &row).await;
    assert_eq!(view.approvals.lack, Lack::Renewal);
    assert!(view.approvals.given.iter().all(|given| given.is_over));
}

#[tokio::test]
async fn what_never_happens_and_who_may_not_is_known_before_it_is_tried() {
    let office = Office::with(&format!(
        "{TWO}\n[policy.roles]\nadmin = [\"ana\", \"tester\"]\nviewer = [\"eve\"]"
    ))
    .await;
    let ana = office.colleague("ana");
    let View::Rights(refusals) = office.colleague("eve").show(Query::Rights).await.unwrap() else {
        panic!("no rights")
    };
    let refused: Vec<_> = refusals.iter().map(|(right, _)| *right).collect();
    assert!(refused.contains(&Right::Release) && !refused.contains(&Right::View));
    assert!(
        refusals[0].1.contains("eve has the role viewer"),
        "{}",
        refusals[0].1
    );
    let View::Rights(none) = ana.show(Query::Rights).await.unwrap() else {
        panic!("no rights")
    };
    assert!(none.is_empty());
    let rows = due(&ana).await;
    let never = rows
        .iter()
        .find(|row| row.kind == Kind::Create && row.system.as_str() == "chat");
    assert_eq!(never.unwrap().lack, Lack::Never);
}

#[tokio::test]
async fn a_rail_lets_the_chosen_operations_pass_and_tells_who_chose() {
    let rule = "[[guard.rails]]\nname = \"leavers\"\nkinds = [\"disable\"]\nin = \"directory\"\nabsolute = 1\nwindow = \"48 hours\"";
    let office = Office::with(rule).await;
    let stopping = |rails: Vec<RailView>| rails.into_iter().next().unwrap();
    let rail = stopping(rails(&office.engine).await);
    assert_eq!(rail.reading.rail, "leavers · directory");
    assert_eq!(rail.reading.window_hours, Some(48));
    assert!(rail.stops.len() > 1 && rail.released.is_none());
    let release = |these, reason: &str| {
        office
            .engine
            .release_these(rail.reading.rail.clone(), these, reason.to_owned())
    };
    let last = *rail.stops.last().unwrap();
    assert!(release(vec![last], " ").await.is_err(), "there was no reason");
    let other = first(&office.engine, Kind::Update).await.id;
    let refused = release(vec![other], "this one").await.unwrap_err().to_string();
    assert!(refused.contains("stops none of these"), "{refused}");
    assert_eq!(release(vec![other, last], "this one").await.unwrap(), 1);
    let after = stopping(rails(&office.engine).await);
    let released = after.released.unwrap();
    assert_eq!((released.passes, released.is_whole), (1, false));
    assert_eq!(released.reason, "this one");
    assert!(!after.stops.contains(&last) && after.stops.len() == rail.stops.len() - 1);
    // a second part stands beside the first; then the whole
    assert_eq!(release(vec![rail.stops[0]], "and this").await.unwrap(), 2);
    let command = Command::Release {
        rail: rail.reading.rail.clone(),
        operations: None,
        reason: "all".to_owned(),
    };
    let mut events = office.engine.events();
    office.engine.command(command);
    while events.recv().await.unwrap() != Event::Released {}
    let whole = rails(&office.engine).await;
    let whole = whole.iter().find(|rail| rail.reading.is_exceeded()).unwrap();
    assert!(whole.stops.is_empty() && whole.released.as_ref().unwrap().is_whole);
    assert!(
        release(vec![last], "once more").await.is_err(),
        "it is released in full"
    );
}

#[tokio::test]
async fn undoing_is_told_before_it_is_planned() {
    let office = Office::open().await;
    let row = first(&office.engine, Kind::Update).await;
    office
        .engine
        .decide(vec![row.id], Verdict::Approve, None)
        .await
        .unwrap();
    let run = office.engine.apply(None).await.unwrap();
    let before = office.review().await.plan.unwrap().id;
    let mut events = office.engine.events();
    for (what, store) in [
        (What::Run(run.id), false),
        (What::Operation(row.id.to_string()), true),
    ] {
        office.engine.command(Command::Undo { what, store });
        let report = loop {
            if let Event::Undone { outcome } = events.recv().await.unwrap() {
                break outcome.unwrap();
            }
        };
        assert_eq!((report.operations.len(), report.plan.is_some()), (1, store));
        assert_eq!(office.review().await.plan.unwrap().id != before, store);
    }
    office.engine.command(Command::Undo {
        what: What::Run(99),
        store: false,
    });
    let refused = loop {
        if let Event::Undone { outcome } = events.recv().await.unwrap() {
            break outcome.unwrap_err();
        }
    };
    assert!(refused[0].contains("run 99 has applied nothing"), "{refused:?}");
    // the trail names what each write can be taken back by
    let audit = Query::Audit {
        offset: 0,
        limit: 50,
        filter: "write".to_owned(),
    };
    let View::Audit(trail) = office.engine.show(audit).await.unwrap() else {
        panic!("no trail")
    };
    let write = trail.rows.iter().find(|record| record.action == "write").unwrap();
    assert_eq!((write.run, write.operation), (Some(run.id), Some(row.id)));
}

#[tokio::test]
async fn the_chain_is_verified_once_and_then_only_what_is_new() {
    let office = Office::open().await;
    let whole = chain(&office.engine).await;
    assert_eq!((whole.sequence, &whole.broken), (office.verify_audit(), &None));
    office.engine.log_in().unwrap();
    let more = chain(&office.engine).await;
    assert_eq!((more.sequence, &more.broken), (office.verify_audit(), &None));
    assert!(more.sequence > whole.sequence && more.head != whole.head);

    // what is in the way of an intruder is told by the tests of the store
    if std::env::var("USHER_TEST_POSTGRES").is_ok() {
        return;
    }
    let intruder = rusqlite::Connection::open(store_path(&office.sandbox)).unwrap();
    for trigger in ["audit_is_append_only", "audit_keeps_its_hashes"] {
        intruder
            .execute_batch(&format!("DROP TRIGGER {trigger}"))
            .unwrap();
    }
    let cut = format!("DELETE FROM audit WHERE sequence = {}", more.sequence);
    assert_eq!(intruder.execute(&cut, []).unwrap(), 1);
    let broken = chain(&office.engine).await.broken.unwrap();
    assert!(broken.contains("cut off"), "{broken}");
    // a trail that was found broken is verified from its beginning
    let change = "UPDATE audit SET record = replace(record, 'plan', 'plot') WHERE record LIKE '%plan%'";
    assert!(intruder.execute(change, []).unwrap() > 0);
    let broken = chain(&office.engine).await.broken.unwrap();
    assert!(broken.contains("is broken"), "{broken}");
}
