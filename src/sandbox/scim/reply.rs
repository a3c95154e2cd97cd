//! Answers with SCIM's media type.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// JSON as `application/scim+json`, with the version of the resource as `ETag`.
pub fn scim(status: StatusCode, body: &Value) -> Response {
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "application/scim+json")],
        body.to_string(),
    )
        .into_response();
    let meta = |name: &str| {
        body.get("meta")
            .and_then(|meta| meta.get(name))
            .and_then(Value::as_str)?
            .parse()
            .ok()
    };
    if let Some(version) = meta("version") {
        response.headers_mut().insert(header::ETAG, version);
    }
    if status == StatusCode::CREATED
        && let Some(location) = meta("location")
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
