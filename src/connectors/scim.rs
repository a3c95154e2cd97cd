//! SCIM 2.0 applications (RFC 7643, RFC 7644).

//!
//! The client believes little: services differ in what they filter, page, return and carry out, so every answer is
//! compared with what was asked before anything is concluded from it.

mod catalog;
mod change;
mod command;
mod compare;
mod create;
mod delete;
mod discovery;
mod failure;
mod filter;
mod http;
mod lookup;
mod membership;
mod patch;
mod path;
mod reading;
mod resource;
mod settle;
mod standard;
#[cfg(test)]
mod tests;
mod words;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use url::{Host, Url};

use super::{
    ConnectError, Connector, Line, MayWrite, Probe, Progress, ReadRequest, Settled, Task, Write, WriteError,
    Written, secret::SecretSource, tls,
};
use crate::model::{Read, Schema, SystemName};
use catalog::Catalog;
use http::{Http, Trouble};

/// The configuration of a SCIM application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The service's base: `https://chat.example.com/scim/v2`.
    pub url: String,
    /// The bearer token.
    pub token: SecretSource,
    /// A PEM file with the authorities to trust instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Resources a page.
    #[serde(default = "default_page_size")]
    pub page_size: usize,
    /// Seconds a request may take.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// Requests in flight.
    #[serde(default = "default_in_flight")]
    pub in_flight: usize,
}

/// What is said where something deleted is to be brought back.
const KEEPS_NOTHING: &str = "SCIM brings back nothing that was deleted: make the account anew";

const fn default_page_size() -> usize {
    100
}

const fn default_timeout() -> u64 {
    30
}

const fn default_in_flight() -> usize {
    8
}

/// A connected SCIM service.
pub struct Scim {
    name: SystemName,
    http: Http,
    page_size: usize,
    in_flight: usize,
    catalog: OnceCell<Arc<Catalog>>,
}

/// Makes a connector of a configuration section; `folder` is what relative files are relative to. Nothing is asked
/// of the service yet.
pub fn open(name: &SystemName, section: &Section, folder: &Path) -> Result<Arc<dyn Connector>, ConnectError> {
    let fail = |message: String| ConnectError {
        system: name.clone(),
        message,
    };
    let url = Url::parse(&section.url)
        .map_err(|error| fail(format!("url \"{}\" is no URL ({error})", section.url)))?;
    let token = section
        .token
        .fetch(folder)
        .map_err(|error| fail(error.to_string()))?;
    let ca_file = section.ca_file.as_ref().map(|path| folder.join(path));
    let scim = check_url(&url)
        .and_then(|()| tls::client_config(ca_file.as_deref(), None, None).map_err(|error| error.to_string()))
        .and_then(|config| {
            let timeout = Duration::from_secs(section.timeout.max(1));
            Http::new(&url, &token, (*config).clone(), timeout, section.in_flight)
        })
        .map(|http| Scim {
            name: name.clone(),
            http,
            page_size: section.page_size.max(1),
            in_flight: section.in_flight.max(1),
            catalog: OnceCell::new(),
        })
        .map_err(fail)?;
    Ok(Arc::new(scim))
}

/// Refuses addresses that would give the token away.
fn check_url(url: &Url) -> Result<(), String> {
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("url names no host: write https://HOST/PATH".to_owned()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("url holds credentials, which logs would show: use token".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("url has a query or a fragment: give the SCIM base address alone".to_owned());
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if local => Ok(()),
        "http" => {
            Err("url is not encrypted, and the token would be sent for all to read: use https".to_owned())
        }
        other => Err(format!("url has the scheme {other}: use https")),
    }
}

impl Scim {
    /// Returns what the service offers; asked once, and again only after it could not be reached.
    async fn catalog(&self) -> Result<Arc<Catalog>, Trouble> {
        let found = self
            .catalog
            .get_or_try_init(|| async { discovery::discover(&self.http).await.map(Arc::new) });
        found.await.cloned()
    }

    fn connect_error(&self, trouble: Trouble) -> ConnectError {
        let (Trouble::NotSent(message) | Trouble::Lost(message)) = trouble;
        ConnectError {
            system: self.name.clone(),
            message,
        }
    }

    async fn ask(&self) -> Result<Probe, ConnectError> {
        let catalog = self
            .catalog()
            .await
            .map_err(|trouble| self.connect_error(trouble))?;
        let query = [("startIndex", "1"), ("count", "1")];
        let reply = self
            .http
            .get(&catalog.users, &query)
            .await
            .map_err(|trouble| self.connect_error(trouble))?;
        let (_, records) = reading::list(&reply, &catalog.users).map_err(|message| ConnectError {
            system: self.name.clone(),
            message,
        })?;
        let abilities = catalog.abilities;
        let said = |able, yes: &str, no: &str| if able { yes.to_owned() } else { no.to_owned() };
        let mut capabilities = vec![
            said(abilities.patch, "PATCH", "no PATCH"),
            said(abilities.filter, "filter", "no filter"),
            said(abilities.etag, "entity tags", "no entity tags"),
            said(catalog.groups.is_some(), "groups", "no groups"),
        ];
        capabilities.extend(
            abilities
                .max_results
                .map(|max| format!("at most {max} resources a page")),
        );
        Ok(Probe {
            product: "SCIM 2.0".to_owned(),
            capabilities,
            records,
            clock_difference: reply
                .date
                .map(|date| date.as_second() - Timestamp::now().as_second()),
            warnings: catalog.warnings.clone(),
        })
    }
}

impl Connector for Scim {
    fn guard(&self, may_write: MayWrite) {
        self.http.guard().set(may_write);
    }

    fn system(&self) -> &SystemName {
        &self.name
    }

    fn probe(&self) -> Task<'_, Result<Probe, ConnectError>> {
        Box::pin(self.ask())
    }

    fn schema(&self) -> Task<'_, Result<Schema, ConnectError>> {
        Box::pin(async {
            let catalog = self
                .catalog()
                .await
                .map_err(|trouble| self.connect_error(trouble))?;
            Ok(Schema {
                columns: catalog.columns.clone(),
            })
        })
    }

    fn read<'a>(&'a self, request: &'a ReadRequest, progress: Progress<'a>) -> Task<'a, Read> {
        Box::pin(self.read_users(request, progress))
    }

    fn read_groups<'a>(&'a self, progress: Progress<'a>) -> Task<'a, Option<Read>> {
        Box::pin(self.read_all_groups(progress))
    }

    fn write<'a>(&'a self, write: &'a Write) -> Task<'a, Result<Written, WriteError>> {
        Box::pin(self.apply(write))
    }

    fn settle<'a>(&'a self, write: &'a Write) -> Task<'a, Settled> {
        Box::pin(self.find_out(write))
    }

    fn line(&self) -> Line {
        self.http.pulse().line()
    }

    fn command(&self, write: &Write) -> String {
        command::say(self.catalog.get().map(AsRef::as_ref), write)
    }

    fn concurrency(&self) -> usize {
        self.in_flight
    }
}
