//! A mapping is changed: what it would do is told without doing it, the file is changed and nothing else in it, the
//! next plan follows it, and it can be put back.

use std::fs;

use usher::{
    config::Config,
    engine::{
        Block, Part, Place,
        command::{Query, Trial},
        impact::{AttributeImpact, Impact},
        view::View,
    },
    model::Kind,
};

use super::office::Office;

fn staff(part: Part) -> Place {
    Place {
        block: Block::Accounts("staff".into()),
        part,
    }
}

fn title() -> Place {
    staff(Part::Attribute("title".into()))
}

async fn office() -> Office {
    let mut office = Office::open().await;
    let config = Config::load(&office.sandbox.config_path()).unwrap();
    office.engine = office.engine.editing(config);
    office
}

async fn impact(office: &Office, place: Place, expression: &str) -> Result<Impact, Vec<String>> {
    office
        .engine
        .impact(place, expression.to_owned())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn the_impact_is_the_difference_to_the_plan_and_stores_nothing() {
    let office = office().await;
    let (store, before) = (
        office.engine.store().clone(),
        office.engine.store().version().unwrap(),
    );
    let same = impact(&office, title(), "IIF(true, [title], [title])")
        .await
        .unwrap();
    assert_eq!(
        (same.accounts, same.kinds),
        (0, vec![]),
        "another way to say the same"
    );
    let doctors = impact(&office, title(), "Append(\"Dr. \", [title])")
        .await
        .unwrap();
    assert_eq!(store.version().unwrap(), before);
    let titles = &doctors.attributes[0];
    assert_eq!(
        (titles.attribute.as_str(), titles.accounts),
        ("title", doctors.accounts)
    );
    assert!(doctors.accounts > 200, "{}", doctors.accounts);
    assert_eq!(titles.examples.len(), 5);
    for example in &titles.examples {
        assert_eq!(example.after, format!("Dr. {}", example.before), "{example:?}");
    }
    let [(Kind::Update, 18, updates)] = doctors.kinds[..] else {
        panic!("{:?}", doctors.kinds)
    };
    assert!(updates > 200);
    assert_eq!(doctors.rails.len(), 1, "two hundred updates are too many");
}

#[tokio::test]
async fn who_falls_out_of_scope_is_counted_as_an_account() {
    let office = office().await;
    let impact = impact(&office, staff(Part::Scope), "[department] <> \"Sales\"")
        .await
        .unwrap();
    let account = impact
        .attributes
        .iter()
        .find(|it| it.attribute == AttributeImpact::ACCOUNT)
        .unwrap();
    assert!(
        account.examples.iter().any(|it| it.after.contains("disable")),
        "{account:?}"
    );
    assert!(
        impact
            .kinds
            .iter()
            .any(|(kind, old, new)| *kind == Kind::Disable && new > old),
        "{:?}",
        impact.kinds
    );
}

#[tokio::test]
async fn who_enters_and_leaves_a_scope_is_told_by_name() {
    let office = office().await;
    let only_sales = "[department] = \"Sales\"";
    let impact = impact(&office, staff(Part::Scope), only_sales).await.unwrap();
    let leaves = &impact.attributes[0];
    let change = office.engine.scope_change("staff".into(), only_sales.to_owned());
    let change = change.await.unwrap();
    assert_eq!(
        (leaves.attribute.as_str(), leaves.accounts),
        ("leaves staff", change.leaves.len())
    );
    assert!(
        change.leaves.len() > 100 && change.enters.is_empty(),
        "{change:?}"
    );
    let shown: Vec<_> = leaves.examples.iter().map(|it| &it.name).collect();
    assert_eq!(shown, change.leaves.iter().take(5).collect::<Vec<_>>());

    // once that is the scope, others enter who had left
    office
        .engine
        .configure(staff(Part::Scope), only_sales.to_owned())
        .await
        .unwrap();
    let everybody = office.engine.scope_change("staff".into(), "true".to_owned());
    let everybody = everybody.await.unwrap();
    assert_eq!((everybody.enters, everybody.leaves), (change.leaves, vec![]));
    let unknown = office
        .engine
        .scope_change("stuff".into(), "true".to_owned())
        .await;
    assert!(
        unknown
            .unwrap_err()
            .to_string()
            .contains("there is no account rule `stuff`")
    );
    let unsound = office
        .engine
        .scope_change("staff".into(), "[titel] = 1".to_owned())
        .await;
    assert!(unsound.unwrap_err().to_string().contains("titel"));
}

#[tokio::test]
async fn a_change_is_saved_audited_followed_and_put_back() {
    let office = office().await;
    let path = office.sandbox.config_path();
    let original = fs::read_to_string(&path).unwrap();
    let expected = impact(&office, title(), "Append(\"Dr. \", [title])")
        .await
        .unwrap();
    office
        .engine
        .configure(title(), "Append(\"Dr. \", [title])".to_owned())
        .await
        .unwrap();
    let changed = fs::read_to_string(&path).unwrap();
    assert_eq!(
        changed,
        original.replace("{ value = \"[title]\",", "{ value = 'Append(\"Dr. \", [title])',")
    );
    let report = office.plan().await;
    assert_eq!(
        report.summary.kinds[&Kind::Update],
        expected.kinds[0].2,
        "as it was foretold"
    );
    let trail = office.engine.store().audit(0, 10, "configure").unwrap().1;
    let details = &trail[0].entry.details;
    assert_eq!(details["before"], "[title]");
    assert_eq!(details["after"], "Append(\"Dr. \", [title])");
    office.engine.put_back().await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), original);
    assert_eq!(office.plan().await.summary.kinds[&Kind::Update], 18);
    assert_eq!(office.engine.store().audit(0, 10, "configure").unwrap().0, 2);
    assert!(office.engine.put_back().await.is_err(), "only once");
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_and_changes_nothing() {
    let office = office().await;
    let path = office.sandbox.config_path();
    let original = fs::read_to_string(&path).unwrap();
    for (place, expression, complaint) in [
        (title(), "[titel]", "line 76, column 20"),
        (title(), "", "an expression is needed"),
        (title(), "[title]", "nothing is to be saved"),
        (staff(Part::Attribute("manager".into())), "[boss]", "no reference"),
        (staff(Part::Attribute("none".into())), "[title]", "has no none"),
    ] {
        let refused = office
            .engine
            .configure(place.clone(), expression.to_owned())
            .await;
        let lines = refused.unwrap_err();
        assert!(lines[0].contains(complaint), "{place}: {lines:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), original);
    }
    let somebody_elses = format!("# by hand\n{}", fs::read_to_string(&path).unwrap());
    fs::write(&path, &somebody_elses).unwrap();
    let refused = office
        .engine
        .configure(title(), "[department]".to_owned())
        .await
        .unwrap_err();
    assert!(refused[0].contains("changed by somebody else"), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), somebody_elses);
}

