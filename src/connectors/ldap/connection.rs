//! One bound connection to a directory, made again when it is lost.
//!
//! The library's calls are not safe to drop half-way, so all of them run in tasks of a single-threaded runtime on a
//! thread of its own (twice as fast for reading, too). Outside, only channels wait, and those may be dropped.

use std::{
    path::PathBuf,
    rc::Rc,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures_util::future::LocalBoxFuture;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapResult, ResultEntry, Scope, SearchOptions, StdStream,
    controls::RawControl,
};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use socket2::{SockRef, TcpKeepalive};
use tokio::sync::{Mutex, OnceCell, Semaphore, SemaphorePermit, mpsc, oneshot};

use super::{
    Section, address::Address, entry::Entry, facts::Facts, failure::Failure, pace::Pace, vacancy::Vacancies,
};
use crate::connectors::WriteError;

/// Searches after which a connection is replaced: each leaves a little memory behind in the library.
const RENEW_AFTER: usize = 20_000;

/// What is needed to connect, and the connection of the moment. Lives on the runtime's thread.
pub(super) struct Session {
    pub(super) section: Section,
    permits: Semaphore,
    pub(super) vacancies: Vacancies,
    pace: Arc<Pace>,
    address: Address,
    tls: Option<Arc<ClientConfig>>,
    folder: PathBuf,
    slot: Mutex<Slot>,
    facts: OnceCell<Arc<Facts>>,
}

/// The connection that is shared, and how the last attempt to have one failed.
#[derive(Default)]
struct Slot {
    live: Option<Live>,
    failed: Option<(Instant, Failure)>,
}

struct Live {
    ldap: Ldap,
    searches: usize,
}

/// One search.
#[derive(Debug, Clone)]
pub(super) struct Search<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) filter: &'a str,
    pub(super) attributes: &'a [String],
}

impl Session {
    pub(super) fn new(
        section: &Section,
        address: Address,
        tls: Option<Arc<ClientConfig>>,
        folder: PathBuf,
    ) -> Self {
        Self {
            permits: Semaphore::new(section.in_flight.clamp(1, 64)),
            vacancies: Vacancies::default(),
            pace: Arc::default(),
            section: section.clone(),
            address,
            tls,
            folder,
            slot: Mutex::default(),
            facts: OnceCell::new(),
        }
    }

