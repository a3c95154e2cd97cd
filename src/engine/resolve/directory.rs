//! Where linked accounts are, kept up to date during a run.

use std::collections::{HashMap, HashSet};

use super::Unresolved;
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
    /// Which attributes of new accounts are asked for; all of them if that is not known.
    asked: Option<HashSet<(RuleName, String)>>,
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

/// Which attributes operations take over from accounts that are written before them.
fn asked<'o>(operations: impl Iterator<Item = &'o Operation>) -> HashSet<(RuleName, String)> {
    let changes = operations.flat_map(|operation| &operation.changes);
    let deferred = changes.filter_map(|change| match &change.after {
        After::Deferred(deferred) => Some((deferred.rule.clone(), deferred.attribute.to_ascii_lowercase())),
        _ => None,
    });
    deferred.collect()
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
        let store = &inner.setup.store;
        let rules = inner.rules();
        let rules = &rules.accounts;
        let systems: HashMap<_, _> = rules
            .iter()
            .map(|rule| (rule.name.clone(), rule.system.clone()))
            .collect();
        let mut locations: HashMap<(SystemName, String), String> = HashMap::new();
        let mut names: Vec<_> = systems.values().collect();
        names.sort_unstable();
        names.dedup();
        for system in names {
            if let Some(records) = store.last_records(system, false)? {
                for record in records.iter() {
                    locations.insert(
                        (system.clone(), record.anchor().to_owned()),
                        record.location().to_owned(),
                    );
                }
            }
        }
        let mut accounts = HashMap::new();
        for link in &store.memory()?.links {
            let LinkOwner::Account(rule) = link.owner else {
                continue;
            };
            let Some(system) = systems.get(rule) else {
                continue;
            };
            let location = locations
                .get(&(system.clone(), link.anchor.to_owned()))
                .cloned()
                .unwrap_or_default();
            accounts.insert(
                (link.person, rule.clone()),
                Account {
                    anchor: link.anchor.into(),
                    location,
                    written: Vec::new(),
                },
            );
        }
        let mut directory = Self {
            accounts,
            moved: HashMap::new(),
            former: HashMap::new(),
            uses_locations: uses_locations(inner),
            asked: Some(asked(operations)),
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
        self.moved.insert(
            (operation.system.clone(), written.anchor.clone()),
            written.location.clone(),
        );
        if let Some(person) = operation.person {
            let key = (person, operation.rule.clone());
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
                let asked = self.asked.as_ref();
                asked.is_none_or(|asked| {
                    !asked.is_empty() && asked.contains(&(operation.rule.clone(), name.to_ascii_lowercase()))
                })
            };
            let wanted = written.attributes.iter().filter(|(name, _)| is_asked(name));
            account.written.extend(wanted.cloned());
        }
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
