//! Who stands how, told anew from the reads of the current plan.

use serde::Serialize;

use super::{Engine, Error, Inner, excerpt, no_plan};
use crate::{
    model::{Anchor, Completeness, PersonId, Read, ReadKind, RecordView, RuleName, Situation, SystemName},
    planning::{
        Inputs,
        compile::{SystemSchema, compile},
        standing,
    },
};

/// How somebody stands under an account rule, or a record that nobody owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandsView {
    /// How it stands.
    pub situation: Situation,
    /// The account rule.
    pub rule: RuleName,
    /// The system.
    pub system: SystemName,
    /// Who; nobody for a record that nobody owns.
    pub person: Option<PersonId>,
    /// What the person is called.
    pub name: String,
    /// The account, if there is one.
    pub anchor: Option<Anchor>,
    /// Where it is.
    pub location: Option<String>,
}

/// Which ones.
#[derive(Debug, Clone, Default)]
pub struct StandsFilter {
    /// Only in this situation.
    pub situation: Option<Situation>,
    /// Only under this rule.
    pub rule: Option<RuleName>,
}

impl Engine {
    /// Tells how everybody and every unowned record stands, as the reads of the current plan and the links of now
    /// have it; `now` is that of the plan.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if there is no plan yet, or the rules do not fit its reads any more.
    pub async fn situations(&self, filter: StandsFilter) -> Result<Vec<StandsView>, Error> {
        self.may(crate::model::Right::View)?;
        self.inner.blocking(move |inner| tell(inner, &filter)).await
    }
}

fn tell(inner: &Inner, filter: &StandsFilter) -> Result<Vec<StandsView>, Error> {
    let plan = inner.setup.store.current_plan()?.ok_or_else(no_plan)?;
    let rules = inner.rules();
    let reads = reads(inner)?;
    let schemas: Vec<_> = reads
        .iter()
        .map(|read| SystemSchema {
            system: read.system.clone(),
            schema: (**read.records.schema()).clone(),
        })
        .collect();
    let compiled = compile(&rules, &schemas).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Error::Refused(errors.join("; "))
    })?;
    let memory = inner.setup.store.memory()?;
    let groups = if excerpt::looks_into_groups(inner) {
        excerpt::groups(inner)?
    } else {
        Vec::new()
    };
    let inputs = Inputs {
        now: plan.now,
        reads: &reads,
        groups: &groups,
        memory: &memory,
    };
    let mut views = Vec::new();
    standing::each(&compiled, &inputs, &mut |stands| {
        let is_meant = filter.situation.is_none_or(|wanted| wanted == stands.situation)
            && filter.rule.as_ref().is_none_or(|wanted| wanted == stands.rule);
        if is_meant {
            views.push(StandsView {
                situation: stands.situation,
                rule: stands.rule.clone(),
                system: stands.system.clone(),
                person: stands.person,
                name: stands.name.to_owned(),
                anchor: stands.record.map(RecordView::owned_anchor),
                location: stands.record.map(|record| record.location().to_owned()),
            });
        }
    })
    .map_err(|error| Error::Refused(error.to_string()))?;
    Ok(views)
}

/// The last good read of every system that a rule of people or accounts names.
fn reads(inner: &Inner) -> Result<Vec<Read>, Error> {
    let rules = inner.rules();
    let people = rules.people.iter().map(|rule| &rule.from);
    let mut systems: Vec<&SystemName> = people
        .chain(rules.accounts.iter().map(|rule| &rule.system))
        .collect();
    systems.sort_unstable();
    systems.dedup();
    let store = &inner.setup.store;
    systems
        .into_iter()
        .map(|system| {
            let (Some(last), Some(records)) = (store.last_read(system)?, store.last_records(system, false)?)
            else {
                let text = format!("{system} was never read in full: run `usher plan` first");
                return Err(Error::Refused(text));
            };
            Ok(Read {
                system: system.clone(),
                kind: ReadKind::Full,
                coverage: last.coverage,
                completeness: Completeness::Complete,
                records,
                problems: Vec::new(),
                started: last.ended,
                ended: last.ended,
            })
        })
        .collect()
}
