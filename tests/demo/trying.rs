//! Expressions tried on people, and values explained, through the engine.

use usher::{
    engine::{Error, command::Query, view::View},
    model::Kind,
};

use super::office::{Office, engine};

#[tokio::test]
async fn an_expression_is_tried_on_several_people_at_once() {
    let office = Office::open().await;
    let rows = office.due().await;
    let mut persons: Vec<_> = rows.iter().filter_map(|row| row.person).collect();
    persons.dedup();
    persons.truncate(5);
    let staff = "staff".into();
    let tried = office
        .engine
        .try_expression("ToUpper([displayName])", &staff, &persons);
    let tried = tried.await.unwrap();
    assert_eq!(
        tried.iter().map(|tried| tried.person).collect::<Vec<_>>(),
        persons
    );
    for tried in &tried {
        assert_eq!(tried.value, Ok(tried.name.to_uppercase()));
        assert!(!tried.masked);
    }
    // what cannot be evaluated for one says so, for that one
    let tried = office
        .engine
        .try_expression("Left([title], [title])", &staff, &persons[..1]);
    assert!(
        tried.await.unwrap()[0]
            .value
            .as_ref()
            .unwrap_err()
            .contains("whole number")
    );
    // a mistake has its place, also when there is nobody to try it on
    for persons in [&persons[..], &[]] {
        match office
            .engine
            .try_expression("Trim([titel])", &staff, persons)
            .await
        {
            Err(Error::Expression(diagnostics)) => {
                assert_eq!((diagnostics[0].span.start, diagnostics[0].span.end), (5, 12));
                assert!(diagnostics[0].hint.as_ref().unwrap().contains("title"));
            }
            other => panic!("{other:?}"),
        }
    }
    let nobody = office.engine.try_expression("1", &"stuff".into(), &persons).await;
    assert!(matches!(nobody, Err(Error::Refused(_))), "{nobody:?}");
}

#[tokio::test]
async fn nothing_can_be_tried_before_anything_was_read() {
    let office = Office::on_the_eve().await;
    let tried = office
        .engine
        .try_expression("[title]", &"staff".into(), &[])
        .await;
    let Err(Error::Refused(message)) = tried else {
        panic!("{tried:?}")
    };
    assert!(message.contains("make a plan first"), "{message}");
}

#[tokio::test]
async fn the_why_is_of_the_newest_plan_whoever_made_it() {
    let office = Office::open().await;
    let other = engine(&office.sandbox, &office.clock);
    let create = |rows: Vec<usher::engine::view::ReviewRow>| {
        let mut rows = rows.into_iter();
        let row = rows.find(|row| row.kind == Kind::Create && row.system.as_str() == "directory");
        row.unwrap()
    };
    let row = create(office.due().await);
    // both engines have the records in mind
    for engine in [&office.engine, &other] {
        let why = engine.explain(row.id, "title").await.unwrap();
        assert_eq!(why.remark, "");
    }
    let people = office.sandbox.dir().join("people.csv");
    let View::Operation(Some(view)) = office.engine.show(Query::Operation(row.id)).await.unwrap() else {
        panic!("no operation")
    };
    let title = view.whys.iter().find(|why| why.attribute == "title").unwrap();
    let number = view
        .whys
        .iter()
        .find(|why| why.attribute == "employeeNumber")
        .unwrap();
    let number = number.value.to_string();
    let old = title.value.to_string();
    let rows: Vec<String> = std::fs::read_to_string(&people)
        .unwrap()
        .lines()
        .map(|row| {
            if row.starts_with(number.trim_matches('"')) {
                row.replace(old.trim_matches('"'), "Chief Tester")
            } else {
                row.to_owned()
            }
        })
        .collect();
    std::fs::write(&people, rows.join("\n") + "\n").unwrap();
    office
        .clock
        .set(office.clock.now() + jiff::SignedDuration::from_mins(1));
    office.plan().await;
    let due = office.due().await;
    let mut again = due.iter().filter(|again| again.person == row.person);
    let again = again
        .find(|row| row.kind == Kind::Create && row.system.as_str() == "directory")
        .unwrap();
    assert_ne!(again.id, row.id);
    for engine in [&office.engine, &other] {
        let why = engine.explain(again.id, "title").await.unwrap();
        assert_eq!(
            (why.value.to_string().as_str(), why.remark.as_str()),
            ("\"Chief Tester\"", "")
        );
    }
}

#[tokio::test]
async fn the_marked_attributes_of_a_person_are_masked_everywhere() {
    let office = Office::open().await;
    let path = office.sandbox.config_path();
    let rules = std::fs::read_to_string(&path).unwrap();
    let marked = rules.replace(
        "[people.attributes]",
        "marked = [\"phone\"]\n\n[people.attributes]",
    );
    std::fs::write(&path, marked).unwrap();
    let engine = engine(&office.sandbox, &office.clock);
    let row = office
        .due()
        .await
        .into_iter()
        .find(|row| row.kind == Kind::Update);
    let person = row.unwrap().person.unwrap();
    let View::Person(Some(view)) = engine.show(Query::Person(person)).await.unwrap() else {
        panic!("nobody")
    };
    let value = |name: &str| {
        let mut attributes = view.attributes.iter();
        let (_, value) = attributes.find(|(known, _)| known == name).unwrap();
        value.as_str()
    };
    assert_eq!(value("phone"), "••••");
    assert_ne!(value("displayName"), "••••");
    for text in [
        "[phone]",
        "[accounts.staff.telephoneNumber]",
        "Left([phone], [phone])",
    ] {
        let tried = engine
            .try_expression(text, &"chat".into(), &[person])
            .await
            .unwrap();
        assert_eq!(
            (&tried[0].value, tried[0].masked),
            (&Ok("••••".to_owned()), true),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_is_tried_knows_groups_random_values_and_secrets() {
    let office = Office::open().await;
    let rows = office.due().await;
    let mut persons: Vec<_> = rows.iter().filter_map(|row| row.person).collect();
    persons.sort_unstable();
    persons.dedup();
    let staff = "staff".into();
    let engine = &office.engine;
    let groups = engine
        .try_expression(r#"Join(" ", [groups])"#, &staff, &persons)
        .await;
    let groups = groups.unwrap();
    let is_in = |tried: &&usher::engine::trying::Tried| {
        tried
            .value
            .as_ref()
            .is_ok_and(|value| value.contains("ou=groups"))
    };
    let member = groups.iter().find(is_in).expect("somebody in a group").person;
    let text = r#"IIF(IsMemberOf("no such group"), "in", "out")"#;
    let tried = engine.try_expression(text, &staff, &[member]).await.unwrap();
    assert_eq!(tried[0].value, Ok("out".to_owned()));
    // as it would be planned: the same each time, another one for everybody
    let draw = || engine.try_mapping("Guid()", &staff, "title", &persons[..2]);
    let drawn = draw().await.unwrap();
    assert_eq!(drawn, draw().await.unwrap());
    assert_ne!(drawn[0].value, drawn[1].value);
    let secret = "RandomString(12, 3, 0, 3, 3)";
    match engine.try_mapping(secret, &staff, "userPassword", &[]).await {
        Err(Error::Expression(diagnostics)) => {
            assert!(diagnostics[0].message.contains("is a secret"), "{diagnostics:?}");
        }
        other => panic!("{other:?}"),
    }
}
