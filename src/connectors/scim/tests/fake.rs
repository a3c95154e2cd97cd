//! A service of which every answer is scripted, on loopback.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    body::Bytes,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value as Json, json};

use crate::connectors::{
    Connector, ObjectRef,
    scim::{Section, open},
    secret::SecretSource,
};

/// A request as the service got it.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub body: Json,
}

impl Request {
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    pub fn parameter(&self, name: &str) -> String {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map_or_else(String::new, |(_, value)| value.into_owned())
    }
}

pub type Log = Arc<Mutex<Vec<Request>>>;

/// Starts a service; returns a connector for it and the log of its requests without discovery.
pub async fn serve(
    answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> (Arc<dyn Connector>, Log) {
    let log = Log::default();
    let (kept, answer) = (log.clone(), Arc::new(answer));
    let app = axum::Router::new().fallback(move |method: Method, uri: Uri, body: Bytes| {
        let request = Request {
            method,
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        };
        let discovery =
            ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"].contains(&request.path.as_str());
        if !discovery {
            kept.lock().unwrap().push(request.clone());
        }
        let response = answer(&request);
        async move { response }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (connect(&url, "sesame"), log)
}

pub fn section(url: &str) -> Section {
    Section {
        url: url.to_owned(),
        token: SecretSource::Command(vec!["echo".to_owned(), "sesame".to_owned()]),
        ca_file: None,
        page_size: 2,
        timeout: 2,
        in_flight: 8,
    }
}

pub fn connect(url: &str, token: &str) -> Arc<dyn Connector> {
    let section = Section {
        token: SecretSource::Command(vec!["echo".to_owned(), token.to_owned()]),
        ..section(url)
    };
    open(&"chat".into(), &section, Path::new(".")).unwrap()
}

pub fn status(code: u16) -> Response {
    StatusCode::from_u16(code).unwrap().into_response()
}

#[allow(clippy::needless_pass_by_value, reason = "called with `json!` literals")]
pub fn answer(code: u16, body: Json) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::from_u16(code).unwrap(), kind, body.to_string()).into_response()
}

pub fn page(total: usize, resources: &[Json]) -> Response {
    answer(
        200,
        json!({ "totalResults": total, "itemsPerPage": 9999, "Resources": resources }),
    )
}

pub fn user(id: &str) -> ObjectRef {
    ObjectRef {
        anchor: id.into(),
        location: format!("/Users/{id}"),
        class: "User".to_owned(),
    }
}