#[tokio::test]
async fn an_expression_is_tried_on_the_selected_person_and_always_the_same_five() {
    let office = office().await;
    let View::People(people) = office.engine.show(Query::People).await.unwrap() else {
        panic!()
    };
    let ask = |sample| {
        Query::Try(Trial {
            ticket: 1,
            attribute: None,
            block: Block::Accounts("staff".into()),
            expression: "ToUpper([familyName])".to_owned(),
            person: Some(people[7].person),
            sample,
        })
    };
    let mut seen = Vec::new();
    for sample in [0, 0, 1] {
        let View::Tried { ticket: 1, outcome } = office.engine.show(ask(sample)).await.unwrap() else {
            panic!()
        };
        seen.push(outcome.unwrap());
    }
    assert_eq!((seen[0].len(), seen[0][0].person), (6, people[7].person));
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
    assert!(seen[0].iter().all(|it| {
        it.value
            .as_ref()
            .is_ok_and(|value| *value == value.to_uppercase())
    }));
}

#[tokio::test]
async fn the_rules_and_the_names_they_may_use_are_shown() {
    let office = office().await;
    let View::Rules(rules) = office.engine.show(Query::Rules).await.unwrap() else {
        panic!()
    };
    let shown: Vec<_> = rules
        .rules
        .iter()
        .map(|rule| (rule.block.name().to_string(), rule.attributes()))
        .collect();
    assert_eq!(
        shown,
        [("staff".into(), 12), ("chat".into(), 9), ("employees".into(), 11)]
    );
    let View::Names { names, .. } = office
        .engine
        .show(Query::Names(Block::Accounts("chat".into())))
        .await
        .unwrap()
    else {
        panic!()
    };
    for name in [
        "givenName",
        "manager",
        "manager.title",
        "accounts.staff.mail",
        "current.userName",
        "state",
    ] {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is not in {names:?}"
        );
    }
}
