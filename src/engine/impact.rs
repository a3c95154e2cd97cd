//! What saving an edited expression would change in the plan: computed on the last reads, nothing is read or stored.

mod compare;
mod scope;

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use serde::Serialize;

pub use self::scope::ScopeChange;
use super::{Engine, Error, Inner, Part, Place, configure, lock, view::View};
use crate::{
    config::Config,
    model::{Completeness, Kind, Plan, RailReading, Read, ReadKind, SystemName},
    planning::{
        Inputs,
        compile::{Compiled, SystemSchema, compile},
        plan,
        rules::Rules,
    },
};

/// What saving an edited expression would change in the plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Impact {
    /// How many accounts would be treated otherwise.
    pub accounts: usize,
    /// By attribute, the most accounts first; before them who leaves and enters a scope that is edited.
    pub attributes: Vec<AttributeImpact>,
    /// Due operations by kind where their number changes: (kind, without the edit, with it).
    pub kinds: Vec<(Kind, usize, usize)>,
    /// Findings without the edit and with it.
    pub findings: (usize, usize),
    /// The guard rails that the edit exceeds.
    pub rails: Vec<RailReading>,
    /// When the oldest of the reads ended that this was computed on.
    pub read: Option<Timestamp>,
}

/// What happens to one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttributeImpact {
    /// The attribute; [`AttributeImpact::ACCOUNT`] is the account itself.
    pub attribute: String,
    /// In how many accounts it would be different.
    pub accounts: usize,
    /// A few of them.
    pub examples: Vec<Example>,
}

impl AttributeImpact {
    /// Stands for the account itself: that it is created, disabled, deleted.
    pub const ACCOUNT: &'static str = "the account";
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Whose.
    pub name: String,
    /// What it would hold without the edit; empty is nothing.
    pub before: String,
    /// What it would hold with it; empty is nothing.
    pub after: String,
}

/// The questions for an impact.
#[derive(Default)]
pub(super) struct Questions {
    /// The newest: older ones need no answer any more.
    newest: AtomicU64,
    /// One is computed at a time, so that fast typing does not fill the machine with plans nobody waits for.
    alone: Mutex<()>,
}

/// Why it cannot be told: a line each.
type Refusal = Vec<String>;

impl Engine {
    /// Tells what saving an expression would change; `None` if a newer question came meanwhile.
    pub async fn impact(
        &self,
        place: Place,
        expression: String,
    ) -> Result<Option<Result<Impact, Refusal>>, Error> {
        self.may(crate::model::Right::View)?;
        let number = self.inner.impacts.newest.fetch_add(1, Ordering::SeqCst) + 1;
        self.inner
            .blocking(move |inner| impact(inner, &place, &expression, number))
            .await
    }

    pub(super) async fn show_impact(
        &self,
        ticket: u64,
        place: Place,
        expression: String,
    ) -> Result<View, Error> {
        let outcome = self.impact(place, expression).await?;
        Ok(View::Impact { ticket, outcome })
    }
}

fn impact(
    inner: &Inner,
    place: &Place,
    expression: &str,
    number: u64,
) -> Result<Option<Result<Impact, Refusal>>, Error> {
    let is_void = || inner.impacts.newest.load(Ordering::SeqCst) != number;
    let _alone = lock(&inner.impacts.alone);
    if is_void() {
        return Ok(None);
    }
    let config = lock(&inner.configuration).as_ref().map(|it| it.config.clone());
    let Some(config) = config else {
        let words = "the rules were not read from a file, so they cannot be changed here";
        return Ok(Some(Err(vec![words.to_owned()])));
    };
    let edited = match config.with(place, expression) {
        Ok(edited) => edited,
        Err(error) => return Ok(Some(Err(configure::lines(error)))),
    };
    let Some(reads) = Reads::last(inner, &edited.rules)? else {
        let words = "nothing was read yet: make a plan first";
        return Ok(Some(Err(vec![words.to_owned()])));
    };
    if is_void() {
        return Ok(None);
    }
    // both are computed on the same reads at the same time: what differs is the edit's doing alone
    let memory = inner.memory()?;
    let now = inner.setup.clock.now();
    let inputs = Inputs {
        now,
        reads: &reads.accounts,
        groups: &reads.groups,
        memory: &memory,
    };
    let planned = |config: &Config| -> Result<(Compiled, Plan), Refusal> {
        let compiled =
            compile(&config.rules, &reads.schemas).map_err(|errors| configure::located(config, &errors))?;
        let planned = plan(&compiled, &inputs).map_err(|error| vec![error.to_string()])?;
        Ok((compiled, planned.plan))
    };
    let (without, with) = rayon::join(|| planned(&config), || planned(&edited));
    let ((old, without), (new, with)) = match (without, with) {
        (Ok(without), Ok(with)) => (without, with),
        (_, Err(refusal)) | (Err(refusal), _) => return Ok(Some(Err(refusal))),
    };
    if is_void() {
        return Ok(None);
    }
    let mut impact = compare::compare(inner, &without, &with)?;
    if place.part == Part::Scope {
        let changes = match scope::changes(&old, &new, &inputs) {
            Ok(changes) => changes,
            Err(error) => return Ok(Some(Err(vec![error.to_string()]))),
        };
        let rows = scope::rows(&changes, compare::EXAMPLES);
        impact.attributes.splice(0..0, rows);
    }
    impact.read = reads.accounts.iter().map(|read| read.ended).min();
    Ok(Some(Ok(impact)))
}

/// The last good reads of every system, as planning wants them.
struct Reads {
    accounts: Vec<Read>,
    groups: Vec<Read>,
    schemas: Vec<SystemSchema>,
}

impl Reads {
    /// Loads them; `None` if a system was never read.
    fn last(inner: &Inner, rules: &Rules) -> Result<Option<Self>, Error> {
        let mut reads = Self {
            accounts: Vec::new(),
            groups: Vec::new(),
            schemas: Vec::new(),
        };
        for system in configure::systems(rules) {
            let Some(read) = last(inner, &system, false)? else {
                return Ok(None);
            };
            let schema = (**read.records.schema()).clone();
            reads.accounts.push(read);
            reads.groups.extend(last(inner, &system, true)?);
            reads.schemas.push(SystemSchema { system, schema });
        }
        Ok(Some(reads))
    }
}

fn last(inner: &Inner, system: &SystemName, groups: bool) -> Result<Option<Read>, Error> {
    let store = &inner.setup.store;
    let (Some(about), Some(records)) = (store.last_read(system)?, store.last_records(system, groups)?) else {
        return Ok(None);
    };
    Ok(Some(Read {
        system: system.clone(),
        kind: ReadKind::Full,
        coverage: about.coverage,
        completeness: Completeness::Complete,
        records,
        problems: Vec::new(),
        started: about.ended,
        ended: about.ended,
    }))
}
