//! Asking a directory, on connections that are made again when they are lost.
//!
//! The library's calls are not safe to drop half-way, so all of them run in tasks of a single-threaded runtime on a
//! thread of its own (twice as fast for reading, too). Outside, only channels wait, and those may be dropped.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use ldap3::{Ldap, LdapResult, ResultEntry, Scope, SearchOptions, controls::RawControl};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::{
    Section,
    active_directory::{self, replica::Home, suffix, token_groups, whole},
    create::Attribute,
    entry::Entry,
    facts::Facts,
    failure::Failure,
    gathering::Gathering,
    increments::Cursor,
    lookup::{Placed, Wanted},
    membership::Gatherings,
    pace::Pace,
    pool::{self, Lent, Pool},
    read_back::{self, ReadBack},
    servers::{Opened, Servers},
    vacancy::Vacancies,
};
use crate::connectors::{
    WriteError,
    guard::{Guard, HELD_BACK},
    line::Pulse,
};

/// The result code of a server that says who else has to do it.
const REFERRAL: u32 = 10;

/// What is needed to connect, and the connections of the moment. Lives on the runtime's thread.
pub(super) struct Session {
    pub(super) section: Section,
    permits: Semaphore,
    pub(super) vacancies: Vacancies,
    /// The objects that writes look for.
    pub(super) lookups: Gathering<Wanted>,
    pub(super) placed: Gathering<Placed>,
    pub(super) gatherings: Gatherings,
    pace: Arc<Pace>,
    /// Whether the thread's pace holds requests back a moment.
    pub(super) gathers: bool,
    guard: Guard,
    /// How the line is.
    pub(super) pulse: Arc<Pulse>,
    /// The domain controller that a run keeps to, where there are several.
    home: Option<Arc<Home>>,
    pub(super) servers: Servers,
    pub(super) pool: Pool,
    /// What was found out about the power of groups.
    pub(super) powers: token_groups::Known,
    read_backs: read_back::Last,
    /// Which servers take new accounts with their passwords.
    pub(super) wholes: whole::Shown,
    /// From where the changes of accounts are told that were read last.
    begun: std::sync::Mutex<Option<Cursor>>,
    /// What each server says of itself.
    facts: Vec<OnceCell<Arc<Facts>>>,
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
    pub(super) fn new(section: &Section, servers: Servers) -> Self {
        let pace = Arc::<Pace>::default();
        Self {
            permits: Semaphore::new(section.in_flight.clamp(1, pool::MOST)),
            vacancies: Vacancies::default(),
            lookups: Gathering::default(),
            placed: Gathering::default(),
            gatherings: Gatherings::default(),
            pace: pace.clone(),
            section: section.clone(),
            gathers: true,
            guard: Guard::default(),
            pulse: Arc::default(),
            home: None,
            facts: (0..servers.count()).map(|_| OnceCell::new()).collect(),
            servers,
            pool: Pool::new(section.connections, pace),
            begun: std::sync::Mutex::default(),
            powers: token_groups::Known::default(),
            read_backs: read_back::Last::default(),
            wholes: whole::Shown::default(),
        }
    }

