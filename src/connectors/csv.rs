//! CSV files as a source (RFC 4180).
//!
//! A file is read as a stream into one record set. What cannot be used (a row of the wrong length, an id twice with
//! different facts) is listed and left out, and as long as something is listed nobody is taken for gone.

mod header;
mod joining;
mod layout;
mod pieces;
mod quotes;
mod rows;
mod taking;
mod text;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    ConnectError, Connector, Probe, Progress, ReadRequest, Settled, Task, Write, WriteError, Written,
};
use crate::model::{Completeness, Coverage, Read, ReadKind, RecordSet, Schema, SystemName};

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

/// How often progress is told.
const TICK: Duration = Duration::from_millis(200);

/// A CSV file as a system that can be read and not written.
#[derive(Debug)]
struct CsvFile {
    system: SystemName,
    section: Arc<Section>,
    path: PathBuf,
}

/// Makes the connector; `folder` is what a relative path is relative to. The file is opened only when it is read.
pub fn open(name: SystemName, section: &Section, folder: &Path) -> Arc<dyn Connector> {
    Arc::new(CsvFile {
        system: name,
        path: folder.join(&section.path),
        section: Arc::new(section.clone()),
    })
}

impl CsvFile {
    /// Opens the file on a thread where waiting is allowed.
    async fn opened<T: Send + 'static>(
        &self,
        look: impl FnOnce(rows::Opened) -> T + Send + 'static,
    ) -> Result<T, ConnectError> {
        let (section, path) = (self.section.clone(), self.path.clone());
        let looked =
            tokio::task::spawn_blocking(move || rows::open(&section, &path, &[], None).map(look)).await;
        let message = match looked {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(message)) => message,
            Err(error) => error.to_string(),
        };
        Err(ConnectError {
            system: self.system.clone(),
            message,
        })
    }

    fn finished(&self, rows: rows::Rows, started: Timestamp) -> Read {
        Read {
            system: self.system.clone(),
            kind: ReadKind::Full,
            coverage: Coverage {
                question: format!("csv {} anchor {}", self.path.display(), self.section.anchor),
            },
            completeness: rows.completeness,
            records: rows.records,
            problems: rows.problems,
            started,
            ended: Timestamp::now(),
        }
    }
}

impl Connector for CsvFile {
    fn system(&self) -> &SystemName {
        &self.system
    }

    fn probe(&self) -> Task<'_, Result<Probe, ConnectError>> {
        Box::pin(async {
            let separator = |byte| match byte {
                b'\t' => "tab".to_owned(),
                byte => char::from(byte).to_string(),
            };
            self.opened(move |opened| Probe {
                product: format!(
                    "CSV, {}, separator {}",
                    layout::encoding_name(opened.encoding),
                    separator(opened.separator)
                ),
                capabilities: vec![format!("{} columns", opened.header.schema.columns.len())],
                records: None,
                clock_difference: None,
                warnings: Vec::new(),
            })
            .await
        })
    }

    fn schema(&self) -> Task<'_, Result<Schema, ConnectError>> {
        Box::pin(self.opened(|opened| Schema::clone(&opened.header.schema)))
    }

    fn read<'a>(&'a self, request: &'a ReadRequest, progress: Progress<'a>) -> Task<'a, Read> {
        Box::pin(async move {
            let started = Timestamp::now();
            let count = Arc::new(AtomicUsize::new(0));
            let (section, path, wanted) = (
                self.section.clone(),
                self.path.clone(),
                request.attributes.clone(),
            );
            let told = count.clone();
            let mut reading =
                tokio::task::spawn_blocking(move || rows::read(&section, &path, &wanted, &count));
            let rows = loop {
                tokio::select! {
                    rows = &mut reading => break rows,
                    () = tokio::time::sleep(TICK) => progress(told.load(Ordering::Relaxed)),
                }
            };
            let rows = rows.unwrap_or_else(|error| rows::Rows {
                records: RecordSet::new(Arc::default()),
                completeness: Completeness::Failed(format!(
                    "reading {} stopped: {error}",
                    self.path.display()
                )),
                problems: Vec::new(),
            });
            progress(rows.records.len());
            self.finished(rows, started)
        })
    }

    fn read_groups<'a>(&'a self, _progress: Progress<'a>) -> Task<'a, Option<Read>> {
        Box::pin(async { None })
    }

    fn write<'a>(&'a self, _write: &'a Write) -> Task<'a, Result<Written, WriteError>> {
        Box::pin(async {
            Err(WriteError::Refused(format!(
                "{} is a CSV file, which is only read: remove the rule that writes to it",
                self.system
            )))
        })
    }

    fn settle<'a>(&'a self, _write: &'a Write) -> Task<'a, Settled> {
        // nothing is ever written to a file
        Box::pin(async { Settled::NotDone })
    }

    fn command(&self, _write: &Write) -> String {
        format!("nothing: {} is only read", self.path.display())
    }
}

#[cfg(test)]
mod tests;