    /// Waits until one more request that writes may be in flight.
    pub(super) async fn permit(&self) -> Result<SemaphorePermit<'_>, WriteError> {
        self.permits.acquire().await.map_err(|_| WriteError::Busy {
            message: super::BROKE.to_owned(),
            retry_after: None,
        })
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.section.timeout.max(1))
    }

    fn place(&self) -> String {
        format!("{}:{}", self.address.host, self.address.port)
    }

    /// Opens and binds a connection of its own.
    pub(super) async fn connect(&self) -> Result<Ldap, Failure> {
        Ok(self.connect_socket().await?.0)
    }

    /// Opens and binds a connection; also returns its socket, if that can be had.
    async fn connect_socket(&self) -> Result<(Ldap, Option<std::net::TcpStream>), Failure> {
        let place = self.place();
        let password = self.password().await?;
        let unreachable = |why: String| Failure::Unreachable(format!("{place} cannot be reached: {why}"));
        let opened = tokio::time::timeout(self.timeout(), self.open_socket()).await;
        let stream = match opened {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(unreachable(error.to_string())),
            Err(_) => {
                return Err(unreachable(format!(
                    "no answer within {} seconds",
                    self.section.timeout
                )));
            }
        };
        let socket = stream.try_clone().ok();
        let mut settings = LdapConnSettings::new()
            .set_std_stream(StdStream::Tcp(stream))
            .set_conn_timeout(self.timeout())
            .set_starttls(self.section.start_tls);
        if let Some(tls) = &self.tls {
            settings = settings.set_config(tls.clone());
        }
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &self.address.library_url())
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
        let bound = ldap
            .with_timeout(self.timeout())
            .simple_bind(&self.section.bind_dn, password.expose_secret())
            .await;
        let bound = bound.map_err(|error| match Failure::during(&error, self.section.timeout) {
            Failure::Lost(why) | Failure::Unreachable(why) => unreachable(format!("the bind failed: {why}")),
            other => other,
        })?;
        match bound.rc {
            0 => Ok((ldap, socket)),
            51 | 52 => Err(unreachable(format!(
                "the server is busy{}",
                super::failure::said(&bound)
            ))),
            rc => Err(Failure::Credentials(format!(
                "{place} does not accept {}{}: {}",
                self.section.bind_dn,
                super::failure::said(&bound),
                match rc {
                    49 => format!(
                        "check bind_dn and the password in {}",
                        self.section.password.describe()
                    ),
                    8 | 13 => "it wants an encrypted connection: use ldaps:// or start_tls = true".to_owned(),
                    rc => format!("result code {rc}"),
                }
            ))),
        }
    }

    async fn password(&self) -> Result<secrecy::SecretString, Failure> {
        let (source, folder) = (self.section.password.clone(), self.folder.clone());
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
            // many servers answer such a bind with success and treat us as anybody
            return Err(Failure::Credentials(
                "bind_dn or the password is empty: that would bind as nobody".to_owned(),
            ));
        }
        Ok(password)
    }

    async fn open_socket(&self) -> std::io::Result<std::net::TcpStream> {
        let stream = tokio::net::TcpStream::connect((self.address.host.as_str(), self.address.port))
            .await?
            .into_std()?;
        let socket = SockRef::from(&stream);
        socket.set_tcp_nodelay(true)?;
        socket.set_tcp_keepalive(
            &TcpKeepalive::new()
                .with_time(Duration::from_secs(30))
                .with_interval(Duration::from_secs(10)),
        )?;
        Ok(stream)
    }

    /// Returns the shared connection, a new one if there is none that works.
    async fn ldap(&self, search: bool) -> Result<Ldap, Failure> {
        let asked = Instant::now();
        let mut slot = self.slot.lock().await;
        let usable = slot
            .live
            .as_mut()
            .is_some_and(|live| !live.ldap.is_closed() && live.searches < RENEW_AFTER);
        if !usable {
            slot.live = None;
            self.pace.let_go();
            // whoever waited while an attempt failed shares its end: thirty requests in a row would otherwise wait
            // for a server that hangs, each for the full time
            if let Some((_, failure)) = slot.failed.as_ref().filter(|(when, _)| *when > asked) {
                return Err(failure.clone());
            }
            match self.connect_socket().await {
                Ok((ldap, socket)) => {
                    slot.live = Some(Live { ldap, searches: 0 });
                    if let Some(socket) = socket {
                        self.pace.hold(socket);
                    }
                }
                Err(failure) => {
                    slot.failed = Some((Instant::now(), failure.clone()));
                    return Err(failure);
                }
            }
        }
        match slot.live.as_mut() {
            Some(live) => {
                live.searches += usize::from(search);
                Ok(live.ldap.clone())
            }
            None => Err(Failure::Unreachable("there is no connection".to_owned())),
        }
    }

    /// Runs a request that writes. It is sent once; only if it certainly was not sent it is tried on a new
    /// connection.
    pub(super) async fn request<F>(&self, controls: Vec<RawControl>, send: F) -> Result<LdapResult, Failure>
    where
        F: AsyncFn(&mut Ldap) -> Result<LdapResult, ldap3::LdapError>,
    {
        let mut tries = 0;
        loop {
            let mut ldap = self.ldap(false).await?;
            ldap.with_timeout(self.timeout());
            if !controls.is_empty() {
                ldap.with_controls(controls.clone());
            }
            let in_flight = self.pace.sent();
            let sent = send(&mut ldap).await;
            drop(in_flight);
            match sent {
                Ok(result) => return Ok(result),
                Err(error) => match self.after(&mut ldap, &error).await {
                    Failure::Unreachable(_) if tries == 0 => tries += 1,
                    failure => return Err(failure),
                },
            }
        }
    }

    /// Gives up a connection on which something got lost.
    async fn after(&self, ldap: &mut Ldap, error: &ldap3::LdapError) -> Failure {
        let failure = Failure::during(error, self.section.timeout);
        if let Failure::Lost(_) | Failure::Unreachable(_) = failure {
            if matches!(error, ldap3::LdapError::Timeout { .. }) {
                let id = ldap.last_id();
                let _ = tokio::time::timeout(Duration::from_secs(1), ldap.abandon(id)).await;
            }
            self.slot.lock().await.live = None;
            self.pace.let_go();
        }
        failure
    }

    /// Runs a small search, once more on a new connection if the answer got lost.
    pub(super) async fn search(
        &self,
        search: &Search<'_>,
        limit: i32,
    ) -> Result<(Vec<Entry>, LdapResult), Failure> {
        let (found, result) = self.search_raw(search, limit).await?;
        let entries = found.into_iter();
        Ok((
            entries
                .filter_map(|entry| Entry::from_tag(entry.0).ok())
                .collect(),
            result,
        ))
    }

    /// Runs a small search and leaves the entries as they came.
    pub(super) async fn search_raw(
        &self,
        search: &Search<'_>,
        limit: i32,
    ) -> Result<(Vec<ResultEntry>, LdapResult), Failure> {
        let mut tries = 0;
        loop {
            let mut ldap = self.ldap(true).await?;
            ldap.with_timeout(self.timeout())
                .with_search_options(SearchOptions::new().sizelimit(limit));
            match ldap
                .search(search.base, search.scope, search.filter, search.attributes)
                .await
            {
                Ok(mut found) => {
                    found
                        .0
                        .retain(|entry| !entry.is_ref() && !entry.is_intermediate());
                    return Ok((found.0, found.1));
                }
                Err(error) => match self.after(&mut ldap, &error).await {
                    Failure::Unreachable(_) | Failure::Lost(_)
                        if tries == 0 && !matches!(error, ldap3::LdapError::Timeout { .. }) =>
                    {
                        tries += 1;
                    }
                    failure => return Err(failure),
                },
            }
        }
    }

    /// Reads one entry by name; `None` if there is none.
    pub(super) async fn entry(
        &self,
        dn: &str,
        filter: &str,
        attributes: &[String],
    ) -> Result<Option<Entry>, Failure> {
        let search = Search {
            base: dn,
            scope: Scope::Base,
            filter,
            attributes,
        };
        let (entries, result) = self.search(&search, 1).await?;
        match result.rc {
            0 | 32 => Ok(entries.into_iter().next()),
            34 => Err(Failure::Unsendable(format!("{dn} is not a name"))),
            rc => Err(Failure::Lost(format!(
                "{dn} cannot be read: result code {rc}{}",
                super::failure::said(&result)
            ))),
        }
    }

    /// Asks for one page of a search on a connection of its own.
    pub(super) async fn page(
        &self,
        ldap: &mut Ldap,
        search: &Search<'_>,
        control: RawControl,
    ) -> Result<(Vec<ResultEntry>, LdapResult), Failure> {
        ldap.with_timeout(self.timeout()).with_controls(vec![control]);
        let found = ldap
            .search(search.base, search.scope, search.filter, search.attributes)
            .await;
        let found = found.map_err(|error| Failure::during(&error, self.section.timeout))?;
        Ok((found.0, found.1))
    }

    /// Returns what the server says of itself, asking it only once.
    pub(super) async fn facts(&self) -> Result<Arc<Facts>, Failure> {
        self.facts.get_or_try_init(|| self.ask()).await.cloned()
    }

    async fn ask(&self) -> Result<Arc<Facts>, Failure> {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mut facts = Facts::default();
        let any = "(objectClass=*)";
        if let Some(root) = self.entry("", any, &words(&["*", "+"])).await? {
            facts.root(&root);
            let place = root.text("subschemaSubentry").unwrap_or("cn=Subschema");
            let attributes = words(&["attributeTypes", "objectClasses"]);
            // a schema that may not be read is made up for by custom
            if let Ok(Some(entry)) = self.entry(place, "(objectClass=subschema)", &attributes).await {
                facts.subschema(&entry);
            }
        }
        Ok(Arc::new(facts))
    }
}

