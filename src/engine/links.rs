//! Links, looked at and put right by a person: which record is whose, since when and why, and whether it is there.
//!
//! A link is by anchor, so it outlives every change of the attributes it was matched by. It is *broken* when the last
//! complete read of its system does not have the record any more: the next plan says so as a finding, and it is put
//! right here, one link at a time, by naming another record or by removing the link so that the next plan matches
//! anew. Every change is in the audit with the link as it was before, so that it can be set back.

mod change;
mod person;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;
use serde::Serialize;

pub use self::change::LinkChanged;
use super::{Engine, Error, Inner, whois};
use crate::{
    model::{Anchor, Link, LinkOwner, PersonId, RuleName, SystemName},
    planning::rules::Rules,
};

/// Which links.
#[derive(Debug, Clone, Default)]
pub struct LinkFilter {
    /// Only those of this person.
    pub person: Option<PersonId>,
    /// Only those under this account rule or source of people.
    pub rule: Option<RuleName>,
    /// Only those whose record is not there any more.
    pub broken: bool,
}

/// A link and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// Whose it is.
    pub person: PersonId,
    /// What the person is called.
    pub name: String,
    /// The account rule or the source of people.
    pub rule: RuleName,
    /// Whether it is an account or a record of a source.
    pub kind: LinkKind,
    /// The system, if the configuration still has the rule.
    pub system: Option<SystemName>,
    /// Which record.
    pub anchor: Anchor,
    /// Where the record is, if the last read has it.
    pub location: Option<String>,
    /// Whether the record is there.
    pub state: LinkState,
    /// Why, and by whom: `created by run 7`, `set by ana: two people of one name`.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

/// What a link ties to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A record of a source of people.
    Source,
    /// An account.
    Account,
}

/// Whether the record of a link is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    /// The last read has it.
    Sound,
    /// The last complete read does not have it.
    Broken,
    /// The link is younger than the last read, or there was none.
    NotRead,
    /// No rule of the configuration has this name.
    NoRule,
}

impl LinkState {
    /// Returns the word used on the screen and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Broken => "broken",
            Self::NotRead => "not-read",
            Self::NoRule => "no-rule",
        }
    }
}

impl LinkKind {
    /// Returns the word used on the screen and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Account => "account",
        }
    }
}

impl Engine {
    /// Lists links, people by name and each one's sources before accounts.
    pub async fn links(&self, filter: LinkFilter) -> Result<Vec<LinkView>, Error> {
        self.may(crate::model::Right::View)?;
        self.inner.blocking(move |inner| list(inner, &filter)).await
    }
}

fn list(inner: &Inner, filter: &LinkFilter) -> Result<Vec<LinkView>, Error> {
    if let Some(rule) = &filter.rule {
        refuse_unknown(inner, rule)?;
    }
    let is_meant = |link: &Link| {
        filter
            .rule
            .as_ref()
            .is_none_or(|rule| rule == rule_of(&link.owner))
    };
    let mut links = Vec::new();
    match filter.person {
        Some(person) => {
            links.extend(inner.setup.store.sources_of(person)?);
            links.extend(inner.setup.store.accounts_of(person)?);
            links.retain(is_meant);
        }
        None => inner.setup.store.links(&mut |link| {
            if is_meant(&link) {
                links.push(link);
            }
        })?,
    }
    let names = names(inner)?;
    let systems = Systems::of(inner, &links)?;
    let mut views: Vec<_> = links
        .into_iter()
        .map(|link| systems.view(link, &names))
        .filter(|view| !filter.broken || matches!(view.state, LinkState::Broken | LinkState::NoRule))
        .collect();
    views.sort_by(|a, b| (&a.name, a.person, a.kind, &a.rule).cmp(&(&b.name, b.person, b.kind, &b.rule)));
    Ok(views)
}

fn names(inner: &Inner) -> Result<HashMap<PersonId, String>, Error> {
    Ok(whois::names(inner)?.into_iter().collect())
}

/// Returns the rule a link is under.
fn rule_of(owner: &LinkOwner) -> &RuleName {
    match owner {
        LinkOwner::Source(rule) | LinkOwner::Account(rule) => rule,
    }
}

fn refuse_unknown(inner: &Inner, rule: &RuleName) -> Result<(), Error> {
    let rules = inner.rules();
    let known = rules.people.iter().map(|known| &known.name);
    let known: Vec<_> = known
        .chain(rules.accounts.iter().map(|known| &known.name))
        .collect();
    if known.contains(&rule) {
        return Ok(());
    }
    let names: Vec<_> = known.into_iter().map(RuleName::as_str).collect();
    Err(Error::Refused(format!(
        "there is no rule `{rule}`; there are: {}",
        names.join(", ")
    )))
}

/// Returns the system of what a link ties.
fn system_of<'a>(rules: &'a Rules, owner: &LinkOwner) -> Option<&'a SystemName> {
    match owner {
        LinkOwner::Source(rule) => rules
            .people
            .iter()
            .find(|known| known.name == *rule)
            .map(|known| &known.from),
        LinkOwner::Account(rule) => rules
            .accounts
            .iter()
            .find(|known| known.name == *rule)
            .map(|known| &known.system),
    }
}

/// Where the records of links are, as the last reads have it.
struct Systems {
    rules: Arc<Rules>,
    reads: BTreeMap<SystemName, LastPlaces>,
}

struct LastPlaces {
    ended: Timestamp,
    /// By anchor, of the records that are asked for.
    places: HashMap<Anchor, String>,
}

impl Systems {
    fn of(inner: &Inner, links: &[Link]) -> Result<Self, Error> {
        let rules = inner.rules();
        let mut asked: BTreeMap<&SystemName, HashSet<&str>> = BTreeMap::new();
        for link in links {
            if let Some(system) = system_of(&rules, &link.owner) {
                asked.entry(system).or_default().insert(link.anchor.as_str());
            }
        }
        let mut reads = BTreeMap::new();
        for (system, anchors) in asked {
            let store = &inner.setup.store;
            let (Some(read), Some(records)) = (store.last_read(system)?, store.last_records(system, false)?)
            else {
                continue;
            };
            let places = records
                .iter()
                .filter(|record| anchors.contains(record.anchor()))
                .map(|record| (record.owned_anchor(), record.location().to_owned()))
                .collect();
            let ended = read.ended;
            reads.insert(system.clone(), LastPlaces { ended, places });
        }
        Ok(Self {
            rules: rules.clone(),
            reads,
        })
    }

    fn view(&self, link: Link, names: &HashMap<PersonId, String>) -> LinkView {
        let system = system_of(&self.rules, &link.owner).cloned();
        let read = system.as_ref().and_then(|system| self.reads.get(system));
        let location = read.and_then(|read| read.places.get(&link.anchor)).cloned();
        let state = match (&system, read) {
            (None, _) => LinkState::NoRule,
            _ if location.is_some() => LinkState::Sound,
            (_, Some(read)) if link.since <= read.ended => LinkState::Broken,
            _ => LinkState::NotRead,
        };
        LinkView {
            person: link.person,
            name: names.get(&link.person).cloned().unwrap_or_default(),
            kind: match link.owner {
                LinkOwner::Source(_) => LinkKind::Source,
                LinkOwner::Account(_) => LinkKind::Account,
            },
            rule: rule_of(&link.owner).clone(),
            system,
            anchor: link.anchor,
            location,
            state,
            why: link.why,
            since: link.since,
        }
    }
}
