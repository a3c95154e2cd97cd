//! The command line: one file a subcommand, the same engine and the same words as the console.
//!
//! Exit codes of `plan`: 0 nothing to do, 2 changes, 3 a plan was made but something was skipped, is ambiguous or
//! blocked, 1 no plan. Of all others: 0 done, 1 not done, 3 done in part; of `apply` also 4: the canary is done, the rest
//! waits for `apply --continue`.

mod accept;
mod apply;
mod audit;
mod check;
mod decide;
mod demo;
mod evaluate;
mod explain;
mod import;
mod link;
mod log;
mod open;
mod output;
mod plan;
mod planfile;
mod quarantine;
mod revalidate;
mod settings;
mod show;
mod sign;
mod situations;
mod status;
mod store;
mod undo;

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use color_eyre::eyre::Result;
use jiff::Timestamp;

/// Done.
pub(crate) const DONE: u8 = 0;
/// Not done.
pub(crate) const NOT_DONE: u8 = 1;
/// There are changes.
pub(crate) const CHANGES: u8 = 2;
/// Done in part.
pub(crate) const IN_PART: u8 = 3;
/// Begun, and waits for somebody to let it go on.
pub(crate) const WAITS: u8 = 4;

/// Review, approve, apply and prove every joiner, mover and leaver.
#[derive(Debug, Parser)]
#[command(name = "usher", version, about, long_about = None, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
struct Global {
    /// The configuration [default: ./usher.toml, else config.toml in the user's configuration folder]
    #[arg(long, short, global = true, value_name = "FILE", env = "USHER_CONFIG")]
    config: Option<PathBuf>,
    /// Prints JSON for programs
    #[arg(long, global = true)]
    json: bool,
    /// Works as if it were then: 2026-11-21T09:00:00Z, or a date in the configuration's time zone
    #[arg(long, global = true, value_name = "TIME", env = "USHER_NOW")]
    now: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the console on a demo company with a directory and an application of its own
    Demo(demo::Demo),
    /// Checks the configuration, then connects to every system
    Check(check::Check),
    /// Reads every system and makes a plan: exit code 0 nothing to do, 2 changes, 3 incomplete, 1 no plan
    Plan(plan::PlanCommand),
    /// Lists the operations and findings of the current plan, or of a plan file
    Show(show::Show),
    /// Shows one operation in full: what changes, why, what it waits for; or how one value came about
    Explain(explain::Explain),
    /// Approves operations of the current plan, or signs a plan file
    Approve(decide::Approve),
    /// Rejects operations of the current plan
    Reject(decide::Reject),
    /// Holds operations of the current plan until a date
    Hold(decide::Hold),
    /// Takes decisions back
    Withdraw(decide::Withdraw),
    /// Releases an exceeded guard rail for the current plan
    Release(decide::Release),
    /// Applies what is approved and due, or exactly what a plan file says: exit code 3 done in part, 4 the canary is
    /// done and the rest waits
    Apply(apply::Apply),
    /// Accepts a read that is much smaller than the last good one, or lists those that wait
    Accept(accept::Accept),
    /// Shows which systems and rules are not written to, and lets them go
    Quarantine(quarantine::QuarantineCommand),
    /// Reads every system again and says which operations still hold: exit code 0 all do, 3 some do not
    Revalidate(revalidate::Revalidate),
    /// Makes a plan that takes back what a run, or one operation, has done: exit codes as for `plan`
    Undo(undo::Undo),
    /// Evaluates an expression on a person, or on a record given as JSON
    Evaluate(evaluate::Evaluate),
    /// Says how everybody and every account stands, in named situations, and what each leads to
    Situations(situations::Situations),
    /// Shows which record is whose, and puts it right
    Link(link::LinkCommand),
    /// Makes a configuration from that of another program
    Import(import::ImportCommand),
    /// Reads, verifies and exports the audit trail
    Audit(audit::AuditCommand),
    /// Tells about the store that several admins share
    Store(store::StoreCommand),
    /// Prints completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the manual page
    Man,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log::start();
    let json = arguments.global.json;
    match run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::from(DONE),
        Err(error) if error.is::<open::Said>() => ExitCode::from(NOT_DONE),
        Err(error) => {
            let message = format!("{error:#}");
            // a program that asked for JSON reads standard output; if that is closed, people may still see it
            if !json || output::json(&serde_json::json!({ "errors": [message] })).is_err() {
                eprintln!("usher: {}", output::clean(&message));
            }
            ExitCode::from(NOT_DONE)
        }
    }
}

/// Whether whoever read our output has read enough.
fn is_broken_pipe(error: &color_eyre::eyre::Report) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(arguments: Arguments) -> Result<u8> {
    let global = arguments.global;
    let Some(command) = arguments.command else {
        return open::console(&global);
    };
    match command {
        Command::Demo(demo) => demo.run(&global),
        Command::Check(check) => check.run(&global),
        Command::Plan(plan) => plan.run(&global),
        Command::Show(show) => show.run(&global),
        Command::Explain(explain) => explain.run(&global),
        Command::Approve(approve) => approve.run(&global),
        Command::Reject(reject) => reject.run(&global),
        Command::Hold(hold) => hold.run(&global),
        Command::Withdraw(withdraw) => withdraw.run(&global),
        Command::Release(release) => release.run(&global),
        Command::Apply(apply) => apply.run(&global),
        Command::Accept(accept) => accept.run(&global),
        Command::Quarantine(quarantine) => quarantine.run(&global),
        Command::Revalidate(revalidate) => revalidate.run(&global),
        Command::Undo(undo) => undo.run(&global),
        Command::Evaluate(evaluate) => evaluate.run(&global),
        Command::Situations(situations) => situations.run(&global),
        Command::Link(link) => link.run(&global),
        Command::Store(store) => store.run(&global),
        Command::Import(import) => import.run(&global),
        Command::Audit(audit) => audit.run(&global),
        Command::Completions { shell } => {
            // into memory first: the generator panics when nobody reads any more
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "usher", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(DONE)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?;
            Ok(DONE)
        }
    }
}

impl Global {
    /// Returns the instant `--now` names, if it is given.
    fn instant(&self, time_zone: &str) -> Result<Option<Timestamp>> {
        self.now
            .as_deref()
            .map(|text| instant(text, time_zone))
            .transpose()
    }
}

/// Reads an instant, or a date as its first instant in a zone.
pub(crate) fn instant(text: &str, time_zone: &str) -> Result<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let zone = jiff::tz::TimeZone::get(time_zone)?;
    let date: jiff::civil::Date = text.parse().map_err(|_| {
        color_eyre::eyre::eyre!(
            "`{text}` is neither a date (2026-11-21) nor an instant (2026-11-21T09:00:00Z)"
        )
    })?;
    Ok(date.to_zoned(zone)?.start_of_day()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn instants_and_dates_are_read() {
        let zone = "Europe/Berlin";
        assert_eq!(
            instant("2026-11-21", zone).unwrap().to_string(),
            "2026-11-20T23:00:00Z"
        );
        assert_eq!(
            instant("2026-11-21T09:00:00Z", zone).unwrap().to_string(),
            "2026-11-21T09:00:00Z"
        );
        assert!(instant("tomorrow", zone).is_err());
    }
}
