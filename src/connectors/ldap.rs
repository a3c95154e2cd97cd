//! LDAP directories (RFC 4511).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::secret::SecretSource;

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
    /// Whether a plain connection is upgraded to TLS (StartTLS).
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
}

/// How an account is made unusable, and how that is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Disable {
    /// The directory has no such state.
    #[default]
    None,
    /// `pwdAccountLockedTime: 000001010000Z` (OpenLDAP's ppolicy overlay): locked for good.
    Ppolicy,
    /// `nsAccountLock: true` (389 Directory Server).
    NsAccountLock,
    /// Entries below this container are unusable.
    Container(String),
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
