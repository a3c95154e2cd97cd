//! `usher audit log|verify|anchor|export|archive|erase|who-had-access`

mod access;
mod archive;
mod erase;
mod verify;

use std::{fs::File, io::BufWriter, path::PathBuf, sync::Arc};

use clap::{Args, Subcommand, ValueEnum};
use color_eyre::eyre::{Result, eyre};

use super::{
    DONE, Global, open,
    output::{self, say},
};
use crate::{
    audit::{self, Anchor, Checkpoint, Selection},
    engine::actor,
    model::Right,
    store::Store,
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
    /// Writes the trail to standard output, or to a file
    Export(Export),
    /// Moves old records into a sealed file that verifies by itself
    Archive(archive::Archive),
    /// Erases what the audit tells of somebody; the chain still verifies
    Erase(erase::Erase),
    /// Tells which accounts and memberships somebody had at an instant
    WhoHadAccess(access::WhoHadAccess),
}

/// Writes the trail to standard output, or to a file. Only a whole trail as JSON Lines can be verified.
#[derive(Debug, Args)]
struct Export {
    /// The format
    #[arg(long, value_enum, default_value_t = Format::JsonLines)]
    format: Format,
    /// The file
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Only what was not before this: an instant, or a date in the configuration's time zone
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what was before this
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only records that contain all of these words
    words: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    JsonLines,
    Csv,
    /// Common Event Format, for log collectors
    Cef,
    /// The shape of Microsoft Entra's provisioning log
    Entra,
}

impl AuditCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        match &self.command {
            AuditAction::Log { number, words } => log(global, *number, words),
            AuditAction::Verify(verify) => verify.run(global),
            AuditAction::Anchor => anchor(global),
            AuditAction::Export(export) => export.run(global),
            AuditAction::Archive(archive) => archive.run(global),
            AuditAction::Erase(erase) => erase.run(global),
            AuditAction::WhoHadAccess(access) => access.run(global),
        }
    }
}

fn store(global: &Global) -> Result<Arc<dyn Store>> {
    let config = open::config(global)?;
    open::may(global, &config, Right::View)?;
    open::store(&config)
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

/// An entry of what the command line itself does with the trail.
fn entry(global: &Global, action: &str, summary: impl Into<String>) -> Result<audit::Entry> {
    let config = open::config(global)?;
    Ok(audit::Entry {
        at: global.instant("UTC")?.unwrap_or_else(jiff::Timestamp::now),
        actor: actor::current(&config.roles.on_behalf).actor,
        action: action.to_owned(),
        subject: "audit".to_owned(),
        summary: summary.into(),
        details: serde_json::Value::Null,
    })
}

fn anchor(global: &Global) -> Result<u8> {
    let store = store(global)?;
    let entry = entry(global, "anchor", "an anchor was printed, to be kept elsewhere")?;
    store.append(&[entry])?;
    let (_, newest) = store.audit(0, 20, audit::checkpoint::ACTION)?;
    let newest = newest
        .iter()
        .find(|record| record.entry.action == audit::checkpoint::ACTION)
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

impl Export {
    fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        open::may(global, &config, Right::View)?;
        let store = open::store(&config)?;
        let instant = |text: &Option<String>| {
            text.as_ref()
                .map(|text| super::instant(text, &config.rules.time_zone))
                .transpose()
        };
        let selection = Selection {
            since: instant(&self.since)?,
            until: instant(&self.until)?,
            words: self.words.clone(),
        };
        // the export has the record of itself, if it was chosen
        let mut entry = entry(global, "export", "the audit was exported")?;
        entry.details = serde_json::json!({
            "format": self.format.to_possible_value().map(|value| value.get_name().to_owned()),
            "since": selection.since, "until": selection.until, "words": selection.words,
            "file": self.output,
        });
        store.append(&[entry])?;
        match &self.output {
            None => self.write(store.as_ref(), std::io::stdout().lock(), &selection)?,
            Some(path) => {
                let file = File::create_new(path)
                    .map_err(|error| eyre!("{} cannot be made: {error}", path.display()))?;
                self.write(store.as_ref(), file, &selection)?;
            }
        }
        Ok(DONE)
    }

    fn write(&self, store: &dyn Store, writer: impl std::io::Write, selection: &Selection) -> Result<()> {
        let format = match self.format {
            Format::JsonLines => audit::Format::JsonLines,
            Format::Csv => audit::Format::Csv,
            Format::Cef => audit::Format::Cef,
            Format::Entra => audit::Format::Entra,
        };
        let mut exporter = audit::Exporter::new(BufWriter::new(writer), format)?;
        let mut failure = None;
        store.audit_all(&mut |record| {
            if !selection.takes(&record) {
                return true;
            }
            match exporter.write(&record) {
                Ok(()) => true,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            }
        })?;
        if let Some(error) = failure {
            return Err(error.into());
        }
        exporter.finish()?;
        Ok(())
    }
}
