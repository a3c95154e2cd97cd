//! `usher store`

use clap::{Args, Subcommand};
use color_eyre::eyre::Result;

use super::{DONE, Global, open};
use crate::store::postgres::{Address, roles};

/// Tells about the store that several admins share.
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
}

impl StoreCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        match self.command {
            StoreAction::Roles => {
                let config = open::config(global)?;
                let schema = match &config.store_server {
                    Some(server) => Address::parse(&server.url)?.schema().to_owned(),
                    None => color_eyre::eyre::bail!(
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
