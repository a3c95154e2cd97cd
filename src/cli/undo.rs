//! `usher undo`

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::{
    CHANGES, DONE, Global, IN_PART, NOT_DONE, open,
    output::{self, say},
    plan,
    status::Status,
};
use crate::engine::undo::{UndoReport, What};

/// From how many digits on a number is an operation: what is shown of a fingerprint.
const OPERATION: usize = 8;

/// Makes a plan that takes back what a run, or one operation, has done.
///
/// It becomes the current plan, and is looked at, approved and applied like any other. What was changed since by
/// somebody else stays as it is and is listed, as is what cannot be undone.
#[derive(Debug, Args)]
pub(super) struct Undo {
    /// `last`, the number of a run, or an applied operation by the first digits of its fingerprint (all eight, if
    /// none of them is a letter)
    #[arg(value_name = "RUN|OPERATION")]
    what: String,
    /// Says what would be planned, and keeps the current plan
    #[arg(long)]
    dry_run: bool,
}

impl Undo {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let what = meant(&self.what)?;
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let result = open::runtime()?.block_on(async {
            let _status = Status::show(&engine);
            engine.undo(what, !self.dry_run).await
        });
        match result {
            Ok(report) => {
                if global.json {
                    json(&report)?;
                } else {
                    print(&report, self.dry_run)?;
                }
                Ok(exit_code(&report))
            }
            Err(error) => {
                plan::complain(global, &config, error)?;
                Ok(NOT_DONE)
            }
        }
    }
}

fn meant(text: &str) -> Result<What> {
    if text == "last" {
        return Ok(What::Last);
    }
    if text.len() < OPERATION
        && let Ok(run) = text.parse()
    {
        return Ok(What::Run(run));
    }
    if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        bail!("`{text}` is neither `last`, nor the number of a run, nor an operation");
    }
    Ok(What::Operation(text.to_owned()))
}

fn exit_code(report: &UndoReport) -> u8 {
    if report.incomplete {
        IN_PART
    } else if report.operations.is_empty() {
        DONE
    } else {
        CHANGES
    }
}

fn json(report: &UndoReport) -> Result<()> {
    output::json(&serde_json::json!({
        "run": report.run, "plan": report.plan, "summary": report.summary,
        "operations": report.operations, "left": report.left, "exceeded": report.exceeded,
        "incomplete": report.incomplete,
    }))
}

fn print(report: &UndoReport, is_dry: bool) -> Result<()> {
    let kinds: Vec<_> = report
        .summary
        .kinds
        .iter()
        .map(|(kind, count)| format!("{count} {}", kind.word()))
        .collect();
    match report.plan {
        Some(plan) => say!("plan {plan} takes back run {}: {}", report.run, kinds.join(" · ")),
        None if kinds.is_empty() => say!("nothing is left to undo in run {}", report.run),
        None => say!("run {} would be taken back by: {}", report.run, kinds.join(" · ")),
    }
    if is_dry {
        let rows: Vec<_> = report
            .operations
            .iter()
            .map(|operation| {
                vec![
                    operation.operation.short(),
                    operation.kind.word().to_owned(),
                    operation.system.to_string(),
                    operation.subject.clone(),
                ]
            })
            .collect();
        output::table(&rows)?;
    }
    let rows: Vec<_> = report
        .left
        .iter()
        .filter(|left| !left.is_back)
        .map(|left| {
            vec![
                format!("! {}", left.operation.short()),
                left.kind.word().to_owned(),
                left.system.to_string(),
                left.subject.clone(),
                left.reason.clone(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        say!("not undone:");
        output::table(&rows)?;
    }
    for rail in &report.exceeded {
        say!(
            "! the guard rail `{}` stops it: {} of at most {}; `usher release` lets it pass",
            output::clean(&rail.rail),
            rail.count,
            rail.limit
        );
    }
    if report.plan.is_some() {
        say!("look at it with `usher show`, then approve and apply it like any other plan");
        say!(
            "the sources still want what it takes back: the next plan shows that as rejected (undone by the run)"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_operations_are_told_apart() {
        assert_eq!(meant("last").unwrap(), What::Last);
        assert_eq!(meant("7").unwrap(), What::Run(7));
        for operation in ["7f", "12345678"] {
            assert_eq!(meant(operation).unwrap(), What::Operation(operation.to_owned()));
        }
        assert!(meant("yesterday").is_err() && meant("").is_err());
    }
}
