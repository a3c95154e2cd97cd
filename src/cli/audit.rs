//! `usher audit log|verify|anchor|export`

mod verify;

use std::{fs::File, io::BufWriter, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use color_eyre::eyre::{Result, eyre};

use super::{
    DONE, Global, open,
    output::{self, say},
};
use crate::{
    audit::{self, Anchor, Checkpoint},
    engine::actor,
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
    Verify(verify::Verify),
    /// Signs the trail as it is now and prints that as one line, to be copied where nobody can rewrite it
    Anchor,
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
            AuditAction::Verify(verify) => verify.run(global),
            AuditAction::Anchor => anchor(global),
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

fn anchor(global: &Global) -> Result<u8> {
    let store = store(global)?;
    let entry = audit::Entry {
        at: global.instant("UTC")?.unwrap_or_else(jiff::Timestamp::now),
        actor: actor::current(),
        action: "anchor".to_owned(),
        subject: "audit".to_owned(),
        summary: "an anchor was printed, to be kept elsewhere".to_owned(),
        details: serde_json::Value::Null,
    };
    store.append(&[entry])?;
    let (_, newest) = store.audit(0, 20, audit::checkpoint::ACTION)?;
    let newest = newest
        .first()
        .ok_or_else(|| eyre!("the audit has no checkpoint: run `usher audit verify`"))?;
    let checkpoint = match Checkpoint::of(newest) {
        Some(Ok(checkpoint)) => checkpoint,
        Some(Err(reason)) => return Err(eyre!("the newest checkpoint cannot be read: {reason}")),
        None => return Err(eyre!("{}", newest.entry.summary)),
    };
    let anchor = Anchor::from(&checkpoint);
    if global.json {
        output::json(&serde_json::json!({ "anchor": anchor.to_string(), "checkpoint": checkpoint }))?;
    } else {
        say!("{anchor}");
    }
    Ok(DONE)
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
