//! Reads that wait for a person.

use super::*;

/// Leaves so many of the people in HR's file.
fn shrink(office: &Office, people: usize) -> usize {
    let path = office.sandbox.dir().join("people.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let all = text.lines().count() - 1;
    let lines: Vec<_> = text.lines().take(people + 1).collect();
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    all
}

#[tokio::test]
async fn a_source_that_shrinks_waits_and_is_accepted_as_it_is() {
    let office = Office::open().await;
    let before = office.review().await.plan.unwrap().id;
    let all = shrink(&office, 150);
    assert!(all > 200);
    let said = refusal(&office).await;
    assert!(
        said.contains("hr has 150 records") && said.contains("usher accept hr --read"),
        "{said}"
    );
    assert_eq!(office.review().await.plan.unwrap().id, before, "a plan was made");
    let held = office.engine.held_reads().await.unwrap().remove(0);
    assert_eq!(
        (held.records, held.before, held.accepted.clone()),
        (150, Some(all), None)
    );
    let accept = |id: &str, reason: &str| {
        office
            .engine
            .accept("hr".into(), id.to_owned(), reason.to_owned())
    };
    assert!(accept(&held.id, " ").await.is_err(), "there was no reason");
    assert!(accept("0000", "guessed").await.is_err(), "another read");
    assert!(accept("", "guessed").await.is_err(), "no read");
    accept(&held.id[..6], "the site in Graz was closed")
        .await
        .unwrap();

    // one person less is another read, and so is another person
    shrink(&office, 149);
    assert!(refusal(&office).await.contains("hr has 149 records"));
    let held = office.engine.held_reads().await.unwrap().remove(0);
    assert_eq!(held.accepted, None);
    accept(&held.id, "so it is said").await.unwrap();
    let path = office.sandbox.dir().join("people.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let number = text.lines().last().unwrap().split(',').next().unwrap();
    std::fs::write(&path, text.replace(number, "999999")).unwrap();
    assert!(refusal(&office).await.contains("hr has 149 records"));
    std::fs::write(&path, text).unwrap();
    assert!(
        refusal(&office).await.contains("hr has 149 records"),
        "it was accepted before the other came"
    );
    accept(&held.id, "so it is said, again").await.unwrap();

    // accepted: the plan takes it over, once; rails still hold
    let report = office.plan().await;
    assert!(report.incomplete);
    assert!(office.engine.held_reads().await.unwrap().is_empty());
    office.plan().await;
    let actions = office.audited_actions();
    assert_eq!((actions["accept"], actions["take-over"]), (3, 1));
    office.verify_audit();
}

#[tokio::test]
async fn how_much_smaller_is_too_much_is_configured_and_nothing_at_all_never_is() {
    let mut office = Office::on_the_eve().await;
    office.plan().await;
    let path = office.sandbox.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("[systems.hr]\n", "[systems.hr]\ntolerance = 100\n"),
    )
    .unwrap();
    office.configure("");
    shrink(&office, 150);
    office.plan().await;
    shrink(&office, 0);
    let said = refusal(&office).await;
    assert!(said.contains("hr has no records at all, 150 before"), "{said}");
}

/// Has somebody's console do something; returns what it is told.
async fn told(engine: &Engine, command: usher::engine::command::Command) -> String {
    let mut events = engine.events();
    engine.command(command);
    loop {
        if let usher::engine::event::Event::Notice { text, .. } = events.recv().await.unwrap() {
            return text;
        }
    }
}

#[tokio::test]
async fn the_console_accepts_and_releases_under_the_same_roles() {
    use usher::engine::command::Command;
    let office =
        Office::with("[policy.roles]\nadmin = [\"tester\"]\noperator = [\"olga\"]\nviewer = [\"vera\"]")
            .await;
    shrink(&office, 100);
    refusal(&office).await;
    let held = office.engine.held_reads().await.unwrap().remove(0);
    let accept = || Command::Accept {
        system: "hr".into(),
        read: held.id.clone(),
        reason: "the site was closed".to_owned(),
    };
    let begin = || Command::Quarantine {
        system: "chat".into(),
        rule: None,
        reason: "maintenance".to_owned(),
    };
    let end = || Command::EndQuarantine {
        system: "chat".into(),
        rule: None,
        reason: "over".to_owned(),
    };
    let (olga, vera) = (office.colleague("olga"), office.colleague("vera"));
    assert!(told(&olga, accept()).await.contains("may not"));
    assert!(told(&vera, begin()).await.contains("may not"));
    assert_eq!(office.engine.held_reads().await.unwrap()[0].accepted, None);
    assert!(told(&office.engine, accept()).await.contains("is accepted"));
    assert!(told(&olga, begin()).await.contains("in quarantine"));
    assert!(told(&vera, end()).await.contains("may not"));
    assert!(told(&olga, end()).await.contains("no longer in quarantine"));
    let actions = office.audited_actions();
    assert_eq!((actions["accept"], actions["quarantine"]), (1, 2));
    office.verify_audit();
}

#[tokio::test]
async fn only_an_admin_accepts_a_read_and_only_an_operator_releases() {
    let office =
        Office::with("[policy.roles]\nadmin = [\"tester\"]\noperator = [\"olga\"]\nreviewer = [\"rita\"]")
            .await;
    shrink(&office, 100);
    refusal(&office).await;
    let held = office.engine.held_reads().await.unwrap().remove(0);
    for user in ["olga", "rita"] {
        let refused = office
            .colleague(user)
            .accept("hr".into(), held.id.clone(), "please".to_owned())
            .await;
        assert!(refused.unwrap_err().to_string().contains("may not"), "{user}");
    }
    let (olga, rita) = (office.colleague("olga"), office.colleague("rita"));
    let enter =
        |engine: Engine| async move { engine.quarantine("chat".into(), None, "trouble".to_owned()).await };
    let release = |engine: Engine| async move {
        engine
            .release_quarantine("chat".into(), None, "over".to_owned())
            .await
    };
    assert!(enter(rita.clone()).await.is_err());
    enter(olga.clone()).await.unwrap();
    assert!(release(rita).await.is_err());
    release(olga).await.unwrap();
    office
        .engine
        .accept("hr".into(), held.id, "site closed".to_owned())
        .await
        .unwrap();
}
