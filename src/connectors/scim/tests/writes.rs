use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::response::Response;
use serde_json::{Value as Json, json};

use super::fake::{Log, Request, answer, page, serve, status, user};
use crate::{
    connectors::{AttributeWrite, ObjectRef, Settled, Write, WriteError},
    model::Value,
};

fn text(text: &str) -> Value<'static> {
    Value::from(text.to_owned())
}

fn create() -> Write {
    let pair = |name: &str, value| (name.to_owned(), text(value));
    Write::Create {
        class: vec!["User".to_owned()],
        container: None,
        attributes: vec![
            pair("userName", "an\"na"),
            pair("emails[type eq \"work\"].value", "a@x"),
            pair(
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
                "7",
            ),
        ],
        enabled: Some(false),
        absent: vec![pair("externalId", "e1"), pair("userName", "an\"na")],
        secrets: Vec::new(),
    }
}

fn made() -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": "an\"na",
        "emails": [{ "type": "work", "value": "a@x", "primary": true }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": "7" } },
        "active": false,
    })
}

fn with_id(mut user: Json, id: &str) -> Json {
    user["id"] = json!(id);
    user
}

fn title(before: &str, after: &str) -> Write {
    Write::Change {
        object: user("1"),
        attributes: vec![AttributeWrite {
            attribute: "title".to_owned(),
            before: text(before),
            after: text(after),
        }],
        enabled: Some((true, false)),
        container: None,
    }
}

fn membership(add: bool) -> Write {
    Write::Membership {
        group: ObjectRef {
            class: "Group".to_owned(),
            ..user("g")
        },
        member: user("1"),
        add,
    }
}

fn methods(log: &Log) -> Vec<String> {
    log.lock()
        .unwrap()
        .iter()
        .map(|request| request.method.to_string())
        .collect()
}

/// A service with one resource; `patch` and `put` say what they do to it.
fn one(
    resource: Json,
    patch: impl Fn(&Request, &mut Json) -> Response + Send + Sync + 'static,
    put: bool,
) -> impl Fn(&Request) -> Response + Send + Sync {
    let resource = Mutex::new(resource);
    move |request| {
        let mut resource = resource.lock().unwrap();
        match request.method.as_str() {
            "GET" if request.path == "/Users/1" || request.path == "/Groups/g" => {
                answer(200, resource.clone())
            }
            "PATCH" => patch(request, &mut resource),
            "PUT" if put => {
                *resource = request.body.clone();
                answer(200, resource.clone())
            }
            _ => status(404),
        }
    }
}

