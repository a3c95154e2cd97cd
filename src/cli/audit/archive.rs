//! `usher audit archive`

use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::Result;

use crate::{
    audit::KeyFile,
    cli::{
        DONE, Global, open,
        output::{self, say},
    },
    engine::actor,
    model::Right,
    store::archive::{self, Archiving},
};

/// Moves old records into a sealed file: JSON Lines that end with a signed checkpoint. They leave the store only once
/// the file is on the disk and was read back; the trail that stays verifies from the file's last record on.
#[derive(Debug, Args)]
pub(super) struct Archive {
    /// Records before this, up to the last checkpoint: an instant, or a date in the configuration's time zone
    #[arg(long, value_name = "TIME")]
    before: String,
    /// The file, which must not be there yet
    #[arg(long, short)]
    output: PathBuf,
}

impl Archive {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        open::may(global, &config, Right::Configure)?;
        let zone = &config.rules.time_zone;
        let archiving = Archiving {
            before: crate::cli::instant(&self.before, zone)?,
            actor: actor::current(&config.roles.on_behalf).actor,
            at: global.instant(zone)?.unwrap_or_else(jiff::Timestamp::now),
        };
        let store = open::store(&config)?;
        let archived = archive::archive(
            store.as_ref(),
            &KeyFile::beside(&config.store),
            &self.output,
            archiving,
        )?;
        if global.json {
            output::json(&archived)?;
            return Ok(DONE);
        }
        say!(
            "moved records {} to {} into {}",
            archived.first,
            archived.last,
            self.output.display()
        );
        say!("sha256 {}, head {}", archived.sha256, archived.head);
        say!("verify it anywhere: usher audit verify {}", self.output.display());
        Ok(DONE)
    }
}
