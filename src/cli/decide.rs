//! `usher approve`, `reject`, `hold`, `withdraw`, `release`

use std::{io::IsTerminal as _, path::PathBuf};

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::{
    DONE, Global, NOT_DONE, instant, open,
    output::{self, say},
    sign,
};
use crate::{
    engine::{
        Engine,
        command::Query,
        view::{ReviewRow, View},
    },
    model::{Fingerprint, OperationState, Situation, Verdict},
};

/// From how many operations on `--all` asks for their number at a terminal.
const MANY: usize = 20;

/// Which operations.
#[derive(Debug, Args)]
struct Which {
    /// How many are meant: nothing is decided if it is another number
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Operations, by the first digits of their fingerprints
    operations: Vec<String>,
    /// All operations that are due and wait for a decision
    #[arg(long, conflicts_with = "operations")]
    all: bool,
    /// With --all: only of this kind
    #[arg(long, requires = "all")]
    kind: Option<String>,
    /// With --all: only after this event
    #[arg(long, requires = "all")]
    event: Option<String>,
    /// With --all: only where the person stands so: found, leaving, … (`usher situations` lists them)
    #[arg(long, requires = "all")]
    situation: Option<Situation>,
    /// With --all: only in this system
    #[arg(long, requires = "all")]
    system: Option<String>,
    /// With --all: scheduled operations too
    #[arg(long, requires = "all")]
    scheduled: bool,
}

/// Approves operations of the current plan, or signs a plan file.
#[derive(Debug, Args)]
pub(super) struct Approve {
    #[command(flatten)]
    which: Which,
    /// What they wait for, too, as far as nobody has decided about it
    #[arg(long)]
    awaited: bool,
    /// A plan file to sign: `usher apply FILE` takes the signature for the approval of all that is due in it
    #[arg(long, value_name = "FILE", requires = "sign", conflicts_with_all = ["operations", "all", "reason", "awaited"])]
    plan: Option<PathBuf>,
    /// The SSH key to sign with, or its public half if an agent or a token has the key
    #[arg(long, value_name = "KEY", requires = "plan")]
    sign: Option<PathBuf>,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

/// Rejects operations of the current plan.
#[derive(Debug, Args)]
pub(super) struct Reject {
    #[command(flatten)]
    which: Which,
    /// Why; it is shown on later plans too
    #[arg(long)]
    reason: String,
    /// Until when, a date or an instant; without it until the facts change
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// Holds operations of the current plan until a date.
#[derive(Debug, Args)]
pub(super) struct Hold {
    #[command(flatten)]
    which: Which,
    /// Until when: a date, or an instant
    #[arg(long)]
    until: String,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

/// Takes decisions back.
#[derive(Debug, Args)]
pub(super) struct Withdraw {
    #[command(flatten)]
    which: Which,
}

/// Releases an exceeded guard rail for the current plan.
#[derive(Debug, Args)]
pub(super) struct Release {
    /// The rail, as `usher show` names it: "disable · directory"
    rail: String,
    /// Lets only so many operations pass, the first in the order of the run; without it all
    #[arg(long, value_name = "N")]
    operations: Option<usize>,
    /// Why
    #[arg(long)]
    reason: String,
}

impl Approve {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        if let (Some(plan), Some(key)) = (&self.plan, &self.sign) {
            return sign::sign(global, plan, key);
        }
        let approve = Approval::With(self.awaited);
        decide(
            global,
            &self.which,
            approve,
            |_| Ok(Verdict::Approve),
            self.reason.clone(),
        )
    }
}

impl Reject {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        decide(
            global,
            &self.which,
            Approval::None,
            |zone| {
                Ok(match &self.until {
                    Some(until) => Verdict::RejectUntil {
                        until: instant(until, zone)?,
                    },
                    None => Verdict::Reject,
                })
            },
            Some(self.reason.clone()),
        )
    }
}

impl Hold {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let verdict = |zone: &str| {
            Ok(Verdict::Hold {
                until: instant(&self.until, zone)?,
            })
        };
        decide(global, &self.which, Approval::None, verdict, self.reason.clone())
    }
}

impl Withdraw {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        decide(
            global,
            &self.which,
            Approval::None,
            |_| Ok(Verdict::Withdraw),
            None,
        )
    }
}

impl Release {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let release = engine.release_some(self.rail.clone(), self.operations, self.reason.clone());
        let passes = open::runtime()?.block_on(release)?;
        if global.json {
            output::json(&serde_json::json!({ "rail": self.rail, "operations": passes }))?;
        } else {
            say!("released: {}, {passes} operations may pass", self.rail);
        }
        Ok(DONE)
    }
}

