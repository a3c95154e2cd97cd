//! SCIM 2.0 applications (RFC 7643, RFC 7644).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{ConnectError, Connector, secret::SecretSource};
use crate::model::SystemName;

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

const fn default_page_size() -> usize {
    100
}

const fn default_timeout() -> u64 {
    30
}

const fn default_in_flight() -> usize {
    8
}

/// Makes the connector.
pub fn open(
    name: SystemName,
    _section: &Section,
    _folder: &Path,
) -> Result<Arc<dyn Connector>, ConnectError> {
    Err(ConnectError {
        system: name,
        message: "SCIM is not built in yet".to_owned(),
    })
}
