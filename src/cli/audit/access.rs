//! `usher audit who-had-access`

use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::Result;

use crate::{
    audit::access::{Evidence, Holding},
    cli::{
        DONE, Global, open,
        output::{self, say},
    },
};

/// Tells which accounts and memberships somebody had at an instant: since when, by which run, approved by whom, and
/// what is known only from reads.
#[derive(Debug, Args)]
pub(super) struct WhoHadAccess {
    /// An id, a number of a source, a name or words of one
    person: String,
    /// When: an instant, or a date (its first instant in the configuration's time zone)
    #[arg(long, value_name = "TIME")]
    at: String,
    /// An archive with earlier records, the oldest first
    #[arg(long = "archive", value_name = "FILE")]
    archives: Vec<PathBuf>,
}

impl WhoHadAccess {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let at = crate::cli::instant(&self.at, &config.rules.time_zone)?;
        let engine = open::engine(global, &config)?;
        let report = open::runtime()?.block_on(async {
            let person = engine.find_person(&self.person).await?;
            let report = engine
                .who_had_access(person.person, at, self.archives.clone())
                .await?;
            Ok::<_, crate::engine::Error>((person, report))
        });
        let (person, report) = report?;
        if global.json {
            output::json(&serde_json::json!({ "name": person.name, "access": report }))?;
            return Ok(DONE);
        }
        say!("{} at {at}", output::clean(&person.name));
        for (title, holdings) in [
            ("accounts", &report.accounts),
            ("memberships", &report.memberships),
        ] {
            say!("");
            say!("{title}{}", if holdings.is_empty() { ": none known" } else { "" });
            let rows: Vec<_> = holdings.iter().map(|one| row(one, title == "accounts")).collect();
            output::table(&rows)?;
        }
        if !report.gaps.is_empty() {
            say!("");
        }
        for gap in &report.gaps {
            say!("note: {}", output::clean(gap));
        }
        Ok(DONE)
    }
}

fn row(holding: &Holding, is_account: bool) -> Vec<String> {
    let usable = match holding.usable {
        Some(true) => "usable",
        Some(false) => "not usable",
        None => "usable or not: unknown",
    };
    let since = holding
        .since
        .map_or_else(|| "since: unknown".to_owned(), |since| format!("since {since}"));
    let mut row = vec![holding.system.clone(), holding.place.clone()];
    if is_account {
        row.push(usable.to_owned());
    }
    row.extend([since, how(holding)]);
    row
}

fn how(holding: &Holding) -> String {
    let mut words = match (&holding.evidence, holding.run) {
        (Evidence::Written { verified }, run) => {
            let run = run.map(|run| format!(" by run {run}")).unwrap_or_default();
            let read_back = if *verified {
                " and read back"
            } else {
                ", not read back"
            };
            format!("written{run}{read_back}")
        }
        (Evidence::ChangedLater(later), _) => format!("found so when it was changed at {later}"),
        (Evidence::Linked(why), _) => format!("linked ({why})"),
        (Evidence::Read(ended), _) => format!("known only from the read of {ended}"),
    };
    for approval in &holding.approvals {
        let reason = approval
            .reason
            .as_ref()
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        words = format!("{words}; approved by {} at {}{reason}", approval.by, approval.at);
    }
    words
}
