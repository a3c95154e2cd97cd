//! LDAP directories (RFC 4511).

mod address;
mod change;
mod connection;
mod create;
mod entry;
mod facts;
mod failure;
mod filter;
mod ldif;
mod lookup;
mod membership;
mod pace;
mod reading;
mod settling;
mod state;
mod steps;
mod vacancy;
mod values;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    ConnectError, Connector, Probe, Progress, ReadRequest, Settled, Task, Write, WriteError, Written,
    secret::SecretSource, tls,
};
use crate::model::{Read, Schema, SystemName};

/// The configuration of an LDAP directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// `ldap://host[:389]` or `ldaps://host[:636]`.
    pub url: String,
    /// Whom usher binds as.
    pub bind_dn: String,
    /// The password.
    pub password: SecretSource,
    /// Where accounts and groups are searched.
    pub base: String,
    /// Which entries are accounts.
    #[serde(default = "default_filter")]
    pub filter: String,
    /// Which entries are groups.
    #[serde(default = "default_group_filter")]
    pub group_filter: String,
    /// Whether a plain connection is upgraded to TLS (`StartTLS`).
    #[serde(default)]
    pub start_tls: bool,
    /// A PEM file with the authorities to trust instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Entries a page.
    #[serde(default = "default_page_size")]
    pub page_size: u32,
    /// Seconds an operation may take.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// Operations in flight on the connection; 1 to 64.
    #[serde(default = "default_in_flight")]
    pub in_flight: usize,
    /// How an account is made unusable.
    #[serde(default)]
    pub disable: Disable,
    /// The attribute with the immutable id: `entryUUID`, `nsUniqueId`, `objectGUID`.
    #[serde(default = "default_anchor")]
    pub anchor: String,
}

/// How an account is made unusable, and how that is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Disable {
    /// The directory has no such state.
    #[default]
    None,
    /// `pwdAccountLockedTime: 000001010000Z` (the ppolicy overlay of `OpenLDAP`): locked for good.
    Ppolicy,
    /// `nsAccountLock: true` (389 Directory Server).
    NsAccountLock,
    /// Entries below this container are unusable.
    Container(String),
}

/// A directory as a connected system.
struct Directory {
    system: SystemName,
    section: Section,
    handle: connection::Handle,
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
    let address = address::Address::parse(&section.url).map_err(fail)?;
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
    let tls = if address.tls || section.start_tls {
        let file = section.ca_file.as_ref().map(|file| folder.join(file));
        Some(tls::client_config(file.as_deref(), address.pinned()).map_err(|error| fail(error.to_string()))?)
    } else {
        None
    };
    let session = connection::Session::new(section, address, tls, folder.to_owned());
    let handle = connection::Handle::start(session)
        .map_err(|error| fail(format!("no thread can be started for it: {error}")))?;
    Ok(Arc::new(Directory {
        system: name,
        section: section.clone(),
        handle,
    }))
}

impl Directory {
    fn error(&self, message: impl std::fmt::Display) -> ConnectError {
        ConnectError {
            system: self.system.clone(),
            message: message.to_string(),
        }
    }

    async fn facts(&self) -> Result<Arc<facts::Facts>, ConnectError> {
        let facts = self
            .handle
            .run(|session| async move { session.facts().await })
            .await;
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
            let facts = self.facts().await?;
            let mut capabilities = Vec::new();
            let mut warnings = Vec::new();
            for (has, what) in [
                (facts.paging, "paged results"),
                (facts.assertion, "assertion control"),
                (facts.post_read, "post-read control"),
            ] {
                if has {
                    capabilities.push(what.to_owned());
                }
            }
            if !facts.paging {
                warnings.push(
                    "results do not come in pages: large directories cannot be read in full".to_owned(),
                );
            }
            if !facts.schema_read {
                warnings.push("the schema cannot be read: values are compared by custom".to_owned());
            }
            if !self.section.start_tls && self.section.url.starts_with("ldap:") {
                warnings.push("the connection is not encrypted: use ldaps:// or start_tls = true".to_owned());
            }
            Ok(Probe {
                product: facts.product.clone(),
                capabilities,
                records: None,
                clock_difference: None,
                warnings,
            })
        })
    }

    fn schema(&self) -> Task<'_, Result<Schema, ConnectError>> {
        Box::pin(async {
            let facts = self.facts().await?;
            Ok(facts.schema(&self.section.filter, &self.section.anchor))
        })
    }

    fn read<'a>(&'a self, request: &'a ReadRequest, progress: Progress<'a>) -> Task<'a, Read> {
        let question = reading::Question {
            filter: self.section.filter.clone(),
            attributes: request.attributes.clone(),
            names: Vec::new(),
            groups: false,
        };
        Box::pin(reading::read(self, question, progress))
    }

    fn read_groups<'a>(&'a self, progress: Progress<'a>) -> Task<'a, Option<Read>> {
        let member = membership::attribute(&self.section.group_filter);
        let question = reading::Question {
            filter: self.section.group_filter.clone(),
            attributes: vec!["cn".to_owned(), member.to_owned()],
            names: vec!["name", "member"],
            groups: true,
        };
        Box::pin(async move { Some(reading::read(self, question, progress).await) })
    }

    fn write<'a>(&'a self, write: &'a Write) -> Task<'a, Result<Written, WriteError>> {
        Box::pin(async move {
            let write = write.clone();
            let done = self.handle.run(|session| async move {
                match &write {
                    // waits for its turn only when it is known that it may be made
                    Write::Create { .. } => create::create(&session, &write).await,
                    Write::Change { .. } => {
                        let _permit = session.permit().await?;
                        change::change(&session, &write).await
                    }
                    Write::Delete { object } => {
                        let _permit = session.permit().await?;
                        change::delete(&session, object).await
                    }
                    Write::Membership { group, member, add } => {
                        let _permit = session.permit().await?;
                        membership::set(&session, group, member, *add).await
                    }
                }
            });
            done.await
                .unwrap_or_else(|| Err(WriteError::Unknown(BROKE.to_owned())))
        })
    }

    fn settle<'a>(&'a self, write: &'a Write) -> Task<'a, Settled> {
        Box::pin(async move {
            let write = write.clone();
            let settled = self
                .handle
                .run(|session| async move { settling::settle(&session, &write).await });
            settled
                .await
                .unwrap_or_else(|| Settled::Unclear(BROKE.to_owned()))
        })
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

    fn has_containers(&self) -> bool {
        true
    }
}

fn default_anchor() -> String {
    "entryUUID".to_owned()
}

fn default_filter() -> String {
    "(objectClass=inetOrgPerson)".to_owned()
}

fn default_group_filter() -> String {
    "(objectClass=groupOfNames)".to_owned()
}

const fn default_page_size() -> u32 {
    400
}

const fn default_timeout() -> u64 {
    30
}

const fn default_in_flight() -> usize {
    32
}
