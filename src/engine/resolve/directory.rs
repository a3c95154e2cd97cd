//! Where linked accounts are, kept up to date during a run.

use std::collections::{HashMap, HashSet};

use super::{Unresolved, consulted};
use crate::{
    connectors::Written,
    engine::{Error, Inner, query},
    model::{
        After, Anchor, Change, Kind, LinkOwner, Operation, PersonId, PlanId, RuleName, SystemName, Value,
    },
    store::Placed,
};

/// An account as far as a run needs to know it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub anchor: Anchor,
    pub location: String,
    /// Attributes that were written in this run and that other operations ask for.
    pub written: Vec<(String, Value<'static>)>,
}

/// Which systems name objects by where they are.
fn uses_locations(inner: &Inner) -> HashMap<SystemName, bool> {
    let systems = inner.setup.systems.iter().map(|system| &system.connector);
    systems
        .map(|connector| (connector.system().clone(), connector.has_containers()))
        .collect()
}

/// What an operation that was applied has left behind.
fn left_behind(operation: &Operation, placed: Placed) -> Written {
    Written {
        anchor: placed.anchor,
        location: placed.location,
        verified: true,
        already: true,
        attributes: operation.changes.iter().filter_map(written_value).collect(),
    }
}

/// What an applied change has certainly left behind.
fn written_value(change: &Change) -> Option<(String, Value<'static>)> {
    match &change.after {
        After::Known(value) if !matches!(value, Value::Reference(_)) => {
            Some((change.attribute.clone(), value.clone()))
        }
        _ => None,
    }
}

/// Where linked accounts are, kept up to date during a run.
pub(in crate::engine) struct Directory {
    pub(super) accounts: HashMap<(PersonId, RuleName), Account>,
    /// Where objects are now that this run has moved.
    pub(super) moved: HashMap<(SystemName, Anchor), String>,
    /// Where accounts were that this run has moved.
    pub(super) former: HashMap<(PersonId, RuleName), String>,
    pub(super) uses_locations: HashMap<SystemName, bool>,
    /// What the operations of the run ask for; all there is if that is not known.
    asked: Option<Asked>,
}

/// What the operations of a run ask of accounts. Most runs ask for little: a create needs to know of nobody else, and a
/// change names its object by its anchor.
#[derive(Debug, Default)]
struct Asked {
    /// The accounts that must be known.
    accounts: HashSet<(PersonId, RuleName)>,
    /// The attributes that are taken over from accounts that are written before.
    attributes: HashSet<(RuleName, String)>,
}

impl Asked {
    fn by<'o>(operations: impl Iterator<Item = &'o Operation>) -> Self {
        let mut asked = Self::default();
        for operation in operations {
            asked.accounts.extend(consulted(operation));
            for change in &operation.changes {
                if let After::Deferred(deferred) = &change.after {
                    let attribute = deferred.attribute.to_ascii_lowercase();
                    asked.attributes.insert((deferred.rule.clone(), attribute));
                }
            }
        }
        asked
    }
}

/// An account that a plan has found and wants to adopt.
#[derive(Debug)]
pub(in crate::engine) struct Found {
    person: PersonId,
    rule: RuleName,
    anchor: Anchor,
    location: String,
}

impl Found {
    /// Returns the account that an operation adopts; nothing for operations of other kinds.
    pub(in crate::engine) fn of(operation: &Operation) -> Option<Self> {
        (operation.kind == Kind::Adopt).then_some(())?;
        Some(Self {
            person: operation.person?,
            rule: operation.rule.clone(),
            anchor: operation.target.anchor.clone()?,
            location: operation.target.location.clone(),
        })
    }
}

/// Up to how many accounts are looked up one by one: beyond, everything is read at once.
const FEW: usize = 500;

