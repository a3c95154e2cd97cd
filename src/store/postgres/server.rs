//! The server: how sessions with it are made, and the small runtime that drives them.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio_postgres::{AsyncMessage, Connection, NoTls, Socket, tls::TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{address::Address, failure, session::Session};
use crate::store::{
    Error,
    sql::{failure::Failure, value::Value},
};

/// How long a server may take to answer a new connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A session may be idle inside a transaction for a minute at most: a process that was stopped in the middle does
/// not keep everybody else from writing. Messages are in English, and numbers are not cut.
const MANNERS: &str = "SET idle_in_transaction_session_timeout = '60s'; SET lc_messages = 'C'; \
    SET client_min_messages = warning";
/// The same for a role that may not choose the language of messages.
const PLAIN_MANNERS: &str =
    "SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning";

/// A server.
#[derive(Debug)]
pub(super) struct Server {
    address: Address,
    /// What the sessions of this process are called on the server: tells own announcements from others'.
    name: String,
    runtime: Option<Runtime>,
}

impl Server {
    /// Prepares everything to connect.
    pub(super) fn new(address: Address) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("usher-postgres")
            .enable_all()
            .build()
            .map_err(|error| Error::Open {
                path: address.to_string(),
                reason: format!("no thread can be started for it: {error}"),
            })?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        Ok(Self {
            address,
            name: format!("usher {}", &id[..12]),
            runtime: Some(runtime),
        })
    }

    /// Returns where it is.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Returns what the sessions of this process are called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Runs something beside everything else.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(work);
        }
    }

    /// Opens a session.
    pub(super) fn connect(&self) -> Result<Session, Failure> {
        self.connect_hearing(|_| {})
    }

    /// Opens a session and hands out what the server says unasked.
    pub(super) fn connect_hearing(
        &self,
        hear: impl FnMut(AsyncMessage) + Send + 'static,
    ) -> Result<Session, Failure> {
        let mut config = self.address.config()?;
        config.application_name(&self.name).connect_timeout(PATIENCE);
        let (sender, receiver) = std::sync::mpsc::channel();
        let tls = self.address.tls();
        let connect = async move {
            let connected = match tls {
                Some(tls) => match config.connect(MakeRustlsConnect::new((*tls).clone())).await {
                    Ok((client, connection)) => {
                        tokio::spawn(drive(connection, hear));
                        Ok(client)
                    }
                    Err(error) => Err(error),
                },
                None => match config.connect(NoTls).await {
                    Ok((client, connection)) => {
                        tokio::spawn(drive(connection, hear));
                        Ok(client)
                    }
                    Err(error) => Err(error),
                },
            };
            // nobody waits any more if the process is ending
            let _ = sender.send(connected);
        };
        self.spawn(connect);
        let client = receiver.recv().map_err(|_| Error::Open {
            path: self.address.to_string(),
            reason: "usher is ending".to_owned(),
        })??;
        let session = Session::new(client, self.address.trusts_callers_clock());
        if session.batch(MANNERS).is_err() {
            session.batch(PLAIN_MANNERS)?;
        }
        let path = session.prepare_plain("SELECT set_config('search_path', $1, false)")?;
        session.query(&path, &[Value::Text(self.address.schema())])?;
        Ok(session)
    }

    /// Says which version of the server answers, and how quickly.
    pub(super) fn state(&self) -> Result<String, Failure> {
        let session = self.connect()?;
        let version = session.prepare_plain("SELECT current_setting('server_version')")?;
        let asked = Instant::now();
        let rows = session.query(&version, &[])?;
        let took = asked.elapsed();
        let version: &str = match rows.first() {
            Some(row) => row.try_get(0)?,
            None => "?",
        };
        let milliseconds = took.as_secs_f64() * 1000.0;
        Ok(format!("PostgreSQL {version} · answers in {milliseconds:.1} ms"))
    }

    /// Says why the store on it cannot be opened.
    pub(super) fn refuse(&self, failure: Failure) -> Error {
        match failure {
            Failure::Postgres(error) => Error::Open {
                path: self.address.to_string(),
                reason: failure::reason(&error),
            },
            other => other.into_error("open it", &self.address.to_string()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // waiting here is forbidden where a runtime of somebody else is
            runtime.shutdown_background();
        }
    }
}

/// Moves octets between a session and the server until either ends.
async fn drive<T: TlsStream + Unpin>(
    mut connection: Connection<Socket, T>,
    mut hear: impl FnMut(AsyncMessage) + Send + 'static,
) where
    Socket: Unpin,
{
    loop {
        match std::future::poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(message)) => hear(message),
            Some(Err(error)) => {
                tracing::debug!(%error, "a session with the store ended");
                return;
            }
            None => return,
        }
    }
}
