//! A small SCIM 2.0 service (RFC 7643, RFC 7644) on loopback, with users and groups in memory.

mod discovery;
mod fault;
mod filter;
mod list;
mod patch;
mod path;
mod reply;
mod routes;
mod store;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{oneshot, watch};

use routes::{Shared, routes};
use store::{Kind, Store};

/// Why the service did not start, or refused a change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The seed is not what it should be.
    #[error("the chat's seed cannot be loaded ({0}); correct that resource")]
    Seed(String),
    /// There is no port to listen on.
    #[error("the chat cannot listen on 127.0.0.1 ({0}); check that loopback is up")]
    Listen(#[from] std::io::Error),
}

/// How the service runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How long the answer to each write is held back; zero for none.
    pub write_latency: Duration,
    /// The port to take if it is free; another free one otherwise.
    pub port: Option<u16>,
}

/// A running service; dropping it ends it.
pub struct Server {
    address: SocketAddr,
    shared: Shared,
    /// Dropping it closes the listener and every connection once its request is answered.
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Loads `{"Users": […], "Groups": […]}` and listens on a free port.
    pub async fn start(seed: &Value, token: &str) -> Result<Self, Error> {
        Self::start_with(seed, token, Options::default()).await
    }

    /// The same, with options.
    pub async fn start_with(seed: &Value, token: &str, options: Options) -> Result<Self, Error> {
        let store = Store::from_json(seed).map_err(|fault| Error::Seed(fault.detail))?;
        let listener = super::ldap::listen(options.port).await?;
        let address = listener.local_addr()?;
        let shared = Shared {
            store: Arc::new(RwLock::new(store)),
            token: token.into(),
            base: format!("http://{address}/scim/v2").into(),
            latency: options.write_latency,
            changed: watch::Sender::new(0),
        };
        let app = routes(shared.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, app).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        tokio::spawn(async move {
            // it only fails with the listener, and there is nobody to tell
            let _ = serving.await;
        });
        Ok(Self {
            address,
            shared,
            _stop: stop,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as `http://127.0.0.1:PORT/scim/v2`.
    pub fn url(&self) -> String {
        self.shared.base.to_string()
    }

    /// Everything in it, in the form it is loaded from.
    pub fn to_json(&self) -> Value {
        self.shared
            .store
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .to_json()
    }

    /// Sets an attribute of a user as somebody in the service's own pages would; says whether the user exists.
    pub fn set_user(&self, user_name: &str, attribute: &str, value: Value) -> bool {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let named = |body: &serde_json::Map<String, Value>| {
            body.get("userName").and_then(Value::as_str) == Some(user_name)
        };
        let found = store.all(Kind::User).iter().find(|(_, user)| named(&user.body));
        let Some((id, mut body)) = found.map(|(id, user)| (id.clone(), user.body.clone())) else {
            return false;
        };
        body.insert(attribute.to_owned(), value);
        let done = store.replace(Kind::User, &id, body).is_ok();
        self.shared.changed.send_modify(|count| *count += 1);
        done
    }

    /// A receiver that is told of each write; its value is how many there were.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }
}
