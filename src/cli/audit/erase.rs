//! `usher audit erase`

use clap::Args;
use color_eyre::eyre::Result;
use uuid::Uuid;

use crate::{
    cli::{
        DONE, Global, open,
        output::{self, say},
    },
    model::PersonId,
};

/// Erases what the audit tells in particular of somebody: accounts, groups, values, reasons. Names, actors, times and
/// the chain stay, and it verifies as before.
#[derive(Debug, Args)]
pub(super) struct Erase {
    /// An id, a number of a source, a name or words of one; the id also of somebody who is gone
    person: String,
    /// Why; this is kept
    #[arg(long)]
    reason: String,
}

impl Erase {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let (person, records) = open::runtime()?.block_on(async {
            let person = match Uuid::try_parse(&self.person) {
                Ok(id) => PersonId(id),
                Err(_) => engine.find_person(&self.person).await?.person,
            };
            let records = engine.erase_audit(person, self.reason.clone()).await?;
            Ok::<_, crate::engine::Error>((person, records))
        })?;
        if global.json {
            output::json(&serde_json::json!({ "person": person, "records": records }))?;
            return Ok(DONE);
        }
        say!("erased what {records} records told of {person}; the chain holds as before");
        say!("archives, exports and copies made earlier still tell it");
        Ok(DONE)
    }
}