    /// Notes from where changes are told: the groups that are read next may go on from there.
    pub(super) fn began(&self, cursor: &Cursor) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(cursor.clone());
    }

    /// Takes what was noted at a server, if anything.
    pub(super) fn begun_at(&self, place: &str) -> Option<Cursor> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.take().filter(|cursor| cursor.is_at(place))
    }

    /// Asks this right before each request that writes.
    pub(super) fn guarded(self, guard: Guard) -> Self {
        Self { guard, ..self }
    }

    /// Keeps what is written to one domain controller.
    pub(super) fn at_home(self, home: Option<Arc<Home>>) -> Self {
        Self { home, ..self }
    }

    /// Makes sessions with each of the other servers, to ask all of them.
    pub(super) fn others(&self) -> impl Iterator<Item = Self> {
        self.servers.others().map(|servers| Self {
            gathers: false,
            pulse: self.pulse.clone(),
            ..Self::new(&self.section, servers)
        })
    }

    /// Returns what is read back after a write of some attributes.
    pub(super) fn read_back(&self, written: &[Attribute]) -> Arc<ReadBack> {
        self.read_backs.of(&self.section, written)
    }

    /// Waits until one more request that writes may be in flight.
    pub(super) async fn permit(&self) -> Result<SemaphorePermit<'_>, WriteError> {
        self.permits.acquire().await.map_err(|_| WriteError::Busy {
            message: super::BROKE.to_owned(),
            retry_after: None,
        })
    }

    /// How long a request may take.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.section.timeout.max(1))
    }

    /// How the thread rests.
    pub(super) fn pace(&self) -> Arc<Pace> {
        self.pace.clone()
    }

    /// Opens and binds a connection of its own; returns also where it leads to.
    pub(super) async fn connect(&self) -> Result<(Ldap, String), Failure> {
        let opened = self.open().await?;
        Ok((opened.ldap, self.servers.name(opened.server)))
    }

    /// Opens and binds a connection, and notes whether that goes well.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        self.pulse.tried();
        let opened = self.servers.connect().await;
        if !matches!(opened, Err(Failure::Unreachable(_))) {
            self.pulse.heard();
        }
        opened
    }

    /// Waits for an answer, and notes whether one comes.
    async fn answer<T>(
        &self,
        asking: impl Future<Output = Result<T, ldap3::LdapError>>,
    ) -> Result<T, ldap3::LdapError> {
        let _asked = self.pulse.asked();
        let answer = asking.await;
        if answer.is_ok() {
            self.pulse.heard();
        }
        answer
    }

    /// Runs a request that writes. It is sent once; only if it certainly was not sent it is tried on a new
    /// connection.
    pub(super) async fn request<F>(&self, controls: Vec<RawControl>, send: F) -> Result<LdapResult, Failure>
    where
        F: AsyncFn(&mut Ldap) -> Result<LdapResult, ldap3::LdapError>,
    {
        let mut tries = 0;
        loop {
            let mut lent = self.pool.lend(self, false).await?;
            let ldap = &mut lent.ldap;
            ldap.with_timeout(self.timeout());
            if !controls.is_empty() {
                ldap.with_controls(controls.clone());
            }
            if let Some(home) = &self.home {
                Box::pin(home.check(self, ldap)).await?;
            }
            if !self.guard.may_write() {
                return Err(Failure::Unreachable(HELD_BACK.to_owned()));
            }
            let room = self.pool.room.acquire().await.ok();
            let in_flight = self.pace.sent();
            let sent = self.answer(send(ldap)).await;
            drop((in_flight, room));
            match sent {
                Ok(result) if result.rc == REFERRAL && self.servers.current() != 0 => {
                    return Err(Failure::Unreachable(format!(
                        "{} takes no writes, and the server before it cannot be reached: try again when it can",
                        self.servers.place()
                    )));
                }
                Ok(result) => return Ok(result),
                Err(error) => match self.after(&error, &lent).await {
                    Failure::Unreachable(_) if tries == 0 => tries += 1,
                    failure => return Err(failure),
                },
            }
        }
    }

    /// Gives up a connection on which something got lost.
    ///
    /// The server is not told to abandon it (RFC 4511, section 4.11): OpenLDAP would leave half done what its overlays
    /// write because of a write. A search ends with its connection.
    async fn after(&self, error: &ldap3::LdapError, lent: &Lent<'_>) -> Failure {
        let failure = Failure::during(error, self.section.timeout);
        if let Failure::Lost(_) | Failure::Silent(_) | Failure::Unreachable(_) = failure {
            self.pool.give_up(lent).await;
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
            let mut lent = self.pool.lend(self, true).await?;
            let ldap = &mut lent.ldap;
            ldap.with_timeout(self.timeout())
                .with_search_options(SearchOptions::new().sizelimit(limit));
            let asking = ldap.search(search.base, search.scope, search.filter, search.attributes);
            let room = self.pool.room.acquire().await.ok();
            let found = self.answer(asking).await;
            drop(room);
            match found {
                Ok(mut found) => {
                    found
                        .0
                        .retain(|entry| !entry.is_ref() && !entry.is_intermediate());
                    return Ok((found.0, found.1));
                }
                Err(error) => match self.after(&error, &lent).await {
                    Failure::Unreachable(_) | Failure::Lost(_) if tries == 0 => tries += 1,
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

    /// Reads one entry by name as [`Session::entry`] does, with a control.
    pub(super) async fn entry_with(
        &self,
        dn: &str,
        attributes: &[String],
        control: RawControl,
    ) -> Result<Option<Entry>, Failure> {
        let mut lent = self.pool.lend(self, true).await?;
        lent.ldap.with_controls(vec![control]);
        self.look(&mut lent.ldap, dn, attributes).await
    }

    /// Reads one entry by name on a connection of its own; `None` if there is none that may be seen.
    pub(super) async fn look(
        &self,
        ldap: &mut Ldap,
        dn: &str,
        attributes: &[String],
    ) -> Result<Option<Entry>, Failure> {
        let asking = ldap
            .with_timeout(self.timeout())
            .search(dn, Scope::Base, "(objectClass=*)", attributes);
        let found = self
            .answer(asking)
            .await
            .map_err(|error| Failure::during(&error, self.section.timeout))?;
        let mut entries = found.0.into_iter().filter(|entry| !entry.is_ref());
        Ok(entries.next().and_then(|entry| Entry::from_tag(entry.0).ok()))
    }

    /// Asks for one page of a search on a connection of its own.
    pub(super) async fn page(
        &self,
        ldap: &mut Ldap,
        search: &Search<'_>,
        controls: Vec<RawControl>,
    ) -> Result<(Vec<ResultEntry>, LdapResult), Failure> {
        ldap.with_timeout(self.timeout()).with_controls(controls);
        let asking = ldap.search(search.base, search.scope, search.filter, search.attributes);
        let found = self
            .answer(asking)
            .await
            .map_err(|error| Failure::during(&error, self.section.timeout))?;
        Ok((found.0, found.1))
    }

    /// Returns what the server of the moment says of itself, asking it only once.
    pub(super) async fn facts(&self) -> Result<Arc<Facts>, Failure> {
        loop {
            let server = self.servers.current();
            let Some(known) = self.facts.get(server) else {
                return Err(Failure::Unreachable("no server is configured".to_owned()));
            };
            let asked = known.get_or_try_init(async || {
                // once, and large: in a box, so that whoever only wants to know stays small
                let facts = Box::pin(self.ask()).await?;
                // what another server says that took over meanwhile is not kept for this one
                if self.servers.current() == server {
                    Ok(facts)
                } else {
                    Err(Failure::Unreachable(
                        "another server took over: try again".to_owned(),
                    ))
                }
            });
            match asked.await {
                Err(_) if self.servers.current() != server => {}
                asked => return asked.cloned(),
            }
        }
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
        if let (true, Some(configuration)) = (facts.active_directory, &facts.configuration) {
            facts.suffixes = suffix::known(self, configuration).await;
            facts.recycle_bin = active_directory::has_recycle_bin(self, configuration).await;
        }
        Ok(Arc::new(facts))
    }
}
