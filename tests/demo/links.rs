//! Links on the command line: who has which account, and putting it right one by one.

use std::time::Duration;

use serde_json::Value;
use usher::{
    engine::{command::Query, links::LinkFilter, view::View},
    model::{Kind, Verdict},
};

use super::{
    command_line::CommandLine,
    office::{self, Office},
};

const OLDER: &str = "uid=mstern2,ou=people,dc=acme,dc=example";
const NEWER: &str = "uid=mstern,ou=people,dc=acme,dc=example";

/// The company after its first plan, which cannot tell which of two accounts is Maya Stern's.
async fn in_doubt() -> CommandLine {
    let line = CommandLine::new().await;
    assert_eq!(line.code(&["plan"]).await, 3);
    line
}

async fn staff_of(line: &CommandLine, person: &str) -> Option<Value> {
    let shown = line.json(&["link", "list", person, "--rule", "staff"]).await;
    shown.as_array().unwrap().first().cloned()
}

#[tokio::test]
async fn links_are_listed_by_person_and_by_rule() {
    let line = in_doubt().await;
    let all = line.json(&["link", "list"]).await;
    let all = all.as_array().unwrap();
    assert!(all.len() > 600, "{}", all.len());
    assert!(
        all.iter()
            .all(|link| link["state"] == "sound" && !link["why"].as_str().unwrap().is_empty())
    );
    let staff = line.json(&["link", "list", "--rule", "staff"]).await;
    assert!(
        staff
            .as_array()
            .unwrap()
            .iter()
            .all(|link| link["rule"] == "staff" && link["kind"] == "account")
    );
    assert_eq!(
        line.json(&["link", "list", "--broken"]).await,
        Value::Array(Vec::new())
    );
    let (code, refused) = line.run(&["link", "list", "--rule", "stuff"]).await;
    assert!(
        code == 1 && refused.contains("there are: employees, staff, chat"),
        "{refused}"
    );

    // by name, by words of one, by number, by id
    let adam = line.json(&["link", "show", "Adam Adler"]).await;
    assert_eq!(adam["links"].as_array().unwrap().len(), 3);
    let id = adam["person"].as_str().unwrap();
    for meant in ["adler ADAM", "000100", id] {
        assert_eq!(line.json(&["link", "show", meant]).await, adam, "{meant}");
    }
    let (code, shown) = line.run(&["link", "show", "Adam Adler"]).await;
    assert!(
        code == 0 && shown.contains("matched by employeeNumber = 000100"),
        "{shown}"
    );
    for (meant, answer) in [
        ("Adam", "several people are meant by `Adam`"),
        ("Nobody Atall", "nobody is called"),
        (" ", "nobody"),
    ] {
        let (code, refused) = line.run(&["link", "show", meant]).await;
        assert!(code == 1 && refused.contains(answer), "{refused}");
    }
}

#[tokio::test]
async fn a_doubt_is_settled_by_setting_the_link() {
    let line = in_doubt().await;
    assert_eq!(staff_of(&line, "Maya Stern").await, None);
    let set = |record: &'static str| {
        [
            "link",
            "set",
            "Maya Stern",
            "staff",
            record,
            "--reason",
            "she says so",
        ]
    };
    let changed = line.json(&set(OLDER)).await;
    assert_eq!(changed["before"], Value::Null);
    assert_eq!(changed["location"], OLDER);
    let link = staff_of(&line, "Maya Stern").await.unwrap();
    assert_eq!(link["anchor"], changed["after"]["anchor"]);
    assert!(link["why"].as_str().unwrap().ends_with(": she says so"), "{link}");
    assert_eq!(
        line.code(&["plan"]).await,
        2,
        "the doubt is settled, and the account brought up to date"
    );
    assert_eq!(staff_of(&line, "Maya Stern").await.unwrap()["why"], link["why"]);

    // the other one was meant: what is planned for the first is not applied any more
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let changed = line.json(&set(NEWER)).await;
    assert_eq!(changed["before"]["anchor"], link["anchor"]);
    assert_eq!(changed["outdated"].as_array().unwrap().len(), 1);
    let (code, refused) = line.run(&["apply"]).await;
    assert!(
        code == 1 && refused.contains("nothing that is due is approved"),
        "{refused}"
    );

    // set back to what the audit says it was
    let (_, trail) = line.run(&["audit", "log", "she says so"]).await;
    assert!(trail.contains("link") && trail.contains("Maya Stern"), "{trail}");
    let before = changed["before"]["anchor"].as_str().unwrap();
    let back = [
        "link",
        "set",
        "Maya Stern",
        "staff",
        before,
        "--reason",
        "it was right",
    ];
    let (code, said) = line.run(&back).await;
    assert!(code == 0 && said.contains(OLDER), "{said}");
    assert_eq!(staff_of(&line, "Maya Stern").await.unwrap()["anchor"], before);
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}

