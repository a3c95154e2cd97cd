//! The servers of a directory: which one is used at the moment, and how a connection to it is opened and bound.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapResult, StdStream};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use socket2::{SockRef, TcpKeepalive};

use super::{
    Section,
    active_directory::codes,
    address::Address,
    failure::{Failure, said},
};

/// One server: where it is, and how TLS is spoken with it.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: Address,
    pub(super) tls: Option<Arc<ClientConfig>>,
}

/// The servers, the preferred one first. New connections go to the one that was reached last, so that what was
/// written there is read there; the others are tried when it cannot be reached.
pub(super) struct Servers {
    section: Section,
    folder: PathBuf,
    list: Vec<Server>,
    current: Cell<usize>,
    /// Where each was reached: a name may stand for several servers, and a run keeps to one.
    reached: RefCell<HashMap<usize, SocketAddr>>,
    /// Why the server of the moment is not the preferred one.
    passed_over: RefCell<Option<String>>,
    /// Whom the server took usher for last.
    accepted: RefCell<Option<Credentials>>,
}

/// A bound connection.
pub(super) struct Opened {
    pub(super) ldap: Ldap,
    /// Its socket, if that can be had.
    pub(super) socket: Option<std::net::TcpStream>,
    /// Which server it leads to.
    pub(super) server: usize,
    /// Where that is, unless it is on this machine.
    pub(super) place: Option<SocketAddr>,
}

/// Whom usher binds as. Fetched anew when a connection is made again, as a password may change; others beside it share
/// them, as fetching may take a person's finger.
#[derive(Clone)]
enum Credentials {
    Simple(SecretString),
    /// By what the connection itself shows: a client certificate, the user on the other end of a socket.
    External,
}

