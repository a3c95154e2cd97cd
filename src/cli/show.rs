//! `usher show`

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::{
    DONE, Global, open,
    output::{self, say},
};
use crate::engine::{
    command::Query,
    view::{ReviewRow, ReviewView, View},
};

/// Lists the operations and findings of the current plan.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Lists the findings only
    #[arg(long)]
    findings: bool,
    /// Lists the scheduled operations too
    #[arg(long)]
    scheduled: bool,
    /// Only rows that contain all of these words: kinds, events, systems, states, names
    words: Vec<String>,
}

impl Show {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let View::Review(review) = open::runtime()?.block_on(engine.show(Query::Review))? else {
            bail!("there is no plan yet: run `usher plan`");
        };
        if review.plan.is_none() {
            bail!("there is no plan yet: run `usher plan`");
        }
        if global.json {
            output::json(&review)?;
            return Ok(DONE);
        }
        if !self.findings {
            self.operations(&review)?;
        }
        self.print_findings(&review)?;
        Ok(DONE)
    }

    fn operations(&self, review: &ReviewView) -> Result<()> {
        let rows: Vec<_> = review
            .rows
            .iter()
            .filter(|row| self.scheduled || !row.scheduled)
            .map(cells)
            .filter(|cells| matches(cells, &self.words))
            .collect();
        if rows.is_empty() {
            say!("no operations");
        }
        output::table(&rows)
    }

    fn print_findings(&self, review: &ReviewView) -> Result<()> {
        let rows: Vec<_> = review
            .findings
            .iter()
            .map(|finding| {
                vec![
                    format!("! {}", finding.kind.word()),
                    finding.system.to_string(),
                    finding.subject.clone(),
                    finding.message.clone(),
                ]
            })
            .filter(|cells| matches(cells, &self.words))
            .collect();
        output::table(&rows)
    }
}

fn cells(row: &ReviewRow) -> Vec<String> {
    vec![
        row.id.short(),
        row.state.word().to_owned(),
        row.kind.word().to_owned(),
        row.event
            .map_or("-", crate::model::LifecycleEvent::word)
            .to_owned(),
        row.system.to_string(),
        row.subject.to_string(),
        row.what.to_string(),
        row.due.map_or_else(|| "now".to_owned(), |due| due.to_string()),
    ]
}

fn matches(cells: &[String], words: &[String]) -> bool {
    words.iter().all(|word| {
        let word = word.to_lowercase();
        cells.iter().any(|cell| cell.to_lowercase().contains(&word))
    })
}