#[tokio::test]
async fn a_create_is_nested_and_its_answer_is_enough() {
    let (connector, log) = serve(|request| match request.method.as_str() {
        "POST" => answer(201, with_id(request.body.clone(), "a@b/c")),
        _ => page(0, &[]),
    })
    .await;
    let written = connector.write(&create()).await.unwrap();
    assert!(written.verified);
    assert_eq!(written.anchor.as_str(), "a@b/c");
    let log = log.lock().unwrap();
    assert_eq!(log[0].parameter("filter"), r#"externalId eq "e1""#);
    assert_eq!(log[1].parameter("filter"), r#"userName eq "an\"na""#);
    assert_eq!(log[2].body, made());
    assert_eq!(log.len(), 3);
}

#[tokio::test]
async fn a_filter_that_is_ignored_finds_nobody_and_one_that_ignores_case_finds_somebody() {
    for (there, conflict) in [("other", false), ("AN\"NA", true)] {
        let (connector, _) = serve(move |request| match request.method.as_str() {
            "POST" => answer(201, with_id(request.body.clone(), "9")),
            _ => page(1, &[json!({ "id": "5", "userName": there })]),
        })
        .await;
        match connector.write(&create()).await {
            Err(WriteError::Conflict(message)) if conflict => {
                assert!(message.contains("/Users/5"), "{message}");
            }
            Ok(_) if !conflict => {}
            other => panic!("{there}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_taken_is_a_conflict_that_names_it() {
    let posted = AtomicUsize::new(0);
    let (connector, _) = serve(move |request| match request.method.as_str() {
        "POST" => {
            posted.fetch_add(1, Ordering::Relaxed);
            status(409)
        }
        _ if posted.load(Ordering::Relaxed) == 0 => page(0, &[]),
        _ => page(1, &[with_id(made(), "5")]),
    })
    .await;
    let error = connector.write(&create()).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Conflict(message) if message.contains("/Users/5")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_created_answer_without_a_body_is_looked_up() {
    let posted = AtomicUsize::new(0);
    let (connector, _) = serve(
        move |request| match (request.method.as_str(), request.path.as_str()) {
            ("POST", _) => {
                posted.fetch_add(1, Ordering::Relaxed);
                status(201)
            }
            (_, "/Users") if posted.load(Ordering::Relaxed) == 0 => page(0, &[]),
            (_, "/Users") => page(1, &[with_id(made(), "5")]),
            (_, "/Users/5") => answer(200, with_id(made(), "5")),
            _ => status(404),
        },
    )
    .await;
    let written = connector.write(&create()).await.unwrap();
    assert!(written.verified && written.anchor.as_str() == "5", "{written:?}");
}

#[tokio::test]
async fn failures_mean_what_they_mean() {
    type Is = fn(&WriteError) -> bool;
    let cases: [(u16, Is); 8] = [
        (400, |error| matches!(error, WriteError::Refused(_))),
        (401, |error| matches!(error, WriteError::Credentials(_))),
        (403, |error| matches!(error, WriteError::Refused(_))),
        (412, |error| matches!(error, WriteError::Conflict(_))),
        (429, |error| {
            matches!(
                error,
                WriteError::Busy {
                    retry_after: Some(7),
                    ..
                }
            )
        }),
        (503, |error| {
            matches!(
                error,
                WriteError::Busy {
                    retry_after: Some(7),
                    ..
                }
            )
        }),
        (500, |error| matches!(error, WriteError::Unknown(_))),
        (502, |error| matches!(error, WriteError::Unknown(_))),
    ];
    for (code, is) in cases {
        let (connector, _) = serve(move |request| match request.method.as_str() {
            "POST" => {
                let mut response = answer(code, json!({ "status": code, "detail": "x".repeat(999) }));
                response.headers_mut().insert("retry-after", "7".parse().unwrap());
                response
            }
            _ => page(0, &[]),
        })
        .await;
        let error = connector.write(&create()).await.unwrap_err();
        assert!(is(&error), "{code}: {error:?}");
        assert!(!error.to_string().contains("sesame") && error.to_string().len() < 500);
    }
}

#[tokio::test]
async fn a_patch_that_works_is_read_back_and_needs_no_put() {
    let apply = |request: &Request, resource: &mut Json| {
        for operation in request.body["Operations"].as_array().unwrap() {
            resource[operation["path"].as_str().unwrap()] = operation["value"].clone();
        }
        status(204)
    };
    let (connector, log) = serve(one(
        json!({"id": "1", "title": "A", "active": "True"}),
        apply,
        true,
    ))
    .await;
    let written = connector.write(&title("A", "B")).await.unwrap();
    assert!(written.verified && !written.already);
    assert_eq!(methods(&log), ["GET", "PATCH", "GET"]);
    assert_eq!(
        log.lock().unwrap()[1].body["Operations"][1]["value"],
        json!(false)
    );
    assert!(connector.write(&title("A", "B")).await.unwrap().already);
}

#[tokio::test]
async fn a_patch_that_does_nothing_or_is_refused_becomes_a_put_of_the_whole() {
    for code in [200, 400, 501] {
        let there = json!({"id": "1", "title": "A", "active": true, "emails": [{"value": "x"}], "meta": {}});
        let (connector, log) = serve(one(there, move |_, _| answer(code, json!({})), true)).await;
        let written = connector.write(&title("A", "B")).await.unwrap();
        assert!(written.verified, "{code}");
        let log = log.lock().unwrap();
        let put = log.iter().find(|request| request.is("PUT", "/Users/1")).unwrap();
        assert_eq!(
            put.body,
            json!({"id": "1", "title": "B", "active": false, "emails": [{"value": "x"}]})
        );
    }
}

#[tokio::test]
async fn what_is_never_taken_over_is_refused_by_name() {
    let (connector, _) = serve(|request| match request.method.as_str() {
        "GET" if request.path == "/Users/1" => answer(200, json!({"id": "1", "title": "A"})),
        "GET" => status(404),
        _ => answer(200, json!({})),
    })
    .await;
    let error = connector.write(&title("A", "B")).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Refused(message) if message.contains("title, active")),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_moved_meanwhile_is_a_conflict_and_nothing_is_sent() {
    let (connector, log) = serve(one(json!({"id": "1", "title": "Z"}), |_, _| status(204), true)).await;
    assert!(matches!(
        connector.write(&title("A", "B")).await,
        Err(WriteError::Conflict(_))
    ));
    assert_eq!(methods(&log), ["GET"]);
}

#[tokio::test]
async fn deleting_succeeds_however_it_is_answered() {
    for (code, already) in [(204, false), (200, false), (404, true)] {
        let (connector, _) = serve(move |request| match request.method.as_str() {
            "DELETE" => status(code),
            _ => answer(200, json!({"id": "1", "active": false})),
        })
        .await;
        let written = connector
            .write(&Write::Delete { object: user("1") })
            .await
            .unwrap();
        assert_eq!((written.verified, written.already), (true, already), "{code}");
    }
}

#[tokio::test]
async fn a_removal_by_filter_falls_back_to_a_list_of_values() {
    let remove = |request: &Request, group: &mut Json| match &request.body["Operations"][0] {
        operation if operation["path"] == "members" => {
            assert_eq!(operation["value"], json!([{"value": "1"}]));
            group["members"] = json!([{"value": "2"}]);
            status(200)
        }
        operation => {
            assert_eq!(operation["path"], r#"members[value eq "1"]"#);
            status(501)
        }
    };
    let group = json!({"id": "g", "members": [{"value": "1"}, {"value": "2"}]});
    let (connector, log) = serve(one(group, remove, false)).await;
    let written = connector.write(&membership(false)).await.unwrap();
    assert!(written.verified);
    assert_eq!(methods(&log), ["GET", "PATCH", "PATCH", "GET"]);
}

#[tokio::test]
async fn members_that_are_there_are_not_added_again_and_large_groups_are_never_sent_whole() {
    let (connector, log) = serve(one(
        json!({"members": [{"value": "1"}]}),
        |_, _| status(500),
        true,
    ))
    .await;
    assert!(connector.write(&membership(true)).await.unwrap().already);
    assert_eq!(methods(&log), ["GET"]);

    for (members, sent) in [(99, true), (100, false)] {
        let members: Vec<_> = (0..members)
            .map(|id| json!({"value": format!("m{id}")}))
            .collect();
        let (connector, log) = serve(one(json!({"members": members}), |_, _| status(501), true)).await;
        let result = connector.write(&membership(true)).await;
        assert_eq!(result.is_ok(), sent, "{result:?}");
        assert_eq!(methods(&log).contains(&"PUT".to_owned()), sent);
    }
}

#[tokio::test]
async fn an_answer_that_gets_lost_is_unknown_and_settled_by_looking() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // takes every connection, answers reads with "nothing there" and hangs up on writes
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap_or(0);
            if buffer[..length].starts_with(b"GET") {
                let body = r#"{"totalResults":0}"#;
                let head = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        }
    });
    let connector = super::fake::connect(&url, "sesame");
    assert!(matches!(
        connector.write(&create()).await,
        Err(WriteError::Unknown(_))
    ));
    assert_eq!(connector.settle(&create()).await, Settled::NotDone);
}

#[tokio::test]
async fn settling_tells_done_from_not_done_from_doubtful() {
    let cases = [
        (json!({"id": "1", "title": "B", "active": false}), "done"),
        (json!({"id": "1", "title": "A"}), "not done"),
        (json!({"id": "1", "title": "Z"}), "unclear"),
    ];
    for (resource, wanted) in cases {
        let (connector, _) = serve(one(resource, |_, _| status(500), false)).await;
        let settled = match connector.settle(&title("A", "B")).await {
            Settled::Done(_) => "done",
            Settled::NotDone => "not done",
            Settled::Unclear(_) => "unclear",
            Settled::Unasked(_) => "unasked",
        };
        assert_eq!(settled, wanted);
    }
    // externalId finds nothing, the name does
    let (connector, _) = serve(|request| {
        let by_name = request.parameter("filter").starts_with("userName");
        page(
            usize::from(by_name),
            &if by_name {
                vec![with_id(made(), "5")]
            } else {
                vec![]
            },
        )
    })
    .await;
    assert!(matches!(connector.settle(&create()).await, Settled::Done(written) if written.verified));
}

#[tokio::test]
async fn commands_are_requests_without_secrets() {
    let (connector, _) = serve(|_| status(404)).await;
    let write = Write::Change {
        object: user("a/b"),
        attributes: vec![AttributeWrite {
            attribute: "password".to_owned(),
            before: Value::Absent,
            after: text("hunter2"),
        }],
        enabled: None,
        container: None,
    };
    let said = connector.command(&write);
    assert!(
        said.starts_with("PATCH /Users/a%2Fb {") && said.contains("***") && !said.contains("hunter2"),
        "{said}"
    );
    assert!(connector.command(&create()).starts_with("POST /Users {"));
}

#[tokio::test]
async fn a_service_without_patch_that_is_busy_is_asked_again() {
    for (put, is_refused) in [(503, false), (429, false), (401, false), (400, true)] {
        let (connector, _) = serve(move |request| match request.method.as_str() {
            "GET" => answer(200, json!({"id": "1", "title": "A"})),
            "PATCH" => status(501),
            _ => status(put),
        })
        .await;
        let error = connector.write(&title("A", "B")).await.unwrap_err();
        assert_eq!(
            matches!(error, WriteError::Refused(_)),
            is_refused,
            "{put}: {error:?}"
        );
    }
}