impl Servers {
    pub(super) fn new(section: &Section, folder: PathBuf, list: Vec<Server>) -> Self {
        Self {
            section: section.clone(),
            folder,
            list,
            current: Cell::new(0),
            reached: RefCell::default(),
            passed_over: RefCell::default(),
            accepted: RefCell::default(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// The number of the server of the moment.
    pub(super) fn current(&self) -> usize {
        self.current.get()
    }

    /// Where a server was reached last.
    pub(super) fn reached(&self, server: usize) -> Option<SocketAddr> {
        self.reached.borrow().get(&server).copied()
    }

    /// The server of the moment, for messages.
    pub(super) fn place(&self) -> String {
        self.name(self.current())
    }

    /// Tries this server first from now on.
    pub(super) fn prefer(&self, server: usize) {
        self.current.set(server);
    }

    /// Reports whether what is sent to the server of the moment cannot be read on the way.
    pub(super) fn is_encrypted(&self) -> bool {
        let server = self.list.get(self.current());
        server.is_some_and(|server| server.tls.is_some() || server.address.socket.is_some())
    }

    /// A server by its number, for messages.
    pub(super) fn name(&self, server: usize) -> String {
        let server = self.list.get(server);
        server
            .map(|server| server.address.to_string())
            .unwrap_or_default()
    }

    /// Why the server of the moment is not the preferred one, if so.
    pub(super) fn passed_over(&self) -> Option<String> {
        self.passed_over.borrow().clone()
    }

    /// Each of the servers but the one of the moment, alone.
    pub(super) fn others(&self) -> impl Iterator<Item = Self> {
        let others = self.list.iter().enumerate();
        others
            .filter(|(at, _)| *at != self.current())
            .map(|(_, server)| Self::new(&self.section, self.folder.clone(), vec![server.clone()]))
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.section.timeout.max(1))
    }

    /// Opens and binds a connection: to the server of the moment, else to the first that can be reached. Only what
    /// cannot be reached or is too busy is passed over: refused credentials are an error to be seen.
    pub(super) async fn connect(&self) -> Result<Opened, Failure> {
        let credentials = self.credentials().await?;
        let current = self.current();
        let others = (0..self.list.len()).filter(|at| *at != current);
        let mut why = Vec::new();
        for at in std::iter::once(current).chain(others) {
            let Some(server) = self.list.get(at) else { continue };
            let opened = match self.dial(server, self.reached(at)).await {
                Ok(stream) => {
                    let place = place_of(&stream);
                    if let Some(place) = place {
                        self.reached.borrow_mut().insert(at, place);
                    }
                    let bound = self.bind(server, stream, &credentials).await;
                    bound.map(|(ldap, socket)| (ldap, socket, place))
                }
                Err(failure) => {
                    self.reached.borrow_mut().remove(&at);
                    Err(failure)
                }
            };
            match opened {
                Ok((ldap, socket, place)) => {
                    if at == 0 {
                        *self.passed_over.borrow_mut() = None;
                    } else if !why.is_empty() {
                        *self.passed_over.borrow_mut() =
                            Some(format!("{}: {} is used instead", why.join("; "), server.address));
                    }
                    self.current.set(at);
                    *self.accepted.borrow_mut() = Some(credentials);
                    return Ok(Opened {
                        ldap,
                        socket,
                        server: at,
                        place,
                    });
                }
                Err(Failure::Unreachable(reason)) => why.push(reason),
                Err(other) => return Err(other),
            }
        }
        Err(Failure::Unreachable(why.join("; ")))
    }

    /// Opens and binds one more connection to the server of the moment, and to no other that its name may stand for.
    pub(super) async fn connect_again(&self) -> Result<Opened, Failure> {
        let at = self.current();
        let Some(server) = self.list.get(at) else {
            return Err(Failure::Unreachable("no server is configured".to_owned()));
        };
        let accepted = self.accepted.borrow().clone();
        let credentials = match accepted {
            Some(credentials) => credentials,
            None => self.credentials().await?,
        };
        let before = self.reached(at);
        let stream = self.dial(server, before).await?;
        let place = place_of(&stream);
        // also when the first connection was made again meanwhile
        let is_another = |place| place != before || place != self.reached(at);
        let another = || {
            let name = &server.address;
            Failure::Unreachable(format!("{name} is another server now"))
        };
        if is_another(place) {
            return Err(another());
        }
        let (ldap, socket) = self.bind(server, stream, &credentials).await?;
        if is_another(place) {
            return Err(another());
        }
        Ok(Opened {
            ldap,
            socket,
            server: at,
            place,
        })
    }

    /// Opens a socket: to where the server was before if it can be reached there, else wherever its name leads.
    async fn dial(&self, server: &Server, before: Option<SocketAddr>) -> Result<StdStream, Failure> {
        let place = &server.address;
        let why = match tokio::time::timeout(self.timeout(), open_socket(place, before)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} seconds", self.section.timeout),
        };
        Err(unreachable(place, &why))
    }

    /// Speaks TLS on a socket where that is wanted, and binds.
    async fn bind(
        &self,
        server: &Server,
        stream: StdStream,
        credentials: &Credentials,
    ) -> Result<(Ldap, Option<std::net::TcpStream>), Failure> {
        let place = &server.address;
        let unreachable = |why: String| unreachable(place, &why);
        let socket = match &stream {
            StdStream::Tcp(stream) => stream.try_clone().ok(),
            _ => None,
        };
        let mut settings = LdapConnSettings::new()
            .set_std_stream(stream)
            .set_conn_timeout(self.timeout())
            .set_starttls(self.section.start_tls && place.socket.is_none());
        if let Some(tls) = &server.tls {
            settings = settings.set_config(tls.clone());
        }
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &place.library_url())
            .await
            .map_err(|error| {
                unreachable(format!(
                    "{error}; check certificate, ca_file and whether the port speaks TLS"
                ))
            })?;
        tokio::spawn(async move {
            // how it ended is seen by those who wait on it
            let _ = connection.drive().await;
        });
        ldap.with_timeout(self.timeout());
        let bound = match credentials {
            Credentials::Simple(password) => {
                ldap.simple_bind(&self.section.bind_dn, password.expose_secret())
                    .await
            }
            Credentials::External => ldap.sasl_external_bind().await,
        };
        let bound = bound.map_err(|error| match Failure::during(&error, self.section.timeout) {
            Failure::Lost(why) | Failure::Silent(why) | Failure::Unreachable(why) => {
                unreachable(format!("the bind failed: {why}"))
            }
            other => other,
        })?;
        match bound.rc {
            0 => Ok((ldap, socket)),
            51 | 52 => Err(unreachable(format!("the server is busy{}", said(&bound)))),
            _ => Err(self.refused(place, credentials, &bound)),
        }
    }

