//! A small LDAP v3 server (RFC 4511) on loopback, with the tree in memory.
//!
//! It behaves like `OpenLDAP` with the `refint` and `memberof` overlays: the schema is enforced, operational
//! attributes are kept, and what refers to a renamed or deleted entry follows it.

mod connection;
mod controls;
mod directory;
mod dn;
mod entry;
mod fault;
mod filter;
mod frame;
pub(in crate::sandbox) mod ldif;
mod matching;
mod reply;
mod request;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod virtual_entry;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use directory::{Change, ChangeKind};
pub use dn::escape;
pub use fault::Fault;

use connection::{Shared, serve};
use directory::Directory;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The entries cannot be loaded.
    #[error("the directory's LDIF cannot be loaded ({0}); correct that entry")]
    Ldif(String),
    /// There is no port to listen on.
    #[error("the directory cannot listen on 127.0.0.1 ({0}); check that loopback is up")]
    Listen(#[from] std::io::Error),
}

/// How the server runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How long the answer to each write is held back; zero for none.
    pub write_latency: Duration,
    /// The port to take if it is free; another free one otherwise.
    pub port: Option<u16>,
}

/// A running server; dropping it ends it and its connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Server {
    /// Loads entries (parents first; the first may be a naming context) and listens on a free port.
    pub async fn start(ldif: &str, options: Options) -> Result<Self, Error> {
        let directory = Directory::from_ldif(ldif).map_err(Error::Ldif)?;
        let listener = listen(options.port).await?;
        let address = listener.local_addr()?;
        let shared = Shared {
            directory: Arc::new(RwLock::new(directory)),
            latency: options.write_latency,
            changed: watch::Sender::new(0),
        };
        let task = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as `ldap://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Everything in it, as LDIF with operational attributes and passwords.
    pub fn to_ldif(&self) -> String {
        self.shared
            .directory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .to_ldif()
    }

    /// Changes an entry as somebody at the server's console would, past any client.
    pub fn modify(&self, dn: &str, changes: &[Change]) -> Result<(), Fault> {
        let done = self
            .shared
            .directory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .modify(dn, changes);
        self.shared.changed.send_modify(|count| *count += 1);
        done
    }

    /// A receiver that is told of each write; its value is how many there were.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens on loopback, on the wanted port if it is free.
pub(in crate::sandbox) async fn listen(port: Option<u16>) -> std::io::Result<TcpListener> {
    if let Some(port) = port
        && let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
    {
        return Ok(listener);
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

async fn accept(listener: TcpListener, shared: Shared) {
    // a set ends its tasks when it is dropped, and this task is aborted with the server
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(serve(stream, shared.clone())); }
                // out of file descriptors: wait for some to come back
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
