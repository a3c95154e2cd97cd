//! The registry: which connectors there are, and how a configuration section becomes one.

use serde::{Deserialize, Serialize};

use super::{csv, ldap, scim};

/// The section of one system, as its connector understands it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "connector", rename_all = "kebab-case")]
pub enum Section {
    /// `connector = "csv"`.
    Csv(csv::Section),
    /// `connector = "ldap"`.
    Ldap(ldap::Section),
    /// `connector = "scim"`.
    Scim(scim::Section),
}

/// The names of all connectors, for messages and completion.
pub const CONNECTORS: [&str; 3] = ["csv", "ldap", "scim"];
