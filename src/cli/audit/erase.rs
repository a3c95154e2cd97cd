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

/// Erases what the audit tells of somebody: name, accounts, groups, values, reasons, summaries.
///
/// Who acted, when, and which kind of action stay, and the chain verifies as before: a record of the erasure, with the
/// person's id and the reason, accounts for every record. Only the audit is erased, and of it only what names the
/// person: plans, reads and people in the store, plan files, archives, exports and backups still tell of them.
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
        say!(
            "who acted and when stay; plans and reads in the store, archives, exports and copies still tell of them"
        );
        Ok(DONE)
    }
}
