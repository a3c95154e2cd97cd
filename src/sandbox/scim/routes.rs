//! The endpoints.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query as Parameters, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value};
use tokio::sync::watch;

use super::discovery;
use super::fault::{Fault, Outcome};
use super::list::Query;
use super::patch;
use super::reply::scim;
use super::store::{Kind, Store};

/// What all requests share.
#[derive(Clone)]
pub struct Shared {
    /// The resources.
    pub store: Arc<RwLock<Store>>,
    /// The bearer token.
    pub token: Arc<str>,
    /// The address of the service, without a slash at the end.
    pub base: Arc<str>,
    /// How long the answer to a write is held back.
    pub latency: Duration,
    /// Counts the write requests, and tells of each.
    pub changed: watch::Sender<u64>,
}

/// All routes, behind the token.
pub fn routes(shared: Shared) -> Router {
    let v2 = Router::new()
        .route(
            "/ServiceProviderConfig",
            get(|| async { scim(StatusCode::OK, &discovery::service()) }),
        )
        .route(
            "/ResourceTypes",
            get(|| async { scim(StatusCode::OK, &discovery::resource_types()) }),
        )
        .route(
            "/Schemas",
            get(|| async { scim(StatusCode::OK, &discovery::schemas()) }),
        )
        .route("/{endpoint}", get(list).post(create))
        .route(
            "/{endpoint}/{id}",
            get(read).put(replace).patch(change).delete(remove),
        );
    Router::new()
        .nest("/scim/v2", v2)
        .fallback(|| async { Fault::new(StatusCode::NOT_FOUND, "there is no such endpoint") })
        .layer(from_fn_with_state(shared.clone(), guard))
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(shared)
}

/// Checks the token, and holds back the answers to writes.
async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if given.and_then(|given| given.strip_prefix("Bearer ")) != Some(shared.token.as_ref()) {
        return Fault::new(StatusCode::UNAUTHORIZED, "a valid bearer token is needed").into_response();
    }
    let write = request.method() != Method::GET;
    let response = next.run(request).await;
    if write {
        shared.changed.send_modify(|count| *count += 1);
        if !shared.latency.is_zero() {
            tokio::time::sleep(shared.latency).await;
        }
    }
    response
}

fn kind(endpoint: &str) -> Outcome<Kind> {
    match endpoint {
        "Users" => Ok(Kind::User),
        "Groups" => Ok(Kind::Group),
        _ => Err(Fault::new(
            StatusCode::NOT_FOUND,
            format!("there is no endpoint {endpoint}"),
        )),
    }
}

fn object(body: &Bytes) -> Outcome<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Fault::invalid("invalidSyntax", "the body is not a JSON object")),
    }
}

/// Compares `If-Match` with the version (RFC 7644 §3.14).
fn check_version(store: &Store, kind: Kind, id: &str, headers: &HeaderMap) -> Outcome<()> {
    let current = Store::etag(store.get(kind, id)?);
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    match headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
    {
        Some(tags)
            if !tags
                .split(',')
                .any(|tag| tag.trim() == "*" || strong(tag) == strong(&current)) =>
        {
            Err(Fault::new(
                StatusCode::PRECONDITION_FAILED,
                format!("the resource is at version {current}"),
            ))
        }
        _ => Ok(()),
    }
}

async fn list(
    State(shared): State<Shared>,
    Path(endpoint): Path<String>,
    Parameters(query): Parameters<Query>,
) -> Outcome<Response> {
    let store = shared.store.read().unwrap_or_else(PoisonError::into_inner);
    Ok(scim(
        StatusCode::OK,
        &query.list(&store, kind(&endpoint)?, &shared.base)?,
    ))
}

async fn read(
    State(shared): State<Shared>,
    Path((endpoint, id)): Path<(String, String)>,
    Parameters(query): Parameters<Query>,
) -> Outcome<Response> {
    let store = shared.store.read().unwrap_or_else(PoisonError::into_inner);
    Ok(scim(
        StatusCode::OK,
        &query.shown(store.view(kind(&endpoint)?, &id, &shared.base)?),
    ))
}

async fn create(
    State(shared): State<Shared>,
    Path(endpoint): Path<String>,
    body: Bytes,
) -> Outcome<Response> {
    let kind = kind(&endpoint)?;
    let mut store = shared.store.write().unwrap_or_else(PoisonError::into_inner);
    let id = store.create(kind, object(&body)?, false)?;
    Ok(scim(StatusCode::CREATED, &store.view(kind, &id, &shared.base)?))
}

async fn replace(
    State(shared): State<Shared>,
    Path((endpoint, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Outcome<Response> {
    let kind = kind(&endpoint)?;
    let mut store = shared.store.write().unwrap_or_else(PoisonError::into_inner);
    check_version(&store, kind, &id, &headers)?;
    store.replace(kind, &id, object(&body)?)?;
    Ok(scim(StatusCode::OK, &store.view(kind, &id, &shared.base)?))
}

async fn change(
    State(shared): State<Shared>,
    Path((endpoint, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Outcome<Response> {
    let kind = kind(&endpoint)?;
    let mut store = shared.store.write().unwrap_or_else(PoisonError::into_inner);
    check_version(&store, kind, &id, &headers)?;
    let mut resource = store.get(kind, &id)?.body.clone();
    patch::apply(&mut resource, &Value::Object(object(&body)?))?;
    store.replace(kind, &id, resource)?;
    Ok(scim(StatusCode::OK, &store.view(kind, &id, &shared.base)?))
}

async fn remove(
    State(shared): State<Shared>,
    Path((endpoint, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Outcome<StatusCode> {
    let kind = kind(&endpoint)?;
    let mut store = shared.store.write().unwrap_or_else(PoisonError::into_inner);
    check_version(&store, kind, &id, &headers)?;
    store.delete(kind, &id)?;
    Ok(StatusCode::NO_CONTENT)
}