type Job = Box<dyn FnOnce(Rc<Session>) -> LocalBoxFuture<'static, ()> + Send>;

/// The way to a session from other threads.
pub(super) struct Handle {
    jobs: mpsc::UnboundedSender<Job>,
}

impl Handle {
    /// Starts the session's thread. It ends when the handle is dropped and the last job is done.
    pub(super) fn start(session: Session) -> std::io::Result<Self> {
        let (jobs, mut incoming) = mpsc::unbounded_channel::<Job>();
        let pace = session.pace.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_park(move || pace.rest())
            .build()?;
        thread::Builder::new().name("ldap".to_owned()).spawn(move || {
            let session = Rc::new(session);
            let mut running = tokio::task::JoinSet::new();
            tokio::task::LocalSet::new().block_on(&runtime, async {
                while let Some(job) = incoming.recv().await {
                    running.spawn_local(job(session.clone()));
                    while running.try_join_next().is_some() {}
                }
                while running.join_next().await.is_some() {}
            });
        })?;
        Ok(Self { jobs })
    }

    /// Runs a job on the session's thread to its end, even if the returned future is dropped; `None` if it broke.
    pub(super) async fn run<T, F, W>(&self, job: F) -> Option<T>
    where
        T: Send + 'static,
        W: Future<Output = T> + 'static,
        F: FnOnce(Rc<Session>) -> W + Send + 'static,
    {
        let (done, result) = oneshot::channel();
        let job: Job = Box::new(move |session| {
            Box::pin(async move {
                // nobody may be waiting any more
                let _ = done.send(job(session).await);
            })
        });
        self.jobs.send(job).ok()?;
        result.await.ok()
    }
}
