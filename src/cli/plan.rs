//! `usher plan`

use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    CHANGES, DONE, Global, IN_PART, NOT_DONE, open,
    output::{self, say},
    planfile, quarantine,
    status::Status,
};
use crate::{
    config::{Config, Problem},
    engine::{
        Export, PlanError, PlanOptions, PlanReport,
        planfile::compare::{Comparison, Difference, Summary, compare},
        revalidate::Named,
    },
    model::Quarantine,
    planning::compile::RuleError,
};

/// Reads every system and makes a plan.
#[derive(Debug, Args)]
pub(super) struct PlanCommand {
    /// Writes the plan to a file too, to be reviewed, carried, signed and applied with `usher apply FILE`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With --output: takes the place of a file that is there
    #[arg(long, requires = "output")]
    force: bool,
    /// Says what is new, gone, changed and still waiting since an older plan: its number, or a plan file
    #[arg(long, value_name = "OLD")]
    compare: Option<String>,
    /// Reads everything, also from systems that could tell what changed
    #[arg(long)]
    full: bool,
}

impl PlanCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        if let (Some(path), false) = (&self.output, self.force) {
            planfile::must_be_free(path, planfile::OTHERWISE)?;
        }
        let old = self.compare.as_deref().map(planfile::named).transpose()?;
        let engine = open::engine(global, &config)?;
        let runtime = open::runtime()?;
        // before the new plan is made: it may be the one too many to keep the old one
        let old = old
            .map(|old| runtime.block_on(engine.operations_of(old)))
            .transpose()?;
        let options = PlanOptions {
            export: self.output.as_ref().map(|_| Export {
                label: config.label.clone(),
            }),
            full: self.full,
            carries: false,
        };
        let result = runtime.block_on(async {
            let _status = Status::show(&engine);
            engine.plan(&options).await
        });
        match result {
            Ok(report) => {
                if let (Some(path), Some(octets)) = (&self.output, &report.file) {
                    planfile::write(path, octets, self.force)?;
                }
                let comparison = match old {
                    Some(old) => {
                        let new = runtime.block_on(engine.operations_of(Named::Plan(report.id)))?;
                        Some(compare(&old, &new))
                    }
                    None => None,
                };
                let quarantines = runtime.block_on(engine.quarantines())?;
                print(global, &report, &quarantines, comparison.as_ref())?;
                if !global.json {
                    quarantine::print(&engine, &quarantines)?;
                }
                if let (Some(path), false) = (&self.output, global.json) {
                    say!("written to {}", path.display());
                }
                Ok(exit_code(&report))
            }
            Err(error) => {
                complain(global, &config, error)?;
                Ok(NOT_DONE)
            }
        }
    }
}

fn exit_code(report: &PlanReport) -> u8 {
    if report.incomplete {
        IN_PART
    } else if report.summary.kinds.is_empty() {
        DONE
    } else {
        CHANGES
    }
}

fn print(
    global: &Global,
    report: &PlanReport,
    quarantines: &[Quarantine],
    comparison: Option<&Comparison>,
) -> Result<()> {
    let summary = &report.summary;
    if global.json {
        let mut json = serde_json::json!({
            "plan": report.id, "summary": summary, "incomplete": report.incomplete,
        });
        if !quarantines.is_empty() {
            json["quarantines"] = serde_json::to_value(quarantines)?;
        }
        if let Some(comparison) = comparison {
            json["comparison"] = serde_json::to_value(comparison)?;
        }
        return output::json(&json);
    }
    if summary.kinds.is_empty() {
        say!("plan {}: nothing to do", report.id);
    } else {
        let kinds: Vec<_> = summary
            .kinds
            .iter()
            .map(|(kind, count)| format!("{count} {}", kind.word()))
            .collect();
        say!("plan {}: {}", report.id, kinds.join(" · "));
    }
    if summary.scheduled > 0 {
        say!("{} scheduled for later", summary.scheduled);
    }
    if summary.findings > 0 {
        say!(
            "{} findings want a person: usher show --findings",
            summary.findings
        );
    }
    if report.incomplete {
        say!("the plan leaves something out: see the findings and the guard rails");
    }
    if let Some(comparison) = comparison {
        print_comparison(comparison)?;
    }
    Ok(())
}

fn print_comparison(comparison: &Comparison) -> Result<()> {
    let rows = |word: &'static str, summaries: &[Summary]| -> Vec<Vec<String>> {
        let row = |summary| {
            let mut row = vec![word.to_owned()];
            row.extend(cells(summary));
            row
        };
        summaries.iter().map(row).collect()
    };
    let mut all = rows("new", &comparison.new);
    all.extend(rows("gone", &comparison.gone));
    for changed in &comparison.changed {
        let mut row = vec!["changed".to_owned()];
        row.extend(cells(&changed.operation));
        row.push(differences(&changed.differs, true));
        all.push(row);
    }
    all.extend(rows("still waiting", &comparison.waiting));
    output::table(&all)
}

/// An operation as the cells of a table.
pub(super) fn cells(summary: &Summary) -> Vec<String> {
    vec![
        summary.id.short(),
        summary.kind.word().to_owned(),
        summary.system.to_string(),
        summary.subject.clone(),
        summary.what.clone(),
    ]
}

/// What differs, in one cell; what differs without a visible difference is a marked value.
pub(super) fn differences(differs: &[Difference], has_changed: bool) -> String {
    if differs.is_empty() && has_changed {
        return "a marked value".to_owned();
    }
    let one =
        |difference: &Difference| format!("{}: {} → {}", difference.field, difference.old, difference.new);
    differs.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Prints why there is no plan.
pub(super) fn complain(global: &Global, config: &Config, error: PlanError) -> Result<()> {
    match error {
        PlanError::Rules(errors) => {
            let problems = errors.iter().map(problem).collect();
            let errors = config.errors(problems);
            if global.json {
                return output::json(&serde_json::json!({ "errors": errors.located() }));
            }
            eprintln!("{}", errors.render(output::colour()));
        }
        PlanError::Failed(messages) => {
            if global.json {
                return output::json(&serde_json::json!({ "errors": messages }));
            }
            for message in messages {
                eprintln!("usher: {}", output::clean(&message));
            }
        }
    }
    Ok(())
}

/// Puts a rule's error at its place in the configuration.
pub(super) fn problem(error: &RuleError) -> Problem {
    match &error.source {
        Some(source) => {
            let hint = error.hint.clone();
            Problem::in_expression(source, error.inner.clone(), error.message.clone(), hint)
        }
        None => Problem::error(0..0, error.message.clone()),
    }
}
