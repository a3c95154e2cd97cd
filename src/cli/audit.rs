//! `usher audit log|verify|export`

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::PathBuf,
};

use clap::{Args, Subcommand, ValueEnum};
use color_eyre::eyre::{Result, eyre};

use super::{
    DONE, Global, NOT_DONE, open,
    output::{self, say},
};
use crate::{
    audit::{self, Verifier},
    store::{Store, sqlite::SqliteStore},
};

/// Reads, verifies and exports the audit trail.
#[derive(Debug, Args)]
pub(super) struct AuditCommand {
    #[command(subcommand)]
    command: AuditAction,
}

#[derive(Debug, Subcommand)]
enum AuditAction {
    /// Lists the newest records
    Log {
        /// How many
        #[arg(long, short = 'n', default_value_t = 50)]
        number: usize,
        /// Only records that contain all of these words
        words: Vec<String>,
    },
    /// Proves that nothing was changed, left out or added; names the first record that is broken
    Verify {
        /// An exported JSON Lines file instead of the store; needs no configuration
        file: Option<PathBuf>,
    },
    /// Writes the whole trail to standard output, or to a file
    Export {
        /// The format
        #[arg(long, value_enum, default_value_t = Format::JsonLines)]
        format: Format,
        /// The file
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    JsonLines,
    Csv,
}

impl AuditCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        match &self.command {
            AuditAction::Log { number, words } => log(global, *number, words),
            AuditAction::Verify { file: Some(file) } => verify_file(global, file),
            AuditAction::Verify { file: None } => verify(global),
            AuditAction::Export { format, output } => export(global, *format, output.as_ref()),
        }
    }
}

fn store(global: &Global) -> Result<SqliteStore> {
    Ok(SqliteStore::open(&open::config(global)?.store)?)
}

fn log(global: &Global, number: usize, words: &[String]) -> Result<u8> {
    let (_, records) = store(global)?.audit(0, number, &words.join(" "))?;
    if global.json {
        output::json(&records)?;
        return Ok(DONE);
    }
    let rows: Vec<_> = records
        .iter()
        .map(|record| {
            let entry = &record.entry;
            vec![
                record.sequence.to_string(),
                entry.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                entry.actor.user.clone(),
                entry.action.clone(),
                entry.subject.clone(),
                entry.summary.clone(),
            ]
        })
        .collect();
    output::table(&rows)?;
    Ok(DONE)
}

fn verify(global: &Global) -> Result<u8> {
    let store = store(global)?;
    let mut verifier = Verifier::default();
    let mut broken = None;
    store.audit_all(&mut |record| match verifier.check(&record) {
        Ok(()) => true,
        Err(problem) => {
            broken = Some(problem.to_string());
            false
        }
    })?;
    report(global, broken.as_deref(), verifier.head())
}

fn verify_file(global: &Global, file: &PathBuf) -> Result<u8> {
    let reader = File::open(file).map_err(|error| eyre!("{} cannot be read: {error}", file.display()))?;
    match audit::check_json_lines(BufReader::new(reader)) {
        Ok(head) => report(global, None, &head),
        Err(error) => report(global, Some(&error.to_string()), &audit::Head::default()),
    }
}

fn report(global: &Global, broken: Option<&str>, head: &audit::Head) -> Result<u8> {
    if global.json {
        output::json(&serde_json::json!({
            "holds": broken.is_none(), "records": head.sequence, "head": head.hash, "broken": broken,
        }))?;
    } else {
        match broken {
            None => say!("the chain holds: {} records, head {}", head.sequence, head.hash),
            Some(problem) => say!("the chain is broken: {problem}"),
        }
    }
    Ok(if broken.is_none() { DONE } else { NOT_DONE })
}

fn export(global: &Global, format: Format, file: Option<&PathBuf>) -> Result<u8> {
    let store = store(global)?;
    match file {
        None => write(&store, std::io::stdout().lock(), format)?,
        Some(path) => {
            let file = File::create_new(path)
                .map_err(|error| eyre!("{} cannot be made: {error}", path.display()))?;
            write(&store, file, format)?;
        }
    }
    Ok(DONE)
}

fn write(store: &SqliteStore, writer: impl std::io::Write, format: Format) -> Result<()> {
    let format = match format {
        Format::JsonLines => audit::Format::JsonLines,
        Format::Csv => audit::Format::Csv,
    };
    let mut exporter = audit::Exporter::new(BufWriter::new(writer), format)?;
    let mut failure = None;
    store.audit_all(&mut |record| match exporter.write(&record) {
        Ok(()) => true,
        Err(error) => {
            failure = Some(error);
            false
        }
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    exporter.finish()?;
    Ok(())
}
