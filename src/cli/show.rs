//! `usher show`

use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::{
    DONE, Global, open,
    output::{self, clean, say},
    plan, planfile,
};
use crate::{
    engine::{
        command::Query,
        planfile::{PlanFile, compare::Summary},
        view::{ReviewRow, ReviewView, View},
    },
    model::{Finding, Operation, RailReading, Situation},
};

/// Lists the operations and findings of the current plan, or of a plan file.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Lists the findings only
    #[arg(long)]
    findings: bool,
    /// Lists the scheduled operations too
    #[arg(long)]
    scheduled: bool,
    /// Only where the person or the record stands so: found, missing, … (`usher situations` lists them)
    #[arg(long, conflicts_with = "plan")]
    situation: Option<Situation>,
    /// A plan file instead of the current plan; needs no configuration
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Only rows that contain all of these words: kinds, events, systems, states, names
    words: Vec<String>,
}

impl Show {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        if let Some(path) = &self.plan {
            return self.show_file(global, &planfile::open(path)?);
        }
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
            let rails = review.plan.iter().flat_map(|plan| &plan.rails);
            for rail in rails.filter(|rail| rail.is_exceeded()) {
                exceeded(rail)?;
            }
            self.operations(&review)?;
        }
        self.print_findings(&review)?;
        Ok(DONE)
    }

    fn show_file(&self, global: &Global, file: &PlanFile) -> Result<u8> {
        if global.json {
            output::json(&serde_json::json!({
                "plan": file.head, "operations": file.operations, "scheduled": file.scheduled,
                "findings": file.findings, "sha256": file.digest(),
            }))?;
            return Ok(DONE);
        }
        let head = &file.head;
        let label = head.label.as_deref().unwrap_or("no label");
        say!(
            "plan {} of store {} ({}), for {}, seal {}",
            head.plan,
            head.store,
            clean(label),
            head.now,
            head.seal.short()
        );
        let rails = head.rails.iter();
        for rail in rails.filter(|rail| rail.is_exceeded()) {
            exceeded(rail)?;
        }
        if !self.findings {
            let later = self.scheduled.then_some(&file.scheduled).into_iter().flatten();
            let rows: Vec<_> = file
                .operations
                .iter()
                .chain(later)
                .map(operation_cells)
                .filter(|cells| matches(cells, &self.words))
                .collect();
            if rows.is_empty() {
                say!("no operations");
            }
            output::table(&rows)?;
        }
        self.finding_table(file.findings.iter())?;
        Ok(DONE)
    }

    fn operations(&self, review: &ReviewView) -> Result<()> {
        let rows: Vec<_> = review
            .rows
            .iter()
            .filter(|row| self.scheduled || !row.scheduled)
            .filter(|row| self.situation.is_none_or(|wanted| wanted == row.situation))
            .map(cells)
            .filter(|cells| matches(cells, &self.words))
            .collect();
        if rows.is_empty() {
            say!("no operations");
        }
        output::table(&rows)
    }

    fn print_findings(&self, review: &ReviewView) -> Result<()> {
        self.finding_table(review.findings.iter())
    }

    fn finding_table<'a>(&self, findings: impl Iterator<Item = &'a Finding>) -> Result<()> {
        let wanted = self.situation.map(Situation::word);
        let findings = findings.filter(|finding| wanted.is_none_or(|word| word == finding.kind.word()));
        let rows = findings
            .map(|finding| {
                let cells = vec![
                    format!("! {}", finding.kind.word()),
                    finding.system.to_string(),
                    finding.subject.clone(),
                    finding.message.clone(),
                ];
                (cells, &finding.candidates)
            })
            .filter(|(cells, _)| matches(cells, &self.words))
            .flat_map(|(cells, candidates)| {
                let candidates = candidates.iter().map(|candidate| {
                    vec![
                        String::new(),
                        String::new(),
                        candidate.name.clone(),
                        candidate.to_string(),
                    ]
                });
                std::iter::once(cells).chain(candidates)
            });
        output::table(&rows.collect::<Vec<_>>())
    }
}

/// Says that a guard rail is exceeded, and by how much.
fn exceeded(rail: &RailReading) -> Result<()> {
    let earlier = match rail.earlier {
        0 => String::new(),
        some => format!(", {some} of them in earlier runs"),
    };
    say!(
        "! {} is exceeded: {} of at most {}{earlier}; it stops {} operations",
        clean(&rail.rail),
        rail.count,
        rail.limit,
        rail.stopped.len()
    );
    Ok(())
}

fn operation_cells(operation: &Operation) -> Vec<String> {
    let mut cells = plan::cells(&Summary::of(operation));
    let event = operation.event.map_or("-", crate::model::LifecycleEvent::word);
    cells.insert(2, event.to_owned());
    cells.push(
        operation
            .due
            .map_or_else(|| "now".to_owned(), |due| due.to_string()),
    );
    cells
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
        row.note.to_string(),
    ]
}

fn matches(cells: &[String], words: &[String]) -> bool {
    words.iter().all(|word| {
        let word = word.to_lowercase();
        cells.iter().any(|cell| cell.to_lowercase().contains(&word))
    })
}
