use axum::response::IntoResponse as _;
use serde_json::{Value as Json, json};

use super::fake::{Request, answer, page, serve, status};
use crate::{
    connectors::ReadRequest,
    model::{Completeness, Read},
};

async fn read(answer: impl Fn(&Request) -> axum::response::Response + Send + Sync + 'static) -> Read {
    let (connector, _) = serve(answer).await;
    let request = ReadRequest {
        attributes: vec!["userName".to_owned(), "emails[type eq \"work\"].value".to_owned()],
        ..ReadRequest::default()
    };
    connector.read(&request, &|_| {}).await
}

fn users(request: &Request, all: usize, step: usize) -> Vec<Json> {
    let start: usize = request.parameter("startIndex").parse().unwrap();
    let ids = start..(start + step).min(all + 1);
    ids.map(|id| json!({ "id": id, "userName": format!("u{id}") }))
        .collect()
}

fn words(read: &Read) -> &str {
    match &read.completeness {
        Completeness::Complete => "",
        Completeness::Partial(why) | Completeness::Failed(why) | Completeness::Refused(why) => why,
    }
}

#[tokio::test]
async fn pages_smaller_than_asked_for_are_not_the_last() {
    let read = read(|request| match request.path.as_str() {
        "/Users" => page(5, &users(request, 5, 1)),
        _ => status(404),
    })
    .await;
    assert_eq!(read.completeness, Completeness::Complete);
    assert_eq!(read.records.len(), 5);
}

#[tokio::test]
async fn all_rows_for_a_start_past_the_end_are_no_duplicates() {
    let read = read(|_| page(2, &[json!({"id": "1"}), json!({"id": "2"})])).await;
    assert_eq!(read.completeness, Completeness::Complete);
    assert_eq!((read.records.len(), read.problems.len()), (2, 0));
}

#[tokio::test]
async fn fewer_than_promised_is_partial() {
    let read = read(|request| page(5, &users(request, 3, 2))).await;
    assert!(matches!(read.completeness, Completeness::Partial(_)));
    assert!(words(&read).contains("promised 5"), "{}", words(&read));
}

#[tokio::test]
async fn a_total_that_changes_is_partial() {
    let read = read(|request| {
        page(
            if request.parameter("startIndex") == "1" {
                5
            } else {
                4
            },
            &users(request, 5, 2),
        )
    })
    .await;
    assert!(words(&read).contains("from 5 to 4"), "{}", words(&read));
}

#[tokio::test]
async fn a_resource_sent_twice_is_named_and_taken_once() {
    let read = read(|request| match request.parameter("startIndex").as_str() {
        "1" => page(3, &[json!({"id": "a"}), json!({"id": "b"})]),
        "3" => page(3, &[json!({"id": "b"}), json!({"id": "c"})]),
        _ => page(3, &[]),
    })
    .await;
    assert_eq!(read.completeness, Completeness::Complete);
    assert_eq!((read.records.len(), read.problems.len()), (3, 1));
    assert_eq!(read.problems[0].location, "/Users/b");
}

#[tokio::test]
async fn no_more_is_asked_for_than_the_service_allows() {
    let (connector, log) = serve(|request| match request.path.as_str() {
        "/ServiceProviderConfig" => answer(200, json!({ "filter": { "supported": true, "maxResults": 1 } })),
        "/Users" => page(2, &users(request, 2, 1)),
        _ => status(404),
    })
    .await;
    connector.read(&ReadRequest::default(), &|_| {}).await;
    assert!(
        log.lock()
            .unwrap()
            .iter()
            .all(|request| request.parameter("count") == "1")
    );
}

#[tokio::test]
async fn answers_that_are_no_list_are_never_an_empty_system() {
    type Case = (fn() -> axum::response::Response, &'static str);
    let cases: [Case; 6] = [
        (|| "<html>Sign in</html>".into_response(), "Sign in"),
        (
            || "{\"Resources\": [{\"id\"".into_response(),
            "ends in the middle",
        ),
        (|| answer(200, json!({})), "without Resources"),
        (|| status(401), "renew"),
        (|| answer(403, json!({ "detail": "scope" })), "scope"),
        (
            || (axum::http::StatusCode::BAD_GATEWAY, "<h1>Bad\u{1b} gateway</h1>").into_response(),
            "Bad<U+001B> gateway",
        ),
    ];
    for (response, wanted) in cases {
        let read = read(move |_| response()).await;
        let is_refused = matches!(read.completeness, Completeness::Refused(_));
        let has_failed = matches!(read.completeness, Completeness::Failed(_));
        assert_eq!(
            (is_refused, has_failed),
            (wanted == "renew", wanted != "renew"),
            "{wanted}"
        );
        assert!(words(&read).contains(wanted), "{}", words(&read));
        assert!(!words(&read).contains("sesame"));
    }
}

#[tokio::test]
async fn a_token_that_expires_on_the_way_leaves_a_partial_read() {
    let read = read(|request| match request.parameter("startIndex").as_str() {
        "1" => page(4, &users(request, 4, 2)),
        _ => status(401),
    })
    .await;
    assert!(matches!(read.completeness, Completeness::Partial(_)));
    assert_eq!(read.records.len(), 2);
}

#[tokio::test]
async fn a_service_that_is_down_is_a_failed_read() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let read = super::fake::connect(&url, "sesame")
        .read(&ReadRequest::default(), &|_| {})
        .await;
    assert!(words(&read).contains("cannot be reached"), "{}", words(&read));
}

#[tokio::test]
async fn active_is_understood_however_it_is_written() {
    let read = read(|_| {
        let users = [
            json!({"id": 1, "active": "False"}),
            json!({"id": 2, "Active": false}),
            json!({"id": 3}),
        ];
        page(3, &users)
    })
    .await;
    let enabled: Vec<_> = read
        .records
        .iter()
        .map(crate::model::RecordView::enabled)
        .collect();
    assert_eq!(enabled, [Some(false), Some(false), Some(true)]);
}

#[tokio::test]
async fn groups_have_names_and_members() {
    let (connector, _) = serve(|request| match request.path.as_str() {
        "/Groups" => page(
            1,
            &[json!({"id": "g", "displayName": "Eng", "members": [{"value": "1"}, {"value": "2"}]})],
        ),
        _ => status(404),
    })
    .await;
    let read = connector.read_groups(&|_| {}).await.unwrap();
    let group = read.records.get(0);
    assert_eq!(
        (group.location(), group.get("name").first()),
        ("/Groups/g", Some("Eng"))
    );
    assert_eq!(group.get("member").each().collect::<Vec<_>>(), ["1", "2"]);
}

#[tokio::test]
async fn a_service_that_describes_nothing_has_the_standard_attributes() {
    let (connector, _) = serve(|_| status(404)).await;
    let schema = connector.schema().await.unwrap();
    for name in [
        "userName",
        "externalId",
        "name.givenName",
        "emails[type eq \"work\"].value",
        "active",
        "addresses[type eq \"work\"].streetAddress",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    ] {
        assert!(schema.position(name).is_some(), "{name}");
    }
}
