//! The registry: which connectors there are, and how a configuration section becomes one.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{ConnectError, Connector, active_directory, csv, ldap, scim};
use crate::model::SystemName;

/// The section of one system, as its connector understands it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "connector", rename_all = "kebab-case")]
pub enum Section {
    /// `connector = "active-directory"`.
    ActiveDirectory(active_directory::Section),
    /// `connector = "csv"`.
    Csv(csv::Section),
    /// `connector = "ldap"`.
    Ldap(ldap::Section),
    /// `connector = "scim"`.
    Scim(scim::Section),
}

/// The names of all connectors, for messages and completion.
pub const CONNECTORS: [&str; 4] = ["active-directory", "csv", "ldap", "scim"];

impl Section {
    /// Returns the connector's name, as the configuration has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ActiveDirectory(_) => CONNECTORS[0],
            Self::Csv(_) => CONNECTORS[1],
            Self::Ldap(_) => CONNECTORS[2],
            Self::Scim(_) => CONNECTORS[3],
        }
    }

    /// Makes the connector of a system without connecting yet; `folder` is what relative paths are relative to.
    ///
    /// # Errors
    /// Fails where the section can never work: a URL that is none, a file of authorities that cannot be read.
    pub fn open(&self, name: SystemName, folder: &Path) -> Result<Arc<dyn Connector>, ConnectError> {
        match self {
            Self::ActiveDirectory(section) => active_directory::open(name, section, folder),
            Self::Csv(section) => Ok(csv::open(name, section, folder)),
            Self::Ldap(section) => ldap::open(name, section, folder),
            Self::Scim(section) => scim::open(&name, section, folder),
        }
    }
}
