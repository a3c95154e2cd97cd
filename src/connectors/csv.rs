//! CSV files as a source (RFC 4180).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The configuration of a CSV source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The file; relative to the configuration's folder.
    pub path: PathBuf,
    /// The column that holds the immutable id.
    pub anchor: String,
    /// The separator; detected if not given.
    #[serde(default)]
    pub separator: Option<char>,
    /// The encoding (`utf-8`, `utf-16le`, `windows-1252`, …); detected if not given.
    #[serde(default)]
    pub encoding: Option<String>,
}
