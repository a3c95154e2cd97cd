//! `usher link list|show|set|remove|rematch`

use clap::{Args, Subcommand};
use color_eyre::eyre::Result;

use super::{
    DONE, Global, IN_PART, open,
    output::{self, say},
    plan,
    status::Status,
};
use crate::{
    config::Config,
    engine::{
        Engine, PlanOptions,
        command::Query,
        links::{LinkChanged, LinkFilter, LinkState, LinkView},
        view::View,
        whois::Found,
    },
    model::{Finding, Kind, Operation, RuleName},
    tui::text,
};

/// Shows which record is whose, and puts it right.
#[derive(Debug, Args)]
pub(super) struct LinkCommand {
    #[command(subcommand)]
    command: LinkAction,
}

#[derive(Debug, Subcommand)]
enum LinkAction {
    /// Lists links: whose, under which rule, which record, since when, why
    List {
        /// Only of this person: an id, a number of a source, a name or words of one
        person: Option<String>,
        /// Only under this account rule or source of people
        #[arg(long)]
        rule: Option<String>,
        /// Only those whose record the last complete read does not have any more, or whose rule is gone
        #[arg(long)]
        broken: bool,
    },
    /// Shows all links of one person in full
    Show {
        /// An id, a number of a source, a name or words of one
        person: String,
    },
    /// Links a person's account to a record of the last read that is nobody else's
    Set {
        /// An id, a number of a source, a name or words of one
        person: String,
        /// The account rule
        rule: String,
        /// The record, by its anchor (`link list` and the audit show them) or by where it is
        anchor: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Removes the link of a person's account: the next plan matches anew
    Remove {
        /// An id, a number of a source, a name or words of one
        person: String,
        /// The account rule
        rule: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// Plans at once, and shows what was matched; exit code 3 if no plan could be made
        #[arg(long)]
        rematch: bool,
    },
    /// Looks for a person's account anew: removes the link, if there is one, plans, and shows what was matched
    Rematch {
        /// An id, a number of a source, a name or words of one
        person: String,
        /// The account rule
        rule: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

impl LinkCommand {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        open::runtime()?.block_on(self.command.run(global, &config, &engine))
    }
}

impl LinkAction {
    async fn run(&self, global: &Global, config: &Config, engine: &Engine) -> Result<u8> {
        match self {
            Self::List { person, rule, broken } => {
                let person = match person {
                    Some(person) => Some(engine.find_person(person).await?.person),
                    None => None,
                };
                let filter = LinkFilter {
                    person,
                    rule: rule.as_deref().map(RuleName::from),
                    broken: *broken,
                };
                list(global, &engine.links(filter).await?)
            }
            Self::Show { person } => show(global, engine, &engine.find_person(person).await?).await,
            Self::Set {
                person,
                rule,
                anchor,
                reason,
            } => {
                let named = engine.find_person(person).await?;
                let changed = engine
                    .set_link(named.person, rule.as_str().into(), anchor.clone(), reason.clone())
                    .await?;
                if global.json {
                    output::json(&changed)?;
                } else {
                    print_change(&named, rule, &changed)?;
                }
                Ok(DONE)
            }
            Self::Remove {
                person,
                rule,
                reason,
                rematch,
            } => {
                let named = engine.find_person(person).await?;
                let changed = engine
                    .remove_link(named.person, rule.as_str().into(), reason.clone())
                    .await?;
                if !*rematch {
                    if global.json {
                        output::json(&changed)?;
                    } else {
                        print_change(&named, rule, &changed)?;
                    }
                    return Ok(DONE);
                }
                if !global.json {
                    print_change(&named, rule, &changed)?;
                }
                rematched(global, config, engine, &named, rule, &changed).await
            }
            Self::Rematch { person, rule, reason } => {
                let named = engine.find_person(person).await?;
                let filter = LinkFilter {
                    person: Some(named.person),
                    rule: Some(rule.as_str().into()),
                    broken: false,
                };
                let changed = if engine.links(filter).await?.is_empty() {
                    LinkChanged::default()
                } else {
                    engine
                        .remove_link(named.person, rule.as_str().into(), reason.clone())
                        .await?
                };
                rematched(global, config, engine, &named, rule, &changed).await
            }
        }
    }
}

fn list(global: &Global, links: &[LinkView]) -> Result<u8> {
    if global.json {
        output::json(&links)?;
        return Ok(DONE);
    }
    if links.is_empty() {
        say!("no links");
        return Ok(DONE);
    }
    let mut rows = vec![
        ["PERSON", "RULE", "ANCHOR", "STATE", "SINCE", "WHY"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(links.iter().map(|link| {
        vec![
            shown_name(&link.name, link.person),
            link.rule.to_string(),
            link.anchor.to_string(),
            link.state.word().to_owned(),
            link.since.strftime("%Y-%m-%d").to_string(),
            link.why.clone(),
        ]
    }));
    output::table(&rows)?;
    Ok(DONE)
}

fn shown_name(name: &str, person: crate::model::PersonId) -> String {
    if name.is_empty() {
        person.to_string()
    } else {
        name.to_owned()
    }
}

async fn show(global: &Global, engine: &Engine, named: &Found) -> Result<u8> {
    let filter = LinkFilter {
        person: Some(named.person),
        ..LinkFilter::default()
    };
    let links = engine.links(filter).await?;
    if global.json {
        output::json(&serde_json::json!({ "person": named.person, "name": named.name, "links": links }))?;
        return Ok(DONE);
    }
    say!("{}  {}", text::clean(&named.name), named.person);
    for link in &links {
        let system = link.system.as_ref().map_or("no system", |system| system.as_str());
        say!("");
        say!(
            "{} {} in {}",
            link.kind.word(),
            text::clean(link.rule.as_str()),
            text::clean(system)
        );
        say!("  anchor    {}", text::clean(link.anchor.as_str()));
        let place = match (&link.location, link.state) {
            (Some(location), _) => location.as_str(),
            (None, LinkState::Broken) => "broken: the last complete read does not have it",
            (None, LinkState::NoRule) => "no rule of the configuration has this name",
            (None, _) => "not read since",
        };
        say!("  record    {}", text::clean(place));
        say!("  since     {}", link.since);
        say!("  why       {}", text::clean(&link.why));
    }
    Ok(DONE)
}

fn print_change(named: &Found, rule: &str, changed: &LinkChanged) -> Result<()> {
    let who = format!("{} · {rule}", named.name);
    match &changed.before {
        Some(before) => say!(
            "was: {} → {} ({})",
            text::clean(&who),
            text::clean(before.anchor.as_str()),
            text::clean(&before.why)
        ),
        None => say!("was: {} → nothing", text::clean(&who)),
    }
    match (&changed.after, &changed.location) {
        (Some(after), location) => say!(
            "is:  {} → {} {}",
            text::clean(&who),
            text::clean(after.anchor.as_str()),
            text::clean(location.as_deref().unwrap_or_default())
        ),
        (None, _) => say!("is:  {} → nothing: the next plan matches anew", text::clean(&who)),
    }
    if !changed.outdated.is_empty() {
        say!(
            "{} operations of the current plan do not hold any more: run `usher plan`",
            changed.outdated.len()
        );
    }
    Ok(())
}

/// Plans anew after a link was removed, and shows what the rule has found.
async fn rematched(
    global: &Global,
    config: &Config,
    engine: &Engine,
    named: &Found,
    rule: &str,
    changed: &LinkChanged,
) -> Result<u8> {
    let planned = {
        let _status = Status::show(engine);
        engine.plan(&PlanOptions::default()).await
    };
    let report = match planned {
        Ok(report) => report,
        Err(error) => {
            plan::complain(global, config, error)?;
            return Ok(IN_PART);
        }
    };
    let filter = LinkFilter {
        person: Some(named.person),
        rule: Some(rule.into()),
        broken: false,
    };
    let found = engine.links(filter).await?.into_iter().next();
    let (adoption, findings) = proposed(engine, named, rule).await?;
    if global.json {
        output::json(&serde_json::json!({
            "before": changed.before, "after": changed.after, "outdated": changed.outdated,
            "plan": report.id, "matched": found, "adoption": adoption, "findings": findings,
        }))?;
        return Ok(DONE);
    }
    match (&found, &adoption) {
        (Some(link), _) => say!(
            "plan {}: matched {} ({})",
            report.id,
            text::clean(link.location.as_deref().unwrap_or(link.anchor.as_str())),
            text::clean(&link.why)
        ),
        (None, Some(adoption)) => say!(
            "plan {}: found {} ({}): adopt it with `usher approve {}`, then `usher apply`",
            report.id,
            text::clean(&adoption.target.location),
            text::clean(&adoption.why),
            adoption.fingerprint.short()
        ),
        (None, None) => say!(
            "plan {}: no account was matched: see `usher show {}`",
            report.id,
            text::clean(&named.name)
        ),
    }
    for finding in &findings {
        say!("{}: {}", finding.kind.word(), text::clean(&finding.message));
        for candidate in &finding.candidates {
            say!(
                "  {}  {}",
                text::clean(&candidate.name),
                text::clean(&candidate.to_string())
            );
        }
    }
    Ok(DONE)
}

/// What the current plan proposes to adopt for somebody under a rule, and what is to be decided about that first.
async fn proposed(engine: &Engine, named: &Found, rule: &str) -> Result<(Option<Operation>, Vec<Finding>)> {
    let View::Review(review) = engine.show(Query::Review).await? else {
        return Ok((None, Vec::new()));
    };
    let row = review
        .rows
        .iter()
        .find(|row| row.kind == Kind::Adopt && row.person == Some(named.person) && row.rule.as_str() == rule);
    let adoption = match row {
        Some(row) => match engine.show(Query::Operation(row.id)).await? {
            View::Operation(Some(view)) => Some(view.operation),
            _ => None,
        },
        None => None,
    };
    let is_meant = |finding: &&Finding| {
        finding.person == Some(named.person)
            && finding.rule.as_ref().is_some_and(|known| known.as_str() == rule)
    };
    Ok((
        adoption,
        review.findings.iter().filter(is_meant).cloned().collect(),
    ))
}
