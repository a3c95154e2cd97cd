//! Errors as SCIM tells them (RFC 7644 §3.12).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::reply::scim;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: StatusCode,
    /// The SCIM detail keyword, such as `uniqueness`.
    pub kind: Option<&'static str>,
    /// What is wrong.
    pub detail: String,
}

/// What every handler returns.
pub type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// A fault with a status alone.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind: None,
            detail: detail.into(),
        }
    }

    /// 400 with a `scimType`.
    pub fn invalid(kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: Some(kind),
            detail: detail.into(),
        }
    }

    /// 409 `uniqueness`.
    pub fn taken(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            kind: Some("uniqueness"),
            detail: detail.into(),
        }
    }

    /// 404.
    pub fn missing(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Resource {id} not found"))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let (Some(kind), Some(body)) = (self.kind, body.as_object_mut()) {
            body.insert("scimType".to_owned(), kind.into());
        }
        scim(self.status, &body)
    }
}