#[tokio::test]
async fn only_a_record_that_is_there_and_free_is_linked() {
    let line = in_doubt().await;
    let adler = staff_of(&line, "Adam Adler").await.unwrap();
    let taken = adler["anchor"].as_str().unwrap();
    let refused = |arguments: &'static [&'static str], answer: String| {
        let line = &line;
        async move {
            let (code, said) = line.run(arguments).await;
            assert!(code == 1 && said.contains(&answer), "{arguments:?}: {said}");
        }
    };
    let (code, said) = line
        .run(&["link", "set", "Maya Stern", "staff", taken, "--reason", "x"])
        .await;
    assert!(
        code == 1 && said.contains("is linked to Adam Adler (") && said.contains("matched by"),
        "{said}"
    );
    let unknown = "the last read of directory has no account no-such-anchor".to_owned();
    refused(
        &[
            "link",
            "set",
            "Maya Stern",
            "staff",
            "no-such-anchor",
            "--reason",
            "x",
        ],
        unknown,
    )
    .await;
    refused(
        &["link", "set", "Maya Stern", "staff", OLDER, "--reason", " "],
        "needs a reason".to_owned(),
    )
    .await;
    refused(
        &["link", "set", "Maya Stern", "nothing", OLDER, "--reason", "x"],
        "no rule `nothing`".to_owned(),
    )
    .await;
    let source = "is a source of people".to_owned();
    refused(
        &[
            "link",
            "set",
            "Maya Stern",
            "employees",
            "000100",
            "--reason",
            "x",
        ],
        source,
    )
    .await;
    refused(
        &["link", "remove", "Maya Stern", "staff", "--reason", "x"],
        "has no link to remove".to_owned(),
    )
    .await;
    let (code, said) = line
        .run(&["link", "set", "Adam Adler", "staff", taken, "--reason", "x"])
        .await;
    assert!(code == 1 && said.contains("already"), "{said}");
    assert_eq!(staff_of(&line, "Maya Stern").await, None);
    assert_eq!(
        line.json(&["audit", "log", "link"])
            .await
            .as_array()
            .map(Vec::len),
        Some(0)
    );
}

#[tokio::test]
async fn a_removed_link_is_matched_anew() {
    let line = in_doubt().await;
    let before = staff_of(&line, "Adam Adler").await.unwrap();
    let (code, said) = line
        .run(&["link", "remove", "Adam Adler", "staff", "--reason", "to be sure"])
        .await;
    assert!(code == 0 && said.contains("the next plan matches anew"), "{said}");
    assert_eq!(staff_of(&line, "Adam Adler").await, None);
    assert_eq!(line.code(&["plan"]).await, 3);
    assert_eq!(
        staff_of(&line, "Adam Adler").await.unwrap()["anchor"],
        before["anchor"]
    );

    let remove = [
        "link",
        "remove",
        "Adam Adler",
        "staff",
        "--reason",
        "again",
        "--rematch",
    ];
    let rematched = line.json(&remove).await;
    assert_eq!(rematched["before"]["anchor"], before["anchor"]);
    assert_eq!(rematched["matched"]["anchor"], before["anchor"]);
    let (code, said) = line.run(&remove).await;
    assert!(
        code == 0 && said.contains("matched uid=") && said.contains("employeeNumber"),
        "{said}"
    );
}

#[tokio::test]
async fn a_broken_link_is_found_and_repaired() {
    let line = in_doubt().await;
    let set = [
        "link",
        "set",
        "Maya Stern",
        "staff",
        OLDER,
        "--reason",
        "she says so",
    ];
    assert_eq!(line.code(&set).await, 0);
    // somebody deletes that account by hand
    line.settle_the_doubt().await;
    line.code(&["plan"]).await;
    let broken = line.json(&["link", "list", "--broken"]).await;
    let broken = broken.as_array().unwrap();
    assert_eq!(broken.len(), 1);
    assert_eq!(
        (&broken[0]["name"], &broken[0]["state"]),
        (&"Maya Stern".into(), &"broken".into())
    );
    assert_eq!(broken[0]["location"], Value::Null);
    let (_, shown) = line.run(&["link", "show", "Maya Stern"]).await;
    assert!(
        shown.contains("broken: the last complete read does not have it"),
        "{shown}"
    );

    let remove = [
        "link",
        "remove",
        "Maya Stern",
        "staff",
        "--reason",
        "deleted by hand",
        "--rematch",
    ];
    let rematched = line.json(&remove).await;
    assert_eq!(rematched["matched"]["location"], NEWER);
    assert_eq!(
        line.json(&["link", "list", "--broken"]).await,
        Value::Array(Vec::new())
    );
}

#[tokio::test]
async fn no_link_is_changed_while_a_run_goes_on() {
    let office = Office::found(Duration::from_millis(150)).await;
    office.plan().await;
    office.tomorrow().await;
    let due = office.due().await;
    office.decide(&due, Verdict::Approve, None).await;
    let View::People(people) = office.engine.show(Query::People).await.unwrap() else {
        panic!("nobody is there");
    };
    let adam = people.iter().find(|row| row.name == "Adam Adler").unwrap().person;
    let remove = |engine: usher::engine::Engine| async move {
        engine
            .remove_link(adam, "staff".into(), "to be sure".to_owned())
            .await
    };
    let other = office::engine(&office.sandbox, &office.clock);
    let before = office.writes();
    let running = tokio::spawn({
        let engine = office.engine.clone();
        async move { engine.apply(None).await }
    });
    while office.writes() == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for engine in [&office.engine, &other] {
        let refused = remove(engine.clone()).await.unwrap_err().to_string();
        assert!(refused.contains("a run is going on"), "{refused}");
    }
    running.await.unwrap().unwrap();
    assert!(remove(other).await.is_ok());

    // an account that was made since the last read is not broken
    let created = due
        .iter()
        .find(|row| row.kind == Kind::Create && row.system.as_str() == "directory")
        .unwrap();
    let filter = LinkFilter {
        person: created.person,
        rule: Some("staff".into()),
        broken: false,
    };
    let links = office.engine.links(filter).await.unwrap();
    assert_eq!(links.len(), 1, "{}", created.subject);
    assert_ne!(
        links[0].state,
        usher::engine::links::LinkState::Broken,
        "{links:?}"
    );
}
