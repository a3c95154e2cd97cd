//! `usher store`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use color_eyre::eyre::{Result, bail};

use super::{DONE, Global, open, output::say};
use crate::{
    engine::actor,
    model::Right,
    store::{
        Store as _,
        postgres::{Address, roles},
        sqlite::SqliteStore,
    },
};

/// Copies the store, or tells about one that several admins share.
#[derive(Debug, Args)]
pub(super) struct StoreCommand {
    #[command(subcommand)]
    command: StoreAction,
}

#[derive(Debug, Subcommand)]
enum StoreAction {
    /// Prints the SQL that makes database roles: readers, operators who plan and apply, reviewers who decide
    #[command(
        after_help = "Run it as the owner of the tables: usher store roles | psql DATABASE. Then grant the roles to \
                      people: GRANT usher_reviewer TO ana"
    )]
    Roles,
    /// Copies the store, whole and as it is at this moment, into a new file that can be put in its place
    #[command(
        after_help = "Others may go on meanwhile. The copy tells as much as the store: only its owner may read it. If \
                      the store is damaged one day, put the newest copy in its place, plan, and look before applying: \
                      what was decided since the copy is not in it"
    )]
    Copy {
        /// The file, which must not be there yet
        file: PathBuf,
    },
}

impl StoreCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        match &self.command {
            StoreAction::Copy { file } => copy(global, file),
            StoreAction::Roles => {
                let config = open::config(global)?;
                let schema = match &config.store_server {
                    Some(server) => Address::parse(&server.url)?.schema().to_owned(),
                    None => bail!(
                        "the store is a file, which its owner alone may read: roles are for a store on PostgreSQL \
                         (`store = \"postgres://…\"`)"
                    ),
                };
                print!("{}", roles(&schema));
                Ok(DONE)
            }
        }
    }
}

fn copy(global: &Global, file: &Path) -> Result<u8> {
    let config = open::config(global)?;
    let zone = &config.rules.time_zone;
    open::may(global, &config, Right::Configure)?;
    if config.store_server.is_some() {
        bail!("the store is on a PostgreSQL server, whose own tools copy it (pg_dump)");
    }
    let store = SqliteStore::open(&config.store)?;
    store.examine()?;
    // the copy has the record of itself
    store.append(&[crate::audit::Entry {
        at: global.instant(zone)?.unwrap_or_else(jiff::Timestamp::now),
        actor: actor::current(&config.roles.on_behalf).actor,
        action: "copy".to_owned(),
        subject: "store".to_owned(),
        summary: format!("the store is copied into {}", file.display()),
        details: serde_json::Value::Null,
    }])?;
    store.copy_to(file)?;
    say!("copied {} into {}", config.store.display(), file.display());
    Ok(DONE)
}
