//! LDAP directories (RFC 4511).

mod active_directory;
mod address;
mod change;
mod connection;
mod create;
mod entry;
mod facts;
mod failure;
mod filter;
mod freshness;
mod gathering;
mod handle;
mod increments;
mod ldif;
mod lookup;
mod membership;
mod pace;
mod parents;
mod pool;
mod probe;
mod ranges;
mod read_back;
mod reading;
mod secrets;
mod section;
mod servers;
mod settling;
mod state;
mod steps;
mod urls;
mod vacancy;
mod values;

use std::{
    path::Path,
    sync::{Arc, PoisonError},
};

use active_directory::{replica, restore, token_groups};
pub use increments::Increments;
use section::servers_of;
pub use section::{Disable, Section};
pub use urls::Urls;

use super::{
    ConnectError, Connector, Line, ObjectRef, Probe, Progress, ReadRequest, Secret, Settled, Since, Task,
    Write, WriteError, Written,
    guard::{Guard, MayWrite},
    line::Pulse,
};
use crate::model::{Read, RecordSet, Remains, Schema, SystemName};

/// A directory as a connected system.
struct Directory {
    system: SystemName,
    section: Section,
    handle: handle::Handle,
    /// The server that is asked first.
    preferred: String,
    /// How new the accounts were when they were read last: the groups that go with them are not older.
    accounts: std::sync::Mutex<Option<freshness::AsOf>>,
    guard: Guard,
    pulse: Arc<Pulse>,
    /// The domain controller that a run keeps to, where there are several.
    home: Option<Arc<replica::Home>>,
}

/// Makes the connector without connecting yet; `folder` is what relative paths are relative to.
///
/// # Errors
/// Fails on a URL, filter or base that can never work, and when TLS cannot be set up.
pub fn open(name: SystemName, section: &Section, folder: &Path) -> Result<Arc<dyn Connector>, ConnectError> {
    let fail = |message: String| ConnectError {
        system: name.clone(),
        message,
    };
    let servers = servers_of(section, folder).map_err(fail)?;
    for (key, filter) in [
        ("filter", &section.filter),
        ("group_filter", &section.group_filter),
    ] {
        if ldap3::parse_filter(filter).is_err() {
            return Err(fail(format!("`{key}` is not a search filter: {filter}")));
        }
    }
    if crate::model::dn::parse(&section.base).is_none() {
        return Err(fail(format!(
            "`base` is not a distinguished name: {}",
            section.base
        )));
    }
    let preferred = servers
        .first()
        .map(|server| freshness::AsOf::name(&server.address.to_string()));
    let servers = servers::Servers::new(section, folder.to_owned(), servers);
    let guard = Guard::default();
    let home = (section.is_active_directory() && servers.count() > 1).then(Arc::default);
    let session = connection::Session::new(section, servers)
        .guarded(guard.clone())
        .at_home(home.clone());
    let pulse = session.pulse.clone();
    let handle = handle::Handle::start(session)
        .map_err(|error| fail(format!("no thread can be started for it: {error}")))?;
    Ok(Arc::new(Directory {
        system: name,
        section: section.clone(),
        handle,
        preferred: preferred.unwrap_or_default(),
        accounts: std::sync::Mutex::default(),
        guard,
        pulse,
        home,
    }))
}

impl Directory {
    fn error(&self, message: impl std::fmt::Display) -> ConnectError {
        ConnectError {
            system: self.system.clone(),
            message: message.to_string(),
        }
    }

    /// Says why what was read proves nothing beside what was read before, if so.
    fn lags(&self, now: &freshness::AsOf, earlier: Option<&freshness::AsOf>, groups: bool) -> Option<String> {
        if groups {
            let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            return accounts.as_ref().and_then(|accounts| now.parted(accounts));
        }
        now.lags(earlier, &self.preferred)
    }

    /// What a read of the groups asks for.
    fn group_question(&self) -> reading::Question {
        reading::Question {
            filter: self.section.group_filter.clone(),
            attributes: Vec::new(),
            classes: Vec::new(),
            earlier: None,
            groups: true,
        }
    }

    /// Notes how new the accounts are that were just read.
    fn read_as_of(&self, as_of: Option<freshness::AsOf>) {
        *self.accounts.lock().unwrap_or_else(PoisonError::into_inner) = as_of;
    }

