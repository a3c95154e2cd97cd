//! `usher plan`

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    CHANGES, DONE, Global, IN_PART, NOT_DONE, open,
    output::{self, say},
    status::Status,
};
use crate::{
    config::{Config, Problem},
    engine::{PlanError, PlanOptions, PlanReport},
    model::SystemName,
    planning::compile::RuleError,
};

/// Reads every system and makes a plan.
#[derive(Debug, Args)]
pub(super) struct PlanCommand {
    /// Accepts a system's much smaller or different read this once
    #[arg(long, value_name = "SYSTEM")]
    accept: Vec<String>,
}

impl PlanCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let options = PlanOptions {
            accept: self
                .accept
                .iter()
                .map(|name| SystemName::from(name.as_str()))
                .collect(),
        };
        let result = open::runtime()?.block_on(async {
            let _status = Status::show(&engine);
            engine.plan(&options).await
        });
        match result {
            Ok(report) => {
                print(global, &report)?;
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

fn print(global: &Global, report: &PlanReport) -> Result<()> {
    let summary = &report.summary;
    if global.json {
        return output::json(&serde_json::json!({
            "plan": report.id, "summary": summary, "incomplete": report.incomplete,
        }));
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
    Ok(())
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
                eprintln!("usher: {message}");
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
