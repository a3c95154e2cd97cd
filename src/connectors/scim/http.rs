//! One HTTP request to the service, and what may come back.

use std::{
    error::Error as _,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use reqwest::{
    Client, Method, Response, Url,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, IF_MATCH, LOCATION, RETRY_AFTER,
    },
    redirect::Policy,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value as Json;
use tokio::sync::Semaphore;

use crate::connectors::{
    guard::{Guard, HELD_BACK},
    line::Pulse,
};

use super::words;

/// Larger answers are refused: 64 MiB.
const MAX_BODY: usize = 64 << 20;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing reached the service.
    NotSent(String),
    /// The request may have arrived.
    Lost(String),
}

/// An answer of any status.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, if it is JSON.
    pub json: Option<Json>,
    /// What the service says about a failure, short and clean; empty if it says nothing.
    pub detail: String,
    /// How long it asks to wait, in seconds.
    pub retry_after: Option<u64>,
    /// The service's clock.
    pub date: Option<Timestamp>,
    /// The `Location` header.
    pub location: Option<String>,
    /// The connection broke before the end of the body.
    pub cut: bool,
}

impl Reply {
    /// Reports whether the request was carried out.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The HTTP client of one service.
pub struct Http {
    client: Client,
    base: String,
    permits: Semaphore,
    guard: Guard,
    pulse: Pulse,
    /// The service refuses `application/scim+json` with 415.
    plain_json: AtomicBool,
}

impl Http {
    /// Makes a client. The token goes into a header marked as sensitive and nowhere else.
    pub fn new(
        url: &Url,
        token: &SecretString,
        mut tls: rustls::ClientConfig,
        timeout: Duration,
        in_flight: usize,
    ) -> Result<Self, String> {
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| {
                "the token holds characters that no header may hold: check where it comes from".to_owned()
            })?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/scim+json, application/json"),
        );
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .default_headers(headers)
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .pool_max_idle_per_host(in_flight)
            .redirect(same_origin())
            .build()
            .map_err(|error| format!("the HTTP client cannot be set up: {}", reason(&error)))?;
        Ok(Self {
            client,
            base: url.as_str().trim_end_matches('/').to_owned(),
            permits: Semaphore::new(in_flight.max(1)),
            guard: Guard::default(),
            pulse: Pulse::default(),
            plain_json: AtomicBool::new(false),
        })
    }

    /// Returns the base URL without a final slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What is asked right before each request that writes.
    pub(in crate::connectors) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// How the line is.
    pub(in crate::connectors) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Reads; a lost answer is asked for once more, because reading twice does no harm.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply, Trouble> {
        match self.send(Method::GET, path, query, None, None).await {
            Err(Trouble::Lost(_)) => self.send(Method::GET, path, query, None, None).await,
            Ok(reply) if reply.cut => self.send(Method::GET, path, query, None, None).await,
            answer => answer,
        }
    }

    /// Writes, once.
    pub async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
        if_match: Option<&str>,
    ) -> Result<Reply, Trouble> {
        let reply = self.send(method.clone(), path, &[], body, if_match).await?;
        if reply.status == 415 && body.is_some() && !self.plain_json.swap(true, Ordering::Relaxed) {
            return self.send(method, path, &[], body, if_match).await;
        }
        Ok(reply)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Json>,
        if_match: Option<&str>,
    ) -> Result<Reply, Trouble> {
        let is_write = method != Method::GET;
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if !query.is_empty() {
            request = request.query(query);
        }
        if let Some(tag) = if_match {
            request = request.header(IF_MATCH, tag);
        }
        if let Some(body) = body {
            let kind = if self.plain_json.load(Ordering::Relaxed) {
                "application/json"
            } else {
                "application/scim+json"
            };
            request = request.header(CONTENT_TYPE, kind).body(body.to_string());
        }
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| Trouble::NotSent("the connector is closed".to_owned()))?;
        if is_write && !self.guard.may_write() {
            return Err(Trouble::NotSent(HELD_BACK.to_owned()));
        }
        let _asked = self.pulse.asked();
        match request.send().await {
            Ok(response) => {
                self.pulse.heard();
                Ok(receive(response).await)
            }
            Err(error) => {
                let why = reason(&error);
                if error.is_connect() || error.is_builder() {
                    self.pulse.tried();
                    Err(Trouble::NotSent(format!(
                        "{} cannot be reached ({why}): check url, network and certificates",
                        self.base
                    )))
                } else if error.is_timeout() {
                    Err(Trouble::Lost(format!("{} did not answer in time", self.base)))
                } else {
                    Err(Trouble::Lost(format!(
                        "the answer of {} got lost ({why})",
                        self.base
                    )))
                }
            }
        }
    }
}

/// Follows a redirect only within scheme, host and port, so that the token goes nowhere else, and only where the
/// method stays the same (307, 308).
fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let stays = attempt
            .previous()
            .last()
            .is_some_and(|from| from.origin() == attempt.url().origin());
        if stays && attempt.previous().len() <= 3 && matches!(attempt.status().as_u16(), 307 | 308) {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

async fn receive(mut response: Response) -> Reply {
    let status = response.status().as_u16();
    let header = |name| {
        let value = response
            .headers()
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok());
        value.map(str::to_owned)
    };
    let (location, retry_after, date) = (header(LOCATION), header(RETRY_AFTER), header(DATE));
    let mut body = Vec::new();
    let mut cut = false;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_BODY => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Ok(Some(_)) | Err(_) => {
                cut = true;
                break;
            }
        }
    }
    let json: Option<Json> = serde_json::from_slice(&body).ok();
    let success = (200..300).contains(&status);
    Reply {
        status,
        detail: if success && json.is_some() {
            String::new()
        } else {
            words::detail(json.as_ref(), &body)
        },
        retry_after: retry_after.and_then(|text| words::retry_after(&text, Timestamp::now())),
        date: date
            .and_then(|date| jiff::fmt::rfc2822::parse(&date).ok())
            .map(|date| date.timestamp()),
        location,
        cut: cut || (json.is_none() && body.first().is_some_and(|first| matches!(first, b'{' | b'['))),
        json,
    }
}

/// Returns the innermost reason of an error, without the address (it is named beside it) and cleaned.
fn reason(error: &reqwest::Error) -> String {
    let mut inner = error.source();
    let mut text = error.to_string();
    while let Some(cause) = inner {
        text = cause.to_string();
        inner = cause.source();
    }
    words::clean(&text)
}
