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
mod tests {
    use std::{
        io::{Read as _, Write as _},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::{
        super::{
            connection::Session,
            reading::tests::{element, listen, result},
            section::servers_of,
        },
        *,
    };

    /// A server that lets everybody in.
    fn server() -> (u16, Arc<AtomicUsize>) {
        listen(|mut client| {
            let mut octets = [0; 4096];
            while let Ok(1..) = client.read(&mut octets) {
                let id = octets[4];
                let bound = element(0x30, &[&[2, 1, id], &result(0x61, 0)]);
                if client.write_all(&bound).is_err() {
                    return;
                }
            }
        })
    }

    fn section(port: u16) -> (Section, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "x").unwrap();
        let section = serde_json::json!({
            "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "cn=x", "password": {"file": "password"},
            "base": "dc=x", "timeout": 5, "connections": 2,
        });
        (serde_json::from_value(section).unwrap(), folder)
    }

    #[tokio::test]
    async fn a_further_connection_is_left_when_the_first_leads_elsewhere() {
        let (port, connections) = server();
        let (section, folder) = section(port);
        let servers = servers_of(&section, folder.path()).unwrap();
        let servers = Servers::new(&section, folder.path().to_owned(), servers);
        let session = Session::new(&section, servers);
        let mut lent = Vec::new();
        for _ in 0..5 {
            lent.push(session.pool.lend(&session, false).await.unwrap());
        }
        assert!(session.pool.has_others());
        assert_eq!(connections.load(Ordering::SeqCst), 2);
        drop(lent);
        // as if the first had to be opened again, and another server was behind the name
        let elsewhere = SocketAddr::from(([127, 0, 0, 2], port));
        session.servers.reached.borrow_mut().insert(0, elsewhere);
        session.pool.leave_idle(&session);
        assert!(!session.pool.has_others());
    }

    #[tokio::test]
    async fn nobody_is_told_the_password_who_speaks_no_tls() {
        let was_told = Arc::new(AtomicUsize::new(0));
        let noted = was_told.clone();
        let (port, asked) = listen(move |mut client| {
            let mut octets = [0; 4096];
            while let Ok(count @ 1..) = client.read(&mut octets) {
                if octets[5] != 0x77 || octets[..count].windows(6).any(|part| part == b"secret") {
                    noted.fetch_add(1, Ordering::SeqCst);
                }
                // it does not know the operation
                let refused = element(0x30, &[&[2, 1, octets[4]], &result(0x78, 2)]);
                let _ = client.write_all(&refused);
            }
        });
        let (section, folder) = section(port);
        std::fs::write(folder.path().join("password"), "secret").unwrap();
        let section = Section {
            start_tls: true,
            ..section
        };
        let servers = servers_of(&section, folder.path()).unwrap();
        let servers = Servers::new(&section, folder.path().to_owned(), servers);
        let failed = servers.connect().await.err().unwrap();
        assert!(
            matches!(&failed, Failure::Unreachable(why) if why.contains("whether the port speaks TLS")),
            "{failed}"
        );
        assert_eq!(
            (asked.load(Ordering::SeqCst), was_told.load(Ordering::SeqCst)),
            (1, 0)
        );
    }

    #[tokio::test]
    async fn all_connections_lead_to_the_same_of_the_servers_a_name_stands_for() {
        let ((one, _), (other, at_other)) = (server(), server());
        let (section, folder) = section(other);
        let servers = servers_of(&section, folder.path()).unwrap();
        let servers = Servers::new(&section, folder.path().to_owned(), servers);
        let place = |port| Some(SocketAddr::from(([127, 0, 0, 1], port)));
        // the name led to the one before, and leads to the other now
        servers.reached.borrow_mut().insert(0, place(one).unwrap());
        assert_eq!(servers.connect().await.unwrap().place, place(one));
        assert_eq!(servers.connect_again().await.unwrap().place, place(one));
        assert_eq!(at_other.load(Ordering::SeqCst), 0);
        // the one is gone: a further connection leads nowhere, and a first one to the other
        let gone = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        servers.reached.borrow_mut().insert(0, gone);
        let refused = servers.connect_again().await.err().unwrap();
        assert!(refused.to_string().contains("another server now"), "{refused}");
        assert_eq!(servers.reached(0), Some(gone), "the first is where it was");
        assert_eq!(servers.connect().await.unwrap().place, place(other));
        assert_eq!(servers.connect_again().await.unwrap().place, place(other));
    }

    #[tokio::test]
    async fn requests_leave_at_once_and_a_dead_peer_is_noticed() {
        for (place, host) in [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "[::1]")] {
            // not every machine has IPv6
            let Ok(listener) = std::net::TcpListener::bind(place) else {
                continue;
            };
            let port = listener.local_addr().unwrap().port();
            let address = Address::parse(&format!("ldap://{host}:{port}")).unwrap();
            let StdStream::Tcp(stream) = open_socket(&address, None).await.unwrap() else {
                panic!("no TCP socket");
            };
            let socket = SockRef::from(&stream);
            assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
        }
    }
}