/// Whether it is an approval.
#[derive(Clone, Copy)]
enum Approval {
    /// It is another decision.
    None,
    /// It is; with what is waited for, or not.
    With(bool),
}

fn decide(
    global: &Global,
    which: &Which,
    approval: Approval,
    verdict: impl FnOnce(&str) -> Result<Verdict>,
    reason: Option<String>,
) -> Result<u8> {
    let config = open::config(global)?;
    let engine = open::engine(global, &config)?;
    let verdict = verdict(&config.rules.time_zone)?;
    let mut operations = which.select(&engine, verdict == Verdict::Approve)?;
    if operations.is_empty() {
        bail!("no operation is meant: name some, or use --all");
    }
    let runtime = open::runtime()?;
    let mut left = 0;
    if let Approval::With(with) = approval {
        let awaited = runtime.block_on(engine.awaited(operations.clone()))?;
        if with || wants_awaited(awaited.len(), global.json)? {
            operations.extend(awaited);
        } else {
            left = awaited.len();
        }
    }
    which.confirm(operations.len(), global.json)?;
    let changed = runtime.block_on(engine.decide(operations, verdict, reason))?;
    if global.json {
        let rows: Vec<_> = changed
            .iter()
            .map(|(id, state)| serde_json::json!({ "operation": id, "state": state }))
            .collect();
        output::json(&rows)?;
    } else {
        let mut counts: std::collections::BTreeMap<OperationState, usize> = std::collections::BTreeMap::new();
        for (_, state) in &changed {
            *counts.entry(*state).or_default() += 1;
        }
        for (state, count) in counts {
            say!("{count} {}", state.word());
        }
        if left > 0 {
            say!("they wait for {left} operations that nobody has approved: --awaited approves those, too");
        }
    }
    Ok(if changed.is_empty() { NOT_DONE } else { DONE })
}

/// Asks at a terminal whether what is waited for is approved, too.
fn wants_awaited(awaited: usize, json: bool) -> Result<bool> {
    if awaited == 0 || json || !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!(
        "they wait for {awaited} operations that nobody has approved; type {awaited} to approve those, too, or Enter \
         for these alone: "
    );
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim() == awaited.to_string())
}

impl Which {
    fn select(&self, engine: &Engine, approves: bool) -> Result<Vec<Fingerprint>> {
        if !self.all {
            return self
                .operations
                .iter()
                .map(|prefix| find(engine, prefix))
                .collect();
        }
        let View::Review(review) = open::runtime()?.block_on(engine.show(Query::Review))? else {
            return Ok(Vec::new());
        };
        Ok(review
            .rows
            .iter()
            // what somebody rejected is approved by name only, and what never happens not at all
            .filter(|row| {
                let is_open =
                    !matches!(row.state, OperationState::Rejected) && !row.note.starts_with("never");
                self.means(row) && (is_open || !approves)
            })
            .map(|row| row.id)
            .collect())
    }

    /// Makes sure that as many are meant as somebody thinks: by `--count`, or by asking at a terminal.
    fn confirm(&self, meant: usize, json: bool) -> Result<()> {
        let typed = match self.count {
            Some(count) => count.to_string(),
            None if self.all && meant > MANY && !json && std::io::stdin().is_terminal() => {
                eprint!("{meant} operations are meant; type the number to go on: ");
                let mut line = String::new();
                std::io::stdin().read_line(&mut line)?;
                line.trim().to_owned()
            }
            None => return Ok(()),
        };
        if typed != meant.to_string() {
            bail!("{meant} operations are meant, not {typed}: nothing was decided");
        }
        Ok(())
    }

    fn means(&self, row: &ReviewRow) -> bool {
        let is = |wanted: &Option<String>, word: &str| wanted.as_deref().is_none_or(|wanted| wanted == word);
        row.state.is_open()
            && (self.scheduled || !row.scheduled)
            && is(&self.kind, row.kind.word())
            && is(&self.system, row.system.as_str())
            && self.situation.is_none_or(|wanted| wanted == row.situation)
            && is(
                &self.event,
                row.event.map_or("none", crate::model::LifecycleEvent::word),
            )
    }
}

/// Finds the one operation of the current plan whose fingerprint starts so.
pub(super) fn find(engine: &Engine, prefix: &str) -> Result<Fingerprint> {
    let Some(plan) = engine.store().current_plan()? else {
        bail!("there is no plan yet: run `usher plan`")
    };
    let found = engine.store().find_operations(plan.id, prefix)?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => bail!("no operation of the current plan starts with {prefix}"),
        several => bail!(
            "{} operations start with {prefix}: give more digits",
            several.len()
        ),
    }
}
