//! `usher situations`

use std::collections::BTreeMap;

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    DONE, Global, open,
    output::{self, say},
};
use crate::{
    engine::situations::{StandsFilter, StandsView},
    model::{RuleName, Situation},
};

/// Says how everybody and every account stands.
#[derive(Debug, Args)]
pub(super) struct Situations {
    /// Lists who and what is in this situation, instead of counting all
    situation: Option<Situation>,
    /// Only under this account rule
    #[arg(long)]
    rule: Option<String>,
}

impl Situations {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let filter = StandsFilter {
            situation: self.situation,
            rule: self.rule.as_deref().map(RuleName::from),
        };
        let stands = open::runtime()?.block_on(engine.situations(filter))?;
        match self.situation {
            Some(_) => list(global, &stands),
            None => count(global, &stands),
        }
    }
}

fn list(global: &Global, stands: &[StandsView]) -> Result<u8> {
    if global.json {
        output::json(&stands)?;
        return Ok(DONE);
    }
    if stands.is_empty() {
        say!("nobody and nothing");
    }
    let rows: Vec<_> = stands
        .iter()
        .map(|one| {
            vec![
                one.rule.to_string(),
                one.name.clone(),
                one.location.clone().unwrap_or_default(),
            ]
        })
        .collect();
    output::table(&rows)?;
    Ok(DONE)
}

fn count(global: &Global, stands: &[StandsView]) -> Result<u8> {
    let mut counts: BTreeMap<Situation, BTreeMap<&RuleName, usize>> = BTreeMap::new();
    for one in stands {
        *counts
            .entry(one.situation)
            .or_default()
            .entry(&one.rule)
            .or_default() += 1;
    }
    if global.json {
        let all: Vec<_> = Situation::ALL
            .into_iter()
            .map(|situation| {
                serde_json::json!({
                    "situation": situation, "means": situation.meaning(), "leads_to": situation.leads_to(),
                    "rules": counts.get(&situation),
                })
            })
            .collect();
        output::json(&all)?;
        return Ok(DONE);
    }
    let mut rows = vec![
        ["SITUATION", "HOW MANY", "MEANS", "LEADS TO"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for situation in Situation::ALL {
        let by_rule = counts.get(&situation).into_iter().flatten();
        let by_rule: Vec<_> = by_rule.map(|(rule, count)| format!("{count} {rule}")).collect();
        rows.push(vec![
            situation.word().to_owned(),
            if by_rule.is_empty() {
                "–".to_owned()
            } else {
                by_rule.join(", ")
            },
            situation.meaning().to_owned(),
            situation.leads_to().to_owned(),
        ]);
    }
    output::table(&rows)?;
    Ok(DONE)
}
