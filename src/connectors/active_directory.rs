//! Active Directory, and Samba as its domain controller (MS-ADTS).
//!
//! It is reached as any LDAP directory; this is what is different about it in the configuration. How it is spoken
//! with is a part of the LDAP connector, beside the presets of other vendors.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    ConnectError, Connector,
    every::Every,
    ldap::{self, Disable, Urls},
    secret::SecretSource,
};
use crate::model::SystemName;

/// The configuration of a domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// `ldaps://dc.example.org[:636]`, or `ldap://…` with `start_tls`; or a list of domain controllers, the preferred
    /// one first: all of a run goes to one of them.
    pub url: Urls,
    /// Whom usher binds as: a distinguished name, `usher@example.org` or `EXAMPLE\usher`. Left out together with the
    /// password, the client certificate decides.
    #[serde(default)]
    pub bind_dn: String,
    /// The password.
    #[serde(default)]
    pub password: Option<SecretSource>,
    /// A PEM file with the certificate usher shows the server, and those it is signed by.
    #[serde(default)]
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with its key.
    #[serde(default)]
    pub client_key: Option<PathBuf>,
    /// Where accounts and groups are searched: the domain, or a part of it.
    pub base: String,
    /// Which objects are accounts.
    #[serde(default = "default_filter")]
    pub filter: String,
    /// Which objects are groups.
    #[serde(default = "default_group_filter")]
    pub group_filter: String,
    /// Whether a plain connection is upgraded to TLS (`StartTLS`).
    #[serde(default)]
    pub start_tls: bool,
    /// A PEM file with the authorities to trust instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Objects a page; a domain controller sends 1000 at most.
    #[serde(default = "default_page_size")]
    pub page_size: u32,
    /// Seconds an operation may take.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// Operations in flight, over all connections; 1 to 64.
    #[serde(default = "default_in_flight")]
    pub in_flight: usize,
    /// Connections to the controller at most; 1 to 16. Samba, which lets one write at a time, is fastest over one.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Whether organizational units that are missing below `base` are made when something is put into them.
    #[serde(default)]
    pub create_parents: bool,
    /// How changes of accounts are found out, so that not everything need be read each time.
    #[serde(default)]
    pub increments: Increments,
    /// How long changes are added up before everything is read again.
    #[serde(default)]
    pub full_every: Every,
}

/// How changes are found out in a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Increments {
    /// They are not: everything is read each time.
    None,
    /// By the first of the following that the account may use.
    #[default]
    Auto,
    /// `DirSync` (MS-ADTS, section 3.1.1.3.4.1.3): the account needs the right "Replicating Directory Changes".
    Dirsync,
    /// Update sequence numbers (`uSNChanged`) and deleted objects; for accounts that see none, a list of all ids.
    Usn,
}

impl Section {
    /// Returns the section of the LDAP directory that the domain is.
    pub fn directory(&self) -> ldap::Section {
        ldap::Section {
            url: self.url.clone(),
            bind_dn: self.bind_dn.clone(),
            password: self.password.clone(),
            client_certificate: self.client_certificate.clone(),
            client_key: self.client_key.clone(),
            base: self.base.clone(),
            filter: self.filter.clone(),
            group_filter: self.group_filter.clone(),
            start_tls: self.start_tls,
            ca_file: self.ca_file.clone(),
            page_size: self.page_size,
            timeout: self.timeout,
            in_flight: self.in_flight,
            connections: self.connections,
            disable: Disable::UserAccountControl,
            placeholder_member: None,
            create_parents: self.create_parents,
            anchor: "objectGUID".to_owned(),
            increments: match self.increments {
                Increments::None => ldap::Increments::None,
                Increments::Auto => ldap::Increments::Domain,
                Increments::Dirsync => ldap::Increments::Dirsync,
                Increments::Usn => ldap::Increments::Usn,
            },
            full_every: self.full_every,
        }
    }
}

/// Makes the connector without connecting yet; `folder` is what relative paths are relative to.
///
/// # Errors
/// Fails on a URL, filter or base that can never work, and when TLS cannot be set up.
pub fn open(name: SystemName, section: &Section, folder: &Path) -> Result<Arc<dyn Connector>, ConnectError> {
    ldap::open(name, &section.directory(), folder)
}

fn default_filter() -> String {
    "(&(objectCategory=person)(objectClass=user))".to_owned()
}

fn default_group_filter() -> String {
    "(objectClass=group)".to_owned()
}

const fn default_page_size() -> u32 {
    400
}

const fn default_timeout() -> u64 {
    30
}

const fn default_connections() -> usize {
    1
}

const fn default_in_flight() -> usize {
    // what new accounts must not collide with is asked for as many of them together
    64
}
