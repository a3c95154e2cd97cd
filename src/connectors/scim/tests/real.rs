//! The connector against real servers, named by the environment: `USHER_TEST_SCIM` holds one or more
//! `URL` separated by blanks, `USHER_TEST_SCIM_TOKEN` their token.

use std::time::Instant;

use futures_util::{StreamExt as _, stream};

use super::fake::connect;
use crate::{
    connectors::{AttributeWrite, Connector, ReadRequest, Settled, Write, WriteError},
    model::Value,
};

fn servers() -> Vec<std::sync::Arc<dyn Connector>> {
    let token = std::env::var("USHER_TEST_SCIM_TOKEN").unwrap_or_else(|_| "rig-token".to_owned());
    let urls = std::env::var("USHER_TEST_SCIM").expect("USHER_TEST_SCIM names the servers");
    urls.split_whitespace().map(|url| connect(url, &token)).collect()
}

fn create(name: &str) -> Write {
    let text = |value: &str| Value::from(value.to_owned());
    let mail = format!("{name}@example.com");
    Write::Create {
        class: vec!["User".to_owned()],
        container: None,
        attributes: vec![
            ("userName".to_owned(), text(&mail)),
            ("externalId".to_owned(), text(&mail)),
            ("name.givenName".to_owned(), text("G")),
            ("name.familyName".to_owned(), text("F")),
            ("emails[type eq \"work\"].value".to_owned(), text(&mail)),
        ],
        enabled: Some(true),
        absent: vec![("userName".to_owned(), text(&mail))],
        secrets: Vec::new(),
    }
}

#[tokio::test]
#[ignore = "needs a SCIM server: USHER_TEST_SCIM=URL USHER_TEST_SCIM_TOKEN=TOKEN cargo test --lib real:: -- --ignored"]
async fn a_life_at_every_real_server() {
    let run = uuid::Uuid::now_v7();
    for server in servers() {
        let probe = server.probe().await.unwrap();
        println!("{probe:?}");
        let joiner = create(&run.to_string());
        assert_eq!(server.settle(&joiner).await, Settled::NotDone);
        let made = server.write(&joiner).await.unwrap();
        println!("{made:?}");
        assert!(matches!(server.settle(&joiner).await, Settled::Done(_)));
        assert!(matches!(
            server.write(&joiner).await,
            Err(WriteError::Conflict(_))
        ));
        let object = crate::connectors::ObjectRef {
            anchor: made.anchor.clone(),
            location: made.location.clone(),
            class: "User".to_owned(),
        };
        let change = |attribute: &str, before: &str, after: &str| AttributeWrite {
            attribute: attribute.to_owned(),
            before: Value::from(before.to_owned()),
            after: Value::from(after.to_owned()),
        };
        let mail = format!("{run}@example.com");
        let mut attributes = vec![change("name.familyName", "F", "Żak")];
        // some servers keep no types of e-mail addresses
        let typed = "emails[type eq \"work\"].value";
        if made
            .attributes
            .iter()
            .any(|(name, value)| name == typed && !value.is_nothing())
        {
            attributes.push(change(typed, &mail, "new@example.com"));
        }
        let mover = Write::Change {
            object: object.clone(),
            attributes,
            enabled: Some((true, false)),
            container: None,
        };
        let moved = server.write(&mover).await.unwrap();
        assert!(moved.verified && !moved.already, "{moved:?}");
        assert!(server.write(&mover).await.unwrap().already);
        let stale = Write::Change {
            object: object.clone(),
            attributes: vec![change("name.familyName", "F", "X")],
            enabled: None,
            container: None,
        };
        assert!(matches!(server.write(&stale).await, Err(WriteError::Conflict(_))));
        let group = Write::Create {
            class: vec!["Group".to_owned()],
            container: None,
            attributes: vec![("name".to_owned(), Value::from(format!("g {run}")))],
            enabled: None,
            absent: vec![("name".to_owned(), Value::from(format!("g {run}")))],
            secrets: Vec::new(),
        };
        let group = server.write(&group).await.unwrap();
        let group = crate::connectors::ObjectRef {
            anchor: group.anchor,
            location: group.location,
            class: "Group".to_owned(),
        };
        for add in [true, false] {
            let membership = Write::Membership {
                group: group.clone(),
                member: object.clone(),
                add,
            };
            let written = server.write(&membership).await.unwrap();
            println!("{written:?}");
            assert!(!written.already && written.verified);
            // an empty group may show no list at all; then it cannot be told whether there was anything to remove
            let again = server.write(&membership).await.unwrap();
            assert!(again.already || !add, "{again:?}");
        }
        let read = server.read(&ReadRequest::default(), &|_| {}).await;
        println!(
            "{:?} {} records {:?}",
            read.completeness,
            read.records.len(),
            read.problems.first()
        );
        let delete = Write::Delete { object };
        assert!(server.write(&delete).await.unwrap().verified);
        assert!(server.write(&delete).await.unwrap().already);
    }
}

#[tokio::test]
#[ignore = "measures a SCIM server: USHER_TEST_SCIM=URL USHER_TEST_SCIM_TOKEN=TOKEN cargo test --lib real:: -- --ignored"]
async fn creates_a_second_at_eight_in_flight() {
    let run = uuid::Uuid::now_v7();
    for server in servers() {
        let started = Instant::now();
        let writes: Vec<_> = (0..1500)
            .map(|number| create(&format!("{run}-{number}")))
            .collect();
        let failed = stream::iter(&writes)
            .map(|write| server.write(write))
            .buffer_unordered(8)
            .filter(|result| std::future::ready(!result.as_ref().is_ok_and(|written| written.verified)))
            .count()
            .await;
        println!(
            "{:.0} creates a second, {failed} not verified",
            1500.0 / started.elapsed().as_secs_f64()
        );
    }
}