/// Returns those of some accounts that are linked, and where they were when they were read last.
fn linked(
    inner: &Inner,
    asked: &HashSet<(PersonId, RuleName)>,
) -> Result<HashMap<(PersonId, RuleName), Account>, Error> {
    let store = &inner.setup.store;
    let rules = inner.rules();
    let systems: HashMap<_, _> = rules
        .accounts
        .iter()
        .map(|rule| (&rule.name, &rule.system))
        .collect();
    let mut accounts = HashMap::new();
    let mut take = |person: PersonId, rule: &RuleName, anchor: Anchor| {
        let account = Account {
            anchor,
            location: String::new(),
            written: Vec::new(),
        };
        accounts.insert((person, rule.clone()), account);
    };
    let mut asked_for = asked.iter().filter(|(_, rule)| systems.contains_key(rule));
    if asked.len() <= FEW {
        asked_for.try_for_each(|(person, rule)| {
            let owner = LinkOwner::Account(rule.clone());
            let mut links = store.accounts_of(*person)?.into_iter();
            if let Some(link) = links.find(|link| link.owner == owner) {
                take(*person, rule, link.anchor);
            }
            Ok::<(), Error>(())
        })?;
    } else {
        for link in &store.memory()?.links {
            if let LinkOwner::Account(rule) = link.owner
                && systems.contains_key(rule)
                && asked.contains(&(link.person, rule.clone()))
            {
                take(link.person, rule, link.anchor.into());
            }
        }
    }
    let mut sought: HashMap<&SystemName, HashMap<String, Vec<&mut Account>>> = HashMap::new();
    for ((_, rule), account) in &mut accounts {
        if let Some(system) = systems.get(rule) {
            let anchors = sought.entry(*system).or_default();
            let anchor = account.anchor.as_str().to_owned();
            anchors.entry(anchor).or_default().push(account);
        }
    }
    for (system, mut sought) in sought {
        let Some(records) = store.last_records(system, false)? else {
            continue;
        };
        for record in records.iter() {
            for account in sought.remove(record.anchor()).into_iter().flatten() {
                record.location().clone_into(&mut account.location);
            }
        }
    }
    Ok(accounts)
}