    /// What the server says of itself, and why it is not the preferred one, if so.
    async fn facts(&self) -> Result<(Arc<facts::Facts>, Option<String>), ConnectError> {
        self.ask(|session| async move {
            let facts = session.facts().await?;
            Ok((facts, session.servers.passed_over()))
        })
        .await
    }

    /// Asks something on the session's thread.
    async fn ask<T, F, W>(&self, job: F) -> Result<T, ConnectError>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, failure::Failure>> + 'static,
        F: FnOnce(std::rc::Rc<connection::Session>) -> W + Send + 'static,
    {
        let facts = self.handle.run(job).await;
        facts
            .ok_or_else(|| self.error(BROKE))?
            .map_err(|failure| self.error(failure))
    }
}

/// What is said when a task on the session's thread broke.
const BROKE: &str = "the server sent something that cannot be understood";

impl Connector for Directory {
    fn system(&self) -> &SystemName {
        &self.system
    }

    fn probe(&self) -> Task<'_, Result<Probe, ConnectError>> {
        Box::pin(async {
            let (facts, passed_over) = self.facts().await?;
            let way = self.ask(|session| async move { increments::way(&session).await });
            let way = way
                .await
                .unwrap_or_else(|error| increments::Way::unknown(&error.message));
            let hidden = if self.section.is_active_directory() {
                self.ask(|session| async move { token_groups::hidden(&session).await })
                    .await?
            } else {
                None
            };
            let others = passed_over.into_iter().chain(hidden);
            Ok(probe::probe(&self.section, &facts, way, others))
        })
    }

    fn schema(&self) -> Task<'_, Result<Schema, ConnectError>> {
        Box::pin(async {
            let (facts, _) = self.facts().await?;
            Ok(facts.schema(&self.section.filter, &self.section.anchor))
        })
    }

    fn read<'a>(&'a self, request: &'a ReadRequest, progress: Progress<'a>) -> Task<'a, Read> {
        let question = reading::Question {
            filter: self.section.filter.clone(),
            attributes: request.attributes.clone(),
            classes: request.classes.clone(),
            earlier: request.as_of.as_deref().and_then(freshness::AsOf::parse),
            groups: false,
        };
        Box::pin(reading::read(self, question, request.since.as_ref(), progress))
    }

    fn full_every(&self) -> Option<std::time::Duration> {
        (self.section.increments != Increments::None).then(|| self.section.full_every.duration())
    }

    fn read_groups<'a>(&'a self, progress: Progress<'a>) -> Task<'a, Option<Read>> {
        let question = self.group_question();
        Box::pin(async move { Some(reading::read(self, question, None, progress).await) })
    }

    fn read_group_changes<'a>(
        &'a self,
        since: &'a Since,
        accounts: &'a Arc<RecordSet>,
        progress: Progress<'a>,
    ) -> Task<'a, Option<Read>> {
        Box::pin(async move {
            if !self.section.is_active_directory() {
                return None;
            }
            let question = self.group_question();
            reading::group_changes(self, &question, since, accounts, progress).await
        })
    }

    fn builds_on(&self, as_of: Option<&str>) {
        if let Some(home) = &self.home {
            home.build_on(as_of.and_then(freshness::AsOf::parse));
        }
    }

    fn guard(&self, may_write: MayWrite) {
        self.guard.set(may_write);
    }

    fn prepare(&self) -> Task<'_, ()> {
        Box::pin(async {
            let facts = self.facts().await;
            tracing::debug!(system = %self.system, is_there = facts.is_ok(), "connected to before it is written to");
        })
    }

    fn write<'a>(&'a self, write: &'a Write) -> Task<'a, Result<Written, WriteError>> {
        let write = Arc::new(write.clone());
        Box::pin(async move { self.write_shared(&write).await })
    }

    fn write_shared<'a>(&'a self, write: &'a Arc<Write>) -> Task<'a, Result<Written, WriteError>> {
        Box::pin(async move {
            let write = write.clone();
            let done = self.handle.run(|session| async move {
                match &*write {
                    // waits for its turn only when it is known that it may be made
                    Write::Create { .. } => create::create(&session, &write).await,
                    Write::Change { .. } => change::change(&session, &write).await,
                    Write::Restore { .. } if session.section.is_active_directory() => {
                        let _permit = session.permit().await?;
                        // rare and large: in a box, so that other writes are not as large
                        Box::pin(restore::restore(&session, &write)).await
                    }
                    Write::Restore { .. } => Err(WriteError::Refused(
                        "the directory keeps nothing of what was deleted: make the account anew".to_owned(),
                    )),
                    Write::Delete { object } => change::delete(&session, object).await,
                    Write::Membership { group, member, add } => {
                        membership::set(&session, group, member, *add).await
                    }
                }
            });
            done.await
                .unwrap_or_else(|| Err(WriteError::Unknown(BROKE.to_owned())))
        })
    }

    fn power<'a>(&'a self, object: &'a ObjectRef) -> Task<'a, Result<Option<String>, WriteError>> {
        Box::pin(async move {
            if !self.section.is_active_directory() {
                return Ok(None);
            }
            let object = object.clone();
            let asked = self
                .handle
                .run(|session| async move { token_groups::power(&session, &object).await });
            asked.await.unwrap_or_else(|| {
                Err(WriteError::Busy {
                    message: BROKE.to_owned(),
                    retry_after: None,
                })
            })
        })
    }

    fn create_whole<'a>(
        &'a self,
        create: &'a Arc<Write>,
        secrets: &'a [Secret],
    ) -> Task<'a, Result<(Written, bool), WriteError>> {
        if !self.section.is_active_directory() {
            return Box::pin(async move { Ok((self.write_shared(create).await?, false)) });
        }
        let (create, secrets) = (create.clone(), secrets.to_vec());
        Box::pin(async move {
            let done = self
                .handle
                .run(|session| async move { create::create_whole(&session, &create, &secrets).await });
            done.await
                .unwrap_or_else(|| Err(WriteError::Unknown(BROKE.to_owned())))
        })
    }

    fn takes_secrets(&self) -> bool {
        true
    }

    fn set_secrets<'a>(
        &'a self,
        create: &'a Write,
        object: &'a ObjectRef,
        secrets: &'a [Secret],
    ) -> Task<'a, Result<(), WriteError>> {
        Box::pin(async move {
            let (create, object) = (create.clone(), object.clone());
            let secrets = secrets.to_vec();
            let done = self.handle.run(|session| async move {
                let _permit = session.permit().await?;
                secrets::set(&session, &create, &object, &secrets).await
            });
            done.await
                .unwrap_or_else(|| Err(WriteError::Unknown(BROKE.to_owned())))
        })
    }

    fn restores(&self) -> bool {
        self.section.is_active_directory()
    }

    fn remains<'a>(&'a self, objects: &'a [ObjectRef]) -> Task<'a, Result<Vec<Remains>, ConnectError>> {
        let objects = objects.to_vec();
        let is_kept = self.restores();
        Box::pin(async move {
            if !is_kept {
                let gone = "a deleted object is gone: the directory keeps nothing of it".to_owned();
                return Ok(vec![Remains::Nothing(gone); objects.len()]);
            }
            let asked = self.handle.run(|session| async move {
                let mut remains = Vec::with_capacity(objects.len());
                for object in &objects {
                    remains.push(restore::remains(&session, object).await?);
                }
                Ok::<_, failure::Failure>(remains)
            });
            asked
                .await
                .ok_or_else(|| self.error(BROKE))?
                .map_err(|failure| self.error(failure))
        })
    }

    fn settle<'a>(&'a self, write: &'a Write) -> Task<'a, Settled> {
        Box::pin(async move {
            let write = write.clone();
            let settled = self
                .handle
                .run(|session| async move { settling::settle_everywhere(&session, &write).await });
            settled
                .await
                .unwrap_or_else(|| Settled::Unclear(BROKE.to_owned()))
        })
    }

    fn line(&self) -> Line {
        self.pulse.line()
    }

    fn command(&self, write: &Write) -> String {
        ldif::command(&self.section, write)
    }

    fn concurrency(&self) -> usize {
        // as many again have their precondition checked meanwhile
        self.section.in_flight.clamp(1, 64) * 2
    }

    fn shows_writes_within(&self) -> std::time::Duration {
        // one server, which reads what it has written; what it has taken in from a lost connection takes moments
        std::time::Duration::from_secs(1)
    }

    fn gathers_memberships(&self) -> bool {
        true
    }

    fn has_containers(&self) -> bool {
        true
    }
}