    fn refused(&self, place: &Address, credentials: &Credentials, bound: &LdapResult) -> Failure {
        let why = match (bound.rc, credentials, &self.section.password) {
            (8 | 13, _, _) => "it wants an encrypted connection: use ldaps:// or start_tls = true".to_owned(),
            (_, Credentials::External, _) => format!(
                "it ties {} to no account (result code {}): map it there (OpenLDAP: olcTLSVerifyClient and \
                 olcAuthzRegexp), or set bind_dn and password",
                self.section.identity(),
                bound.rc
            ),
            (49, _, Some(password)) if codes::bind(&bound.text).is_some() => format!(
                "{} (the password is in {})",
                codes::bind(&bound.text).unwrap_or_default(),
                password.describe()
            ),
            (49, _, Some(password)) => {
                format!("check bind_dn and the password in {}", password.describe())
            }
            (rc, _, _) => format!("result code {rc}"),
        };
        Failure::Credentials(format!(
            "{place} does not accept {}{}: {why}",
            self.section.identity(),
            said(bound)
        ))
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        if self.section.bind_dn.is_empty() && self.section.password.is_none() {
            return Ok(Credentials::External);
        }
        let empty = || {
            // many servers answer such a bind with success and treat us as anybody
            Failure::Credentials("bind_dn or the password is empty: that would bind as nobody".to_owned())
        };
        let source = self.section.password.clone().ok_or_else(empty)?;
        let folder = self.folder.clone();
        // a command may take its time
        let fetched = tokio::task::spawn_blocking(move || source.fetch(&folder)).await;
        let password = match fetched {
            Ok(Ok(password)) => password,
            Ok(Err(error)) => return Err(Failure::Credentials(error.to_string())),
            Err(_) => {
                return Err(Failure::Credentials(
                    "the password could not be fetched".to_owned(),
                ));
            }
        };
        if password.expose_secret().is_empty() || self.section.bind_dn.is_empty() {
            return Err(empty());
        }
        Ok(Credentials::Simple(password))
    }
}

fn unreachable(place: &Address, why: &str) -> Failure {
    Failure::Unreachable(format!("{place} cannot be reached: {why}"))
}

/// Where a connection leads, unless to this machine's own sockets.
fn place_of(stream: &StdStream) -> Option<SocketAddr> {
    match stream {
        StdStream::Tcp(stream) => stream.peer_addr().ok(),
        _ => None,
    }
}

async fn open_socket(address: &Address, before: Option<SocketAddr>) -> std::io::Result<StdStream> {
    if let Some(path) = &address.socket {
        return open_local(path).await;
    }
    let again = match before {
        Some(before) => tokio::net::TcpStream::connect(before).await.ok(),
        None => None,
    };
    let stream = match again {
        Some(stream) => stream,
        None => tokio::net::TcpStream::connect((address.host.as_str(), address.port)).await?,
    };
    let stream = stream.into_std()?;
    let socket = SockRef::from(&stream);
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(
        &TcpKeepalive::new()
            .with_time(Duration::from_secs(30))
            .with_interval(Duration::from_secs(10)),
    )?;
    Ok(StdStream::Tcp(stream))
}

#[cfg(unix)]
async fn open_local(path: &std::path::Path) -> std::io::Result<StdStream> {
    Ok(StdStream::Unix(
        tokio::net::UnixStream::connect(path).await?.into_std()?,
    ))
}

#[cfg(not(unix))]
async fn open_local(_path: &std::path::Path) -> std::io::Result<StdStream> {
    Err(std::io::Error::other("this system has no such sockets"))
}

#[cfg(test)]
mod tests;