impl Directory {
    /// Loads the linked accounts and those a plan has found, for a run of some of its operations, with what earlier
    /// runs of it have written since it was made.
    pub(in crate::engine) fn load<'o>(
        inner: &Inner,
        plan: PlanId,
        operations: impl Iterator<Item = &'o Operation>,
        found: Vec<Found>,
    ) -> Result<Self, Error> {
        let asked = Asked::by(operations);
        let accounts = linked(inner, &asked.accounts)?;
        let mut directory = Self {
            accounts,
            moved: HashMap::new(),
            former: HashMap::new(),
            uses_locations: uses_locations(inner),
            asked: Some(asked),
        };
        // others may refer to them already, and what they hold now is told in terms of people; what needs them adopted
        // waits for that
        for found in found {
            directory.note_found(found);
        }
        directory.catch_up(inner, plan)?;
        Ok(directory)
    }

    /// Loads only the accounts that one operation, or one screen, names, and what the current plan's runs have
    /// made of them.
    pub(in crate::engine) fn of(inner: &Inner, wanted: &[(PersonId, RuleName)]) -> Result<Self, Error> {
        let store = &inner.setup.store;
        let rules = inner.rules();
        let mut accounts = HashMap::new();
        for (person, rule) in wanted {
            let owner = LinkOwner::Account(rule.clone());
            let links = store.accounts_of(*person)?;
            let Some(link) = links.into_iter().find(|link| link.owner == owner) else {
                continue;
            };
            let known = rules.accounts.iter().find(|known| known.name == *rule);
            let records = match known {
                Some(known) => inner.last_records(&known.system)?,
                None => None,
            };
            let location = records
                .and_then(|records| {
                    let mut records = records.iter();
                    let record = records.find(|record| record.anchor() == link.anchor.as_str())?;
                    Some(record.location().to_owned())
                })
                .unwrap_or_default();
            let account = Account {
                anchor: link.anchor,
                location,
                written: Vec::new(),
            };
            accounts.insert((*person, rule.clone()), account);
        }
        let mut directory = Self {
            accounts,
            moved: HashMap::new(),
            former: HashMap::new(),
            uses_locations: uses_locations(inner),
            asked: None,
        };
        for (person, rule) in wanted {
            if directory.accounts.contains_key(&(*person, rule.clone())) {
                continue;
            }
            let adoption = query::adoption_of(inner, *person, rule)?;
            if let Some(found) = adoption.as_ref().and_then(Found::of) {
                directory.note_found(found);
            }
        }
        if let Some(plan) = store.current_plan()? {
            for placed in store.placed(plan.id)? {
                let is_named = directory
                    .accounts
                    .values()
                    .any(|account| account.anchor == placed.anchor);
                if is_named && let Some(stored) = store.operation(plan.id, placed.operation)? {
                    directory.note(&stored.operation, &left_behind(&stored.operation, placed));
                }
            }
        }
        Ok(directory)
    }

    fn note_found(&mut self, found: Found) {
        let key = (found.person, found.rule);
        if !self.asks_for(&key) {
            return;
        }
        self.accounts.entry(key).or_insert(Account {
            anchor: found.anchor,
            location: found.location,
            written: Vec::new(),
        });
    }

    /// Notes what earlier runs of a plan have written: they were cut off or stopped, and this one builds on them.
    fn catch_up(&mut self, inner: &Inner, plan: PlanId) -> Result<(), Error> {
        let placed = inner.setup.store.placed(plan)?;
        if placed.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<_> = placed.iter().map(|placed| placed.operation).collect();
        let mut operations = HashMap::new();
        inner.setup.store.operations(plan, &mut |stored| {
            if wanted.contains(&stored.operation.fingerprint) {
                operations.insert(stored.operation.fingerprint, stored.operation);
            }
        })?;
        for placed in placed {
            if let Some(operation) = operations.get(&placed.operation) {
                self.note(operation, &left_behind(operation, placed));
            }
        }
        Ok(())
    }

    /// Notes what a write left behind.
    pub(in crate::engine) fn note(&mut self, operation: &Operation, written: &Written) {
        if matches!(operation.kind, Kind::AddMember | Kind::RemoveMember) {
            return;
        }
        let target = &operation.target;
        let is_known =
            || target.anchor.as_ref() == Some(&written.anchor) && target.location == written.location;
        let object = (operation.system.clone(), written.anchor.clone());
        // a new object is named by nobody yet, and most others stay where they are
        if self.moved.contains_key(&object) || (operation.kind != Kind::Create && !is_known()) {
            self.moved.insert(object, written.location.clone());
        }
        let Some(person) = operation.person else { return };
        let key = (person, operation.rule.clone());
        if !self.asks_for(&key) {
            return;
        }
        let account = self.accounts.entry(key.clone()).or_insert_with(|| Account {
            anchor: written.anchor.clone(),
            location: String::new(),
            written: Vec::new(),
        });
        if !account.location.is_empty() && account.location != written.location {
            self.former.insert(key, account.location.clone());
        }
        account.anchor = written.anchor.clone();
        account.location.clone_from(&written.location);
        let is_asked = |name: &str| {
            let attributes = self.asked.as_ref().map(|asked| &asked.attributes);
            attributes.is_none_or(|attributes| {
                !attributes.is_empty()
                    && attributes.contains(&(operation.rule.clone(), name.to_ascii_lowercase()))
            })
        };
        let wanted = written.attributes.iter().filter(|(name, _)| is_asked(name));
        account.written.extend(wanted.cloned());
    }

    fn asks_for(&self, account: &(PersonId, RuleName)) -> bool {
        let asked = self.asked.as_ref();
        asked.is_none_or(|asked| asked.accounts.contains(account))
    }

    pub(super) fn account(&self, person: PersonId, rule: &RuleName) -> Result<&Account, Unresolved> {
        self.accounts
            .get(&(person, rule.clone()))
            .ok_or_else(|| format!("it needs an account of `{rule}` that is not there yet"))
    }

    /// Returns where an account is.
    pub(in crate::engine) fn location(&self, person: PersonId, rule: &RuleName) -> Option<String> {
        self.accounts
            .get(&(person, rule.clone()))
            .map(|account| account.location.clone())
    }
}

#[cfg(test)]
mod tests;
